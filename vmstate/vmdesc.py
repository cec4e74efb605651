"""The self-description at the end of a stream.

Owns QEMU's vmdesc JSON: reading it, and sizing a section by it.  It knows no stream, and
no description but the one that was sent.

The JSON is not always true: keys repeated in one object (queues), arrays whose elements
differ in size, indices left out, elements left out.

Source: QEMU 7.2 migration/vmstate.c (vmstate_save_state_v, vmsd_desc_field_start),
migration/savevm.c (vmstate_save, qemu_savevm_state_complete_precopy_non_iterable); for
what later releases leave out, QEMU 10.0 and 11.1 migration/vmstate.c.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TypeAlias

from vmstate.entries import runs
from vmstate.errors import StreamError

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

#: First byte of a subsection on the wire.  Source: QEMU 7.2 migration/savevm.h.
SUBSECTION = 0x05

#: Bytes of the smallest target page that there is, AVR's.
_SMALLEST_PAGE = 256

#: Keys of an embedded description that queues repeat in one JSON object.
_ELEMENT_KEYS = frozenset({"vmsd_name", "version", "fields", "subsections"})

#: How deep descriptions may be in each other.  QEMU's deepest are some ten deep; what comes
#: later walks them by recursion.
_DEEPEST = 64
#: What fits into a subsection's header.
_MOST_NAME, _MOST_VERSION = 0xFF, (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class SentDescription:
    """One description as it was sent: its fields in wire order, then its subsections."""

    name: str
    version: int
    fields: tuple[SentField, ...]
    subsections: tuple[SentDescription, ...] = ()
    #: Its fields again, each with what :func:`vmstate.entries.runs` makes of it.
    runs: tuple[tuple[SentField, int | None, int], ...] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", tuple(runs(self.fields)))

    def wire_size(self) -> int:
        """Return the bytes that it takes according to the sizes in the JSON."""
        return sum(entry.size * count for entry, _, count in self.runs) + sum(
            len(subsection_header(sub)) + sub.wire_size() for sub in self.subsections
        )


@dataclass(frozen=True, slots=True)
class SentField:
    """One field as it was sent.

    Attributes:
        name: the field's name.
        type: the codec's name, ``struct``, or one of the framed kinds (``tmp``, ``qtailq``…).
        size: bytes of one element, measured by the sender.
        count: how many elements this entry stands for.
        index: index of the (first) element; None where the JSON gives none.
        is_array: whether the JSON marks it as an array or part of one.
        elements: the embedded descriptions; more than one only in queues and trees.
    """

    name: str
    type: str
    size: int
    count: int = 1
    index: int | None = None
    is_array: bool = False
    elements: tuple[SentDescription, ...] = ()


@dataclass(frozen=True, slots=True)
class SentDevice:
    """One section's entry: whose it is and what is in it."""

    idstr: str
    instance_id: int
    body: SentDescription
    #: Given for old-style handlers only, which have one opaque field.
    size: int | None = None

    def wire_size(self) -> int:
        """Return the bytes that the section's body takes according to the JSON."""
        return self.body.wire_size() if self.size is None else self.size


@dataclass(frozen=True, slots=True)
class Vmdesc:
    """The whole self-description.

    Attributes:
        page_size: bytes of a target page.
        devices: one entry for each SECTION_FULL, in stream order.
    """

    page_size: int
    devices: tuple[SentDevice, ...]


def subsection_header(sent: SentDescription) -> bytes:
    """Return the bytes that stand before a subsection's fields."""
    name = sent.name.encode()
    return bytes((SUBSECTION, len(name) & 0xFF)) + name + sent.version.to_bytes(4)


# Reading the JSON -------------------------------------------------------------------------


