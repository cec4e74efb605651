"""EHCI: USB 2 with an asynchronous ring of queue heads and a periodic frame list.

The ring is walked whenever its doorbell is rung, the frame list only as virtual time goes by.

Source: Enhanced Host Controller Interface 1.0, chapters 2 (registers), 3 (data structures) and
4.8 (the asynchronous schedule); QEMU 7.2 hw/usb/hcd-ehci.c.
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

#: Class code of a USB controller with the EHCI interface.
_CLASS = 0x0C0320
_BAR = 0

#: Behind capability registers of 32 bytes.
_USBCMD, _USBSTS, _USBINTR, _FRINDEX = 0x20, 0x24, 0x28, 0x2C
_PERIODICLISTBASE, _ASYNCLISTADDR, _CONFIGFLAG, _PORTSC, _PORTS = 0x34, 0x38, 0x60, 0x64, 6
#: Run, both schedules, an interrupt at most every 8 microframes.
_RUN, _DOORBELL = 0x0008_0031, 0x40
_POWER, _RESET, _SUSPEND, _RESUME = 0x1000, 0x0100, 0x0080, 0x0040

_PIDS = {Pid.OUT: 0, Pid.IN: 1, Pid.SETUP: 2}
_ACTIVE, _IOC, _THREE_ERRORS, _HALTED = 1 << 7, 1 << 15, 3 << 10, 1 << 6
_QUEUE, _LAST = 2, 1

#: In the arena: frame list, queue heads, for each of them a room of descriptors and buffers.
_HEADS, _HEAD_SIZE, _ROOMS, _ROOM_SIZE = 0x1000, 0x80, 0x10000, 0x2000
_SLOTS, _PERIODIC_SLOT, _DESCRIPTOR_SIZE, _BUFFERS = 8, 9, 0x40, 0x400
#: Messages take the last slots, always the same, so that none is cut in two by another.
_FIRST_MESSAGE = _SLOTS - MESSAGE_EXCHANGES


class EhciDriver:
    """Exchanges with the device at the root."""

    name = "ehci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an EHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _PORTSC + 4 * _PORTS)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Take and reset the ports, put the device's introduction on the ring, and run."""
        registers = Registers.of(function, _BAR)
        periodic = arena.at(_HEADS + _PERIODIC_SLOT * _HEAD_SIZE)
        commands = [store(arena.at(0), pack("<I", periodic | _QUEUE) * 1024)]
        for slot in range(_SLOTS):
            commands += _queue(arena, slot, Exchange(ADDRESS, 0, "control", ()))
        for slot, exchange in enumerate(INTRODUCTION):
            commands += _queue(arena, slot + 1, exchange)
        commands += _queue(arena, _PERIODIC_SLOT, Exchange(ADDRESS, 1, "interrupt", ()))
        commands.append(registers.write(_CONFIGFLAG, 1))
        for port in range(_PORTS):
            commands += (
                registers.write(_PORTSC + 4 * port, _POWER | _RESET),
                registers.write(_PORTSC + 4 * port, _POWER),
            )
        return (
            *commands,
            registers.write(_USBINTR, 0x3F),
            registers.write(_PERIODICLISTBASE, arena.at(0)),
            registers.write(_ASYNCLISTADDR, arena.at(_HEADS)),
            registers.write(_USBCMD, _RUN),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return an exchange; now and then a port or the schedule is touched instead.

        None is in flight for long: QEMU (7.2 to 11.1) asserts in ``usb_packet_complete_one``
        when a device is configured meanwhile and then given more.
        """
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 13:
            port = _PORTSC + 4 * draw.below(_PORTS)
            state = draw.choose((_SUSPEND, _RESUME, 0x2A, 0))
            return (registers.write(port, _POWER | 4 | state),)
        if odd == 14:
            return (
                registers.write(_USBCMD, draw.choose((0, 0x08_0001, 0x08_0011, 0x08_0021))),
                registers.write(_USBCMD, _RUN),
            )
        if odd == 15:
            return (registers.write(_FRINDEX, draw.below(0x4000)),)
        exchanges = draw_exchanges(draw, immediate=True)
        # The first head is the ring's own.
        first = _FIRST_MESSAGE if exchanges[0].endpoint else 1 + draw.below(_FIRST_MESSAGE - 1)
        if exchanges[0].kind == "interrupt":
            first = draw.choose((_FIRST_MESSAGE, _PERIODIC_SLOT))
        commands = [
            command
            for place, exchange in enumerate(exchanges)
            for command in _queue(arena, first + place, exchange)
        ]
        return (*commands, *_ring(registers))

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address."""
        slot = _FIRST_MESSAGE - 1
        buffer = _buffer(arena, slot, 1)
        return Transfer(
            self.start(function, arena),
            (
                fill(buffer, 18, 0xA5),
                *_queue(arena, slot, GET_DESCRIPTOR),
                *_ring(Registers.of(function, _BAR)),
            ),
            (Check(fetch(buffer, 2), DESCRIPTOR_HEAD),),
        )


def _ring(registers: Registers) -> tuple[Command, ...]:
    """Return what has the ring walked: the doorbell, and the last one acknowledged."""
    return registers.write(_USBSTS, 0x3F), registers.write(_USBCMD, _RUN | _DOORBELL)


def _room(arena: Arena, slot: int) -> int:
    return arena.at(_ROOMS + slot * _ROOM_SIZE, _ROOM_SIZE)


def _buffer(arena: Arena, slot: int, place: int) -> int:
    return _room(arena, slot) + _BUFFERS + place * MOST


def _queue(arena: Arena, slot: int, exchange: Exchange) -> tuple[Command, ...]:
    """Return what hangs *exchange* on the queue head *slot*; 0 is the head of the ring."""
    room = _room(arena, slot)
    commands = []
    for place, packet in enumerate(exchange.packets):
        buffer = _buffer(arena, slot, place)
        if packet.data:
            commands.append(store(buffer, packet.data))
        last = place + 1 == len(exchange.packets)
        following = _LAST if last else room + (place + 1) * _DESCRIPTOR_SIZE
        token = (
            (0 if packet.pid is Pid.SETUP else 1) << 31
            | packet.length << 16
            | (_IOC if last else 0)
            | _THREE_ERRORS
            | _PIDS[packet.pid] << 8
            | _ACTIVE
        )
        pages = [buffer, *((buffer & ~0xFFF) + n * 0x1000 for n in range(1, 5))]
        body = pack("<8I", following, _LAST, token, *pages)
        commands.append(store(room + place * _DESCRIPTOR_SIZE, body))
    heads = arena.at(_HEADS)
    following = heads + (slot + 1) % _SLOTS * _HEAD_SIZE | _QUEUE
    if slot == _PERIODIC_SLOT:
        following = _LAST
    first = room if exchange.packets else _LAST
    # High speed, toggle from the descriptors; the head of the ring is marked, and halted.
    characteristics = (
        64 << 16 | (slot == 0) << 15 | 1 << 14 | 2 << 12 | exchange.endpoint << 8 | exchange.address
    )
    capabilities = 1 << 30 | (1 if slot == _PERIODIC_SLOT else 0)
    token = _HALTED if slot == 0 else 0
    words = (following, characteristics, capabilities, 0, first, _LAST, token)
    return (*commands, store(heads + slot * _HEAD_SIZE, pack("<7I20x", *words)))
