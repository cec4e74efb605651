"""Cirrus GD5446: a display adapter that moves and fills rectangles of its own memory.

Everything is behind its memory-mapped registers: the VGA's ports, and those of the blitter.

Source: Cirrus Logic CL-GD5446 technical reference manual, chapters 6 (extension registers) and
D8 (bit block transfers); QEMU 7.2 hw/display/cirrus_vga.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x1013, 0x00B8
_MEMORY, _REGISTERS = 0, 1
_MEMORY_SIZE, _REGISTERS_SIZE = 0x20_0000, 0x200

#: The VGA's ports, from 0x3c0 on.
_SEQUENCER, _GRAPHICS, _CRTC, _PALETTE_MASK, _PALETTE_WRITE, _PALETTE_DATA = 0x4, 0xE, 0x14, 6, 8, 9
#: The blitter's registers.
_BACKGROUND, _WIDTH, _MODE, _MODE_EXTENSIONS, _KEY, _STATUS = (
    0x100,
    0x108,
    0x118,
    0x11B,
    0x11C,
    0x140,
)
_START, _RESET = 0x02, 0x04
_COPY = 0x0D
#: Modes: plain, 16 and 32 bits, backwards, pattern, expanded colours, solid pattern; the one with
#: data from the processor stays in flight until they have come.
_MODES = (0x00, 0x10, 0x30, 0x01, 0x40, 0x80, 0xC0, 0x90, 0x08)
_FROM_PROCESSOR = 0x04
_OPERATIONS = (_COPY, 0x06, 0x0E, 0x05, 0x09, 0x0B, 0x59, 0x6D, 0x00, 0xDA)
_UNLOCK, _PACKED_PIXELS = (0x06, 0x12), (0x07, 0x01)
#: Registers by index, with values that keep the memory where it is.
_SEQUENCER_VALUES = (
    (0x07, 0x11),
    (0x0F, 0x98),
    (0x12, 0x05),
    (0x10, 0x40),
    (0x13, 0x3C),
    (0x17, 0x0),
)
_GRAPHICS_VALUES = (
    (0x09, 0x10),
    (0x0A, 0x20),
    (0x0B, 0x20),
    (0x05, 0x40),
    (0x08, 0xFF),
    (0x18, 0x02),
)
_CRTC_VALUES = ((0x13, 0x80), (0x1B, 0x22), (0x1D, 0x00), (0x25, 0x00), (0x0C, 0x10), (0x11, 0x0E))

_SOURCE, _TARGET, _BYTES = 0x1000, 0x8000, 64
_PATTERN = bytes(range(_BYTES))


class CirrusDriver:
    """The blitter and the registers of one adapter."""

    name = "cirrus"

    def fits(self, function: Function) -> bool:
        """Whether *function* is a GD5446."""
        return (
            (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE)
            and has_bar(function, _MEMORY, _MEMORY_SIZE)
            and has_bar(function, _REGISTERS, _REGISTERS_SIZE)
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:  # noqa: ARG002 (the protocol)
        """Unlock the extensions, leave the VGA's modes, and reset the blitter."""
        registers = Registers.of(function, _REGISTERS)
        return (
            *_indexed(registers, _SEQUENCER, _UNLOCK),
            *_indexed(registers, _SEQUENCER, _PACKED_PIXELS),
            registers.write(_STATUS, _RESET, 1),
            registers.write(_STATUS, 0, 1),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a move of a rectangle, with all of its data or some, or a register."""
        registers = Registers.of(function, _REGISTERS)
        how = draw.below(8)
        if how == 0:
            return _indexed(registers, _SEQUENCER, draw.choose(_SEQUENCER_VALUES))
        if how == 1:
            return _indexed(registers, _GRAPHICS, draw.choose(_GRAPHICS_VALUES))
        if how == 2:
            return _indexed(registers, _CRTC, draw.choose(_CRTC_VALUES))
        if how == 3:
            return (
                registers.write(_PALETTE_MASK, 0xFF, 1),
                registers.write(_PALETTE_WRITE, draw.below(256), 1),
                *(registers.write(_PALETTE_DATA, draw.below(64), 1) for _ in range(draw.below(4))),
            )
        if how == 4:
            return self.start(function, arena)
        width, height = draw.choose((_BYTES, 8, 32, 16)), draw.choose((1, 4, 16))
        operation = draw.choose(_OPERATIONS)
        source, target = 0x100 * draw.below(256), 0x10000 + 0x100 * draw.below(256)
        if how == 5:
            memory = Registers.of(function, _MEMORY)
            words = draw.choose((0, 1, 4, width * height // 4))
            return (
                *_blit(registers, (width, height), 0, target, _FROM_PROCESSOR, operation),
                *(memory.write(0, word) for word in range(words)),
            )
        mode = draw.choose(_MODES)
        return _blit(registers, (width, height), source, target, mode, operation)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a move of a line within the adapter's memory."""
        registers = Registers.of(function, _REGISTERS)
        memory = Registers.of(function, _MEMORY).bar.address
        return Transfer(
            self.start(function, arena),
            (
                store(memory + _SOURCE, _PATTERN),
                fill(memory + _TARGET, _BYTES, 0xA5),
                *_blit(registers, (_BYTES, 1), _SOURCE, _TARGET, 0, _COPY),
            ),
            (Check(fetch(memory + _TARGET, _BYTES), _PATTERN),),
        )


def _indexed(registers: Registers, port: int, entry: tuple[int, int]) -> tuple[Command, ...]:
    index, value = entry
    return registers.write(port, index, 1), registers.write(port + 1, value, 1)


def _blit(
    registers: Registers,
    extent: tuple[int, int],
    source: int,
    target: int,
    mode: int,
    operation: int,
) -> tuple[Command, ...]:
    """Return what writes all registers of the blitter and sets it off."""
    width, height = extent
    pitch = 0x100
    sizes = pack("<HHHHII", width - 1, height - 1, pitch, pitch, target, source)
    return (
        store(registers.bar.address + _BACKGROUND, pack("<II", 0x00FF_00FF, 0x1234_5678)),
        store(registers.bar.address + _WIDTH, sizes),
        registers.write(_MODE, mode, 1),
        registers.write(_MODE + 2, operation, 1),
        registers.write(_MODE_EXTENSIONS, 0x04 if mode == 0xC0 else 0, 1),
        registers.write(_KEY, 0, 2),
        registers.write(_STATUS, _START, 1),
    )
