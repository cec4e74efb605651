"""LSI53C8xx: a SCSI adapter that runs programs of its own from memory.

One program serves every command: it selects a target, and follows the target's phases until
the command is complete or the bus free.  A request writes the program with its own addresses.

Source: LSI53C895A PCI to Ultra2 SCSI Controller technical manual 2.2, chapters 4 (registers)
and 5 (SCRIPTS); QEMU 7.2 hw/scsi/lsi53c895a.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.scsi import INQUIRY, QEMU, VENDOR, Block, draw_block
from harness.qemu.pci.function import Function

_VENDOR, _DEVICES = 0x1000, frozenset({0x0001, 0x0012})
_BAR, _BAR_SIZE = 1, 0x100

_SCNTL0, _SCNTL1, _SCID, _DSTAT, _DSA, _ISTAT = 0x00, 0x01, 0x04, 0x0C, 0x10, 0x14
_CTEST2, _DSP, _SCRATCH, _DMODE, _DIEN, _DCNTL = 0x1A, 0x2C, 0x34, 0x38, 0x39, 0x3B
_SIEN0, _SIEN1, _SIST0, _SIST1, _STEST3 = 0x40, 0x41, 0x42, 0x43, 0x4F
_SIGNAL_PROCESS = 0x20

_DATA_OUT, _DATA_IN, _COMMAND, _STATUS, _MESSAGE_OUT, _MESSAGE_IN = 0, 1, 2, 3, 6, 7
_SELECT_ATN, _WAIT_DISCONNECT, _WAIT_RESELECT = 0x4100_0008, 0x4800_0000, 0x5000_0000
_CLEAR_ACK, _JUMP, _INTERRUPT = 0x6000_0040, 0x8008_0000, 0x9808_0000
_WHEN_PHASE, _IF_DATA = 0x800B_0000, 0x800C_0000
_MOVE_MEMORY = 0xC000_0000
_DISCONNECT, _COMPLETE = 0x04, 0x00

#: In the arena: program, small buffers, data.
_SMALL, _DATA = 0x1000, 0x10000
_IDENTIFY, _CDB, _STATUS_BYTE, _MESSAGE, _COPY = 0x00, 0x10, 0x20, 0x30, 0x40


class LsiDriver:
    """Commands to the targets on the adapter's bus."""

    name = "lsi53c8xx"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an adapter of the family."""
        return (
            function.vendor_id == _VENDOR
            and function.device_id in _DEVICES
            and has_bar(function, _BAR, _BAR_SIZE)
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Set the adapter's own address, and switch on all interrupts."""
        registers = Registers.of(function, _BAR)
        return (
            registers.write(_SCNTL0, 0xC0, 1),
            registers.write(_SCID, 0x47, 1),
            registers.write(_DCNTL, 0x00, 1),
            registers.write(_DMODE, 0x00, 1),
            registers.write(_DIEN, 0x7D, 1),
            registers.write(_SIEN0, 0x8F, 1),
            registers.write(_SIEN1, 0x07, 1),
            registers.write(_DSA, arena.at(_SMALL)),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a command to a target, there or not; now and then a register instead."""
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 15:
            # Taken back at once: with it a program that waits for its target goes on, and
            # QEMU (7.2 to 11.1) asserts that nothing is queued when it saves (lsi_pre_save).
            return (registers.write(_ISTAT, _SIGNAL_PROCESS, 1), registers.read(_CTEST2, 1))
        if odd == 14:
            return _acknowledged(registers)
        if odd == 13:
            return (
                registers.write(_SCRATCH, draw.below(1 << 32)),
                registers.write(_STEST3, draw.choose((0, 0x80)), 1),
            )
        target = draw.choose((0, 0, 0, 3))
        return _run(registers, arena, draw_block(draw), target)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return an INQUIRY of target 0."""
        registers = Registers.of(function, _BAR)
        data = arena.at(_DATA)
        return Transfer(
            self.start(function, arena),
            (fill(data, INQUIRY.length, 0xA5), *_run(registers, arena, INQUIRY, 0)),
            (
                Check(fetch(data + VENDOR, len(QEMU)), QEMU),
                # What the program has copied, once the command was complete: status good.
                Check(fetch(arena.at(_SMALL + _COPY), 1), b"\0"),
            ),
        )


def _acknowledged(registers: Registers) -> tuple[Command, ...]:
    """Return the reads that take back the interrupts."""
    return (
        registers.read(_ISTAT, 1),
        registers.read(_SIST0, 1),
        registers.read(_SIST1, 1),
        registers.read(_DSTAT, 1),
    )


def _run(registers: Registers, arena: Arena, block: Block, target: int) -> tuple[Command, ...]:
    small = arena.at(_SMALL)
    prepared = [
        store(small + _IDENTIFY, b"\x80"),
        store(small + _CDB, block.cdb),
        store(small + _STATUS_BYTE, b"\xa5"),
        store(small + _COPY, b"\xa5"),
    ]
    if block.way == "out":
        prepared.append(store(arena.at(_DATA), bytes(block.length)))
    return (
        *prepared,
        store(arena.at(0), _program(arena, block, target)),
        *_acknowledged(registers),
        registers.write(_DSP, arena.at(0)),
    )


def _program(arena: Arena, block: Block, target: int) -> bytes:
    """Return the program: at each phase the move that it wants, then back to the phases."""
    small, data = arena.at(_SMALL), arena.at(_DATA)
    moves = (
        (_MESSAGE_OUT, small + _IDENTIFY, 1),
        (_COMMAND, small + _CDB, len(block.cdb)),
        # A direction that the command doesn't have finds room all the same.
        (_DATA_OUT, data, max(block.length, 1)),
        (_DATA_IN, data, max(block.length, 1)),
        (_STATUS, small + _STATUS_BYTE, 1),
    )
    base = arena.at(0)
    # Places, in instructions of eight bytes.
    phases = 1
    serve = phases + len(moves) + 2
    message = serve + 2 * len(moves)
    gone, complete = message + 5, message + 9

    def at(place: int) -> int:
        return base + 8 * place

    words = [_SELECT_ATN | target << 16, at(phases)]
    for place, (phase, _, _) in enumerate(moves):
        words += [_WHEN_PHASE | phase << 24, at(serve + 2 * place)]
    words += [_WHEN_PHASE | _MESSAGE_IN << 24, at(message), _INTERRUPT, 0xBAD]
    for phase, address, length in moves:
        words += [phase << 24 | length, address, _JUMP, at(phases)]
    words += [_MESSAGE_IN << 24 | 1, small + _MESSAGE]
    words += [_IF_DATA | _DISCONNECT, at(gone), _IF_DATA | _COMPLETE, at(complete)]
    words += [_CLEAR_ACK, 0, _JUMP, at(phases)]
    words += [_CLEAR_ACK, 0, _WAIT_DISCONNECT, 0, _WAIT_RESELECT, at(phases), _JUMP, at(phases)]
    words += [_CLEAR_ACK, 0, _WAIT_DISCONNECT, 0]
    words += [_MOVE_MEMORY | 1, small + _STATUS_BYTE, small + _COPY]
    words += [_INTERRUPT, 0x600D]
    return pack(f"<{len(words)}I", *words)
