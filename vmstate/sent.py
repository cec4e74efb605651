"""What vmdescs tell of a description: the fields that were sent, with types and sizes.

Owns making descriptions of parsed vmdescs (:mod:`vmstate.vmdesc`), and knowing the lies in
them: elements told by one entry or by many, runs of pointers that are announced whole and
then again in pieces, null pointers in the guise of elements, keys that repeat.

What a vmdesc does not say is left open: the tests of fields and subsections (only that an
array is not compressed betrays one), versions but the one that was sent, the source of a
count or size that is not always the same.  What it does not say and nobody can see: that
elements which it shows one of are alike in size; that an array of 11.1 ends in a null
pointer behind valid ones; how many bytes of a bitmap's last word count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from vmstate.blank import Blank, BlankKey, Kept
from vmstate.describe import is_compressible
from vmstate.description import Field, VMStateDescription
from vmstate.errors import ContradictionError
from vmstate.flags import VMS
from vmstate.info import (
    BITMAP,
    BOOL,
    BUFFER,
    CPUDOUBLE,
    FD,
    G_BYTE_ARRAY,
    GTREE,
    INT8,
    INT16,
    INT32,
    INT32_EQUAL,
    INT32_LE,
    INT64,
    QLIST,
    QTAILQ,
    TIMER,
    TMP,
    UINT8,
    UINT8_EQUAL,
    UINT16,
    UINT16_EQUAL,
    UINT32,
    UINT32_EQUAL,
    UINT64,
    UINT64_EQUAL,
    UNUSED_BUFFER,
    Container,
    Info,
)
from vmstate.paths import is_path
from vmstate.unknown import RAW, RAW_STRUCT, Raw, UnknownNeed, UnknownTest, unknown_length
from vmstate.vmdesc import SentDescription, SentField

#: Codecs whose bytes are as many, whatever the field says.
_FIXED: dict[tuple[str, int], Info] = {
    (codec.name, size): codec
    for size, codecs in {
        1: (BOOL, INT8, UINT8, UINT8_EQUAL),
        2: (INT16, UINT16, UINT16_EQUAL),
        4: (INT32, UINT32, INT32_EQUAL, UINT32_EQUAL, INT32_LE),
        8: (INT64, UINT64, UINT64_EQUAL, CPUDOUBLE, TIMER),
    }.items()
    for codec in codecs
}
#: Codecs whose bytes are as many as the field, or they themselves, say.
_SIZED: dict[str, Info] = {
    codec.name: codec for codec in (BUFFER, UNUSED_BUFFER, BITMAP, G_BYTE_ARRAY, FD)
}
_BUFFERS = (BUFFER, UNUSED_BUFFER)
#: Codecs that hold states.
CONTAINERS: dict[str, Container] = {codec.name: codec for codec in (TMP, QTAILQ, QLIST, GTREE)}
#: Types of the byte that stands for a null pointer, since 10.0.
_MARKERS = frozenset({"nullptr", "ptr-marker"})
_STRUCTS = frozenset({"struct", "vstruct"})
#: Types of fields that hold states; it is empty where only null pointers were seen.
_HOLDERS = frozenset({*_STRUCTS, *CONTAINERS, ""})


@dataclass(frozen=True, slots=True)
class SeenField:
    """One field, as it was seen in any number of states of one description.

    Attributes:
        name: as in the vmdesc, with a number where the name is not unique.
        type: the type's name; empty where only null pointers were seen.
        counts: how many elements there were, in order and each once.
        sizes: how many bytes elements had, likewise.
        states: the nested states, of all elements.
        has_nulls: whether a pointer was null.
        is_array: whether it was told as an array.
        is_split: whether elements that could have been told as one were not.
        is_always: whether it was in every state.
    """

    name: str
    type: str
    counts: tuple[int, ...]
    sizes: tuple[int, ...]
    states: tuple[SentDescription, ...]
    has_nulls: bool
    is_array: bool
    is_split: bool
    is_always: bool


def read_sent(*sent: SentDescription) -> VMStateDescription:
    """Return the description of which all of *sent* are states.

    It saves and loads the version that was sent.  Where states differ in which fields they
    have, the fields have a test that is not known.

    Raises:
        ContradictionError: they are not of one description, or differ in a field's type.
    """
    return _description(sent)


def fields_seen(sent: Sequence[SentDescription]) -> dict[str, SeenField]:
    """Return the fields of all of *sent* by name, in wire order.

    Raises:
        ContradictionError: they differ in a field's type.
    """
    grouped = [_grouped(one.fields) for one in sent]
    found = {}
    wrong = []
    for name in _in_order(grouped):
        groups = [groups[name] for groups in grouped if name in groups]
        types = sorted({entry.type for group in groups for entry in group} - _MARKERS)
        if len(types) > 1:
            wrong.append(f"field {name!r} is of the types {', '.join(types)}")
        found[name] = _seen(name, types, groups, is_always=len(groups) == len(grouped))
    if wrong:
        raise ContradictionError(sent[0].name, wrong)
    return found


def subsections_seen(sent: Sequence[SentDescription]) -> dict[str, list[SentDescription]]:
    """Return the states of each subsection by name, in wire order."""
    grouped = [{subsection.name: subsection for subsection in one.subsections} for one in sent]
    return {
        name: [groups[name] for groups in grouped if name in groups] for name in _in_order(grouped)
    }


def states_of(field: SeenField) -> tuple[Sequence[SentDescription], Sequence[SentDescription]]:
    """Return the states of a field's keys and those of its values; only trees have keys.

    A tree whose keys are integers has none either.
    """
    first, second = field.states[::2], field.states[1::2]
    has_keys = (
        field.type == GTREE.name
        and bool(second)
        and {one.name for one in first}.isdisjoint(one.name for one in second)
    )
    return (first, second) if has_keys else ((), field.states)


def typed(
    field: SeenField,
    key: str,
    vmsd: VMStateDescription | None,
    key_vmsd: VMStateDescription | None,
) -> Field:
    """Return *field* with its type, its size and its count.

    Args:
        field: what was seen of it.
        key: tells it from all others of its description.
        vmsd: description of the states in it.
        key_vmsd: description of its keys, if it is a tree that has such.
    """
    flags = VMS.ARRAY_OF_POINTER if field.has_nulls else VMS.NONE
    count, num_field = field.counts[0], ""
    if len(field.counts) > 1:
        flags |= VMS.VARRAY_INT32
        count, num_field = 0, unknown_length(field.name, "count")
    elif field.is_array or field.has_nulls or count != 1:
        flags |= VMS.ARRAY
    else:
        count = 0
    if vmsd is None or field.type not in _HOLDERS:
        return _leaf(field, flags, count, num_field)
    if field.type in CONTAINERS:
        return _container(field, key, vmsd, key_vmsd)
    is_struct, is_vstruct = field.type == "struct", field.type == "vstruct"
    if is_struct or is_vstruct:
        flags |= VMS.STRUCT if is_struct else VMS.VSTRUCT
    return Field(
        name=field.name,
        flags=flags,
        # Where all pointers are null the type does not show.
        info=None if is_struct or is_vstruct else RAW_STRUCT,
        vmsd=vmsd,
        struct_version_id=field.states[0].version if is_vstruct and field.states else 0,
        num=count,
        num_field=num_field,
    )


def size_told(info: Info, size_bytes: int) -> int:
    """Return the size of a field whose codec is *info* and that takes *size_bytes*."""
    return 8 * size_bytes if info is BITMAP else size_bytes


def _leaf(field: SeenField, flags: VMS, count: int, num_field: str) -> Field:
    size, size_field = max(field.sizes, default=0), ""
    info = _FIXED.get((field.type, size)) or _SIZED.get(field.type)
    if info is None:
        info = Raw(field.type) if field.type else RAW
    elif field.type not in _SIZED:
        size = 0
        flags |= VMS.SINGLE if not flags else VMS.NONE
    elif info in _BUFFERS:
        flags |= VMS.BUFFER
    is_whole = not is_path(field.name)
    if is_whole:
        # It is given the whole device in QEMU, too.
        info = Raw(field.type, field.name)
    if len(field.sizes) > 1 and info is not G_BYTE_ARRAY:
        flags |= VMS.VBUFFER
        size, size_field = 0, unknown_length(field.name, "size")
    return Field(
        name=field.name,
        flags=flags,
        info=info,
        size=size_told(info, size),
        size_field=size_field,
        num=count,
        num_field=num_field,
        whole=is_whole,
    )


def _container(
    field: SeenField, key: str, vmsd: VMStateDescription, key_vmsd: VMStateDescription | None
) -> Field:
    info = CONTAINERS[field.type]
    if info is TMP:
        return Field(name=field.name, info=TMP, vmsd=vmsd, make=Kept(vmsd, key), whole=True)
    return Field(
        name=field.name,
        info=info,
        vmsd=vmsd,
        key_vmsd=key_vmsd,
        make=Blank(vmsd),
        make_key=None if key_vmsd is None else BlankKey(key_vmsd),
    )


def _description(sent: Sequence[SentDescription]) -> VMStateDescription:
    first = sent[0]
    wrong = []
    for what in ("name", "version"):
        said = sorted({str(getattr(one, what)) for one in sent})
        if len(said) > 1:
            wrong.append(f"its {what} is {' and '.join(said)}")
    if wrong:
        raise ContradictionError(first.name, wrong)
    fields = []
    for name, seen in fields_seen(sent).items():
        keys, values = states_of(seen)
        field = typed(
            seen,
            f"{first.name}/{name}",
            _nested(values, seen),
            _nested(keys, seen),
        )
        is_tested = not seen.is_always or (seen.is_split and is_compressible(field))
        test = UnknownTest(f"{first.name}/{name}") if is_tested else None
        fields.append(replace(field, field_exists=test))
    return VMStateDescription(
        name=first.name,
        version_id=first.version,
        minimum_version_id=first.version,
        fields=tuple(fields),
        subsections=tuple(
            replace(_description(states), needed=UnknownNeed(name))
            for name, states in subsections_seen(sent).items()
        ),
    )


def _nested(sent: Sequence[SentDescription], field: SeenField) -> VMStateDescription | None:
    """Return the description of the states in a field; None if there are none."""
    if not sent:
        return None
    vmsd = _description(sent)
    # A container's states are loaded at the version of the field, of which nothing is known.
    return replace(vmsd, minimum_version_id=0) if field.type in CONTAINERS else vmsd


def _in_order(groups: Iterable[Iterable[str]]) -> list[str]:
    """Return all names once, each behind those that some group has before it."""
    names: list[str] = []
    for group in groups:
        place = 0
        for name in group:
            if name in names:
                place = names.index(name) + 1
            else:
                names.insert(place, name)
                place += 1
    return names


def _grouped(fields: Sequence[SentField]) -> dict[str, list[SentField]]:
    """Return the entries of each field by name."""
    groups: dict[str, list[SentField]] = {}
    last = ""
    for field, following in zip_longest(fields, fields[1:]):
        name = field.name
        if name.endswith("[-1]") and field.type in _MARKERS:
            # The marker of a field that has a number behind its name: a neighbour's.
            stem = name[: -len("-1]")]
            near = (last, following.name if following else "")
            name = next((other for other in near if other.startswith(stem)), name)
        groups.setdefault(name, []).append(field)
        last = name
    return groups


def _seen(
    name: str, types: Sequence[str], groups: Sequence[Sequence[SentField]], *, is_always: bool
) -> SeenField:
    entries = [entry for group in groups for entry in group]
    valid = [entry for entry in entries if not _is_null(entry)]
    return SeenField(
        name=name,
        type=types[0] if types else "",
        counts=_distinct(_count(group) for group in groups),
        sizes=_distinct(entry.size for entry in valid),
        states=tuple(state for entry in entries for state in entry.elements),
        has_nulls=len(valid) < len(entries),
        is_array=any(entry.is_array for entry in entries)
        or any(len(group) > 1 for group in groups),
        is_split=any(_is_split(group) for group in groups),
        is_always=is_always,
    )


def _is_null(entry: SentField) -> bool:
    return entry.type in _MARKERS or (entry.type in _STRUCTS and not entry.elements)


def _count(group: Sequence[SentField]) -> int:
    """Return how many elements a field's entries stand for."""
    are_markers = [entry.type in _MARKERS for entry in group]
    first = group[0]
    if any(are_markers) and not are_markers[0] and first.count > 1:
        # Begun with a valid pointer: announced whole, and then again in pieces.
        return first.count
    # Markers that follow each other were told one by one, whatever they announce.
    one_by_one = any(both == (True, True) for both in pairwise(are_markers))
    return sum(
        1 if one_by_one and is_marker else entry.count
        for entry, is_marker in zip(group, are_markers, strict=True)
    )


def _is_split(group: Sequence[SentField]) -> bool:
    are_markers = [entry.type in _MARKERS for entry in group]
    follow = any(one == other for one, other in pairwise(are_markers))
    return follow or any(entry.index is not None for entry in group)


def _distinct(numbers: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(numbers))
