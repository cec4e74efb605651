"""What a driver is: it turns drawn numbers into well-formed requests to one device.

A driver never reads an answer before it goes on: a trace is a fixed list of commands, and
must be the same list when it is replayed.  What it has to know about the device, it takes
from the :class:`~harness.qemu.pci.function.Function`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from harness.command import Command
from harness.qemu.pci.function import Function

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Arena:
    """Guest memory that a driver may fill.

    Attributes:
        base: first address; a multiple of 64 KiB.
        size: bytes; at least 1 MiB.
    """

    base: int
    size: int

    def at(self, offset: int, size: int = 0) -> int:
        """Return the address *offset* bytes into the arena, where *size* bytes fit.

        Raises:
            ValueError: they don't.
        """
        if offset < 0 or offset + size > self.size:
            raise ValueError(f"{size} bytes at offset {offset:#x} are not in {self.size:#x}")
        return self.base + offset


class Draw:
    """Small numbers, taken one by one from drawn bytes; zeros once there are no more.

    The same bytes always give the same numbers.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def below(self, limit: int) -> int:
        """Return a number of 0 to *limit* - 1."""
        width = max(1, ((limit - 1).bit_length() + 7) // 8)
        taken = self._data[self._position : self._position + width]
        self._position += width
        return int.from_bytes(taken) % limit

    def choose(self, choices: Sequence[_T]) -> _T:
        """Return one of *choices*, the first where nothing is left to draw from."""
        return choices[self.below(len(choices))]

    def bytes(self, size: int) -> bytes:
        """Return *size* bytes."""
        taken = self._data[self._position : self._position + size]
        self._position += size
        return taken.ljust(size, b"\0")


@dataclass(frozen=True, slots=True)
class Check:
    """A read that shows that a transfer has been done.

    Attributes:
        command: reads a register or memory; ``read ADDRESS SIZE`` for several bytes.
        mask: which bits of the answer count; all if None.
        expected: what they must be, as a number or as the bytes of ``read``.
    """

    command: Command
    expected: int | bytes
    mask: int | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A request that moves data, and how to see that it did.

    Attributes:
        start: the commands that bring the device to work from its state after reset;
            sent once, before the first of several transfers.
        commands: the request; may be sent again after it has been done.
        checks: hold once it has been done, and not before.
    """

    start: tuple[Command, ...]
    commands: tuple[Command, ...]
    checks: tuple[Check, ...]


class Driver(Protocol):
    """Knows how one family of devices is used."""

    #: Name of the family, e.g. ``nvme``.
    name: str

    def fits(self, function: Function) -> bool:
        """Whether *function* is of this family."""

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that bring the device to work from its state after reset."""

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return one request to a device that has been started; what it asks is drawn.

        May be malformed in what it asks (a bad sector, a wrong length), so that errors
        are reached too, but never in a way that ends QEMU.
        """

    def transfer(self, function: Function, arena: Arena) -> Transfer | None:
        """Return a transfer of data that can be checked; None if the device has none."""
