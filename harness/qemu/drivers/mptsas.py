"""Fusion-MPT SAS: messages through the doorbell, and requests posted to a FIFO.

Source: LSI Fusion-MPT Device Management Users Guide 2.0, chapters 2 to 4; QEMU 7.2
hw/scsi/mptsas.c and mpi.h.
"""

from __future__ import annotations

from struct import pack, unpack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.scsi import INQUIRY, QEMU, VENDOR, Block, draw_block
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x1000, 0x0054
_BAR, _BAR_SIZE = 1, 0x100

_DOORBELL, _INTERRUPT_STATUS, _INTERRUPT_MASK = 0x00, 0x30, 0x34
_REQUESTS, _REPLIES = 0x40, 0x44
#: Functions of the doorbell.
_RESET, _HANDSHAKE = 0x40 << 24, 0x42 << 24

_SCSI_IO, _TASK, _IOC_INIT, _IOC_FACTS, _CONFIG, _PORT_FACTS, _PORT_ENABLE, _EVENTS = range(8)
_HOST_DRIVER = 4
#: Bytes of a reply, of which each read of the doorbell gives two.
_INIT_REPLY, _FACTS_REPLY, _PORT_REPLY = 20, 60, 40
#: The only element of a list: simple, last, to its end.
_ONLY_ELEMENT = 0xD100_0000
_DIRECTIONS = {"none": 0, "out": 1 << 24, "in": 2 << 24}
#: Pages of configuration: type, extended type, numbers.
_PAGES = ((0, 0), (1, 0), (2, 0), (9, 0), (15, 0x10), (15, 0x12), (15, 0x13))

#: In the arena: request frames, reply frames, sense data, data.
_FRAMES, _REPLY_FRAMES, _SENSE, _DATA = 0x1000, 0x4000, 0x8000, 0x10000
_FRAME_SIZE, _FRAME_COUNT = 0x80, 32


class MptSasDriver:
    """Requests to the drives of one adapter, and messages to itself."""

    name = "mptsas"

    def fits(self, function: Function) -> bool:
        """Whether *function* is a SAS 1068."""
        return (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE) and has_bar(
            function, _BAR, _BAR_SIZE
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Bring the adapter to its operational state; give it frames for replies."""
        registers = Registers.of(function, _BAR)
        initialise = pack(
            "<4B4BIH2x3I12xHH",
            *(_HOST_DRIVER, 0, 0, _IOC_INIT),
            *(0, 8, 1, 0),
            *(0, _FRAME_SIZE),
            *(0, 0, 0),
            *(0x0105, 0),
        )
        return (
            registers.write(_DOORBELL, _RESET),
            *_handshake(registers, initialise, _INIT_REPLY),
            registers.write(_INTERRUPT_MASK, 0),
            *(
                registers.write(_REPLIES, arena.at(_REPLY_FRAMES + place * _FRAME_SIZE))
                for place in range(8)
            ),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a request to a drive or a message to the adapter.

        Each takes back a reply, and now and then gives a frame for the next: were there none,
        or too many, the adapter would be at fault from then on.  The start that ends that
        state is drawn, too.
        """
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 15:
            return self.start(function, arena)
        if odd == 14:
            return _handshake(
                registers, pack("<4B4BI", 0, 0, 0, _IOC_FACTS, *[0] * 5), _FACTS_REPLY
            )
        if odd == 13:
            return _handshake(
                registers, pack("<4B4BI", 0, 0, 0, _PORT_FACTS, *[0] * 5), _PORT_REPLY
            )
        if odd == 12:
            return (
                registers.write(_INTERRUPT_MASK, draw.choose((0, 8, 1, 9))),
                registers.read(_INTERRUPT_STATUS),
            )
        place = draw.below(_FRAME_COUNT)
        if odd < 9:
            frame = _scsi(arena, place, draw_block(draw), draw.choose((0, 0, 0, 5)))
        else:
            frame = _message(arena, draw, place)
        free: tuple[Command, ...] = ()
        if odd >= 9 or draw.below(4) == 0:
            reply = arena.at(_REPLY_FRAMES + place * _FRAME_SIZE)
            free = (registers.write(_REPLIES, reply),)
        return (
            *free,
            *_post(registers, arena, place, frame),
            registers.read(_REPLIES),
            registers.write(_INTERRUPT_STATUS, 0),
        )

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return an INQUIRY of the first drive."""
        registers = Registers.of(function, _BAR)
        data = arena.at(_DATA)
        return Transfer(
            self.start(function, arena),
            (
                fill(data, INQUIRY.length, 0xA5),
                *_post(registers, arena, 0, _scsi(arena, 0, INQUIRY, 0)),
                registers.read(_REPLIES),
            ),
            (Check(fetch(data + VENDOR, len(QEMU)), QEMU),),
        )


def _handshake(registers: Registers, message: bytes, reply: int) -> tuple[Command, ...]:
    """Return what sends *message* through the doorbell and takes all of its reply."""
    words = unpack(f"<{len(message) // 4}I", message)
    return (
        registers.write(_DOORBELL, _HANDSHAKE | len(words) << 16),
        registers.write(_INTERRUPT_STATUS, 0),
        *(registers.write(_DOORBELL, word) for word in words),
        *[registers.read(_DOORBELL)] * (reply // 2),
        registers.write(_INTERRUPT_STATUS, 0),
    )


def _post(registers: Registers, arena: Arena, place: int, frame: bytes) -> tuple[Command, ...]:
    address = arena.at(_FRAMES + place * _FRAME_SIZE, _FRAME_SIZE)
    return store(address, frame), registers.write(_REQUESTS, address)


def _scsi(arena: Arena, place: int, block: Block, target: int) -> bytes:
    head = pack("<4B4BI8x", target, 0, 0, _SCSI_IO, len(block.cdb), 18, 0, 0, place)
    body = pack(
        "<I16sII",
        _DIRECTIONS[block.way],
        block.cdb,
        block.length,
        arena.at(_SENSE),
    )
    return head + body + pack("<II", _ONLY_ELEMENT | block.length, arena.at(_DATA))


def _message(arena: Arena, draw: Draw, place: int) -> bytes:
    """Return a task's management, a page of configuration, or one of the rest."""
    function = draw.choose((_CONFIG, _CONFIG, _TASK, _PORT_ENABLE, _EVENTS, _IOC_FACTS))
    if function == _TASK:
        # A query, so that nothing is taken from the drive.
        return pack("<4B4BI8x28xI", 0, 0, 0, _TASK, 0, 7, 0, 0, place, 0)
    if function != _CONFIG:
        return pack("<4B4BI", 1, 0, 0, function, 0, 0, 0, 0, place)
    page, extended = draw.choose(_PAGES)
    head = pack("<4BHBBI8x", draw.choose((0, 1, 6)), 0, 0, _CONFIG, 0, extended, 0, place)
    body = pack("<4BI", 0, 0, draw.choose((0, 1, 2)), page, draw.choose((0, 0x0001_0000, 0xFFFF)))
    return head + body + pack("<II", _ONLY_ELEMENT | 512, arena.at(_DATA))
