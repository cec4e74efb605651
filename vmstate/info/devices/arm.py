"""Registers of Arm CPUs.

Source: QEMU 11.1 target/arm/machine.c: vmstate_fpscr, vmstate_fpcr, vmstate_fpsr,
vmstate_cpsr, vmstate_powered_off.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer
from vmstate.info.boolean import Boolean
from vmstate.info.devices.register import Register
from vmstate.info.integer import UINT32


class FloatingPointStatus:
    """The codec of ``fpscr``; the value is the AArch32 register, an int of 32 bits.

    A zero that is sent may mean that the bits are in ``cpu/vfp/fpcr_fpsr``: it leaves the
    destination's value alone.
    """

    __slots__ = ()
    name = "fpscr"
    #: There is no ``convert``: a zero is not the value.
    format = "I"

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read the register; return *current* where a zero was sent."""
        return UINT32.load(reader, current, size) or current

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the register; EncodeError if *value* does not fit."""
        UINT32.save(writer, value, size)

    def __repr__(self) -> str:
        return "ARM_FPSCR"


class PoweredOff(Boolean):
    """The codec of ``powered_off``; the value is a bool.

    QEMU refuses to save a CPU that is just changing its power state; no value here says
    that.
    """

    __slots__ = ()
    name = "powered_off"

    def __repr__(self) -> str:
        return "ARM_POWERED_OFF"


FPSCR = FloatingPointStatus()
FPCR = Register("ARM_FPCR", "fpcr", "Q")
FPSR = Register("ARM_FPSR", "fpsr", "Q")
#: The CPSR of AArch32, the PSTATE of AArch64, the xPSR of M-profile without its exception.
CPSR = Register("ARM_CPSR", "cpsr", "I")
POWERED_OFF = PoweredOff()
