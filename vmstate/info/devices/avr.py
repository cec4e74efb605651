"""Registers of AVR CPUs.

Source: QEMU 11.1 target/avr/machine.c: vms_sreg, vms_rampD, vms_rampX, vms_rampY,
vms_rampZ, vms_eind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.register import Register
from vmstate.info.integer import UINT32

_SHIFT = 16


@dataclass(frozen=True, slots=True, repr=False)
class Segment:
    """A codec of a register that extends addresses; the value is an int of 32 bits.

    QEMU keeps the eight bits where they stand in an address, from bit 16 on; whatever else
    is in the value is not sent.

    Args:
        symbol: what it is called in :mod:`vmstate.info.devices`.
        name: the type's name in a vmdesc.
    """

    symbol: str
    name: str

    @property
    def format(self) -> str:
        """Its struct format."""
        return "B"

    @staticmethod
    def convert(number: int) -> int:
        """Return the value that a byte stands for."""
        return number << _SHIFT

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the byte and return it where it belongs."""
        return self.convert(reader.unsigned(1))

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write bits 16 to 23; EncodeError unless *value* is an integer of 32 bits."""
        if not UINT32.holds(value):
            raise writer.unfit(value, f"not {UINT32.described}")
        writer.integer(cast("int", value) >> _SHIFT & 0xFF, 1)

    def __repr__(self) -> str:
        return self.symbol


SREG = Register("AVR_SREG", "sreg", "B")
RAMPD = Segment("AVR_RAMPD", "rampD")
RAMPX = Segment("AVR_RAMPX", "rampX")
RAMPY = Segment("AVR_RAMPY", "rampY")
RAMPZ = Segment("AVR_RAMPZ", "rampZ")
EIND = Segment("AVR_EIND", "eind")
