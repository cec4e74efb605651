"""Windows: a device's registers and guest memory as places to make commands for.

Knows addresses and widths; what a register means is its device's driver's to know.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from harness.command import Command, Space
from harness.qemu.pci.function import Bar, Function

_PORT = {1: "b", 2: "w", 4: "l"}
_MEMORY = {1: "b", 2: "w", 4: "l", 8: "q"}


@dataclass(frozen=True, slots=True)
class Window:
    """Registers that lie together.

    Attributes:
        space: ``io`` or ``memory``.
        address: where they begin.
        size: bytes.
    """

    space: Space
    address: int
    size: int

    @classmethod
    def of(cls, bar: Bar) -> Window:
        """Return the whole region of *bar*."""
        return cls(bar.space, bar.address, bar.size)

    def within(self, offset: int, size: int) -> Window:
        """Return the *size* bytes at *offset* as a window.

        Raises:
            ValueError: they are not in this one.
        """
        self._check(offset, size)
        return Window(self.space, self.address + offset, size)

    def write(self, offset: int, width: int, value: int) -> Command:
        """Return the command that writes the low *width* bytes of *value* at *offset*.

        Raises:
            ValueError: they are not in the window.
        """
        self._check(offset, width)
        verb = f"out{_PORT[width]}" if self.space == "io" else f"write{_MEMORY[width]}"
        return Command(verb, (self.address + offset, value & ((1 << 8 * width) - 1)))

    def read(self, offset: int, width: int) -> Command:
        """Return the command that reads *width* bytes at *offset*.

        Raises:
            ValueError: they are not in the window.
        """
        self._check(offset, width)
        verb = f"in{_PORT[width]}" if self.space == "io" else f"read{_MEMORY[width]}"
        return Command(verb, (self.address + offset,))

    def _check(self, offset: int, width: int) -> None:
        if offset < 0 or offset + width > self.size:
            raise ValueError(f"{width} bytes at offset {offset:#x} are not in {self.size:#x}")


def window(function: Function, index: int) -> Window:
    """Return the region of the base address register *index*.

    Raises:
        ValueError: the function has no such register, or it has no address.
    """
    bar = function.bar(index)
    if bar is None:
        raise ValueError(f"{function.address} has nothing mapped at BAR {index}")
    return Window.of(bar)


def stored(address: int, data: bytes) -> Command:
    """Return the command that puts *data* into guest memory."""
    return Command("write", (address, len(data), f"0x{data.hex()}"))


def filled(address: int, size: int, byte: int = 0) -> Command:
    """Return the command that fills guest memory with *byte*."""
    return Command("memset", (address, size, byte))


def fetched(address: int, size: int) -> Command:
    """Return the command that reads guest memory."""
    return Command("read", (address, size))


def little(*parts: tuple[str, int]) -> bytes:
    """Return numbers in little-endian order, e.g. ``(("H", 5), ("Q", address))``."""
    return b"".join(struct.pack(f"<{code}", value) for code, value in parts)