def parse_vmdesc(text: bytes) -> Vmdesc:
    """Read the JSON text of a vmdesc.

    Raises:
        StreamError: it is no JSON, or something is missing or of the wrong kind; the error's
            path says where in the JSON.
    """
    try:
        root = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise StreamError(f"it is not JSON: {error}", path="vmdesc") from error
    if not isinstance(root, dict):
        raise StreamError("expected a JSON object", path="vmdesc")
    page_size = _integer(root, "page_size", "vmdesc")
    if page_size < _SMALLEST_PAGE or page_size & (page_size - 1):
        raise StreamError(
            f"page_size is {page_size}, expected a power of two from {_SMALLEST_PAGE}",
            path="vmdesc",
        )
    devices = tuple(
        _device(item, f"vmdesc.devices[{index}]")
        for index, item in enumerate(_list(root, "devices", "vmdesc"))
    )
    return Vmdesc(page_size, devices)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Make a dict of an object whose description keys may repeat, once for each element."""
    first: dict[str, Json] = {}
    more: list[Json] = []
    current = first
    for key, item in pairs:
        if key == "vmsd_name" and key in current:
            current = {}
            more.append(current)
        (current if key in _ELEMENT_KEYS else first)[key] = item
    if more:
        first["more elements"] = more
    return first


def _integer(item: dict[str, Json], key: str, where: str) -> int:
    number = item.get(key)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise StreamError(f"{key!r} is {number!r}, expected a number", path=where)
    return number


def _string(item: dict[str, Json], key: str, where: str) -> str:
    text = item.get(key)
    if not isinstance(text, str):
        raise StreamError(f"{key!r} is {text!r}, expected a string", path=where)
    return text


def _list(item: dict[str, Json], key: str, where: str) -> list[dict[str, Json]]:
    entries = item.get(key)
    if not isinstance(entries, list):
        raise StreamError(f"{key!r} is {entries!r}, expected a list", path=where)
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise StreamError(
                f"it is {entry!r}, expected an object", path=f"{where}.{key}[{index}]"
            )
    return [entry for entry in entries if isinstance(entry, dict)]


def _device(item: dict[str, Json], where: str) -> SentDevice:
    idstr = _string(item, "name", where)
    instance_id = _integer(item, "instance_id", where)
    if "vmsd_name" in item:
        return SentDevice(idstr, instance_id, _description(item, where))
    size = _integer(item, "size", where)
    fields = tuple(_field(entry, where) for entry in _list(item, "fields", where))
    return SentDevice(idstr, instance_id, SentDescription(idstr, 0, fields), size)


def _description(item: dict[str, Json], where: str) -> SentDescription:
    # Each list on the way here has its number in the path.
    if where.count("[") > _DEEPEST:
        raise StreamError(f"more than {_DEEPEST} descriptions in each other", path="vmdesc")
    fields = tuple(
        _field(entry, f"{where}.fields[{index}]")
        for index, entry in enumerate(_list(item, "fields", where))
    )
    subsections: tuple[SentDescription, ...] = ()
    if "subsections" in item:
        subsections = tuple(
            _description(entry, f"{where}.subsections[{index}]")
            for index, entry in enumerate(_list(item, "subsections", where))
        )
    name, version = _string(item, "vmsd_name", where), _integer(item, "version", where)
    if version > _MOST_VERSION:
        raise StreamError(f"'version' is {version}, expected at most 32 bits", path=where)
    if len(name.encode(errors="replace")) > _MOST_NAME or not name.isprintable():
        raise StreamError(
            f"'vmsd_name' is {name!r}, expected a text of at most {_MOST_NAME} bytes", path=where
        )
    return SentDescription(name, version, fields, subsections)


def _field(item: dict[str, Json], where: str) -> SentField:
    elements: list[SentDescription] = []
    struct = item.get("struct")
    # A null pointer in an array of structs is an empty object until 9.2.
    if isinstance(struct, dict) and struct:
        elements.append(_description(struct, f"{where}.struct"))
    elif "vmsd_name" in item:
        elements.append(_description(item, where))
        if "more elements" in item:
            elements += (_description(e, where) for e in _list(item, "more elements", where))
    return SentField(
        name=_string(item, "name", where),
        type=_string(item, "type", where),
        size=_integer(item, "size", where),
        count=_integer(item, "array_len", where) if "array_len" in item else 1,
        index=_integer(item, "index", where) if "index" in item else None,
        is_array="array_len" in item or "index" in item,
        elements=tuple(elements),
    )
