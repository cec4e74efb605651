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
from harness.qemu.drivers.access import Registers, has_bar, store
from harness.qemu.drivers.driver import Arena, Draw, Transfer
from harness.qemu.drivers.usb import ADDRESS, INTRODUCTION, Exchange, Pid
from harness.qemu.drivers.usb_schedule import SLOTS, Queue, Schedule
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


def _descriptor(queue: Queue, place: int) -> bytes:
    packet, buffer = queue.exchange.packets[place], queue.buffer(place)
    toggle = 2 if packet.pid is Pid.SETUP else 3
    # Not accessed yet; short packets are fine; interrupt after this frame.
    flags = 0xF << 28 | toggle << 24 | _PIDS[packet.pid] << 19 | 1 << 18
    first, last = (buffer, buffer + packet.length - 1) if packet.length else (0, 0)
    return pack("<4I", flags, first, queue.descriptor(place + 1), last)


def _head(queue: Queue) -> Command:
    slot, exchange = queue.slot, queue.exchange
    following = queue.schedule.head_at(queue.arena, slot + 1) if slot + 1 < SLOTS else 0
    tail = queue.descriptor(len(exchange.packets))
    flags = 64 << 16 | exchange.endpoint << 7 | exchange.address
    return store(queue.head, pack("<4I", flags, tail, queue.descriptor(0), following))


#: Beyond the row: the interrupt table has an endpoint of its own.
_PERIODIC_SLOT = 8
_SCHEDULE = Schedule(
    head_size=0x10,
    descriptor_size=0x10,
    descriptor=_descriptor,
    head=_head,
    periodic_slot=_PERIODIC_SLOT,
    immediate=True,
)


class OhciDriver:
    """Exchanges with the device at the root."""

    name = "ohci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an OHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Reset the ports, put the device's introduction on the list, and go operational."""
        registers = Registers.of(function, _BAR)
        periodic = _SCHEDULE.head_at(arena, _PERIODIC_SLOT)
        commands = [store(arena.at(0), pack("<I", periodic) * 32 + bytes(128))]
        commands += _SCHEDULE.idle(arena)
        for slot, exchange in enumerate(INTRODUCTION):
            commands += _SCHEDULE.queue(arena, slot, exchange)
        nothing = Exchange(ADDRESS, 1, "interrupt", ())
        commands += _SCHEDULE.queue(arena, _PERIODIC_SLOT, nothing)
        commands.append(registers.write(_RH_STATUS, _POWER_ALL))
        for port in range(_PORTS):
            commands.append(registers.write(_RH_PORT_STATUS + 4 * port, _PORT_RESET))
        return (
            *commands,
            registers.write(_HCCA, arena.at(0)),
            registers.write(_CONTROL_HEAD, _SCHEDULE.head_at(arena, 0)),
            registers.write(_BULK_HEAD, 0),
            registers.write(_FM_INTERVAL, _INTERVAL),
            registers.write(_PERIODIC_START, 0x2A2F),
            registers.write(_INTERRUPT_ENABLE, _INTERRUPTS),
            registers.write(_CONTROL, _OPERATIONAL | _LISTS),
            _filled(registers),
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
        return (*_SCHEDULE.exchange(arena, draw), _filled(registers))

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address."""
        filled = _filled(Registers.of(function, _BAR))
        return _SCHEDULE.transfer(arena, self.start(function, arena), (filled,))


def _filled(registers: Registers) -> Command:
    """Return what says that there is something in the lists."""
    return registers.write(_COMMAND_STATUS, _LISTS_FILLED)
