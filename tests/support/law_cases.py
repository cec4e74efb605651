"""Descriptions that the laws are asked of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace as State

from harness.strategies.shapes import furnished
from tests.support import macro_table
from tests.support.lawful import Case
from vmstate import VMStateDescription
from vmstate.info.devices.nvram import Widened
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_INT16_V,
    VMSTATE_QLIST_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_VALIDATE,
    VMSTATE_VBUFFER_ALLOC_UINT32,
)


def new(description: VMStateDescription) -> Callable[[], State]:
    """Return what makes a state of *description*, as loading needs it."""
    return partial(furnished, description)


POINT = VMStateDescription(
    name="point", version_id=1, fields=(VMSTATE_UINT8("x"), VMSTATE_UINT16("y"))
)
OPTIONAL = VMStateDescription(
    name="row/wide",
    version_id=1,
    needed=lambda state: state.width > 200,
    fields=(VMSTATE_UINT8("colour"),),
)
ROW = VMStateDescription(
    name="row",
    version_id=1,
    fields=(VMSTATE_UINT8("width"), VMSTATE_QTAILQ_V("points", 1, POINT, new(POINT))),
    subsections=(OPTIONAL,),
)
TABLE = VMStateDescription(
    name="table",
    version_id=1,
    fields=(
        VMSTATE_QLIST_V("rows", 1, ROW, new(ROW)),
        VMSTATE_GTREE_DIRECT_KEY_V("index", 1, ROW, new(ROW)),
    ),
)
DEVICE = VMStateDescription(
    name="device",
    version_id=3,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("control"),
        VMSTATE_INT16_V("level", 2),
        VMSTATE_BOOL("is_on"),
        VMSTATE_UINT32_ARRAY("registers", 5),
        VMSTATE_BUFFER("fifo", 20),
        VMSTATE_TIMER_PTR("timer"),
        VMSTATE_UINT8("count"),
        VMSTATE_VALIDATE("count in range", lambda state, _: state.count <= 3),
        VMSTATE_STRUCT_VARRAY_UINT8("points", "count", 0, POINT),
        VMSTATE_STRUCT("origin", 0, POINT),
        VMSTATE_UINT32("length"),
        VMSTATE_VBUFFER_ALLOC_UINT32("data", 0, None, "length"),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("corners", 3, 0, POINT),
    ),
    subsections=(
        VMStateDescription(
            name="device/mode",
            version_id=1,
            needed=lambda state: state.mode == 0x1234,
            fields=(VMSTATE_UINT16("mode"),),
        ),
    ),
)


def nested(depth: int) -> VMStateDescription:
    vmsd = POINT
    for _ in range(depth):
        vmsd = VMStateDescription(
            name="level", version_id=1, fields=(VMSTATE_STRUCT_ARRAY("inner", 1, 1, vmsd),)
        )
    return vmsd


CASES = [
    Case("a device", DEVICE),
    Case("lists of lists", TABLE),
    Case("200 levels", nested(200)),
]

_ENTRIES = (*macro_table.MACROS, *macro_table.DEVICE_MACROS)
#: Macros of fields that are read from old streams and never saved.
NEVER_SAVED = [entry for entry in _ENTRIES if isinstance(entry.made[0].codec, Widened)]
#: One case for every other macro.
MACRO_CASES = [
    Case(entry.id, entry.description, entry.reset) for entry in _ENTRIES if entry not in NEVER_SAVED
]
