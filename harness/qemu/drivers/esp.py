"""Am53C974: a SCSI adapter with the 53C9x core and a DMA engine of its own.

Source: AMD Am53C974 PCscsi-II technical manual, chapters 5 (SCSI registers) and 6 (DMA
registers); QEMU 7.2 hw/scsi/esp.c and esp-pci.c.
"""

from __future__ import annotations

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.scsi import INQUIRY, QEMU, VENDOR, Block, draw_block
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x1022, 0x2020
_BAR, _BAR_SIZE = 0, 0x74

#: The core's registers, four bytes apart.
_COUNT_LOW, _COUNT_MIDDLE, _FIFO, _COMMAND, _STATUS, _INTERRUPT = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14
_STEP, _FLAGS, _CONTROL_1, _CONTROL_2, _CONTROL_3, _COUNT_HIGH = 0x18, 0x1C, 0x20, 0x2C, 0x30, 0x38
#: The target's number and the time to wait for it, when written.
_TARGET, _TIMEOUT = _STATUS, _INTERRUPT
#: The DMA engine's.
_DMA_COMMAND, _DMA_COUNT, _DMA_ADDRESS, _DMA_STATUS = 0x40, 0x44, 0x48, 0x54
_IDLE, _START, _INTERRUPTS, _TO_MEMORY = 0x00, 0x03, 0x40, 0x80

_BY_DMA = 0x80
_NOP, _FLUSH, _TRANSFER, _COMPLETE, _ACCEPTED, _PAD, _SET_ATN = (
    0x00,
    0x01,
    0x10,
    0x11,
    0x12,
    0x18,
    0x1A,
)
_SELECT, _SELECT_ATN, _ENABLE = 0x41, 0x42, 0x44
_IDENTIFY = b"\x80"

#: In the arena: message and command, data.
_CDB, _DATA = 0x0000, 0x10000


class EspDriver:
    """Commands to the targets on the adapter's bus."""

    name = "am53c974"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an Am53C974 or a board with one."""
        return (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE) and has_bar(
            function, _BAR, _BAR_SIZE
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:  # noqa: ARG002 (the protocol)
        """Set the adapter's own address and how long it waits for a target."""
        registers = Registers.of(function, _BAR)
        return (
            registers.write(_COMMAND, _NOP),
            registers.write(_CONTROL_1, 0x07),
            registers.write(_CONTROL_2, 0x40),
            registers.write(_CONTROL_3, 0x18),
            registers.write(_TIMEOUT, 0x99),
            registers.write(_COMMAND, _FLUSH),
            registers.write(_DMA_COMMAND, _IDLE),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a command to a target, with its data and its end.

        None is in flight for long, or stops before its data: QEMU (7.2 to 11.1) dies when it
        loads a state with a request under way.
        """
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 15:
            return (registers.write(_COMMAND, draw.choose((_NOP, _FLUSH, _ENABLE, _SET_ATN))),)
        if odd > 12:
            return _end(registers)
        if odd == 12:
            return (
                registers.write(_CONTROL_1, 0x07 | draw.choose((0, 0x40, 0x10))),
                registers.write(_COUNT_LOW, draw.below(256)),
                registers.write(_COUNT_MIDDLE, draw.below(256)),
            )
        block = draw_block(draw, immediate=True)
        target = draw.choose((0, 0, 0, 3))
        return (
            *_command(registers, arena, block, target, atn=draw.below(4) < 3),
            *_data(registers, arena, block),
            *(_end(registers) if draw.below(4) else ()),
        )

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return an INQUIRY of target 0."""
        registers = Registers.of(function, _BAR)
        data = arena.at(_DATA)
        return Transfer(
            self.start(function, arena),
            (
                fill(data, INQUIRY.length, 0xA5),
                *_command(registers, arena, INQUIRY, 0, atn=True),
                *_data(registers, arena, INQUIRY),
                *_end(registers),
            ),
            (Check(fetch(data + VENDOR, len(QEMU)), QEMU),),
        )


def _dma(
    registers: Registers, command: int, address: int, size: int, way: int
) -> tuple[Command, ...]:
    """Return a command of the core that moves *size* bytes by DMA."""
    return (
        registers.write(_COUNT_LOW, size & 0xFF),
        registers.write(_COUNT_MIDDLE, size >> 8 & 0xFF),
        registers.write(_COUNT_HIGH, size >> 16),
        registers.write(_DMA_COMMAND, _IDLE | way),
        registers.write(_DMA_COUNT, size),
        registers.write(_DMA_ADDRESS, address),
        registers.write(_COMMAND, command | _BY_DMA),
        registers.write(_DMA_COMMAND, _START | _INTERRUPTS | way),
    )


def _command(
    registers: Registers, arena: Arena, block: Block, target: int, *, atn: bool
) -> tuple[Command, ...]:
    """Return what selects a target and gives it the command, with or without a message."""
    sent = (_IDENTIFY if atn else b"") + block.cdb
    address = arena.at(_CDB)
    return (
        store(address, sent),
        registers.write(_COMMAND, _FLUSH),
        registers.write(_TARGET, target),
        *_dma(registers, _SELECT_ATN if atn else _SELECT, address, len(sent), 0),
        *_acknowledged(registers),
    )


def _data(registers: Registers, arena: Arena, block: Block) -> tuple[Command, ...]:
    if not block.length:
        return ()
    way = _TO_MEMORY if block.way == "in" else 0
    return (
        *_dma(registers, _TRANSFER, arena.at(_DATA), block.length, way),
        *_acknowledged(registers),
    )


def _end(registers: Registers) -> tuple[Command, ...]:
    """Return what takes status and message, and lets go of the bus."""
    return (
        registers.write(_DMA_COMMAND, _IDLE),
        registers.write(_COMMAND, _COMPLETE),
        *_acknowledged(registers),
        registers.read(_FIFO),
        registers.read(_FIFO),
        registers.write(_COMMAND, _ACCEPTED),
        *_acknowledged(registers),
    )


def _acknowledged(registers: Registers) -> tuple[Command, ...]:
    return (
        registers.read(_DMA_STATUS),
        registers.read(_STATUS),
        registers.read(_STEP),
        registers.read(_INTERRUPT),
    )
