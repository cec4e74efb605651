"""The driver of AMD's Am79C970A Ethernet card (PCnet).

Owns the initialisation block and two rings of four descriptors.  In internal loopback mode
what is sent comes back; four frames go round both rings exactly, so that a transfer can be
repeated without knowing where the card stands.

Source: Am79C970A data sheet, "Control and Status Registers", "Initialization Block",
"Receive Descriptors", "Transmit Descriptors"; QEMU 7.2 hw/net/pcnet.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.frames import STATION, drawn_frame, frame
from harness.qemu.pci.function import Function

_AMD, _PCNET = 0x1022, 0x2000

# Ports, while they are 16 bits wide.
_RDP, _RAP, _RESET, _BDP = 0x10, 0x12, 0x14, 0x16
_SOFTWARE_STYLE = 20
# CSR0.
_INIT, _STRT, _STOP, _TDMD, _INEA = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 6
# CSR15, the mode.
_LOOP, _INTL, _PROM = 1 << 2, 1 << 6, 1 << 15
#: A descriptor's status: owned by the card; start and end of a frame; sum to be added.
_OWN, _STP, _ENP, _ADD_FCS = 1 << 15, 1 << 9, 1 << 8, 1 << 13
#: Above a length there are four ones.
_ONES = 0xF000

_PATTERN = 0xA5
_DESCRIPTORS, _LOG2_DESCRIPTORS, _BUFFER_BYTES = 4, 2, 0x800
_BLOCK, _TX_RING, _RX_RING, _TX_BUFFERS, _RX_BUFFERS = 0x0000, 0x0100, 0x0200, 0x1000, 0x8000

#: CSRs and BCRs that may have any value.  Not CSR18 to CSR47: they are addresses of rings.
_CSRS = (3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 46, 47, 112)
_BCRS = (2, 4, 5, 6, 7, 9, 18, 19, 22)


class Pcnet:
    """Drives the PCnet."""

    name = "pcnet"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        identity = (function.vendor_id, function.device_id)
        return identity == (_AMD, _PCNET) and has_bar(function, 0, 0x20)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that reset the card and switch it on, in loopback mode."""
        return tuple(_start(Registers.of(function, 0), arena, _LOOP | _INTL | _PROM, 2))

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that start the card anew and have it send and receive."""
        ports = Registers.of(function, 0)
        mode = draw.choose((_LOOP | _INTL | _PROM, _PROM, draw.below(1 << 16), _LOOP))
        style = draw.choose((2, 2, 3))
        commands = list(_start(ports, arena, mode, style))
        position = 0
        for _ in range(1 + draw.below(12)):
            match draw.below(6):
                case 0:
                    commands.extend(_csr(ports, draw.choose(_CSRS), draw.below(1 << 16)))
                case 1:
                    commands.append(ports.write(_RAP, draw.choose(_BCRS), 2))
                    commands.append(ports.write(_BDP, draw.below(1 << 16), 2))
                case 2:
                    commands.append(ports.write(_RAP, draw.choose((0, 4, 15, 58, 72, 74)), 2))
                    commands.append(ports.read(_RDP, 2))
                case _:
                    data = drawn_frame(draw)
                    buffer = arena.at(_TX_BUFFERS + position * _BUFFER_BYTES)
                    commands.append(store(buffer, data))
                    half = draw.choose((0, len(data) // 2))
                    pieces = [(0, len(data))] if half == 0 else [(0, half), (half, len(data))]
                    for begin, end in pieces:
                        status = _OWN | _ADD_FCS * draw.below(2)
                        status |= (0 if begin else _STP) | (_ENP if end == len(data) else 0)
                        commands.append(
                            _send(arena, position, buffer + begin, end - begin, status, style)
                        )
                        position = (position + 1) % _DESCRIPTORS
                    commands.extend(_csr(ports, 0, _TDMD | _INEA | draw.below(2) << 9))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return the sending of four frames, which come back."""
        ports = Registers.of(function, 0)
        commands = [
            fill(arena.at(_RX_BUFFERS), _DESCRIPTORS * _BUFFER_BYTES, _PATTERN),
            _receive_ring(arena, 2),
        ]
        checks = []
        for n in range(_DESCRIPTORS):
            data = frame(n)
            buffer = arena.at(_TX_BUFFERS + n * _BUFFER_BYTES)
            commands.append(store(buffer, data))
            commands.append(_send(arena, n, buffer, len(data), _OWN | _STP | _ENP | _ADD_FCS, 2))
            sent, received = arena.at(_TX_RING + 16 * n), arena.at(_RX_RING + 16 * n)
            checks.append(Check(Command("readw", (sent + 6,)), 0, _OWN))
            checks.append(Check(Command("readw", (received + 6,)), _STP | _ENP, _OWN | _STP | _ENP))
            checks.append(Check(fetch(arena.at(_RX_BUFFERS + n * _BUFFER_BYTES), 96), data))
        commands.extend(_csr(ports, 0, _TDMD | _INEA))
        return Transfer(self.start(function, arena), tuple(commands), tuple(checks))


def _csr(ports: Registers, number: int, value: int) -> tuple[Command, ...]:
    return ports.write(_RAP, number, 2), ports.write(_RDP, value, 2)


def _descriptor(buffer: int, size: int, status: int, style: int) -> bytes:
    length = _ONES | -size & 0xFFF
    if style == 3:
        # The first and the third double word change places.
        return struct.pack("<IHHII", 0, length, status, buffer, 0)
    return struct.pack("<IHHII", buffer, length, status, 0, 0)


def _send(arena: Arena, position: int, buffer: int, size: int, status: int, style: int) -> Command:
    at = arena.at(_TX_RING + 16 * position)
    return store(at, _descriptor(buffer, size, status, style))


def _receive_ring(arena: Arena, style: int) -> Command:
    buffers = [arena.at(_RX_BUFFERS + n * _BUFFER_BYTES) for n in range(_DESCRIPTORS)]
    ring = b"".join(_descriptor(buffer, _BUFFER_BYTES, _OWN, style) for buffer in buffers)
    return store(arena.at(_RX_RING), ring)


def _start(ports: Registers, arena: Arena, mode: int, style: int) -> Iterator[Command]:
    lengths = _LOG2_DESCRIPTORS << 4
    block = struct.pack("<HBB", mode, lengths, lengths) + STATION + bytes(2) + bytes(8)
    block += struct.pack("<II", arena.at(_RX_RING), arena.at(_TX_RING))
    address = arena.at(_BLOCK)
    # Reading it resets the card.
    yield ports.read(_RESET, 2)
    yield store(address, block)
    yield _receive_ring(arena, style)
    yield fill(arena.at(_TX_RING), 16 * _DESCRIPTORS, 0)
    yield ports.write(_RAP, _SOFTWARE_STYLE, 2)
    yield ports.write(_BDP, style, 2)
    yield from _csr(ports, 1, address)
    yield from _csr(ports, 2, address >> 16)
    yield from _csr(ports, 0, _INIT)
    yield from _csr(ports, 0, _STRT | _INEA)
