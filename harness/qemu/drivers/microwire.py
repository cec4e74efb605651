"""Microwire: the three wires by which a driver talks to the memory of a card's settings.

Knows the memory's commands and how a bit is clocked in; where the wires are in a register
is the card's driver's to say.

Source: Microchip 93C46B data sheet, table 2-1; QEMU 7.2 hw/nvram/eeprom93xx.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.command import Command
from harness.qemu.drivers.access import Registers
from harness.qemu.drivers.driver import Draw

_READ, _WRITE, _ERASE, _EXTENDED = "110", "101", "111", "100"
#: What an extended command begins its address with: writing allowed, forbidden, all of it.
_EXTENSIONS = ("11", "00", "01", "10")


@dataclass(frozen=True, slots=True)
class Microwire:
    """Where the wires are.

    Attributes:
        registers: of the card.
        offset: of the register.
        width: its bytes.
        select, clock, data: the wires' bits.
        idle: bits that stay set, so that the wires are connected at all.
        address_bits: of an address, 6 or 8.
    """

    registers: Registers
    offset: int
    width: int
    select: int
    clock: int
    data: int
    idle: int = 0
    address_bits: int = 6

    def send(self, bits: str) -> Iterator[Command]:
        """Select the memory and clock in *bits*, zeros and ones; it stays selected."""
        yield self._set(0)
        for bit in bits:
            wire = self.data if bit == "1" else 0
            yield self._set(self.select | wire)
            yield self._set(self.select | wire | self.clock)

    def _set(self, wires: int) -> Command:
        return self.registers.write(self.offset, self.idle | wires, self.width)

    def converse(self, draw: Draw) -> Iterator[Command]:
        """Send a drawn command, whole, interrupted, or with a word read or written."""
        address = f"{draw.below(1 << self.address_bits):0{self.address_bits}b}"
        word = f"{draw.below(1 << 16):016b}"
        command = draw.choose(
            (
                _READ + address + "0" * 8,
                _READ + address + "0" * 17,
                _WRITE + address + word,
                _EXTENDED + draw.choose(_EXTENSIONS) + address[2:],
                _ERASE + address,
                _READ + address[:3],
            )
        )
        if command.startswith(_WRITE):
            # First it has to be allowed.
            yield from self.send(_EXTENDED + _EXTENSIONS[0] + address[2:])
        yield from self.send(command)
        if draw.below(2):
            yield self._set(0)
