"""Periodic timers of a board.

No hook is left out here.

Source: QEMU 7.2 hw/core/ptimer.c; QEMU 11.1 include/hw/core/ptimer.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_INT64,
    VMSTATE_STRUCT_POINTER_V,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)

vmstate_ptimer = VMStateDescription(
    name="ptimer",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("enabled"),
        VMSTATE_UINT64("limit"),
        VMSTATE_UINT64("delta"),
        VMSTATE_UINT32("period_frac"),
        VMSTATE_INT64("period"),
        VMSTATE_INT64("last_event"),
        VMSTATE_INT64("next_event"),
        VMSTATE_TIMER_PTR("timer"),
    ),
    source="QEMU 7.2 hw/core/ptimer.c: vmstate_ptimer",
)


def VMSTATE_PTIMER(f: str) -> Field:
    """A periodic timer that the state points to, from version 1 on.

    Wire: 53 bytes.
    Source: QEMU 11.1 include/hw/core/ptimer.h.
    """
    return VMSTATE_STRUCT_POINTER_V(f, 1, vmstate_ptimer)


def VMSTATE_PTIMER_ARRAY(f: str, n: int) -> Field:
    """An array of *n* pointers to periodic timers.

    Wire: for each pointer 53 bytes, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/hw/core/ptimer.h.
    """
    return VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(f, n, 0, vmstate_ptimer)
