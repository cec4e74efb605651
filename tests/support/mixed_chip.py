"""A chip with a field of each kind that runs are made of, and its bytes."""

from __future__ import annotations

from tests.support.recorded_states import State, Timer
from vmstate import VMS, Field, VMStateDescription
from vmstate.info import BOOL, CPUDOUBLE, UINT8, Buffer
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_INT16_ARRAY,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
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
