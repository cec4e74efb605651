"""Virtqueues in guest memory: split and packed rings, as the driver's side writes them.

A ring here is written from its beginning, for a queue that has just been set up: it
counts what it has offered.  It knows nothing of the device or of what is in the buffers.

Source: Virtual I/O Device (VIRTIO) 1.2, sections 2.7 and 2.8.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from harness.command import Command
from harness.qemu.drivers.access import fill, store
from harness.qemu.drivers.driver import Check

#: Flags of a descriptor.
_NEXT, _WRITE, _INDIRECT = 1 << 0, 1 << 1, 1 << 2
#: Further ones of a packed ring's descriptor.
_AVAIL, _USED = 1 << 7, 1 << 15

_DESCRIPTOR_BYTES = 16
_PAGE = 0x1000

#: Fills entries of a used ring, so that none of them names a descriptor.
_NOBODY = 0xA5

#: The most descriptors that a ring may have here, so that it fits into :data:`RING_BYTES`.
MAX_DESCRIPTORS = 256
#: Guest memory that a ring of any kind takes at most.
RING_BYTES = 0x4000


@dataclass(frozen=True, slots=True)
class Buffer:
    """A piece of guest memory that is lent to the device.

    Attributes:
        address: where it begins.
        size: bytes.
        writable: by the device.
    """

    address: int
    size: int
    writable: bool


class Ring(Protocol):
    """A queue's memory."""

    #: How many descriptors it has.
    size: int

    @property
    def areas(self) -> tuple[int, int, int]:
        """Where the descriptors, the driver's and the device's area begin."""

    @property
    def room(self) -> int:
        """How many descriptors have never been taken."""

    def clear(self) -> Command:
        """Return the command that makes the whole ring zero."""

    def rewind(self) -> tuple[Command, ...]:
        """Return the commands that make it empty, but leave what tells what was used."""

    def forget(self) -> Command:
        """Return the command that leaves nothing to tell what was used."""

    def offer(self, buffers: Sequence[Buffer], table: int | None = None) -> tuple[Command, ...]:
        """Return the commands that make a chain of *buffers* available.

        The descriptors lie in an indirect table at *table*, if one is given.
        """

    def completed(self) -> Check:
        """Return the check that holds once the device has used all that was offered."""


def _flags(buffers: Sequence[Buffer], position: int) -> int:
    more = _NEXT if position + 1 < len(buffers) else 0
    return more | (_WRITE if buffers[position].writable else 0)


