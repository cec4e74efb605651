"""Decoding: a section's bytes as fields with values, by the vmdesc that came with them.

Owns putting together what the vmdesc tells, what is known of the types that it shows as
one field, and what is known of the few sections that it tells falsely or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import count, repeat
from struct import iter_unpack

from vmstate.decoded import record
from vmstate.decoded.blob import cut, cut_with, is_blob
from vmstate.decoded.cutter import Cut, Cutter
from vmstate.decoded.field import DecodedField, DecodedSection
from vmstate.decoded.types import reader_of, values_of
from vmstate.leaves import UNKNOWN, Run, leaf_runs, unique
from vmstate.stream import Section, Stream
from vmstate.vmdesc import SentDevice

#: Old-style sections of which more is known than that they are bytes.
_OLD_STYLE: dict[str, Cut] = {"todclock": record.clock}
#: Where a vmdesc stops telling the truth, by the name of the section's description: the
#: first path of what it tells falsely, and what is there.
_UNTRUE: dict[str, tuple[str, Cut]] = {"s390_css": ("css[0]", record.channel_subsystem)}
_MIPS_REGISTER, _MIPS_TRANSLATION = "env.active_tc.gpr[0]", "tlb_entry"


def decode_section(section: Section, sent: SentDevice) -> DecodedSection:
    """Return the fields of *section*, which *sent* describes.

    Nothing is raised for bytes that *sent* does not account for: they are fields of type
    ``?``.  Every byte of the body that is not framing is in exactly one field, and no two
    fields have one path.
    """
    name = "" if sent.size is not None else sent.body.name
    runs = _parts(_whole(sent, name, section.body), section.body, sent)
    return DecodedSection(
        section.idstr,
        section.instance_id,
        section.version_id,
        name,
        tuple(_fields(runs, section.body)),
    )


def decode_stream(stream: Stream) -> list[DecodedSection]:
    """Return every device's section of *stream*, decoded, in stream order."""
    return [
        decode_section(section, sent)
        for section, sent in zip(stream.sections, stream.vmdesc.devices, strict=True)
    ]


def _whole(sent: SentDevice, name: str, body: bytes) -> list[Run]:
    """Return the leaves of a body, without what its vmdesc tells falsely."""
    found = leaf_runs(sent, body)
    path, function = _UNTRUE.get(name, ("", None))
    if function is None or all(kind != UNKNOWN for _, kind, _, _ in found):
        return found
    number = next((at for at, run in enumerate(found) if run[0][0] == path), len(found))
    if number == len(found):
        return found
    start = found[number][2]
    cutter = cut_with(function, body[start:])
    return found if cutter.was_stopped else unique([*found[:number], *_pieces("", start, cutter)])


def _parts(found: list[Run], body: bytes, sent: SentDevice) -> list[Run]:
    """Return the leaves that *found* consist of, each with a path of its own."""
    is_old_style = sent.size is not None and sent.idstr in _OLD_STYLE
    if not is_old_style and not any(is_blob(kind) for _, kind, _, _ in found):
        return found
    parts = list[Run]()
    for run in found:
        paths, kind, offset, size = run
        if not is_old_style and not is_blob(kind):
            parts.append(run)
            continue
        for path, at in zip(paths, count(offset, size), strict=False):
            cutter = _cut(kind, body[at : at + size], found, sent)
            # One that is too short to have parts stays as it is.
            is_whole = cutter.was_stopped and cutter.is_at_end
            parts += [([path], kind, at, size)] if is_whole else _pieces(path, at, cutter)
    return unique(parts)


def _cut(kind: str, data: bytes, found: list[Run], sent: SentDevice) -> Cutter:
    """Cut one field, *data*, of those that were *found*."""
    if sent.size is not None and sent.idstr in _OLD_STYLE:
        return cut_with(_OLD_STYLE[sent.idstr], data)
    if kind == _MIPS_TRANSLATION:
        registers = (other for paths, other, _, _ in found if paths[0] == _MIPS_REGISTER)
        return cut_with(partial(record.mips_translation, register=next(registers, "")), data)
    return cut(kind, data, sent.body.name)


def _pieces(path: str, offset: int, cutter: Cutter) -> Iterator[Run]:
    """Yield the pieces of what is at *offset*, and what is left."""
    for piece in cutter.pieces:
        yield [_joined(path, piece.path)], piece.type, offset + piece.offset, piece.size
    if not cutter.is_at_end:
        left = len(cutter.data) - cutter.offset
        yield [_joined(path, UNKNOWN)], UNKNOWN, offset + cutter.offset, left


def _joined(path: str, part: str) -> str:
    return path + part if part.startswith("[") or not path else f"{path}.{part}"


def _fields(runs: list[Run], body: bytes) -> list[DecodedField]:
    """Return the fields that *runs* are, with their values."""
    fields = list[DecodedField]()
    for paths, kind, offset, size in runs:
        read = reader_of(kind, size)
        if len(paths) == 1:
            data = body[offset : offset + size]
            value = data if read is None else read(data)
            fields.append(_field((paths[0], kind, offset, data, value, read is not None)))
            continue
        places = range(offset, offset + size * len(paths), size)
        whole = body[offset : places.stop]
        pieces = (piece for (piece,) in iter_unpack(f"{size}s", whole))
        values = values_of(kind, size, whole)
        known = repeat(read is not None)
        fields += map(_field, zip(paths, repeat(kind), places, pieces, values, known))
    return fields


#: Makes a field of a tuple; for many it takes half the time of the class itself.
_field = partial(tuple.__new__, DecodedField)
