"""Timers of SPARC CPUs with 64 bits.

No hook is left out here.

Source: QEMU 7.2 target/sparc/machine.c, hw/sparc64/sparc64.c.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_INT64,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)

vmstate_cpu_timer = VMStateDescription(
    name="cpu_timer",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("frequency"),
        VMSTATE_UINT32("disabled"),
        VMSTATE_UINT64("disabled_mask"),
        VMSTATE_UINT32("npt"),
        VMSTATE_UINT64("npt_mask"),
        VMSTATE_INT64("clock_offset"),
        VMSTATE_TIMER_PTR("qtimer"),
    ),
    source="QEMU 7.2 target/sparc/machine.c: vmstate_cpu_timer",
)


def VMSTATE_CPU_TIMER(f: str) -> Field:
    """A timer that the state points to.

    Wire: 44 bytes: frequency, whether it is off, masks, offset of the clock, when it fires.
    Source: QEMU 11.1 target/sparc/machine.c.
    """
    return VMSTATE_STRUCT_POINTER(f, vmstate_cpu_timer)