class SplitRing:
    """A ring of three parts: descriptors, available and used."""

    def __init__(self, base: int, size: int) -> None:
        """Lay it out from *base*, a multiple of 4 KiB, as the legacy interface wants it."""
        self.size = size
        self._base = base
        self._available = base + _DESCRIPTOR_BYTES * size
        self._used = -(-(self._available + 6 + 2 * size) // _PAGE) * _PAGE
        self.room = size
        self._offered = 0
        self._next = 0

    @property
    def areas(self) -> tuple[int, int, int]:
        """Where descriptors, available and used ring begin."""
        return self._base, self._available, self._used

    def clear(self) -> Command:
        """Return the command that makes the whole ring zero."""
        return fill(self._base, self._used + 6 + 8 * self.size - self._base, 0)

    def rewind(self) -> tuple[Command, ...]:
        """Return the commands that make the indices of both sides zero.

        They must agree with the device's own: it reads them again when it is loaded.

        Source: QEMU 7.2 hw/virtio/virtio.c, virtio_load.
        """
        return fill(self._available + 2, 2, 0), fill(self._used + 2, 2, 0)

    def forget(self) -> Command:
        """Return the command that overwrites the entries of the used ring."""
        return fill(self._used + 4, 8 * self.size, _NOBODY)

    def offer(self, buffers: Sequence[Buffer], table: int | None = None) -> tuple[Command, ...]:
        """Return the commands that make a chain of *buffers* available."""
        if table is None:
            head, written = self._chain(buffers)
        else:
            entries = b"".join(
                struct.pack("<QIHH", b.address, b.size, _flags(buffers, n), n + 1)
                for n, b in enumerate(buffers)
            )
            head = self._take(1)
            whole = struct.pack("<QIHH", table, len(entries), _INDIRECT, 0)
            written = (store(table, entries), store(self._slot(head), whole))
        entry = self._available + 4 + 2 * (self._offered % self.size)
        self._offered += 1
        index = struct.pack("<H", self._offered & 0xFFFF)
        return (
            *written,
            store(entry, struct.pack("<H", head)),
            store(self._available + 2, index),
        )

    def completed(self) -> Check:
        """Return the check that the used ring has an entry for the last chain.

        Which one it names is not certain: the device may finish them in any order.
        """
        entry = self._used + 4 + 8 * ((self._offered - 1) % self.size)
        return Check(Command("readl", (entry,)), 0, 0xFFFF0000)

    def _chain(self, buffers: Sequence[Buffer]) -> tuple[int, tuple[Command, ...]]:
        head = self._take(len(buffers))
        commands = []
        for n, buffer in enumerate(buffers):
            slot, following = (head + n) % self.size, (head + n + 1) % self.size
            data = struct.pack("<QIHH", buffer.address, buffer.size, _flags(buffers, n), following)
            commands.append(store(self._slot(slot), data))
        return head, tuple(commands)

    def _take(self, count: int) -> int:
        head = self._next
        self._next = (self._next + count) % self.size
        self.room -= count
        return head

    def _slot(self, number: int) -> int:
        return self._base + _DESCRIPTOR_BYTES * number


class PackedRing:
    """One ring of descriptors that both sides write, and an area of events for each."""

    def __init__(self, base: int, size: int) -> None:
        """Lay it out from *base*."""
        self.size = size
        self._base = base
        self._events = base + _DESCRIPTOR_BYTES * size
        self.room = size
        self._position = 0
        self._wrap = True
        self._offered = 0
        self._last = (base, True)

    @property
    def areas(self) -> tuple[int, int, int]:
        """Where descriptors, the driver's and the device's event structure begin."""
        return self._base, self._events, self._events + 4

    def clear(self) -> Command:
        """Return the command that makes the whole ring zero."""
        return fill(self._base, self._events + 8 - self._base, 0)

    def rewind(self) -> tuple[Command, ...]:
        """Return the same as :meth:`clear`: both sides write the same descriptors."""
        return (self.clear(),)

    def forget(self) -> Command:
        """Return the same as :meth:`clear`."""
        return self.clear()

    def offer(self, buffers: Sequence[Buffer], table: int | None = None) -> tuple[Command, ...]:
        """Return the commands that make a chain of *buffers* available."""
        commands = []
        described = []
        if table is not None:
            entries = b"".join(
                struct.pack("<QIHH", b.address, b.size, 0, _flags(buffers, n) & _WRITE)
                for n, b in enumerate(buffers)
            )
            commands.append(store(table, entries))
            descriptors = [(table, len(entries), _INDIRECT)]
        else:
            descriptors = [(b.address, b.size, _flags(buffers, n)) for n, b in enumerate(buffers)]
        self._last = (self._base + _DESCRIPTOR_BYTES * self._position, self._wrap)
        for address, size, flags in descriptors:
            owner = _AVAIL if self._wrap else _USED
            data = struct.pack("<QIHH", address, size, self._offered & 0xFFFF, flags | owner)
            described.append(store(self._base + _DESCRIPTOR_BYTES * self._position, data))
            self._position += 1
            self.room -= 1
            if self._position == self.size:
                self._position, self._wrap = 0, not self._wrap
        self._offered += 1
        # The device may look at any time: once the first is there, the others have to be.
        return (*commands, *reversed(described))

    def completed(self) -> Check:
        """Return the check that the last chain's descriptor has been marked as used."""
        address, wrap = self._last
        both = _AVAIL | _USED
        return Check(Command("readw", (address + 14,)), both if wrap else 0, both)
