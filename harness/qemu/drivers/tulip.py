"""The driver of DEC's 21143 Ethernet card (tulip).

Owns two rings of four descriptors.  In internal loopback mode what is sent comes back; four
frames go round both rings exactly, so that a transfer can be repeated without knowing
where the card stands.

Source: 21143 PCI/CardBus 10/100Mb/s Ethernet LAN Controller Hardware Reference Manual,
chapters 3 and 4; QEMU 7.2 hw/net/tulip.c.
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

_DEC, _21143 = 0x1011, 0x0019

# CSR6.
_START_RECEIVE, _PROMISCUOUS, _INTERNAL_LOOPBACK, _START_TRANSMIT = 1 << 1, 1 << 6, 1 << 10, 1 << 13
_MODE = _START_RECEIVE | _PROMISCUOUS | _START_TRANSMIT
#: First double word of a descriptor; those of one that has received a whole frame.
_OWN, _RECEIVED = 1 << 31, 1 << 9 | 1 << 8
# Second double word.
_END_OF_RING, _SETUP, _FIRST, _LAST, _INTERRUPT = 1 << 25, 1 << 27, 1 << 29, 1 << 30, 1 << 31
_SECOND_SIZE = 11

_PATTERN = 0xA5
_DESCRIPTORS, _BUFFER_BYTES = 4, 0x800
_TX_RING, _RX_RING, _TX_BUFFERS, _RX_BUFFERS = 0x0000, 0x0100, 0x1000, 0x8000
#: A frame that sets the filter: sixteen addresses, each in three double words.
_SETUP_BYTES = 192

#: CSRs that may have any value: bus mode without its reset, status, interrupts, timer, SIA.
_SAFE = (5, 7, 9, 10, 11, 12, 13, 14, 15)


class Tulip:
    """Drives the 21143."""

    name = "tulip"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        identity = (function.vendor_id, function.device_id)
        return identity == (_DEC, _21143) and has_bar(function, 0, 0x80)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that reset the card and switch it on, in loopback mode."""
        return tuple(_start(Registers.of(function, 0), arena, _MODE | _INTERNAL_LOOPBACK))

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that start the card anew and have it send and receive."""
        registers = Registers.of(function, 0)
        mode = draw.choose((_MODE | _INTERNAL_LOOPBACK, _MODE, _MODE | draw.below(1 << 18)))
        commands = list(_start(registers, arena, mode))
        # CSR9's wires are connected while bit 11 is set.
        wires = Microwire(registers, 8 * 9, 4, 1 << 0, 1 << 1, 1 << 2, 1 << 11)
        if draw.below(3) == 0:
            commands.extend(wires.converse(draw))
        position = 0
        for _ in range(1 + draw.below(12)):
            match draw.below(6):
                case 0:
                    commands.append(_csr(registers, draw.choose(_SAFE), draw.below(1 << 32)))
                case 1:
                    commands.append(registers.read(8 * draw.below(16)))
                case _:
                    buffer = arena.at(_TX_BUFFERS + position * _BUFFER_BYTES)
                    if draw.below(5) == 0:
                        data = struct.pack("<HHIHHI", 0x52, 0x5400, 0, 1, 2, 3) * 12
                        control = _SETUP | _SETUP_BYTES
                        commands.append(store(buffer, data))
                    else:
                        data = drawn_frame(draw)
                        commands.append(store(buffer, data))
                        first = draw.choose((len(data), len(data) // 2))
                        control = _FIRST | _LAST | first | len(data) - first << _SECOND_SIZE
                    control |= _INTERRUPT * draw.below(2)
                    commands.append(_send(arena, position, control, buffer, len(data) // 2))
                    position = (position + 1) % _DESCRIPTORS
                    commands.append(_csr(registers, 1, 1))
        if draw.below(2):
            commands.append(_receive_ring(arena))
            commands.append(_csr(registers, 2, 1))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return the sending of four frames, which come back."""
        registers = Registers.of(function, 0)
        commands = [
            fill(arena.at(_RX_BUFFERS), _DESCRIPTORS * _BUFFER_BYTES, _PATTERN),
            _receive_ring(arena),
        ]
        checks = []
        for n in range(_DESCRIPTORS):
            data = frame(n)
            buffer = arena.at(_TX_BUFFERS + n * _BUFFER_BYTES)
            commands.append(store(buffer, data))
            commands.append(_send(arena, n, _FIRST | _LAST | len(data), buffer))
            sent, received = arena.at(_TX_RING + 16 * n), arena.at(_RX_RING + 16 * n)
            checks.append(Check(Command("readl", (sent,)), 0, _OWN))
            checks.append(Check(Command("readl", (received,)), _RECEIVED, _OWN | _RECEIVED))
            checks.append(Check(fetch(arena.at(_RX_BUFFERS + n * _BUFFER_BYTES), 96), data))
        commands.append(_csr(registers, 1, 1))
        return Transfer(self.start(function, arena), tuple(commands), tuple(checks))


def _csr(registers: Registers, number: int, value: int) -> Command:
    return registers.write(8 * number, value)


def _send(arena: Arena, position: int, control: int, buffer: int, second: int = 0) -> Command:
    end = _END_OF_RING if position == _DESCRIPTORS - 1 else 0
    descriptor = struct.pack("<IIII", _OWN, control | end, buffer, buffer + second)
    return store(arena.at(_TX_RING + 16 * position), descriptor)


def _receive_ring(arena: Arena) -> Command:
    ring = b""
    for n in range(_DESCRIPTORS):
        end = _END_OF_RING if n == _DESCRIPTORS - 1 else 0
        buffer = arena.at(_RX_BUFFERS + n * _BUFFER_BYTES)
        ring += struct.pack("<IIII", _OWN, end | _BUFFER_BYTES - 8, buffer, 0)
    return store(arena.at(_RX_RING), ring)


def _start(registers: Registers, arena: Arena, mode: int) -> Iterator[Command]:
    # The software reset of bus mode, then bus mode itself.
    yield _csr(registers, 0, 1)
    yield _csr(registers, 0, 0)
    yield _receive_ring(arena)
    yield fill(arena.at(_TX_RING), 16 * _DESCRIPTORS, 0)
    yield _csr(registers, 3, arena.at(_RX_RING))
    yield _csr(registers, 4, arena.at(_TX_RING))
    yield _csr(registers, 7, 0xFFFFFFFF)
    yield _csr(registers, 6, mode)
