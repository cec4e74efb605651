"""xHCI: USB 3 with a command ring, an event ring and a transfer ring for each endpoint.

The place in a ring can't be known without reading, so each request stops what it will use,
and points it at the ring's beginning again.

Source: eXtensible Host Controller Interface 1.1, chapters 4 (operation), 5 (registers) and 6
(data structures); QEMU 7.2 hw/usb/hcd-xhci.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.usb import (
    DESCRIPTOR_HEAD,
    GET_DESCRIPTOR,
    INTRODUCTION,
    MOST,
    Exchange,
    Pid,
    draw_exchanges,
)
from harness.qemu.pci.function import Function

#: Class code of a USB controller with the xHCI interface.
_CLASS = 0x0C0330
_BAR = 0

#: Operational registers begin behind 0x40 bytes of capabilities.
_USBCMD, _USBSTS, _DNCTRL, _CRCR, _DCBAAP, _CONFIG = 0x40, 0x44, 0x54, 0x58, 0x70, 0x78
_PORTSC, _PORTSC_SIZE, _PORTS = 0x440, 0x10, 8
#: Of the first interrupter.
_IMAN, _IMOD, _ERSTSZ, _ERSTBA, _ERDP = 0x1020, 0x1024, 0x1028, 0x1030, 0x1038
_DOORBELLS = 0x2000
#: Run, interrupts, wrap events.
_RUN = 0x405
_COMMAND_STOP, _CYCLE = 0x2, 0x1
_PORT_POWER, _PORT_RESET, _PORT_CHANGES = 0x200, 0x10, 0x00FE_0000

_NORMAL, _SETUP, _DATA, _STATUS = 1, 2, 3, 4
_ENABLE_SLOT, _ADDRESS, _CONFIGURE, _EVALUATE, _RESET_ENDPOINT = 9, 11, 12, 13, 14
_STOP_ENDPOINT, _SET_DEQUEUE, _RESET_DEVICE, _NO_OP, _NEC_FIRMWARE = 15, 16, 17, 23, 49
_IOC, _SHORT, _IMMEDIATE, _IN = 1 << 5, 1 << 2, 1 << 6, 1 << 16

#: The first port of each speed: slot 1 is its first, slot 2 its second.
_ROOT_PORTS = (1, 5)
#: Context index of endpoints: 2 for each number, one more for IN; the types that we give them:
#: bulk, but for the third, whose IN is interrupt.  Which a device really has is not asked.
_ENDPOINT_TYPES = {2: 2, 3: 6, 4: 2, 5: 6, 6: 2, 7: 7}

#: In the arena: context base array, command ring, event ring and its table.
_COMMANDS, _EVENTS, _TABLE, _EVENT_COUNT = 0x1000, 0x4000, 0x3000, 256
#: For each slot: device context, input contexts, rings, buffers.
_ROOMS, _ROOM_SIZE = 0x10000, 0x8000
_ADDRESSING, _CONFIGURING, _RINGS, _RING_SIZE, _BUFFERS = 0x800, 0x1000, 0x2000, 0x200, 0x4000


class XhciDriver:
    """Exchanges with the device at the root."""

    name = "xhci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an xHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _DOORBELLS + 0x100)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Run, reset the ports, address and configure what is behind them."""
        registers = Registers.of(function, _BAR)
        slots = range(1, 1 + len(_ROOT_PORTS))
        contexts = [0, *(_room(arena, slot) for slot in slots)]
        commands = [
            store(arena.at(0), pack(f"<{len(contexts)}Q", *contexts)),
            store(arena.at(_TABLE), pack("<QII", arena.at(_EVENTS), _EVENT_COUNT, 0)),
            registers.write(_CONFIG, len(_ROOT_PORTS)),
            registers.write(_DNCTRL, 2),
            registers.write(_DCBAAP, arena.at(0)),
            registers.write(_DCBAAP + 4, 0),
            registers.write(_ERSTSZ, 1),
            registers.write(_ERDP, arena.at(_EVENTS)),
            registers.write(_ERDP + 4, 0),
            registers.write(_ERSTBA, arena.at(_TABLE)),
            registers.write(_ERSTBA + 4, 0),
            registers.write(_IMAN, 2),
            registers.write(_USBCMD, _RUN),
        ]
        for port in range(_PORTS):
            reset = _PORT_POWER | _PORT_RESET
            commands.append(registers.write(_PORTSC + port * _PORTSC_SIZE, reset))
        work = [_trb(0, 0, _ENABLE_SLOT)] * len(_ROOT_PORTS)
        for slot, port in zip(slots, _ROOT_PORTS, strict=True):
            room = _room(arena, slot)
            commands += _contexts(arena, slot, port)
            work.append(_trb(room + _ADDRESSING, 0, _ADDRESS, slot << 24))
            work.append(_trb(room + _CONFIGURING, 0, _CONFIGURE, slot << 24))
        commands += _command(registers, arena, work)
        for slot in slots:
            commands += _say(registers, arena, slot, INTRODUCTION[-1])
        return tuple(commands)

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return an exchange; now and then a command or a register instead."""
        registers = Registers.of(function, _BAR)
        slot = draw.choose((1, 1, 1, 2))
        odd = draw.below(16)
        if odd == 12:
            port = _PORTSC + draw.below(_PORTS) * _PORTSC_SIZE
            state = draw.choose((_PORT_CHANGES, 1 << 16 | 3 << 5, 1 << 16, _PORT_RESET))
            return (registers.write(port, _PORT_POWER | state),)
        if odd == 13:
            return _command(registers, arena, (_other(arena, draw, slot),))
        if odd == 14:
            return (
                registers.write(_USBSTS, 0x18),
                registers.write(_IMAN, draw.choose((3, 2, 0))),
                registers.write(_IMOD, draw.below(0x10000)),
                registers.write(_ERDP, arena.at(_EVENTS) + 16 * draw.below(_EVENT_COUNT) | 8),
                registers.write(_ERDP + 4, 0),
            )
        if odd == 15:
            return (
                registers.write(_USBCMD, draw.choose((0, 4))),
                registers.write(_USBCMD, _RUN),
            )
        commands: list[Command] = []
        for exchange in draw_exchanges(draw):
            commands += _say(registers, arena, slot, exchange)
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device, of whatever speed it is."""
        registers = Registers.of(function, _BAR)
        buffer = arena.at(_ROOMS - _RING_SIZE)
        commands = [fill(buffer, 18, 0xA5)]
        for slot in (1, 2):
            commands += _say(registers, arena, slot, GET_DESCRIPTOR, buffer)
        return Transfer(
            self.start(function, arena),
            tuple(commands),
            (Check(fetch(buffer, 2), DESCRIPTOR_HEAD),),
        )


