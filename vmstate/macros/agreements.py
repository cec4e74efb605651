"""Integers that both sides must agree on: sent and compared, not stored.

Until 11.0 these macros took a hint for people as their last parameter.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.info import (
    INT32_EQUAL,
    INT32_LE,
    UINT8_EQUAL,
    UINT16_EQUAL,
    UINT32_EQUAL,
    UINT64_EQUAL,
)
from vmstate.macros.scalar import Scalar

_UINT8_EQUAL = Scalar("UINT8_EQUAL", UINT8_EQUAL, "1 byte", noun="uint8 that both sides agree on")
VMSTATE_UINT8_EQUAL = _UINT8_EQUAL.plain()

_UINT16_EQUAL = Scalar(
    "UINT16_EQUAL", UINT16_EQUAL, "2 bytes", noun="uint16 that both sides agree on"
)
VMSTATE_UINT16_EQUAL = _UINT16_EQUAL.plain()
VMSTATE_UINT16_EQUAL_V = _UINT16_EQUAL.from_version()

_INT32_EQUAL = Scalar("INT32_EQUAL", INT32_EQUAL, "4 bytes", noun="int32 that both sides agree on")
VMSTATE_INT32_EQUAL = _INT32_EQUAL.plain()

_UINT32_EQUAL = Scalar(
    "UINT32_EQUAL", UINT32_EQUAL, "4 bytes", noun="uint32 that both sides agree on"
)
VMSTATE_UINT32_EQUAL = _UINT32_EQUAL.plain()
VMSTATE_UINT32_EQUAL_V = _UINT32_EQUAL.from_version()

_UINT64_EQUAL = Scalar(
    "UINT64_EQUAL", UINT64_EQUAL, "8 bytes", noun="uint64 that both sides agree on"
)
VMSTATE_UINT64_EQUAL = _UINT64_EQUAL.plain()
VMSTATE_UINT64_EQUAL_V = _UINT64_EQUAL.from_version()

_POSITIVE_LE = Scalar(
    "INT32_POSITIVE_LE", INT32_LE, "4 bytes", noun="int32 from 0 to what the destination holds"
)
VMSTATE_INT32_POSITIVE_LE = _POSITIVE_LE.plain()
