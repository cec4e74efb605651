"""The driver of Intel's 8255x Ethernet cards (eepro100).

Owns lists of action commands and the area of the receiver.  Addresses in them count from a
base, which is the arena's.  Every list is named by its address when it is started, so that
a transfer can be repeated.  The card has no loopback
mode in QEMU; that a frame has been sent shows in its statistics.

Source: Intel 8255x 10/100 Mbps Ethernet Controller Family Open Source Software Developer
Manual 1.3, chapter 6; QEMU 7.2 hw/net/eepro100.c.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from harness.command import Command
from harness.qemu.drivers.access import Registers, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.frames import STATION, drawn_frame, frame
from harness.qemu.drivers.microwire import Microwire
from harness.qemu.pci.function import Function

_INTEL = 0x8086
_IDS = frozenset({0x1030, 0x1031, 0x1032, 0x1039, 0x103D, 0x1059, 0x1209, 0x1229, 0x2449})

# The system control block.
_STATUS, _ACK, _COMMAND, _MASK, _POINTER, _PORT = 0x00, 0x01, 0x02, 0x03, 0x04, 0x08
_EEPROM, _MDI = 0x0E, 0x10
# Commands of the command unit and of the receive unit.
_CU_START, _CU_RESUME, _CU_STATISTICS, _CU_SHOW, _CU_BASE, _CU_DUMP = (
    *(0x10, 0x20, 0x40, 0x50, 0x60),
    0x70,
)
_RU_START, _RU_RESUME, _RU_ABORT, _RU_BASE = 0x01, 0x02, 0x04, 0x06
_SOFTWARE_RESET, _SELF_TEST, _SELECTIVE_RESET = 0, 1, 2

# Action commands, and how a list ends or goes on.
_NOP, _ADDRESS, _CONFIGURE, _MULTICAST, _TRANSMIT, _MICROCODE, _DUMP, _DIAGNOSE = range(8)
_LAST, _SUSPEND, _INTERRUPT, _FLEXIBLE = 1 << 15, 1 << 14, 1 << 13, 1 << 3
_COMPLETE, _OK = 1 << 15, 1 << 13
#: All data lies in the command block.
_NO_TABLE = 0xFFFFFFFF
#: What follows the statistics when they have been dumped and cleared, and for how many bytes
#: that is the case: the number of counters depends on the card.
_DUMPED = 0xA007
#: A configuration as after reset, but promiscuous.
_CONFIGURATION = bytes.fromhex("16080000000003 32030001002e0060 00f2c8f93f0500".replace(" ", ""))

_BLOCKS, _STATISTICS, _RECEIVE, _TABLE, _DATA = 0x0000, 0x8000, 0x9000, 0xA000, 0xB000
_BLOCK_BYTES, _MOST_BLOCKS = 0x800, 6


class I8255x:
    """Drives the 8255x cards."""

    name = "i8255x"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        return (
            function.vendor_id == _INTEL
            and function.device_id in _IDS
            and function.class_code == 0x020000
            and has_bar(function, 0, 0x20)
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that reset the card and clear its statistics."""
        registers = Registers.of(function, 0)
        return (
            registers.write(_PORT, _SOFTWARE_RESET),
            *_ask(registers, _CU_BASE, arena.base),
            *_ask(registers, _RU_BASE, arena.base),
            *_ask(registers, _CU_STATISTICS, arena.at(_STATISTICS)),
            *_receive_area(arena),
            *_ask(registers, _RU_START, _RECEIVE),
            registers.write(_COMMAND, _CU_DUMP, 1),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that start the card anew and give it lists of commands."""
        registers = Registers.of(function, 0)
        commands = list(self.start(function, arena))
        wires = Microwire(registers, _EEPROM, 1, 1 << 1, 1 << 0, 1 << 2)
        for _ in range(1 + draw.below(8)):
            match draw.below(9):
                case 0:
                    unit = draw.choose((_CU_RESUME, _CU_SHOW, _CU_DUMP, _RU_RESUME, _RU_ABORT))
                    commands.append(registers.write(_COMMAND, unit, 1))
                case 1:
                    operation = draw.choose((1 << 26, 2 << 26)) | 1 << 21 | draw.below(8) << 16
                    commands.append(registers.write(_MDI, operation | draw.below(1 << 16)))
                case 2:
                    commands.append(registers.write(_ACK, draw.below(256), 1))
                    commands.append(registers.write(_MASK, draw.below(256), 1))
                case 3:
                    commands.extend(wires.converse(draw))
                case 4:
                    test = arena.at(_DATA) | draw.choose((_SELF_TEST, _SELECTIVE_RESET))
                    commands.append(registers.write(_PORT, test))
                case _:
                    blocks = [_drawn_block(arena, draw) for _ in range(1 + draw.below(5))]
                    end = draw.choose((_LAST, _SUSPEND, _LAST | _INTERRUPT))
                    commands.extend(_list(arena, blocks, end))
                    commands.extend(_ask(registers, _CU_START, _BLOCKS))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return three commands, the last of which sends a frame, and the statistics."""
        registers = Registers.of(function, 0)
        blocks = [
            (_ADDRESS, STATION),
            (_CONFIGURE, _CONFIGURATION),
            (_TRANSMIT, _simple(frame(1))),
        ]
        statistics = arena.at(_STATISTICS)
        commands = (
            fill(statistics, 0x100, 0xA5),
            *_list(arena, blocks, _LAST),
            *_ask(registers, _CU_START, _BLOCKS),
            registers.write(_COMMAND, _CU_DUMP, 1),
        )
        done = [
            Check(Command("readw", (arena.at(_BLOCKS + n * _BLOCK_BYTES),)), _COMPLETE | _OK)
            for n in range(len(blocks))
        ]
        return Transfer(
            self.start(function, arena),
            commands,
            (*done, Check(Command("readl", (statistics,)), 1)),
        )


def _ask(registers: Registers, command: int, pointer: int) -> tuple[Command, ...]:
    return registers.write(_POINTER, pointer), registers.write(_COMMAND, command, 1)


def _list(arena: Arena, blocks: Sequence[tuple[int, bytes]], end: int) -> list[Command]:
    """Return the commands that link command blocks; the last one has *end* set."""
    commands = []
    for n, (command, body) in enumerate(blocks):
        flags = end if n == len(blocks) - 1 else 0
        link = _BLOCKS + (n + 1) % _MOST_BLOCKS * _BLOCK_BYTES
        block = struct.pack("<HHI", 0, command | flags, link) + body
        commands.append(store(arena.at(_BLOCKS + n * _BLOCK_BYTES), block))
    return commands


def _simple(data: bytes) -> bytes:
    return struct.pack("<IHBB", _NO_TABLE, len(data) | 1 << 15, 1, 0) + data


def _drawn_block(arena: Arena, draw: Draw) -> tuple[int, bytes]:
    command = draw.choose((_TRANSMIT, _TRANSMIT, *range(8)))
    if command == _ADDRESS:
        return command, b"\x52" + draw.bytes(5)
    if command == _CONFIGURE:
        place, value = draw.below(len(_CONFIGURATION)), draw.below(256)
        return command, _CONFIGURATION[:place] + bytes((value,)) + _CONFIGURATION[place + 1 :]
    if command == _MULTICAST:
        count = draw.below(8)
        return command, struct.pack("<H", 6 * count) + draw.bytes(6 * count)
    if command != _TRANSMIT:
        return command, draw.bytes(8)
    if draw.below(2):
        return command, _simple(drawn_frame(draw))
    # A table of two pieces, which lies behind the block as seen from both sides.
    first = struct.pack("<IHH", arena.at(_DATA), 60, 0)
    last = struct.pack("<IHH", arena.at(_DATA + 64), draw.below(1400), 1)
    block = struct.pack("<IHBB", arena.at(_BLOCKS) + 16, 0, 1, 2)
    return command | _FLEXIBLE, block + first + last


def _receive_area(arena: Arena) -> tuple[Command, ...]:
    """Return the commands that link two frame descriptors with room for a frame each."""
    first, second = _RECEIVE, _RECEIVE + 0x800
    room = 1518
    return (
        store(arena.at(first), struct.pack("<HHIIHH", 0, 0, second, _NO_TABLE, 0, room)),
        store(arena.at(second), struct.pack("<HHIIHH", 0, _LAST, first, _NO_TABLE, 0, room)),
    )