def _room(arena: Arena, slot: int) -> int:
    return arena.at(_ROOMS + slot * _ROOM_SIZE, _ROOM_SIZE)


def _trb(parameter: int, status: int, kind: int, flags: int = 0) -> bytes:
    """Return a block of the first cycle of its ring."""
    return pack("<QII", parameter, status, flags | kind << 10 | _CYCLE)


def _contexts(arena: Arena, slot: int, port: int) -> tuple[Command, ...]:
    """Return what writes both input contexts, and empties the device's and the rings."""
    room = _room(arena, slot)
    last = max(_ENDPOINT_TYPES)
    speed = 3

    def slot_context(entries: int) -> bytes:
        return pack("<4I16x", entries << 27 | speed << 20, port << 16, 0, 0)

    def endpoint(index: int, kind: int) -> bytes:
        ring = room + _RINGS + index * _RING_SIZE
        interval = 3 << 16 if kind == 7 else 0
        return pack("<IIQI12x", interval, 64 << 16 | kind << 3 | 3 << 1, ring | _CYCLE, 8)

    addressing = pack("<II24x", 0, 3) + slot_context(1) + endpoint(1, 4)
    added = 1 | sum(1 << index for index in _ENDPOINT_TYPES)
    configuring = pack("<II24x", 0, added) + slot_context(last) + bytes(32)
    configuring += b"".join(endpoint(index, kind) for index, kind in _ENDPOINT_TYPES.items())
    return (
        fill(room, _ADDRESSING, 0),
        store(room + _ADDRESSING, addressing),
        store(room + _CONFIGURING, configuring),
        fill(room + _RINGS, (last + 1) * _RING_SIZE, 0),
    )


def _command(registers: Registers, arena: Arena, work: Sequence[bytes]) -> tuple[Command, ...]:
    """Return what has the controller carry out *work* from an empty command ring."""
    ring = arena.at(_COMMANDS)
    return (
        registers.write(_CRCR, _COMMAND_STOP),
        registers.write(_CRCR + 4, 0),
        store(ring, b"".join((*work, bytes(16)))),
        registers.write(_CRCR, ring | _CYCLE),
        registers.write(_CRCR + 4, 0),
        registers.write(_DOORBELLS, 0),
    )


def _say(
    registers: Registers, arena: Arena, slot: int, exchange: Exchange, buffer: int | None = None
) -> tuple[Command, ...]:
    """Return what empties the endpoint's ring, fills it with *exchange* and rings its bell.

    Data go to and from *buffer*, by default one of the slot's own.
    """
    room = _room(arena, slot)
    index = 1
    if exchange.endpoint:
        inward = exchange.packets[0].pid is Pid.IN
        index = 2 * exchange.endpoint + (1 if inward else 0)
    ring = room + _RINGS + index * _RING_SIZE
    if buffer is None:
        buffer = room + _BUFFERS + index * MOST
    target = slot << 24 | index << 16
    work = (
        _trb(0, 0, _STOP_ENDPOINT, target),
        _trb(0, 0, _RESET_ENDPOINT, target),
        _trb(ring | _CYCLE, 0, _SET_DEQUEUE, target),
    )
    commands = list(_command(registers, arena, work))
    blocks = []
    for packet in exchange.packets:
        if packet.pid is Pid.OUT and packet.data:
            commands.append(store(buffer, packet.data))
        way = _IN if packet.pid is Pid.IN else 0
        if packet.pid is Pid.SETUP:
            parameter = int.from_bytes(packet.data, "little")
            length = parameter >> 48
            stage = (3 if parameter & 0x80 else 2) if length else 0
            blocks.append(_trb(parameter, 8, _SETUP, _IMMEDIATE | stage << 16))
        elif exchange.endpoint:
            blocks.append(_trb(buffer, packet.length, _NORMAL, _IOC | _SHORT))
        elif packet.length:
            blocks.append(_trb(buffer, packet.length, _DATA, way))
        else:
            blocks.append(_trb(0, 0, _STATUS, way | _IOC))
    return (
        *commands,
        store(ring, b"".join((*blocks, bytes(16)))),
        registers.write(_DOORBELLS + 4 * slot, index),
    )


def _other(arena: Arena, draw: Draw, slot: int) -> bytes:
    """Return a command that moves no data."""
    kind = draw.choose((_NO_OP, _EVALUATE, _NEC_FIRMWARE, _CONFIGURE, _RESET_DEVICE))
    room = _room(arena, slot)
    parameter = {_EVALUATE: room + _ADDRESSING, _CONFIGURE: room + _CONFIGURING}.get(kind, 0)
    return _trb(parameter, 0, kind, slot << 24)
