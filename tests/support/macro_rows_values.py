"""The rows of macros for values, alone and in arrays, and for pointers to them."""

from __future__ import annotations

from tests.support.macro_rows import (
    PAIR,
    Entry,
    Pair,
    core,
    from_two,
    is_valid,
)
from vmstate.info import INT32, TIMER, UINT8, UINT16
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
)

_N8, _N16 = (VMSTATE_UINT8("n"),), (VMSTATE_UINT16("n"),)
_N32, _SIGNED = (VMSTATE_UINT32("n"),), (VMSTATE_INT32("n"),)

SINGLES: tuple[Entry, ...] = (
    core("SINGLE_TEST", "a", from_two, 3, UINT16, info=UINT16, version_id=3, field_exists=from_two),
    core("SINGLE_FULL", "a", from_two, 3, UINT16, info=UINT16, version_id=3, field_exists=from_two),
    core("SINGLE", "a", 2, INT32, info=INT32, version_id=2),
    core("POINTER", "a", 2, UINT16, info=UINT16, version_id=2),
    core("POINTER_TEST", "a", from_two, UINT16, info=UINT16, field_exists=from_two),
    core("VALIDATE", "n is valid", is_valid, name="n is valid", field_exists=is_valid, before=_N8),
    core("END_OF_LIST", name=""),
)

_SCALARS = ("BOOL", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
_WITH_ARRAYS = ("BOOL", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
_UNSIGNED = ("UINT8", "UINT16", "UINT32", "UINT64")
_LINUX = ("U8", "U16", "U32", "U64")

SCALARS: tuple[Entry, ...] = (
    *(core(name, "a") for name in (*_SCALARS, *_LINUX, "FD", "TIMER")),
    *(core(f"{name}_V", "a", 2, version_id=2) for name in (*_SCALARS, *_LINUX, "FD", "TIMER")),
    *(
        core(f"{name}_TEST", "a", from_two, field_exists=from_two)
        for name in (*_SCALARS, "FD", "TIMER")
    ),
    *(core(f"{name}_ARRAY", "a", 3, num=3) for name in (*_WITH_ARRAYS, "CPUDOUBLE", "TIMER")),
    *(
        core(f"{name}_ARRAY_V", "a", 3, 2, num=3, version_id=2)
        for name in (*_WITH_ARRAYS, "CPUDOUBLE")
    ),
    *(core(f"{name}_SUB_ARRAY", "a", 1, 3, start=1, num=3) for name in ("BOOL", *_UNSIGNED)),
    *(core(f"{name}_2DARRAY", "a", 2, 3, num=6, columns=3) for name in _UNSIGNED),
    *(
        core(f"{name}_2DARRAY_V", "a", 2, 3, 2, num=6, columns=3, version_id=2)
        for name in _UNSIGNED
    ),
    core("UINT8_EQUAL", "a"),
    core("UINT16_EQUAL", "a"),
    core("UINT16_EQUAL_V", "a", 2, version_id=2),
    core("INT32_EQUAL", "a"),
    core("UINT32_EQUAL", "a"),
    core("UINT32_EQUAL_V", "a", 2, version_id=2),
    core("UINT64_EQUAL", "a"),
    core("UINT64_EQUAL_V", "a", 2, version_id=2),
    core("INT32_POSITIVE_LE", "a"),
    core("TIMER_PTR", "a"),
    core("TIMER_PTR_V", "a", 2, version_id=2),
    core("TIMER_PTR_TEST", "a", from_two, field_exists=from_two),
    core("TIMER_PTR_ARRAY", "a", 3, num=3),
)

ARRAYS: tuple[Entry, ...] = (
    core("ARRAY", "a", 3, 2, UINT16, num=3, info=UINT16, version_id=2),
    core("ARRAY_TEST", "a", 3, from_two, UINT16, num=3, info=UINT16, field_exists=from_two),
    core("2DARRAY", "a", 2, 3, 2, UINT16, num=6, columns=3, info=UINT16, version_id=2),
    core("SUB_ARRAY", "a", 1, 3, 2, UINT16, start=1, num=3, info=UINT16, version_id=2),
    core("ARRAY_INT32_UNSAFE", "a", "n", UINT16, num_field="n", info=UINT16, before=_SIGNED),
    core(
        "VARRAY_INT32",
        "a",
        "n",
        2,
        UINT16,
        num_field="n",
        info=UINT16,
        version_id=2,
        before=_SIGNED,
    ),
    core(
        "VARRAY_UINT32",
        "a",
        "n",
        2,
        UINT16,
        num_field="n",
        info=UINT16,
        version_id=2,
        before=_N32,
    ),
    core(
        "VARRAY_INT32_ALLOC",
        "a",
        "n",
        2,
        UINT16,
        num_field="n",
        info=UINT16,
        version_id=2,
        before=_SIGNED,
    ),
    core(
        "VARRAY_UINT32_ALLOC",
        "a",
        "n",
        2,
        UINT16,
        num_field="n",
        info=UINT16,
        version_id=2,
        before=_N32,
    ),
    core(
        "VARRAY_UINT16_ALLOC",
        "a",
        "n",
        2,
        UINT16,
        num_field="n",
        info=UINT16,
        version_id=2,
        before=_N16,
    ),
    core(
        "VARRAY_UINT16_UNSAFE",
        "a",
        "n",
        2,
        UINT16,
        num_field="n",
        info=UINT16,
        version_id=2,
        before=_N16,
    ),
    core("VARRAY_MULTIPLY", "a", "n", 2, UINT8, num_field="n", num=2, info=UINT8, before=_N32),
    core("ARRAY_OF_POINTER", "a", 3, 2, TIMER, num=3, info=TIMER, version_id=2),
    core("ARRAY_OF_POINTER_TO_STRUCT", "a", 3, 2, PAIR, num=3, vmsd=PAIR, version_id=2),
    core(
        "VARRAY_OF_POINTER_UINT32",
        "a",
        "n",
        2,
        TIMER,
        num_field="n",
        info=TIMER,
        version_id=2,
        before=_N32,
    ),
    core(
        "VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC",
        "a",
        "n",
        2,
        PAIR,
        Pair,
        num_field="n",
        vmsd=PAIR,
        version_id=2,
        make=Pair,
        before=_N8,
    ),
    core(
        "VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC",
        "a",
        "n",
        2,
        PAIR,
        Pair,
        num_field="n",
        vmsd=PAIR,
        version_id=2,
        make=Pair,
        before=_N32,
    ),
)

ROWS: tuple[Entry, ...] = (*SINGLES, *SCALARS, *ARRAYS)
