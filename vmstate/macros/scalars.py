"""Booleans, integers and doubles, alone and in arrays, under QEMU's names.

``U8`` to ``U64`` are the same for members of Linux's types, on Linux hosts only.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.info import (
    BOOL,
    CPUDOUBLE,
    INT8,
    INT16,
    INT32,
    INT64,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
)
from vmstate.macros.scalar import Scalar

_BOOL = Scalar("BOOL", BOOL, "1 byte, 0 or 1; any but 0 is read as true")
VMSTATE_BOOL = _BOOL.plain()
VMSTATE_BOOL_V = _BOOL.from_version()
VMSTATE_BOOL_TEST = _BOOL.tested()
VMSTATE_BOOL_ARRAY = _BOOL.array()
VMSTATE_BOOL_ARRAY_V = _BOOL.array_from_version()
VMSTATE_BOOL_SUB_ARRAY = _BOOL.sub_array()

_INT8 = Scalar("INT8", INT8, "1 byte")
VMSTATE_INT8 = _INT8.plain()
VMSTATE_INT8_V = _INT8.from_version()
VMSTATE_INT8_TEST = _INT8.tested()

_INT16 = Scalar("INT16", INT16, "2 bytes")
VMSTATE_INT16 = _INT16.plain()
VMSTATE_INT16_V = _INT16.from_version()
VMSTATE_INT16_TEST = _INT16.tested()
VMSTATE_INT16_ARRAY = _INT16.array()
VMSTATE_INT16_ARRAY_V = _INT16.array_from_version()

_INT32 = Scalar("INT32", INT32, "4 bytes")
VMSTATE_INT32 = _INT32.plain()
VMSTATE_INT32_V = _INT32.from_version()
VMSTATE_INT32_TEST = _INT32.tested()
VMSTATE_INT32_ARRAY = _INT32.array()
VMSTATE_INT32_ARRAY_V = _INT32.array_from_version()

_INT64 = Scalar("INT64", INT64, "8 bytes")
VMSTATE_INT64 = _INT64.plain()
VMSTATE_INT64_V = _INT64.from_version()
VMSTATE_INT64_TEST = _INT64.tested()
VMSTATE_INT64_ARRAY = _INT64.array()
VMSTATE_INT64_ARRAY_V = _INT64.array_from_version()

_UINT8 = Scalar("UINT8", UINT8, "1 byte")
VMSTATE_UINT8 = _UINT8.plain()
VMSTATE_UINT8_V = _UINT8.from_version()
VMSTATE_UINT8_TEST = _UINT8.tested()
VMSTATE_UINT8_ARRAY = _UINT8.array()
VMSTATE_UINT8_ARRAY_V = _UINT8.array_from_version()
VMSTATE_UINT8_SUB_ARRAY = _UINT8.sub_array()
VMSTATE_UINT8_2DARRAY = _UINT8.rows()
VMSTATE_UINT8_2DARRAY_V = _UINT8.rows_from_version()

_UINT16 = Scalar("UINT16", UINT16, "2 bytes")
VMSTATE_UINT16 = _UINT16.plain()
VMSTATE_UINT16_V = _UINT16.from_version()
VMSTATE_UINT16_TEST = _UINT16.tested()
VMSTATE_UINT16_ARRAY = _UINT16.array()
VMSTATE_UINT16_ARRAY_V = _UINT16.array_from_version()
VMSTATE_UINT16_SUB_ARRAY = _UINT16.sub_array()
VMSTATE_UINT16_2DARRAY = _UINT16.rows()
VMSTATE_UINT16_2DARRAY_V = _UINT16.rows_from_version()

_UINT32 = Scalar("UINT32", UINT32, "4 bytes")
VMSTATE_UINT32 = _UINT32.plain()
VMSTATE_UINT32_V = _UINT32.from_version()
VMSTATE_UINT32_TEST = _UINT32.tested()
VMSTATE_UINT32_ARRAY = _UINT32.array()
VMSTATE_UINT32_ARRAY_V = _UINT32.array_from_version()
VMSTATE_UINT32_SUB_ARRAY = _UINT32.sub_array()
VMSTATE_UINT32_2DARRAY = _UINT32.rows()
VMSTATE_UINT32_2DARRAY_V = _UINT32.rows_from_version()

_UINT64 = Scalar("UINT64", UINT64, "8 bytes")
VMSTATE_UINT64 = _UINT64.plain()
VMSTATE_UINT64_V = _UINT64.from_version()
VMSTATE_UINT64_TEST = _UINT64.tested()
VMSTATE_UINT64_ARRAY = _UINT64.array()
VMSTATE_UINT64_ARRAY_V = _UINT64.array_from_version()
VMSTATE_UINT64_SUB_ARRAY = _UINT64.sub_array()
VMSTATE_UINT64_2DARRAY = _UINT64.rows()
VMSTATE_UINT64_2DARRAY_V = _UINT64.rows_from_version()

_U8 = Scalar("U8", UINT8, "1 byte")
VMSTATE_U8 = _U8.plain()
VMSTATE_U8_V = _U8.from_version()

_U16 = Scalar("U16", UINT16, "2 bytes")
VMSTATE_U16 = _U16.plain()
VMSTATE_U16_V = _U16.from_version()

_U32 = Scalar("U32", UINT32, "4 bytes")
VMSTATE_U32 = _U32.plain()
VMSTATE_U32_V = _U32.from_version()

_U64 = Scalar("U64", UINT64, "8 bytes")
VMSTATE_U64 = _U64.plain()
VMSTATE_U64_V = _U64.from_version()

_CPUDOUBLE = Scalar("CPUDOUBLE", CPUDOUBLE, "8 bytes")
VMSTATE_CPUDOUBLE_ARRAY = _CPUDOUBLE.array()
VMSTATE_CPUDOUBLE_ARRAY_V = _CPUDOUBLE.array_from_version()
