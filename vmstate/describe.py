"""The self-description that QEMU writes of what it saved, from the layout of what was saved.

Owns the text of a vmdesc, byte for byte: which elements are described and how often, what
each is called, the order of the keys.  It reads no vmdesc (``vmstate.vmdesc`` does) and
knows no values.

Three generations differ, and each says something untrue of some states; all that is kept:

- Up to 9.2 a null pointer looks like an element of its array.
- From 10.0 on, arrays of pointers are split where null and valid pointers meet, except
  where a valid one comes first; the last element of an array that is not compressed has
  no index; a null pointer of a field whose name is not unique is number -1 of its name.
- From 11.1 on, no element has an index, and a last element that differs from those before
  it in being null is left out.

What a codec writes of itself into a vmdesc is not known here, but for containers.  QEMU's
only such codec is that of vdagent's clipboards, whose fields are therefore missing.

Source: QEMU 7.2, 10.0 and 11.1 migration/vmstate.c (vmsd_can_compress,
vmsd_desc_field_start, vmsd_desc_field_end, vmstate_save_state_v, vmstate_save_vmsd_v,
vmstate_subsection_save), migration/savevm.c (vmstate_save,
vmstate_save_old_style), qobject/json-writer.c.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vmstate.description import Field, VMStateDescription
from vmstate.flags import VMS
from vmstate.layout import NULL, VALID, FieldLayout, StateLayout
from vmstate.nesting import room_for
from vmstate.release import Release

#: What a short escape of JSON stands for.  Source: QEMU 11.1 qobject/json-writer.c.
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}


def describe(layout: StateLayout, release: Release) -> str:
    """Return the vmdesc object of one state: its name, version, fields and subsections.

    Lists and trees repeat keys in one object, so this is text and no parsed JSON.

    Args:
        layout: what was saved.
        release: who describes it.
    """
    return "{" + _members(layout, release) + "}"


def describe_device(layout: StateLayout, release: Release, idstr: str, instance_id: int) -> str:
    """Return the entry that a section has among the devices of a vmdesc.

    Args:
        layout: what was saved.
        release: who describes it.
        idstr: the section's name.
        instance_id: which one of that name.
    """
    head = f'"name": {quoted(idstr)}, "instance_id": {instance_id}, '
    return "{" + head + _members(layout, release) + "}"


def describe_opaque(idstr: str, instance_id: int, size: int) -> str:
    """Return the entry of a section that is saved by hand (old style): *size* bytes of data."""
    data = f'{{"name": "data", "size": {size}, "type": "buffer"}}'
    head = f'"name": {quoted(idstr)}, "instance_id": {instance_id}, "size": {size}'
    return f'{{{head}, "fields": [{data}]}}'


def describe_stream(devices: Iterable[str], page_size: int, configuration: str = "") -> str:
    """Return the whole vmdesc.

    Args:
        devices: the entries of its sections, in stream order.
        page_size: bytes of a target page.
        configuration: the object of the configuration section, which is described since
            8.2; empty where it is not.
    """
    first = f'"configuration": {configuration}, ' if configuration else ""
    return f'{{{first}"page_size": {page_size}, "devices": [{", ".join(devices)}]}}'


def _members(layout: StateLayout, release: Release) -> str:
    with room_for(layout.description.depth):
        describer = _Describer(release)
        describer.state(layout)
    return "".join(describer.parts)


def quoted(text: str) -> str:
    """Return *text* as a string of JSON, escaped as QEMU does it."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if " " <= character < "\x7f":
        return character
    data = character.encode("utf-16-be", "surrogatepass")
    return "".join(
        f"\\u{high:02X}{low:02X}" for high, low in zip(data[::2], data[1::2], strict=True)
    )


class _Entry(NamedTuple):
    """One entry of a list of fields, before it is text.

    Attributes:
        element: which one it describes.
        place: the key that says how many it stands for, or which one it is; may be empty.
        is_marker: whether it describes the marker byte alone.
        size: bytes.
    """

    element: int
    place: str
    is_marker: bool
    size: int


