"""Interrupt controllers: the timers of RISC-V's local interruptor.

Source: QEMU 11.1 include/hw/intc/riscv_aclint.h.
"""

from __future__ import annotations

from vmstate.description import Field
from vmstate.info import TIMER
from vmstate.macros import VMSTATE_VARRAY_OF_POINTER_UINT32


def VMSTATE_TIMER_PTR_VARRAY(f: str, f_n: str) -> Field:
    """As many pointers to timers as the uint32 *f_n* says.

    Wire: for each pointer 8 bytes of nanoseconds, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/hw/intc/riscv_aclint.h, after 7.2.
    """
    return VMSTATE_VARRAY_OF_POINTER_UINT32(f, f_n, 0, TIMER)
