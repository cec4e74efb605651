"""MegaRAID SAS: commands in frames, posted to an inbound queue.

Source: QEMU 7.2 hw/scsi/megasas.c and mfi.h (structures of the MegaRAID Firmware Interface).
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.scsi import INQUIRY, QEMU, VENDOR, draw_block
from harness.qemu.pci.function import Function

_VENDOR = 0x1000
#: Which base address register is memory, by device: SAS 1078, SAS 2108.
_BARS = {0x0060: 0, 0x0079: 1}
_BAR_SIZE = 0x100

_INBOUND_DOORBELL, _OUTBOUND_MASK, _QUEUE, _OUTBOUND_CLEAR, _QUEUE_LOW, _QUEUE_HIGH = (
    0x20,
    0x34,
    0x40,
    0xA0,
    0xC0,
    0xC4,
)
_INTERRUPTS = 0x7FFF_FFFE
_ONE_FRAME = 1 << 1

_INIT, _READ, _WRITE, _SCSI, _CONTROL = 0, 1, 2, 3, 5
_TO_DEVICE, _TO_MEMORY = 0x08, 0x10
#: Direct commands: controller's information, properties, events, cache; lists of physical and
#: logical drives, information on each; configuration.  The controller's time is the host's,
#: and left out.
_CONTROLS = (
    0x0101_0000, 0x0102_0100, 0x0102_0200, 0x0104_0100, 0x0104_0500, 0x0110_1000, 0x0201_0000,
    0x0201_0100, 0x0202_0000, 0x0301_0000, 0x0301_0100, 0x0302_0000, 0x0401_0000, 0x0501_0000,
    0x0901_0000,
)  # fmt: skip

#: In the arena: queue information, indices, reply queue, frames, sense data, data.
_INFORMATION, _INDICES, _REPLIES, _FRAMES, _SENSE, _DATA = 0, 0x100, 0x1000, 0x8000, 0xF000, 0x10000
_REPLY_COUNT, _FRAME_SIZE, _FRAME_COUNT, _SECTOR = 64, 0x100, 32, 512
#: Status of a command, in its frame, and what it is before it is done.
_STATUS, _UNDONE = 2, 0xFF


class MegasasDriver:
    """Commands to the drives of one adapter."""

    name = "megasas"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an adapter of the family."""
        if function.vendor_id != _VENDOR or function.device_id not in _BARS:
            return False
        bar = function.bar(_BARS[function.device_id])
        return bar is not None and bar.size >= _BAR_SIZE

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Tell the adapter where its reply queue is, and switch on interrupts."""
        registers = _registers(function)
        indices = arena.at(_INDICES)
        words = (0, _REPLY_COUNT, arena.at(_REPLIES), 0, indices, 0, indices + 8, 0)
        frame = _header(_INIT, 0, 0, 0, 32) + pack("<4I", arena.at(_INFORMATION), 0, 0, 0)
        return (
            store(arena.at(_INFORMATION), pack("<8I", *words)),
            fill(indices, 16, 0),
            *_post(registers, arena, 0, frame),
            registers.write(_OUTBOUND_MASK, _INTERRUPTS),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a frame: a SCSI command, sectors of a drive, or a direct command."""
        registers = _registers(function)
        odd = draw.below(16)
        if odd == 15:
            return (
                registers.write(_OUTBOUND_CLEAR, 0xFFFF_FFFF),
                registers.read(_OUTBOUND_MASK),
                store(arena.at(_INDICES), pack("<I", draw.below(_REPLY_COUNT))),
            )
        place = draw.below(_FRAME_COUNT)
        target = draw.choose((0, 0, 0, 1))
        data = arena.at(_DATA)
        how = draw.below(3)
        if how == 0:
            block = draw_block(draw)
            flags = {"in": _TO_MEMORY, "out": _TO_DEVICE, "none": 0}[block.way]
            return _post(
                registers, arena, place, _scsi(arena, target, block.cdb, flags, block.length)
            )
        if how == 1:
            code = draw.choose((_READ, _WRITE))
            sector = draw.choose((0, 1, 100, 2040, 2048))
            sectors = draw.choose((1, 2, 8))
            flags = _TO_MEMORY if code == _READ else _TO_DEVICE
            frame = _header(code, target, 0, flags, sectors)
            frame += pack("<4I", arena.at(_SENSE), 0, sector, 0)
            # Now and then, two regions.
            lengths = (
                ((sectors * _SECTOR),) if draw.below(2) else (_SECTOR, (sectors - 1) * _SECTOR)
            )
            for length in lengths:
                frame += pack("<II", data, length)
                data += length
            return _post(registers, arena, place, _with_regions(frame, len(lengths)))
        code = draw.choose(_CONTROLS)
        frame = _header(_CONTROL, target, 0, _TO_MEMORY, 2048)
        frame += pack("<I12s", code, bytes((0, 0, 0, target)) + bytes(8))
        frame += pack("<II", data, 2048)
        return _post(registers, arena, place, _with_regions(frame, 1))

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return an INQUIRY of the first drive."""
        frame = _scsi(arena, 0, INQUIRY.cdb, _TO_MEMORY, INQUIRY.length)
        data = arena.at(_DATA)
        return Transfer(
            self.start(function, arena),
            (
                fill(data, INQUIRY.length, 0xA5),
                *_post(_registers(function), arena, 1, frame),
            ),
            (
                Check(fetch(data + VENDOR, len(QEMU)), QEMU),
                Check(fetch(_frame(arena, 1) + _STATUS, 1), b"\0"),
            ),
        )


def _registers(function: Function) -> Registers:
    return Registers.of(function, _BARS[function.device_id])


def _frame(arena: Arena, place: int) -> int:
    return arena.at(_FRAMES + place * _FRAME_SIZE, _FRAME_SIZE)


def _header(code: int, target: int, cdb_size: int, flags: int, length: int) -> bytes:
    """Return the header of a frame, with its place in the context still empty."""
    return pack("<8BQHHI", code, 18, _UNDONE, 0, target, 0, cdb_size, 0, 0, flags, 0, length)


def _with_regions(frame: bytes, count: int) -> bytes:
    return frame[:7] + bytes((count,)) + frame[8:]


def _scsi(arena: Arena, target: int, cdb: bytes, flags: int, length: int) -> bytes:
    frame = _header(_SCSI, target, len(cdb), flags, length)
    frame += pack("<II16sII", arena.at(_SENSE), 0, cdb, arena.at(_DATA), length)
    return _with_regions(frame, 1 if length else 0)


def _post(registers: Registers, arena: Arena, place: int, frame: bytes) -> tuple[Command, ...]:
    """Return what writes a frame, its place as its context, and has it carried out."""
    address = _frame(arena, place)
    frame = frame[:8] + pack("<Q", place) + frame[16:]
    return (
        store(address, frame.ljust(64, b"\0")),
        registers.write(_QUEUE, address | _ONE_FRAME),
    )
