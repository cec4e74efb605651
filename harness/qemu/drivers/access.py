"""Accesses: commands that reach registers behind a base address register, and memory.

Owns the choice between ports and memory, and the bounds.  It knows no device.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.command import Command
from harness.qemu.pci.function import Bar, Function

_PORT_LETTERS = {1: "b", 2: "w", 4: "l"}
_MEMORY_LETTERS = {1: "b", 2: "w", 4: "l", 8: "q"}


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers behind one base address register.

    Attributes:
        bar: where they are.
    """

    bar: Bar

    @classmethod
    def of(cls, function: Function, index: int) -> Registers:
        """Return those of *function*'s base address register *index*.

        Raises:
            ValueError: it has no such register with an address.
        """
        bar = function.bar(index)
        if bar is None:
            raise ValueError(f"{function.address} has no BAR {index} with an address")
        return cls(bar)

    def write(self, offset: int, value: int, size: int = 4) -> Command:
        """Return the command that writes *size* bytes, *offset* bytes into the region.

        Raises:
            ValueError: the region ends before.
        """
        address, letter = self._place(offset, size)
        mask = (1 << 8 * size) - 1
        verb = "out" if self.bar.space == "io" else "write"
        return Command(verb + letter, (address, value & mask))

    def read(self, offset: int, size: int = 4) -> Command:
        """Return the command that reads *size* bytes, *offset* bytes into the region.

        Raises:
            ValueError: the region ends before.
        """
        address, letter = self._place(offset, size)
        verb = "in" if self.bar.space == "io" else "read"
        return Command(verb + letter, (address,))

    def _place(self, offset: int, size: int) -> tuple[int, str]:
        if offset < 0 or offset + size > self.bar.size:
            raise ValueError(
                f"{size} bytes at {offset:#x} are not in BAR {self.bar.index}"
                f" of {self.bar.size:#x} bytes"
            )
        letters = _PORT_LETTERS if self.bar.space == "io" else _MEMORY_LETTERS
        return self.bar.address + offset, letters[size]


def has_bar(function: Function, index: int, size: int) -> bool:
    """Whether *function* has a base address register *index* of at least *size* bytes."""
    bar = function.bar(index)
    return bar is not None and bar.size >= size


def store(address: int, data: bytes) -> Command:
    """Return the command that writes *data* to memory."""
    return Command("write", (address, len(data), f"0x{data.hex()}"))


def fill(address: int, size: int, byte: int) -> Command:
    """Return the command that fills *size* bytes of memory with *byte*."""
    return Command("memset", (address, size, byte))


def fetch(address: int, size: int) -> Command:
    """Return the command that reads *size* bytes of memory."""
    return Command("read", (address, size))
