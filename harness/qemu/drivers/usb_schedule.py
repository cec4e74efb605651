"""Schedules: where the exchanges of USB controllers of the first two generations lie in memory.

UHCI, OHCI and EHCI have the same shape: a frame list or table, queue heads in a row, and below
each a chain of descriptors, one a packet.  This owns the places, the order of what is written,
and which head an exchange takes; what the bits of a descriptor or a head are, each controller's
module knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.command import Command
from harness.qemu.drivers.access import fetch, fill, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.usb import (
    ADDRESS,
    DESCRIPTOR_HEAD,
    GET_DESCRIPTOR,
    MESSAGE_EXCHANGES,
    MOST,
    Exchange,
    draw_exchanges,
)

#: In the arena, behind the frame list: heads, and for each a room of descriptors and buffers.
_HEADS, _ROOMS, _ROOM_SIZE = 0x1000, 0x10000, 0x2000
#: In a room.
_BUFFERS = 0x400

#: How many heads are in the row.
SLOTS = 8
#: Messages take the last heads, always the same, so that none is cut in two by another.
_FIRST_MESSAGE = SLOTS - MESSAGE_EXCHANGES


@dataclass(frozen=True, slots=True)
class Queue:
    """An exchange in its place.

    Attributes:
        schedule: whose it is.
        arena: where all is.
        slot: number of its head.
        exchange: what is to be done; without packets, nothing.
    """

    schedule: Schedule
    arena: Arena
    slot: int
    exchange: Exchange

    @property
    def head(self) -> int:
        """Address of its head."""
        return self.schedule.head_at(self.arena, self.slot)

    def descriptor(self, place: int) -> int:
        """Return the address of the descriptor of packet number *place*."""
        return self._room + place * self.schedule.descriptor_size

    def buffer(self, place: int) -> int:
        """Return the address of what packet number *place* moves."""
        return self._room + _BUFFERS + place * MOST

    def is_last(self, place: int) -> bool:
        """Whether packet number *place* is the last."""
        return place + 1 == len(self.exchange.packets)

    @property
    def _room(self) -> int:
        return self.arena.at(_ROOMS + self.slot * _ROOM_SIZE, _ROOM_SIZE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How a controller finds what it has to do.

    Attributes:
        head_size, descriptor_size: bytes of each.
        descriptor: returns that of one packet, by its number.
        head: returns what hangs the first descriptor on its head.
        first_slot: the first head that an exchange may take.
        periodic_slot: the head that the frame list leads to, where it is not one of the row.
        immediate: leave out what is in flight for a while.
    """

    head_size: int
    descriptor_size: int
    descriptor: Callable[[Queue, int], bytes]
    head: Callable[[Queue], Command]
    first_slot: int = 0
    periodic_slot: int | None = None
    immediate: bool = False

    def head_at(self, arena: Arena, slot: int) -> int:
        """Return the address of the head *slot*."""
        return arena.at(_HEADS + slot * self.head_size, self.head_size)

    def queue(self, arena: Arena, slot: int, exchange: Exchange) -> tuple[Command, ...]:
        """Return what hangs *exchange* on the head *slot*."""
        queue = Queue(self, arena, slot, exchange)
        commands = []
        for place, packet in enumerate(exchange.packets):
            if packet.data:
                commands.append(store(queue.buffer(place), packet.data))
            commands.append(store(queue.descriptor(place), self.descriptor(queue, place)))
        return (*commands, self.head(queue))

    def idle(self, arena: Arena) -> tuple[Command, ...]:
        """Return what makes the row of heads, none of which has anything to do."""
        nothing = Exchange(ADDRESS, 0, "control", ())
        return tuple(one for slot in range(SLOTS) for one in self.queue(arena, slot, nothing))

    def exchange(self, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return what queues one exchange, or those of a message; which, and where, is drawn."""
        exchanges = draw_exchanges(draw, immediate=self.immediate)
        first = _FIRST_MESSAGE
        if not exchanges[0].endpoint:
            first = self.first_slot + draw.below(_FIRST_MESSAGE - self.first_slot)
        elif exchanges[0].kind == "interrupt" and self.periodic_slot is not None:
            first = draw.choose((_FIRST_MESSAGE, self.periodic_slot))
        return tuple(
            command
            for place, exchange in enumerate(exchanges)
            for command in self.queue(arena, first + place, exchange)
        )

    def transfer(
        self, arena: Arena, start: tuple[Command, ...], go: tuple[Command, ...] = ()
    ) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address.

        Args:
            arena: where all is.
            start: what brings the controller to work.
            go: what tells it that there is something to do.
        """
        slot = _FIRST_MESSAGE - 1
        buffer = Queue(self, arena, slot, GET_DESCRIPTOR).buffer(1)
        return Transfer(
            start,
            (fill(buffer, 18, 0xA5), *self.queue(arena, slot, GET_DESCRIPTOR), *go),
            (Check(fetch(buffer, 2), DESCRIPTOR_HEAD),),
        )
