"""Registers of PowerPC CPUs.

A vector-scalar register is one int of 128 bits.  Its upper half is a floating-point
register, sent with those; the lower half is sent with the rest of VSX; and the upper 32
registers are sent whole, as AltiVec's.  AltiVec's are sent as they lie in the host's
memory: that is the lower half first, on little-endian hosts.

Source: QEMU 11.1 target/ppc/machine.c: vmstate_info_avr, vmstate_info_fpr,
vmstate_info_vsr, vmstate_info_slbe, vmstate_vscr; target/ppc/cpu.h, VsrD.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate.info.devices.record import Record
from vmstate.info.devices.register import Register
from vmstate.info.devices.vector import HalfVector, Vector


@dataclass(slots=True)
class SlbEntry:
    """A segment's entry: both words, 64 bits each."""

    esid: int = 0
    vsid: int = 0


AVR = Vector("PPC_AVR", "avr")
FPR = HalfVector("PPC_FPR", "fpr", 64)
VSR = HalfVector("PPC_VSR", "vsr", 0)
#: The value is an object as :class:`SlbEntry`.
SLBE = Record("PPC_SLBE", "slbe", "QQ", ("esid", "vsid"))
VSCR = Register("PPC_VSCR", "cpu/altivec/vscr", "I")