class _Describer:
    """One pass over one layout; collects the text."""

    def __init__(self, release: Release) -> None:
        self.parts: list[str] = []
        self._release = release
        self._compressible: dict[int, bool] = {}
        self._names: dict[int, tuple[str, ...]] = {}

    def state(self, layout: StateLayout) -> None:
        """Write the members of a state's object, without braces."""
        write = self.parts.append
        name = quoted(layout.description.name)
        write(f'"vmsd_name": {name}, "version": {layout.version_id}, "fields": [')
        names = self._names_in(layout.description)
        mark = len(self.parts)
        for field in layout.fields:
            self._field(field, names[field.index], is_first=len(self.parts) == mark)
        write("]")
        for number, subsection in enumerate(layout.subsections):
            write(", {" if number else ', "subsections": [{')
            self.state(subsection)
            write("}")
        if layout.subsections:
            write("]")

    def _field(self, layout: FieldLayout, name: str, *, is_first: bool) -> None:
        field, write = layout.field, self.parts.append
        kind = _kind(field)
        children = _children(layout)
        # QEMU makes up a field for a marker, and does not find it in the list of fields.
        marker_name = name if name == field.name else f"{field.name}[-1]"
        for entry in self._entries(layout):
            write("{" if is_first else ", {")
            is_first = False
            if entry.is_marker:
                shown = f'"name": {quoted(marker_name)}, {entry.place}'
                write(f'{shown}"type": {quoted(self._release.marker_type)}, ')
            else:
                write(f'"name": {quoted(name)}, {entry.place}"type": {quoted(kind)}, ')
                self._inside(field, children[entry.element] if children else ())
            write(f'"size": {entry.size}}}')

    def _inside(self, field: Field, children: tuple[StateLayout, ...]) -> None:
        """Write what an element holds: in an object of its own only for plain structs."""
        is_wrapped = bool(field.flags & VMS.STRUCT)
        if is_wrapped:
            self.parts.append('"struct": {')
        for number, child in enumerate(children):
            if number:
                self.parts.append(", ")
            self.state(child)
        if is_wrapped:
            self.parts.append("}, ")
        elif children:
            self.parts.append(", ")

    def _entries(self, layout: FieldLayout) -> Iterator[_Entry]:
        """Yield what is described of a field's elements."""
        release, field, count = self._release, layout.field, len(layout.sizes)
        compresses = is_compressible(field, self._compressible)
        has_rooms = compresses or (release.numbers_elements and not field.has_markers)
        splits = release.splits_pointer_runs and bool(layout.markers)
        ends = _run_ends(layout.markers) if splits else []
        was_null = False
        is_shown = True
        for index, size in enumerate(layout.sizes):
            # What the entry is said to stand for, were it compressed.
            room = 1
            if has_rooms:
                room = count if release.numbers_last_element else count - index
            is_null = layout.markers[index : index + 1] == NULL
            if splits and is_null != was_null and (release.numbers_elements or room > 1):
                was_null, is_shown = is_null, True
                room = min(room, ends[index] - index)
            if is_shown:
                yield from self._described(layout, index, size, room, compresses=compresses)
            if compresses if release.numbers_elements else room > 1:
                is_shown = False
            if not (is_shown or splits):
                return

    def _described(
        self, layout: FieldLayout, index: int, size: int, room: int, *, compresses: bool
    ) -> Iterator[_Entry]:
        """Yield the one or two entries of one element that is described."""
        marker = layout.markers[index : index + 1]
        length = f'"array_len": {room}, ' if room > 1 else ""
        place = length if compresses or not length else f'"index": {index}, '
        if marker == VALID:
            yield _Entry(index, length, is_marker=True, size=1)
            size -= 1
        is_marker = marker == NULL and (
            self._release.splits_pointer_runs or layout.field.has_markers
        )
        yield _Entry(index, length if is_marker else place, is_marker, size)

    def _names_in(self, vmsd: VMStateDescription) -> tuple[str, ...]:
        if id(vmsd) not in self._names:
            self._names[id(vmsd)] = shown_names(vmsd)
        return self._names[id(vmsd)]


def _children(layout: FieldLayout) -> list[tuple[StateLayout, ...]]:
    """Return the nested states of each element; an empty list where none has any."""
    if not layout.children:
        return []
    children, last = layout.children, len(layout.sizes) - 1
    found: list[tuple[StateLayout, ...]] = []
    first, end = 0, layout.offset
    for number, size in enumerate(layout.sizes):
        end += size
        until = first
        if layout.field.container is None:
            until += int(layout.markers[number : number + 1] != NULL)
        elif number == last:
            until = len(children)
        else:
            while until < len(children) and children[until].offset < end:
                until += 1
        found.append(children[first:until])
        first = until
    return found


def shown_names(vmsd: VMStateDescription) -> tuple[str, ...]:
    """Return what a vmdesc calls the fields of *vmsd*: a name that is not unique is numbered."""
    count = Counter(field.name for field in vmsd.fields)
    seen: Counter[str] = Counter()
    names = []
    for field in vmsd.fields:
        is_unique = count[field.name] == 1
        names.append(field.name if is_unique else f"{field.name}[{seen[field.name]}]")
        seen[field.name] += 1
    return tuple(names)


def is_compressible(field: Field, known: dict[int, bool] | None = None) -> bool:
    """Whether one entry of a vmdesc may stand for all elements of *field*.

    Args:
        field: the field.
        known: what was found of nested descriptions, by their ``id``; added to.
    """
    known = {} if known is None else known
    if field.field_exists is not None or field.has_markers:
        return False
    vmsd = field.vmsd
    if vmsd is None or not field.flags & VMS.STRUCT:
        return True
    if id(vmsd) not in known:
        known[id(vmsd)] = not vmsd.subsections and all(
            is_compressible(inner, known) for inner in vmsd.fields
        )
    return known[id(vmsd)]


def _run_ends(markers: str) -> list[int]:
    """Return for each element where its run of null or of valid pointers ends."""
    ends = [len(markers)] * len(markers)
    for index in range(len(markers) - 2, -1, -1):
        same = (markers[index] == NULL) == (markers[index + 1] == NULL)
        ends[index] = ends[index + 1] if same else index + 1
    return ends


def _kind(field: Field) -> str:
    """Return the type that a vmdesc gives to *field*."""
    if field.flags & VMS.STRUCT:
        return "struct"
    if field.flags & VMS.VSTRUCT:
        return "vstruct"
    # Only a list's end and a check have none, and neither has an element.
    return (field.info.name if field.info is not None else "") or "unknown"
