"""The driver of Realtek's RTL8139C+ Ethernet card.

Owns the four transmit registers and the ring of bytes into which frames are received; in
loopback mode what is sent comes back.  Eight frames of the right size go round both
exactly, so that a transfer can be repeated without knowing where the card stands.

Source: RTL8139C(L)+ data sheet 1.6, chapters 6 and 9; QEMU 7.2 hw/net/rtl8139.c
(rtl8139_transmit_one, rtl8139_do_receive, rtl8139_cplus_transmit_one).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.frames import drawn_frame, frame
from harness.qemu.drivers.microwire import Microwire
from harness.qemu.pci.function import Function

_REALTEK, _RTL8139 = 0x10EC, 0x8139

# Registers.
_IDR0, _MAR0, _TSD0, _TSAD0, _RBSTART, _CR, _CAPR = 0x00, 0x08, 0x10, 0x20, 0x30, 0x37, 0x38
_IMR, _ISR, _TCR, _RCR, _TCTR, _MPC, _9346CR = 0x3C, 0x3E, 0x40, 0x44, 0x48, 0x4C, 0x50
_CONFIG1, _TIMER_INT, _MULINT, _BMCR, _TPPOLL = 0x52, 0x54, 0x5C, 0x62, 0xD9
_CPCR, _RDSAR, _ETTHR, _TNPDS = 0xE0, 0xE4, 0xEC, 0x20

_CR_RESET, _CR_RE, _CR_TE = 1 << 4, 1 << 3, 1 << 2
_TCR_LOOPBACK = 3 << 17
#: All frames; a ring of 8 KiB is bits 11 and 12 clear.
_RCR_ALL = 0x3F
_TSD_DONE = 1 << 13 | 1 << 15
_UNLOCKED = 0xC0

#: C+ mode: transmitter, receiver, VLAN tags; normal queue polled.
_CP_TX, _CP_RX, _CP_VLAN, _NPQ = 1 << 0, 1 << 1, 1 << 6, 1 << 6
# A C+ descriptor's first double word.
_OWN, _END, _FIRST, _LAST, _LARGE = 1 << 31, 1 << 30, 1 << 29, 1 << 28, 1 << 27
_SUMS = 7 << 16

_PATTERN = 0xA5
_SLOTS, _FRAMES = 4, 8
_RING_BYTES = 0x2000
#: Header and check sequence are put around each frame.
_SIZE = _RING_BYTES // _FRAMES - 8
_TX_BUFFERS, _RX_RING, _CP_TX_RING, _CP_RX_RING = 0x0000, 0x4000, 0x8000, 0x8400
_CP_TX_BUFFERS, _CP_RX_BUFFERS, _COUNTERS = 0xA000, 0x10000, 0x9000
_BUFFER_BYTES = 0x800
_CP_DESCRIPTORS = 8
#: What the card takes off the address that it is given for what has been read.
_CAPR_BIAS = 16

#: Registers that may have any value, and their widths.
_SAFE = (
    *((_IDR0, 4), (_IDR0 + 4, 4), (_MAR0, 4), (_MAR0 + 4, 4), (_IMR, 2), (_ISR, 2)),
    *((_TCTR, 4), (_MPC, 4), (_CONFIG1, 1), (_TIMER_INT, 4), (_MULINT, 2), (_BMCR, 2)),
    *((_RCR, 4), (_CAPR, 2), (0x51, 1), (0x59, 1), (0x5A, 1), (0x66, 2), (_9346CR, 1)),
    *((0xD8, 1), (0x74, 2), (0x68, 2), (0x6A, 2), (0x82, 2), (_RDSAR + 4, 4), (_TIMER_INT, 4)),
)


class Rtl8139:
    """Drives the RTL8139C+."""

    name = "rtl8139"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        identity = (function.vendor_id, function.device_id)
        return identity == (_REALTEK, _RTL8139) and has_bar(function, 0, 0x100)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that reset the card and switch it on, in loopback mode.

        Whatever is written to the C+ command register switches C+ mode on; reset ends it.
        """
        registers = Registers.of(function, 0)
        return (
            registers.write(_CR, _CR_RESET, 1),
            registers.write(_9346CR, _UNLOCKED, 1),
            registers.write(_RBSTART, arena.at(_RX_RING)),
            registers.write(_CR, _CR_RE | _CR_TE, 1),
            registers.write(_TCR, _TCR_LOOPBACK),
            registers.write(_RCR, _RCR_ALL),
            registers.write(_CAPR, -_CAPR_BIAS, 2),
            registers.write(_IMR, 0xFFFF, 2),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that start the card anew and have it send and receive."""
        registers = Registers.of(function, 0)
        commands = list(self.start(function, arena))
        advanced = bool(draw.below(2))
        if advanced:
            commands.extend(_advance(registers, arena, draw))
        if draw.below(4) == 0:
            commands.append(registers.write(_TCR, 0))
        for _ in range(draw.below(12)):
            offset, width = draw.choose(_SAFE)
            value = draw.choose((0, 0xFFFFFFFF, draw.below(1 << 32)))
            commands.append(registers.write(offset, value, width))
        if draw.below(3) == 0:
            # Mode 2 of the command register connects the wires.
            wires = Microwire(registers, _9346CR, 1, 1 << 3, 1 << 2, 1 << 1, 0x80)
            commands.extend(wires.converse(draw))
        position = 0
        for _ in range(1 + draw.below(12)):
            match draw.below(6):
                case 0:
                    offset, width = draw.choose(_SAFE)
                    commands.append(registers.write(offset, draw.below(1 << 32), width))
                case 1:
                    commands.append(registers.read(draw.choose((_ISR, _CAPR, 0x3A, _BMCR)), 2))
                case _ if advanced:
                    commands.extend(_send_advanced(registers, arena, draw, position))
                    position = (position + 2) % _CP_DESCRIPTORS
                case _:
                    commands.extend(_send(registers, arena, position, drawn_frame(draw)))
                    position = (position + 1) % _SLOTS
        if draw.below(4) == 0:
            # The counters are dumped where descriptors of the old kind begin.
            commands.append(registers.write(_TSD0 + 4, 0))
            commands.append(registers.write(_TSD0, arena.at(_COUNTERS) | 8))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return the sending of eight frames, which come back."""
        registers = Registers.of(function, 0)
        ring = arena.at(_RX_RING, _RING_BYTES)
        commands = [fill(ring, _RING_BYTES, _PATTERN)]
        checks = []
        for n in range(_FRAMES):
            data = frame(n, _SIZE)
            commands.extend(_send(registers, arena, n % _SLOTS, data))
            if n % _SLOTS == _SLOTS - 1:
                # What has come in has been read.
                read = (n + 1) * (_SIZE + 8) % _RING_BYTES
                commands.append(registers.write(_CAPR, read - _CAPR_BIAS, 2))
            header = ring + n * (_SIZE + 8)
            good = (_SIZE + 4) << 16 | 1
            checks.append(Check(Command("readl", (header,)), good, 0xFFFF0001))
            checks.append(Check(fetch(header + 4, 64), data[:64]))
        checks += [
            Check(registers.read(_TSD0 + 4 * n), _TSD_DONE, _TSD_DONE) for n in range(_SLOTS)
        ]
        return Transfer(self.start(function, arena), tuple(commands), tuple(checks))


def _send(registers: Registers, arena: Arena, slot: int, data: bytes) -> tuple[Command, ...]:
    buffer = arena.at(_TX_BUFFERS + slot * _BUFFER_BYTES, _BUFFER_BYTES)
    return (
        store(buffer, data),
        registers.write(_TSAD0 + 4 * slot, buffer),
        registers.write(_TSD0 + 4 * slot, len(data)),
    )


def _advance(registers: Registers, arena: Arena, draw: Draw) -> Iterator[Command]:
    """Switch to C+ mode, with rings of descriptors."""
    for n in range(_CP_DESCRIPTORS):
        size = draw.choose((_BUFFER_BYTES, 64))
        buffer = arena.at(_CP_RX_BUFFERS + n * _BUFFER_BYTES, _BUFFER_BYTES)
        last = _END if n == _CP_DESCRIPTORS - 1 else 0
        descriptor = struct.pack("<IIQ", _OWN | last | size, 0, buffer)
        yield store(arena.at(_CP_RX_RING + 16 * n), descriptor)
    yield fill(arena.at(_CP_TX_RING), 16 * _CP_DESCRIPTORS, 0)
    yield registers.write(_CPCR, _CP_TX | _CP_RX | _CP_VLAN * draw.below(2) | draw.below(2) << 5, 2)
    yield registers.write(_RDSAR, arena.at(_CP_RX_RING))
    yield registers.write(_RDSAR + 4, 0)
    yield registers.write(_TNPDS, arena.at(_CP_TX_RING))
    yield registers.write(_TNPDS + 4, 0)
    yield registers.write(_ETTHR, 0x10, 1)


def _send_advanced(
    registers: Registers, arena: Arena, draw: Draw, position: int
) -> Iterator[Command]:
    """Send a frame in two pieces."""
    data = drawn_frame(draw)
    buffer = arena.at(_CP_TX_BUFFERS + position * _BUFFER_BYTES, _BUFFER_BYTES)
    yield store(buffer, data)
    options = draw.choose((0, _SUMS, _LARGE | (64 + draw.below(1400)) << 16))
    tag = draw.choose((0, 1 << 17 | draw.below(1 << 16)))
    half = len(data) // 2
    pieces = ((buffer, half, _FIRST), (buffer + half, len(data) - half, _LAST))
    for n, (address, size, which) in enumerate(pieces, position):
        end = _END if n == _CP_DESCRIPTORS - 1 else 0
        descriptor = struct.pack("<IIQ", _OWN | end | which | options | size, tag, address)
        yield store(arena.at(_CP_TX_RING + 16 * n), descriptor)
    yield registers.write(_TPPOLL, _NPQ, 1)
