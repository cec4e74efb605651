"""Random descriptions, states of them, and the dumps that a binary would write of them."""

from __future__ import annotations

from itertools import count

from hypothesis import strategies as st

from vmstate import VMS, Field, VMStateDescription
from vmstate.blank import Blank, Kept, blank
from vmstate.info import (
    BOOL,
    BUFFER,
    INT32,
    INT64,
    QLIST,
    QTAILQ,
    TIMER,
    TMP,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    UNUSED_BUFFER,
    Integer,
)

SCALARS = (UINT8, UINT16, UINT32, UINT64, INT32, INT64, BOOL, TIMER)
#: Bytes that a value takes in the host's memory, as far as a dump is compared with it.
TIMER_SIZE = 48


def yes(_state, _version=0):
    return True


def no(_state, _version=0):
    return False


def is_flagged(state):
    return bool(state.flag & 1)


@st.composite
def descriptions(draw, name="chip", levels=2, *, has_tests=True):
    """Draw a description; without tests and subsections if *has_tests* is false."""
    fields = [
        Field(name="flag", flags=VMS.SINGLE, info=UINT8),
        *(
            draw(_fields(f"f{number}", f"{name}{number}", levels, has_tests))
            for number in range(draw(st.integers(0, 4)))
        ),
    ]
    if draw(st.booleans()) and has_tests:
        # Two of one name, of which one is there.
        first = draw(st.booleans())
        for test, info in ((yes if first else no, UINT8), (no if first else yes, UINT32)):
            fields.append(Field(name="twin", flags=VMS.SINGLE, info=info, field_exists=test))
    subsections = []
    for number in range(draw(st.integers(0, 2)) if levels and has_tests else 0):
        part = draw(descriptions(f"{name}/s{number}", 0))
        subsections.append(
            _renamed(part, number, draw(st.sampled_from((None, yes, no, is_flagged))))
        )
    version = draw(st.integers(0, 2))
    return VMStateDescription(
        name=name,
        version_id=version,
        minimum_version_id=draw(st.integers(0, version)),
        fields=tuple(fields),
        subsections=tuple(subsections),
    )


def _renamed(part, number, needed):
    """Return *part* as a subsection, which shares its owner's state and not its fields."""
    fields = tuple(
        Field(name=f"s{number}_{field.name}", flags=field.flags, info=field.info)
        for field in part.fields[:2]
        if field.info in SCALARS and not field.is_array and field.field_exists is None
    )
    return VMStateDescription(
        name=part.name, version_id=part.version_id, fields=fields, needed=needed
    )


@st.composite
def _fields(draw, name, inner_name, levels, has_tests):
    test = draw(st.sampled_from((None, None, yes, no))) if has_tests else None
    kinds = ["scalar", "array", "buffer", "unused"]
    if levels:
        kinds += ["struct", "structs", "vstruct", "queue", "tmp"]
    kind = draw(st.sampled_from(kinds))
    info = draw(st.sampled_from(SCALARS))
    if kind == "scalar":
        return Field(name=name, flags=VMS.SINGLE, info=info, field_exists=test)
    if kind == "array":
        num = draw(st.integers(0, 3))
        return Field(name=name, flags=VMS.ARRAY, info=info, num=num, field_exists=test)
    if kind in {"buffer", "unused"}:
        codec = BUFFER if kind == "buffer" else UNUSED_BUFFER
        size = draw(st.integers(1, 3))
        return Field(name=name, flags=VMS.BUFFER, info=codec, size=size, field_exists=test)
    inner = draw(descriptions(inner_name, levels - 1, has_tests=has_tests))
    if kind == "struct":
        return Field(name=name, flags=VMS.STRUCT, vmsd=inner, field_exists=test)
    if kind == "structs":
        num = draw(st.integers(0, 3))
        flags = VMS.STRUCT | VMS.ARRAY
        return Field(name=name, flags=flags, vmsd=inner, num=num, field_exists=test)
    if kind == "vstruct":
        version = draw(st.integers(inner.minimum_version_id, inner.version_id))
        return Field(
            name=name,
            flags=VMS.VSTRUCT,
            vmsd=inner,
            struct_version_id=version,
            field_exists=test,
        )
    version = inner.version_id
    if kind == "tmp":
        make = Kept(inner, inner_name)
        return Field(
            name="tmp",
            info=TMP,
            vmsd=inner,
            make=make,
            whole=True,
            version_id=version,
            field_exists=yes,
        )
    queue = draw(st.sampled_from((QTAILQ, QLIST)))
    return Field(
        name=name,
        info=queue,
        vmsd=inner,
        make=Blank(inner),
        version_id=version,
        field_exists=yes if test is None else test,
    )


@st.composite
def states(draw, description):
    """Draw a state of a random description: every number another one, queues of some length."""
    state = blank(description)
    _fill(state, description, count(draw(st.integers(0, 1))), draw)
    return state


def _fill(state, description, numbers, draw):
    for part in description.subsections:
        _fill(state, part, numbers, draw)
    for field in description.fields:
        if not field.has_value:
            continue
        held = getattr(state, field.name)
        if field.container is not None:
            for _ in range(draw(st.integers(0, 2))):
                held.append(blank(field.vmsd))
                _fill(held[-1], field.vmsd, numbers, draw)
        elif field.is_array:
            held[:] = [_value(field, element, numbers, draw) for element in held]
        else:
            setattr(state, field.name, _value(field, held, numbers, draw))


def _value(field, held, numbers, draw):
    if field.is_struct:
        _fill(held, field.vmsd, numbers, draw)
        return held
    number = next(numbers) % 100
    if isinstance(held, bytearray):
        return bytearray([number] * len(held))
    if field.info is TIMER:
        held.modify(number)
        return held
    return number % 2 if field.info is BOOL else number


def dump_of(description, *, has_counts):
    """Return what ``-dump-vmstate`` says of *description*."""
    return {
        description.name: {
            "Name": description.name,
            "version_id": description.version_id,
            "minimum_version_id": description.minimum_version_id,
            "Description": _dumped(description, has_counts),
        }
    }


def _dumped(description, has_counts):
    found = {
        "name": description.name,
        "version_id": description.version_id,
        "minimum_version_id": description.minimum_version_id,
        "Fields": [
            _dumped_field(field, has_counts) for field in description.fields if not field.must_exist
        ],
    }
    if description.subsections:
        found["Subsections"] = [_dumped(part, has_counts) for part in description.subsections]
    return found


def _dumped_field(field, has_counts):
    size = field.size
    if field.vmsd is not None:
        size = 8
    elif isinstance(field.info, Integer):
        size = field.info.bytes_
    elif field.info in (BOOL, TIMER):
        size = 1 if field.info is BOOL else TIMER_SIZE
    found = {
        "field": field.name,
        "version_id": field.version_id,
        "field_exists": field.field_exists is not None,
        "size": size,
    }
    if has_counts and field.flags & VMS.ARRAY:
        found["num"] = field.num
    if field.vmsd is not None:
        found["Description"] = _dumped(field.vmsd, has_counts)
    return found
