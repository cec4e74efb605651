"""PVSCSI: VMware's paravirtual SCSI adapter, with rings of requests and completions.

The place in the ring of requests can't be known without reading, so all its entries are valid
from the start; a request replaces one of them and moves the producer's index somewhere.

Source: QEMU 7.2 hw/scsi/vmw_pvscsi.h (structures, after VMware's) and vmw_pvscsi.c.
"""

from __future__ import annotations

from struct import pack, unpack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.scsi import INQUIRY, QEMU, VENDOR, Block, draw_block
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x15AD, 0x07C0
_BAR, _BAR_SIZE = 0, 0x8000

_COMMAND, _COMMAND_DATA, _COMMAND_STATUS = 0x0, 0x4, 0x8
_INTERRUPT_STATUS, _INTERRUPT_MASK, _KICK, _KICK_RW = 0x100C, 0x2010, 0x3014, 0x4018
_SETUP_RINGS, _RESET_BUS, _RESET_DEVICE, _SETUP_MESSAGES, _ABORT = 3, 4, 5, 8, 6
_RING_PAGES, _MESSAGE_PAGES = 32, 16

#: In the arena: the rings' state, requests, completions, messages; lists of regions, sense, data.
_STATE, _REQUESTS, _COMPLETIONS, _MESSAGES, _LIST, _SENSE, _DATA = (
    0x0000, 0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x10000,
)  # fmt: skip
_ENTRY_SIZE, _ENTRIES, _PAGE_SHIFT = 128, 32, 12
#: In the rings' state: producers of requests and completions.
_REQUEST_PRODUCER, _COMPLETION_PRODUCER = 0, 12
_LISTED = 1
_FLAGS = {"none": 1 << 2, "in": 1 << 3, "out": 1 << 4}


class PvscsiDriver:
    """Requests to the targets of one adapter."""

    name = "pvscsi"

    def fits(self, function: Function) -> bool:
        """Whether *function* is a PVSCSI adapter."""
        return (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE) and has_bar(
            function, _BAR, _BAR_SIZE
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Set up the rings, with entries that all are valid, and switch on interrupts."""
        registers = Registers.of(function, _BAR)
        entry = _entry(arena, 0, INQUIRY, 0)
        ring = arena.at(_MESSAGES) >> _PAGE_SHIFT
        messages = pack("<II", 1, 0) + pack("<Q", ring).ljust(8 * _MESSAGE_PAGES, b"\0")
        return (
            fill(arena.at(_STATE), 0x1000, 0),
            store(arena.at(_REQUESTS), entry * _ENTRIES),
            *_rings(registers, arena),
            *_command(registers, _SETUP_MESSAGES, messages),
            registers.write(_INTERRUPT_MASK, 0xF),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Replace an entry and move the producer; now and then a command instead."""
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd > 13:
            return _rings(registers, arena)
        if odd == 13:
            code, data = draw.choose(
                ((_RESET_BUS, b""), (_RESET_DEVICE, bytes(12)), (_ABORT, pack("<QII", 1, 0, 0)))
            )
            return _command(registers, code, data)
        if odd == 12:
            return (
                registers.write(_INTERRUPT_STATUS, draw.choose((3, 0xF, 1))),
                registers.write(_INTERRUPT_MASK, draw.choose((0xF, 3, 0))),
            )
        place = draw.below(_ENTRIES)
        target = draw.choose((0, 0, 0, 4))
        block = draw_block(draw)
        entry = _entry(arena, place, block, target, listed=draw.below(2) == 1)
        # Two regions, of which the first is short.
        first = min(block.length, 24)
        regions = pack("<QII", arena.at(_DATA), first, 0)
        regions += pack("<QII", arena.at(_DATA) + first, max(block.length - first, 1), 0)
        return (
            store(arena.at(_LIST), regions),
            store(arena.at(_REQUESTS + place * _ENTRY_SIZE), entry),
            store(arena.at(_STATE + _REQUEST_PRODUCER), pack("<I", draw.below(256))),
            registers.write(draw.choose((_KICK, _KICK_RW)), 0),
        )

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return an INQUIRY of target 0 as the first entry of rings that are set up anew."""
        registers = Registers.of(function, _BAR)
        data = arena.at(_DATA)
        return Transfer(
            self.start(function, arena),
            (
                fill(data, INQUIRY.length, 0xA5),
                *_rings(registers, arena),
                store(arena.at(_REQUESTS), _entry(arena, 1, INQUIRY, 0)),
                store(arena.at(_STATE + _REQUEST_PRODUCER), pack("<I", 1)),
                registers.write(_KICK, 0),
                registers.write(_INTERRUPT_STATUS, 0xF),
            ),
            (
                Check(fetch(data + VENDOR, len(QEMU)), QEMU),
                Check(fetch(arena.at(_STATE + _COMPLETION_PRODUCER), 4), pack("<I", 1)),
            ),
        )


def _command(registers: Registers, code: int, data: bytes) -> tuple[Command, ...]:
    words = unpack(f"<{len(data) // 4}I", data)
    return (
        registers.write(_COMMAND, code),
        *(registers.write(_COMMAND_DATA, word) for word in words),
        registers.read(_COMMAND_STATUS),
    )


def _rings(registers: Registers, arena: Arena) -> tuple[Command, ...]:
    """Return the command that sets up rings of one page each, both empty."""
    state, requests, completions = (
        arena.at(offset) >> _PAGE_SHIFT for offset in (_STATE, _REQUESTS, _COMPLETIONS)
    )
    data = pack("<IIQ", 1, 1, state)
    for page in (requests, completions):
        data += pack("<Q", page).ljust(8 * _RING_PAGES, b"\0")
    return _command(registers, _SETUP_RINGS, data)


def _entry(arena: Arena, context: int, block: Block, target: int, *, listed: bool = False) -> bytes:
    address = arena.at(_LIST if listed else _DATA)
    flags = _FLAGS[block.way] | (_LISTED if listed else 0)
    return pack(
        "<4QII16sB8s4B59x",
        *(context, address, block.length, arena.at(_SENSE)),
        *(18, flags, block.cdb, len(block.cdb), bytes(8)),
        *(0x20, 0, target, 0),
    )
