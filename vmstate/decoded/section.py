"""Decoding: a section's bytes as fields with values, by the vmdesc that came with them.

Owns putting together what the vmdesc tells, what is known of the types that it shows as
one field, and what is known of the few sections that it tells falsely or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from vmstate.decoded import record
from vmstate.decoded.blob import cut, cut_with, is_blob
from vmstate.decoded.cutter import Cut, Cutter
from vmstate.decoded.field import DecodedField, DecodedSection
from vmstate.decoded.types import is_known, value_of
from vmstate.stream import Section, Stream
from vmstate.vmdesc import UNKNOWN, Leaf, SentDevice, leaves

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
    found = _whole(sent, name, section.body)
    parts = [part for leaf in found for part in _parts(leaf, found, sent)]
    fields = tuple(
        DecodedField(
            path=path,
            type=leaf.type,
            offset=leaf.offset,
            data=leaf.data,
            value=value_of(leaf.type, leaf.data),
            is_decoded=is_known(leaf.type, len(leaf.data)),
        )
        for path, leaf in zip(_unique(parts), parts, strict=True)
    )
    return DecodedSection(section.idstr, section.instance_id, section.version_id, name, fields)


def decode_stream(stream: Stream) -> list[DecodedSection]:
    """Return every device's section of *stream*, decoded, in stream order."""
    return [
        decode_section(section, sent)
        for section, sent in zip(stream.sections, stream.vmdesc.devices, strict=True)
    ]


def _whole(sent: SentDevice, name: str, body: bytes) -> list[Leaf]:
    """Return the leaves of a body, without what its vmdesc tells falsely."""
    found = leaves(sent, body)
    path, function = _UNTRUE.get(name, ("", None))
    if function is None or all(leaf.type != UNKNOWN for leaf in found):
        return found
    number = next((at for at, leaf in enumerate(found) if leaf.path == path), len(found))
    if number == len(found):
        return found
    start = found[number].offset
    rest = Leaf("", UNKNOWN, start, body[start:])
    cutter = cut_with(function, rest.data)
    return found if cutter.was_stopped else [*found[:number], *_pieces(rest, cutter)]


def _parts(leaf: Leaf, found: list[Leaf], sent: SentDevice) -> Iterable[Leaf]:
    """Return what *leaf*, one of *found*, consists of."""
    if sent.size is not None and sent.idstr in _OLD_STYLE:
        return _pieces(leaf, cut_with(_OLD_STYLE[sent.idstr], leaf.data))
    if not is_blob(leaf.type):
        return (leaf,)
    if leaf.type == _MIPS_TRANSLATION:
        kinds = (one.type for one in found if one.path == _MIPS_REGISTER)
        function = partial(record.mips_translation, register=next(kinds, ""))
        return _pieces(leaf, cut_with(function, leaf.data))
    return _pieces(leaf, cut(leaf.type, leaf.data, sent.body.name))


def _pieces(leaf: Leaf, cutter: Cutter) -> Iterator[Leaf]:
    """Yield the pieces of *leaf*, and what is left; itself if it is too short to have them."""
    if cutter.was_stopped and cutter.is_at_end:
        yield leaf
        return
    for piece in cutter.pieces:
        data = leaf.data[piece.offset : piece.offset + piece.size]
        yield Leaf(_joined(leaf.path, piece.path), piece.type, leaf.offset + piece.offset, data)
    if not cutter.is_at_end:
        at = cutter.offset
        yield Leaf(_joined(leaf.path, UNKNOWN), UNKNOWN, leaf.offset + at, leaf.data[at:])


def _joined(path: str, part: str) -> str:
    return path + part if part.startswith("[") or not path else f"{path}.{part}"


def _unique(parts: list[Leaf]) -> list[str]:
    """Return the path of each of *parts*, with a number behind each repeated one."""
    paths = [leaf.path for leaf in parts]
    if len(set(paths)) == len(paths):
        return paths
    seen: Counter[str] = Counter()
    for index, path in enumerate(paths):
        seen[path] += 1
        if seen[path] > 1:
            paths[index] = f"{path}#{seen[path]}"
    return paths
