"""The macros: each is exactly the field that QEMU's macro of that name makes."""

from __future__ import annotations

import pytest

from vmstate import VMS, VMStateDescription, macros
from vmstate.description import Field
from vmstate.info import BUFFER, INT32, TIMER, UINT8, UINT16, UNUSED_BUFFER, Buffer

INNER = VMStateDescription(name="inner", version_id=3)


def is_there(state, version_id):
    return True


CASES = [
    (
        macros.VMSTATE_SINGLE_TEST("a", is_there, 2, UINT8),
        {"flags": VMS.SINGLE, "info": UINT8, "version_id": 2, "field_exists": is_there},
    ),
    (macros.VMSTATE_SINGLE("a", 2, INT32), {"flags": VMS.SINGLE, "info": INT32, "version_id": 2}),
    (
        macros.VMSTATE_ARRAY("a", 3, 2, INT32),
        {"flags": VMS.ARRAY, "num": 3, "version_id": 2, "info": INT32},
    ),
    (
        macros.VMSTATE_SUB_ARRAY("a", 4, 3, 2, INT32),
        {"flags": VMS.ARRAY, "start": 4, "num": 3, "version_id": 2, "info": INT32},
    ),
    (
        macros.VMSTATE_STRUCT_TEST("a", is_there, 2, INNER),
        {"flags": VMS.STRUCT, "vmsd": INNER, "version_id": 2, "field_exists": is_there},
    ),
    (macros.VMSTATE_STRUCT("a", 2, INNER), {"flags": VMS.STRUCT, "vmsd": INNER, "version_id": 2}),
    (
        macros.VMSTATE_STRUCT_ARRAY("a", 3, 2, INNER),
        {"flags": VMS.STRUCT | VMS.ARRAY, "num": 3, "vmsd": INNER, "version_id": 2},
    ),
    (
        macros.VMSTATE_VSTRUCT_V("a", 2, INNER, 1),
        {"flags": VMS.VSTRUCT, "vmsd": INNER, "version_id": 2, "struct_version_id": 1},
    ),
    (
        macros.VMSTATE_STRUCT_VARRAY_UINT8("a", "n", 2, INNER),
        {
            "flags": VMS.STRUCT | VMS.VARRAY_UINT8,
            "num_field": "n",
            "vmsd": INNER,
            "version_id": 2,
        },
    ),
    (
        macros.VMSTATE_VARRAY_UINT32("a", "n", 2, UINT16),
        {
            "flags": VMS.VARRAY_UINT32 | VMS.POINTER,
            "num_field": "n",
            "info": UINT16,
            "version_id": 2,
        },
    ),
    (
        macros.VMSTATE_VALIDATE("a", is_there),
        {"flags": VMS.ARRAY | VMS.MUST_EXIST, "field_exists": is_there},
    ),
    (
        macros.VMSTATE_STATIC_BUFFER("a", 2, is_there, 1, 6),
        {
            "flags": VMS.BUFFER,
            "info": Buffer(start=1, is_partial=True),
            "size": 5,
            "version_id": 2,
            "field_exists": is_there,
        },
    ),
    (
        macros.VMSTATE_BUFFER_V("a", 5, 2),
        {"flags": VMS.BUFFER, "info": BUFFER, "size": 5, "version_id": 2},
    ),
    (macros.VMSTATE_BUFFER("a", 5), {"flags": VMS.BUFFER, "info": BUFFER, "size": 5}),
    (
        macros.VMSTATE_UNUSED_BUFFER(is_there, 2, 5),
        {
            "name": "unused",
            "flags": VMS.BUFFER,
            "info": UNUSED_BUFFER,
            "size": 5,
            "version_id": 2,
            "field_exists": is_there,
        },
    ),
    (
        macros.VMSTATE_UNUSED_V(2, 5),
        {
            "name": "unused",
            "flags": VMS.BUFFER,
            "info": UNUSED_BUFFER,
            "size": 5,
            "version_id": 2,
        },
    ),
    (
        macros.VMSTATE_UNUSED(5),
        {"name": "unused", "flags": VMS.BUFFER, "info": UNUSED_BUFFER, "size": 5},
    ),
    (
        macros.VMSTATE_TIMER_PTR_V("a", 2),
        {"flags": VMS.SINGLE | VMS.POINTER, "info": TIMER, "version_id": 2},
    ),
    (macros.VMSTATE_TIMER_PTR("a"), {"flags": VMS.SINGLE | VMS.POINTER, "info": TIMER}),
]


@pytest.mark.parametrize(("made", "parts"), CASES)
def test_a_macro_makes_its_field(made, parts):
    assert made == Field(**{"name": "a", **parts})
