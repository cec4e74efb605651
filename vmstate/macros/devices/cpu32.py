"""``target_ulong`` of CPUs with 32 bits (TARGET_LONG_BITS).

Source: QEMU 11.1 include/migration/cpu.h.
"""

from __future__ import annotations

from vmstate.info import UINT32
from vmstate.macros.scalar import Scalar

_UINTTL = Scalar("UINTTL", UINT32, "4 bytes", "QEMU 11.1 include/migration/cpu.h")
VMSTATE_UINTTL = _UINTTL.plain()
VMSTATE_UINTTL_V = _UINTTL.from_version()
VMSTATE_UINTTL_ARRAY = _UINTTL.array()
VMSTATE_UINTTL_ARRAY_V = _UINTTL.array_from_version()

_SINCE = Scalar("UINTTL", UINT32, "4 bytes", "QEMU 11.1 include/migration/cpu.h, after 7.2")
VMSTATE_UINTTL_SUB_ARRAY = _SINCE.sub_array()
