"""Configuration space: how a register of a PCI function is read and written over qtest.

There are two mechanisms: a pair of registers that select and transfer, and a region in
which every function has a page of its own.

Source: PCI Local Bus Specification 3.0, 3.2.2.3.2; PCI Express Base Specification 3.0, 7.2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.command import Command, Space
from harness.qemu.byteorder import Orders
from harness.qemu.pci.function import Address
from harness.regions import BEHIND, Via

_ENABLE = 1 << 31
_READS: dict[Space, dict[int, str]] = {
    "io": {1: "inb", 2: "inw", 4: "inl"},
    "memory": {1: "readb", 2: "readw", 4: "readl"},
}
_WRITES: dict[Space, dict[int, str]] = {
    "io": {1: "outb", 2: "outw", 4: "outl"},
    "memory": {1: "writeb", 2: "writew", 4: "writel"},
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A register that selects, and one that transfers.

    Attributes:
        space: where they are.
        index, data: their addresses.
        is_turned: whether the one that selects takes its bytes in big-endian order, as some
            bridges of big-endian processors do; the other never does.
    """

    space: Space
    index: int
    data: int
    is_turned: bool = False

    def read(self, of: Address, offset: int, size: int = 4) -> tuple[Command, ...]:
        """Return the commands that read *size* bytes; the last one answers."""
        verb = _READS[self.space][size]
        return (self._select(of, offset), Command(verb, (self.data + offset % 4,)))

    def write(self, of: Address, offset: int, value: int, size: int = 4) -> tuple[Command, ...]:
        """Return the commands that write *size* bytes."""
        verb = _WRITES[self.space][size]
        return (self._select(of, offset), Command(verb, (self.data + offset % 4, value)))

    def page(self, of: Address) -> int:
        """Return the address that a map gives a function's registers."""
        return BEHIND + (_ENABLE | of.bus << 16 | of.device << 11 | of.function << 8)

    def via(self, orders: Orders) -> Via:
        """Return the pair as a map has it, whose commands are spelt for a guest of such orders."""
        is_turned = self.is_turned != (orders.get(self.space) == "big")
        return Via(self.space, self.index, self.data, is_turned)

    def _select(self, of: Address, offset: int) -> Command:
        selected = self.page(of) - BEHIND | offset & 0xFC
        if self.is_turned:
            selected = int.from_bytes(selected.to_bytes(4, "little"), "big")
        return Command(_WRITES[self.space][4], (self.index, selected))


@dataclass(frozen=True, slots=True)
class Pages:
    """A region with a page for every function.

    Attributes:
        base: its address in memory.
        shift: binary logarithm of a page's size: 12 for PCI Express, 8 for what was before.
    """

    base: int
    shift: int = 12

    def page(self, of: Address) -> int:
        """Return the address of a function's page."""
        number = of.bus << 8 | of.device << 3 | of.function
        return self.base + (number << self.shift)

    def read(self, of: Address, offset: int, size: int = 4) -> tuple[Command, ...]:
        """Return the command that reads *size* bytes."""
        return (Command(_READS["memory"][size], (self.page(of) + offset,)),)

    def write(self, of: Address, offset: int, value: int, size: int = 4) -> tuple[Command, ...]:
        """Return the command that writes *size* bytes."""
        return (Command(_WRITES["memory"][size], (self.page(of) + offset, value)),)


Access = Pair | Pages
