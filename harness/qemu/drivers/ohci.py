"""OHCI: USB 1 with endpoint and transfer descriptors.

All exchanges hang on one control list, each on an endpoint descriptor of its own, and one more
on the interrupt table.  Frames go by with virtual time: on a machine whose clock stands still,
the lists are only prepared.

Source: OpenHCI 1.0a, chapters 4 (data structures) and 7 (registers); QEMU 7.2
hw/usb/hcd-ohci.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.usb import (
    ADDRESS,
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

#: Class code of a USB controller with the OHCI interface.
_CLASS = 0x0C0310
_BAR, _BAR_SIZE = 0, 0x100

_CONTROL, _COMMAND_STATUS, _INTERRUPT_STATUS, _INTERRUPT_ENABLE = 0x04, 0x08, 0x0C, 0x10
_HCCA, _CONTROL_HEAD, _BULK_HEAD, _FM_INTERVAL, _PERIODIC_START = 0x18, 0x20, 0x28, 0x34, 0x40
_RH_STATUS, _RH_PORT_STATUS, _PORTS = 0x50, 0x54, 2
#: Operational; control, bulk and periodic lists enabled; four control to one bulk.
_OPERATIONAL, _LISTS = 0x80, 0x37
_LISTS_FILLED = 0x06
_POWER_ALL, _PORT_RESET = 0x1_0000, 0x10
_INTERRUPTS = 0x8000_007F
#: As drivers set it: 12000 bit times, largest packet.
_INTERVAL = 0x2778_2EDF

_PIDS = {Pid.SETUP: 0, Pid.OUT: 1, Pid.IN: 2}

#: In the arena: HCCA, endpoint descriptors, for each of them descriptors and buffers.
_HEADS, _HEAD_SIZE, _ROOMS, _ROOM_SIZE = 0x1000, 0x10, 0x10000, 0x2000
_SLOTS, _PERIODIC_SLOT, _DESCRIPTOR_SIZE, _BUFFERS = 8, 8, 0x10, 0x400
#: Messages take the last slots, always the same, so that none is cut in two by another.
_FIRST_MESSAGE = _SLOTS - MESSAGE_EXCHANGES


class OhciDriver:
    """Exchanges with the device at the root."""

    name = "ohci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an OHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Reset the ports, put the device's introduction on the list, and go operational."""
        registers = Registers.of(function, _BAR)
        periodic = arena.at(_HEADS + _PERIODIC_SLOT * _HEAD_SIZE)
        commands = [store(arena.at(0), pack("<I", periodic) * 32 + bytes(128))]
        for slot in range(_SLOTS):
            commands += _queue(arena, slot, Exchange(ADDRESS, 0, "control", ()))
        for slot, exchange in enumerate(INTRODUCTION):
            commands += _queue(arena, slot, exchange)
        commands += _queue(arena, _PERIODIC_SLOT, Exchange(ADDRESS, 1, "interrupt", ()))
        commands.append(registers.write(_RH_STATUS, _POWER_ALL))
        for port in range(_PORTS):
            commands.append(registers.write(_RH_PORT_STATUS + 4 * port, _PORT_RESET))
        return (
            *commands,
            registers.write(_HCCA, arena.at(0)),
            registers.write(_CONTROL_HEAD, arena.at(_HEADS)),
            registers.write(_BULK_HEAD, 0),
            registers.write(_FM_INTERVAL, _INTERVAL),
            registers.write(_PERIODIC_START, 0x2A2F),
            registers.write(_INTERRUPT_ENABLE, _INTERRUPTS),
            registers.write(_CONTROL, _OPERATIONAL | _LISTS),
            registers.write(_COMMAND_STATUS, _LISTS_FILLED),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return an exchange; now and then a port or the lists are touched instead.

        None is in flight for long: QEMU (7.2 to 11.1) asserts in ``usb_cancel_packet`` when it
        resets a controller that was loaded with one.
        """
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 13:
            port = _RH_PORT_STATUS + 4 * draw.below(_PORTS)
            return (registers.write(port, draw.choose((4, 8, 2, 0x10, 0x1F0000))),)
        if odd == 14:
            state = draw.choose((0xC0, 0x40))
            return (
                registers.write(_CONTROL, state | _LISTS),
                registers.write(_CONTROL, _OPERATIONAL | _LISTS),
            )
        if odd == 15:
            return (registers.write(_INTERRUPT_STATUS, 1 << draw.below(7)),)
        exchanges = draw_exchanges(draw, immediate=True)
        first = _FIRST_MESSAGE if exchanges[0].endpoint else draw.below(_FIRST_MESSAGE)
        if exchanges[0].kind == "interrupt":
            first = draw.choose((_FIRST_MESSAGE, _PERIODIC_SLOT))
        commands = [
            command
            for place, exchange in enumerate(exchanges)
            for command in _queue(arena, first + place, exchange)
        ]
        return (*commands, registers.write(_COMMAND_STATUS, _LISTS_FILLED))

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address."""
        registers = Registers.of(function, _BAR)
        slot = _FIRST_MESSAGE - 1
        buffer = _buffer(arena, slot, 1)
        return Transfer(
            self.start(function, arena),
            (
                fill(buffer, 18, 0xA5),
                *_queue(arena, slot, GET_DESCRIPTOR),
                registers.write(_COMMAND_STATUS, _LISTS_FILLED),
            ),
            (Check(fetch(buffer, 2), DESCRIPTOR_HEAD),),
        )


def _room(arena: Arena, slot: int) -> int:
    return arena.at(_ROOMS + slot * _ROOM_SIZE, _ROOM_SIZE)


def _buffer(arena: Arena, slot: int, place: int) -> int:
    return _room(arena, slot) + _BUFFERS + place * MOST


def _queue(arena: Arena, slot: int, exchange: Exchange) -> tuple[Command, ...]:
    """Return what hangs *exchange* on the endpoint descriptor *slot*."""
    room = _room(arena, slot)
    commands = []
    for place, packet in enumerate(exchange.packets):
        buffer = _buffer(arena, slot, place)
        if packet.data:
            commands.append(store(buffer, packet.data))
        toggle = 2 if packet.pid is Pid.SETUP else 3
        # Not accessed yet; short packets are fine; interrupt after this frame.
        flags = 0xF << 28 | toggle << 24 | _PIDS[packet.pid] << 19 | 1 << 18
        following = room + (place + 1) * _DESCRIPTOR_SIZE
        first, last = (buffer, buffer + packet.length - 1) if packet.length else (0, 0)
        body = pack("<4I", flags, first, following, last)
        commands.append(store(room + place * _DESCRIPTOR_SIZE, body))
    heads = arena.at(_HEADS)
    following = heads + (slot + 1) * _HEAD_SIZE if slot + 1 < _SLOTS else 0
    tail = room + len(exchange.packets) * _DESCRIPTOR_SIZE
    flags = 64 << 16 | exchange.endpoint << 7 | exchange.address
    head = pack("<4I", flags, tail, room, following)
    return (*commands, store(heads + slot * _HEAD_SIZE, head))
