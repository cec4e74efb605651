"""EHCI: USB 2 with an asynchronous ring of queue heads and a periodic frame list.

The ring is walked whenever its doorbell is rung, the frame list only as virtual time goes by.

Source: Enhanced Host Controller Interface 1.0, chapters 2 (registers), 3 (data structures) and
4.8 (the asynchronous schedule); QEMU 7.2 hw/usb/hcd-ehci.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, has_bar, store
from harness.qemu.drivers.driver import Arena, Draw, Transfer
from harness.qemu.drivers.usb import ADDRESS, INTRODUCTION, Exchange, Pid
from harness.qemu.drivers.usb_schedule import SLOTS, Queue, Schedule
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

#: Beyond the row: the frame list has a head of its own.
_PERIODIC_SLOT = 9


def _descriptor(queue: Queue, place: int) -> bytes:
    packet, buffer = queue.exchange.packets[place], queue.buffer(place)
    last = queue.is_last(place)
    following = _LAST if last else queue.descriptor(place + 1)
    token = (
        (0 if packet.pid is Pid.SETUP else 1) << 31
        | packet.length << 16
        | (_IOC if last else 0)
        | _THREE_ERRORS
        | _PIDS[packet.pid] << 8
        | _ACTIVE
    )
    pages = [buffer, *((buffer & ~0xFFF) + n * 0x1000 for n in range(1, 5))]
    return pack("<8I", following, _LAST, token, *pages)


def _head(queue: Queue) -> Command:
    """Return what hangs the exchange on its queue head; 0 is the head of the ring."""
    slot, exchange = queue.slot, queue.exchange
    following = queue.schedule.head_at(queue.arena, (slot + 1) % SLOTS) | _QUEUE
    if slot == _PERIODIC_SLOT:
        following = _LAST
    first = queue.descriptor(0) if exchange.packets else _LAST
    # High speed, toggle from the descriptors; the head of the ring is marked, and halted.
    characteristics = (
        64 << 16 | (slot == 0) << 15 | 1 << 14 | 2 << 12 | exchange.endpoint << 8 | exchange.address
    )
    capabilities = 1 << 30 | (1 if slot == _PERIODIC_SLOT else 0)
    token = _HALTED if slot == 0 else 0
    words = (following, characteristics, capabilities, 0, first, _LAST, token)
    return store(queue.head, pack("<7I20x", *words))


_SCHEDULE = Schedule(
    head_size=0x80,
    descriptor_size=0x40,
    descriptor=_descriptor,
    head=_head,
    # The first head is the ring's own.
    first_slot=1,
    periodic_slot=_PERIODIC_SLOT,
    immediate=True,
)


class EhciDriver:
    """Exchanges with the device at the root."""

    name = "ehci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an EHCI controller."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _PORTSC + 4 * _PORTS)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Take and reset the ports, put the device's introduction on the ring, and run."""
        registers = Registers.of(function, _BAR)
        periodic = _SCHEDULE.head_at(arena, _PERIODIC_SLOT)
        commands = [store(arena.at(0), pack("<I", periodic | _QUEUE) * 1024)]
        commands += _SCHEDULE.idle(arena)
        for slot, exchange in enumerate(INTRODUCTION, start=1):
            commands += _SCHEDULE.queue(arena, slot, exchange)
        nothing = Exchange(ADDRESS, 1, "interrupt", ())
        commands += _SCHEDULE.queue(arena, _PERIODIC_SLOT, nothing)
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
            registers.write(_ASYNCLISTADDR, _SCHEDULE.head_at(arena, 0)),
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
        return (*_SCHEDULE.exchange(arena, draw), *_ring(registers))

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a GET_DESCRIPTOR of the device at its address."""
        ring = _ring(Registers.of(function, _BAR))
        return _SCHEDULE.transfer(arena, self.start(function, arena), ring)


def _ring(registers: Registers) -> tuple[Command, ...]:
    """Return what has the ring walked: the doorbell, and the last one acknowledged."""
    return registers.write(_USBSTS, 0x3F), registers.write(_USBCMD, _RUN | _DOORBELL)
