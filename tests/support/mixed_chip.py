"""A chip with a field of each kind that runs are made of, and one with the rest, and bytes."""

from __future__ import annotations

from tests.support.recorded_states import State, Timer
from vmstate import VMS, Field, VMStateDescription
from vmstate.info import BOOL, CPUDOUBLE, FD, UINT8, UINT16, Buffer
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_INT16_ARRAY,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
)

#: Names that C allows and that Python would not take after a dot, or take for others.
NAMES = ("class", "in", "None", "__debug__", "größe", "aﬁ", "_", "__x")

POINT = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"), VMSTATE_BOOL("y")))
CHIP = VMStateDescription(
    name="chip",
    fields=(
        VMSTATE_UINT32("a"),
        VMSTATE_UNUSED(2),
        VMSTATE_BOOL("b"),
        VMSTATE_INT16_ARRAY("c", 3),
        VMSTATE_BUFFER("d", 2),
        Field(name="e", flags=VMS.BUFFER, info=Buffer(1, is_partial=True), size=2),
        VMSTATE_TIMER_PTR("f"),
        Field(name="g", flags=VMS.ARRAY, info=UINT8, num=4, columns=2),
        Field(name="h", flags=VMS.ARRAY, info=BOOL, num=2),
        Field(name="i", flags=VMS.ARRAY, info=BOOL, num=2, columns=1),
        VMSTATE_STRUCT("j", 0, POINT),
        VMSTATE_STRUCT_ARRAY("k", 2, 0, POINT),
        Field(name="l", flags=VMS.SINGLE, info=CPUDOUBLE),
    ),
)


def chip(**changes):
    fit = {
        "a": 0x01020304,
        "b": True,
        "c": [1, -2, 3],
        "d": bytearray(b"de"),
        "e": bytearray(b"xyz!"),
        "f": Timer(5),
        "g": [[1, 2], [3, 4]],
        "h": [True, 0],
        "i": [[True], [False]],
        "j": State(x=1, y=0),
        "k": [State(x=2, y=1), State(x=3, y=False)],
        "l": 1 << 63,
    }
    return State(**(fit | changes))


WIRE = bytes.fromhex(
    "01020304 0000 01 0001fffe0003 6465 797a 0000000000000005 01020304 0100 0100 0100 0201 0300"
    "8000000000000000"
)


def _counted(name, **parts):
    return Field(**({"name": name, "flags": VMS.VARRAY_UINT8, "num_field": "n"} | parts))


def _nothing(state, version_id=0):
    return 0


HOOKED = VMStateDescription(
    name="hooked", fields=(VMSTATE_UINT8("x"),), pre_save=_nothing, post_load=_nothing
)
GROWN = VMStateDescription(
    name="grown", version_id=2, fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8_V("y", 2))
)
FILED = VMStateDescription(name="filed", fields=(Field(name="x", flags=VMS.SINGLE, info=FD),))
OUTER = VMStateDescription(name="outer", fields=(VMSTATE_STRUCT("inner", 0, FILED),))
#: Arrays that other fields count, states that are handled by themselves, older versions.
RACK = VMStateDescription(
    name="rack",
    fields=(
        VMSTATE_UINT8("n"),
        _counted("words", info=UINT16, start=1),
        _counted("bytes", info=UINT8),
        _counted("flags", info=BOOL),
        _counted("new", flags=VMS.VARRAY_UINT8 | VMS.POINTER | VMS.ALLOC, info=BOOL),
        Field(name="some", flags=VMS.STRUCT | VMS.ARRAY, num=2, start=1, vmsd=HOOKED),
        _counted("many", flags=VMS.STRUCT | VMS.VARRAY_UINT8, start=1, vmsd=HOOKED),
        Field(name="old", flags=VMS.VSTRUCT, vmsd=GROWN, struct_version_id=1),
        Field(name="olds", flags=VMS.VSTRUCT | VMS.ARRAY, num=60, vmsd=GROWN, struct_version_id=0),
    ),
)


def rack(**changes):
    """Return a state of :data:`RACK`, whose arrays end where they must."""
    elements = [State(x=number, y=9) for number in range(3)]
    fit = {
        "n": 2,
        "words": [0, 258, 3],
        "bytes": [7, 8],
        "flags": [True, False],
        "new": [0, 1],
        "some": elements,
        "many": elements,
        "old": State(x=5, y=6),
        "olds": [State(x=number, y=9) for number in range(60)],
    }
    return State(**(fit | changes))


RACK_WIRE = bytes.fromhex("02 01020003 0708 0100 0001 0102 0102 05") + bytes(range(60))
