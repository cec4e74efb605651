"""UHCI: USB 1 with a frame list, queue heads and transfer descriptors.

All frames lead to one row of queue heads; an exchange takes one of them.  Frames go by with
virtual time: on a machine whose clock stands still, the schedule is only prepared.

Source: Universal Host Controller Interface Design Guide 1.1, chapters 2 (registers) and 3
(data structures); QEMU 7.2 hw/usb/hcd-uhci.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.usb import (
    DESCRIPTOR_HEAD,
    GET_DESCRIPTOR,
    INTRODUCTION,
    MESSAGE_EXCHANGES,
    MOST,
    Exchange,
    Pid,
    draw_exchanges,
)
from harness.qemu.pci.function import Function

#: Class code of a USB controller with the UHCI interface.
_CLASS = 0x0C0300
_BAR, _BAR_SIZE = 4, 0x20

_USBCMD, _USBSTS, _USBINTR, _FRNUM, _FRBASEADD, _SOFMOD = 0x00, 0x02, 0x04, 0x06, 0x08, 0x0C
_PORTS = (0x10, 0x12)
#: Run, configured, packets of 64 bytes.
_RUN = 0x00C1
_PORT_RESET, _PORT_ENABLE = 0x0200, 0x000E

_PIDS = {Pid.SETUP: 0x2D, Pid.IN: 0x69, Pid.OUT: 0xE1}
_ACTIVE, _IOC, _THREE_ERRORS, _DEPTH, _QUEUE, _LAST = 1 << 23, 1 << 24, 3 << 27, 4, 2, 1

#: In the arena: frame list, queue heads, for each of them a room of descriptors and buffers.
_HEADS, _HEAD_SIZE, _ROOMS, _ROOM_SIZE = 0x1000, 0x10, 0x10000, 0x2000
_SLOTS, _DESCRIPTOR_SIZE, _BUFFERS = 8, 0x20, 0x400
#: Messages take the last slots, always the same, so that none is cut in two by another.
_FIRST_MESSAGE = _SLOTS - MESSAGE_EXCHANGES


class UhciDriver:
    """Exchanges with the device at the root."""

    name = "uhci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is a UHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Reset and enable the ports, schedule the device's introduction, and run."""
        registers = Registers.of(function, _BAR)
        heads = arena.at(_HEADS)
        commands = [store(arena.at(0), pack("<I", heads | _QUEUE) * 1024)]
        for slot in range(_SLOTS):
            following = heads + (slot + 1) * _HEAD_SIZE | _QUEUE
            link = following if slot + 1 < _SLOTS else _LAST
            commands.append(store(heads + slot * _HEAD_SIZE, pack("<II8x", link, _LAST)))
        for slot, exchange in enumerate(INTRODUCTION):
            commands += _queue(arena, slot, exchange)
        for port in _PORTS:
            commands += (
                registers.write(port, _PORT_RESET, 2),
                registers.write(port, 0, 2),
                registers.write(port, _PORT_ENABLE, 2),
            )
        return (
            *commands,
            registers.write(_FRBASEADD, arena.at(0)),
            registers.write(_FRNUM, 0, 2),
            registers.write(_SOFMOD, 0x40, 1),
            registers.write(_USBINTR, 0x000F, 2),
            registers.write(_USBCMD, _RUN, 2),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return an exchange; now and then a port or the schedule is touched instead."""
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 13:
            return (registers.write(draw.choose(_PORTS), draw.choose((0x1004, 4, 0x44)), 2),)
        if odd == 14:
            return (
                registers.write(_USBCMD, draw.choose((0, 0x10, 0x18, 0x80)), 2),
                registers.write(_USBCMD, _RUN, 2),
            )
        if odd == 15:
            return (
                registers.write(_USBSTS, 0x3F, 2),
                registers.write(_FRNUM, draw.below(0x800), 2),
                registers.write(_SOFMOD, draw.below(0x80), 1),
            )
        exchanges = draw_exchanges(draw)
        first = _FIRST_MESSAGE if exchanges[0].endpoint else draw.below(_FIRST_MESSAGE)
        return tuple(
            command
            for place, exchange in enumerate(exchanges)
            for command in _queue(arena, first + place, exchange)
        )

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address."""
        slot = _FIRST_MESSAGE - 1
        buffer = _buffer(arena, slot, 1)
        return Transfer(
            self.start(function, arena),
            (fill(buffer, 18, 0xA5), *_queue(arena, slot, GET_DESCRIPTOR)),
            (Check(fetch(buffer, 2), DESCRIPTOR_HEAD),),
        )


def _room(arena: Arena, slot: int) -> int:
    return arena.at(_ROOMS + slot * _ROOM_SIZE, _ROOM_SIZE)


def _buffer(arena: Arena, slot: int, place: int) -> int:
    return _room(arena, slot) + _BUFFERS + place * MOST


def _queue(arena: Arena, slot: int, exchange: Exchange) -> tuple[Command, ...]:
    """Return what hangs *exchange* on the queue head *slot*."""
    room = _room(arena, slot)
    commands = []
    for place, packet in enumerate(exchange.packets):
        following = room + (place + 1) * _DESCRIPTOR_SIZE | _DEPTH
        last = place + 1 == len(exchange.packets)
        buffer = _buffer(arena, slot, place)
        if packet.data:
            commands.append(store(buffer, packet.data))
        token = (
            (packet.length - 1 & 0x7FF) << 21
            | (0 if packet.pid is Pid.SETUP else 1) << 19
            | exchange.endpoint << 15
            | exchange.address << 8
            | _PIDS[packet.pid]
        )
        control = _ACTIVE | _THREE_ERRORS | (_IOC if last else 0)
        body = pack("<4I", _LAST if last else following, control, token, buffer)
        commands.append(store(room + place * _DESCRIPTOR_SIZE, body))
    head = arena.at(_HEADS + slot * _HEAD_SIZE)
    return (*commands, store(head + 4, pack("<I", room)))
