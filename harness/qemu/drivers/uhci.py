"""UHCI: USB 1 with a frame list, queue heads and transfer descriptors.

All frames lead to one row of queue heads; an exchange takes one of them.  Frames go by with
virtual time: on a machine whose clock stands still, the schedule is only prepared.

Source: Universal Host Controller Interface Design Guide 1.1, chapters 2 (registers) and 3
(data structures); QEMU 7.2 hw/usb/hcd-uhci.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, has_bar, store
from harness.qemu.drivers.driver import Arena, Draw, Transfer
from harness.qemu.drivers.usb import INTRODUCTION, Pid
from harness.qemu.drivers.usb_schedule import SLOTS, Queue, Schedule
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


def _descriptor(queue: Queue, place: int) -> bytes:
    packet = queue.exchange.packets[place]
    last = queue.is_last(place)
    following = _LAST if last else queue.descriptor(place + 1) | _DEPTH
    token = (
        (packet.length - 1 & 0x7FF) << 21
        | (0 if packet.pid is Pid.SETUP else 1) << 19
        | queue.exchange.endpoint << 15
        | queue.exchange.address << 8
        | _PIDS[packet.pid]
    )
    control = _ACTIVE | _THREE_ERRORS | (_IOC if last else 0)
    return pack("<4I", following, control, token, queue.buffer(place))


def _head(queue: Queue) -> Command:
    # Its link stays as it is.
    return store(queue.head + 4, pack("<I", queue.descriptor(0)))


_SCHEDULE = Schedule(head_size=0x10, descriptor_size=0x20, descriptor=_descriptor, head=_head)


class UhciDriver:
    """Exchanges with the device at the root."""

    name = "uhci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is a UHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Reset and enable the ports, schedule the device's introduction, and run."""
        registers = Registers.of(function, _BAR)
        heads = [_SCHEDULE.head_at(arena, slot) for slot in range(SLOTS)]
        commands = [store(arena.at(0), pack("<I", heads[0] | _QUEUE) * 1024)]
        links = (*(head | _QUEUE for head in heads[1:]), _LAST)
        for head, link in zip(heads, links, strict=True):
            commands.append(store(head, pack("<II8x", link, _LAST)))
        for slot, exchange in enumerate(INTRODUCTION):
            commands += _SCHEDULE.queue(arena, slot, exchange)
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
        return _SCHEDULE.exchange(arena, draw)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address."""
        return _SCHEDULE.transfer(arena, self.start(function, arena))
