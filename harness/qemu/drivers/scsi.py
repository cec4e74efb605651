"""SCSI: command blocks, whatever adapter carries them.

Knows no adapter.

Source: SPC-4, chapter 6; SBC-3, chapter 5; MMC-6, chapter 6; QEMU 7.2 hw/scsi/scsi-disk.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.qemu.drivers.driver import Draw

Way = Literal["in", "out", "none"]

#: Bytes that a buffer of one command has to hold.
MOST = 0x2000


@dataclass(frozen=True, slots=True)
class Block:
    """A command and its data.

    Attributes:
        cdb: the command descriptor block.
        way: which way the data go; ``in`` is towards memory.
        length: bytes of data, at most :data:`MOST`.
    """

    cdb: bytes
    way: Way
    length: int


def _block(text: str, way: Way = "none", length: int = 0) -> Block:
    return Block(bytes.fromhex(text), way, length)


#: Standard INQUIRY data, and where QEMU's say what they are.
INQUIRY = _block("120000002400", "in", 36)
VENDOR, QEMU = 8, b"QEMU    "

_BLOCKS = (
    INQUIRY,
    _block("000000000000"),  # test unit ready
    _block("030000001200", "in", 18),  # request sense
    _block("120180002400", "in", 36),  # pages of inquiry
    _block("120100002400", "in", 36),
    _block("1201b0004000", "in", 64),
    _block("25000000000000000000", "in", 8),  # read capacity
    _block("9e1000000000000000000000002000000000"[:32], "in", 32),
    _block("1a003f008000", "in", 128),  # mode sense
    _block("5a003f00000000008000", "in", 128),
    _block("150000001800", "out", 24),  # mode select
    _block("a00000000000000000100000", "in", 16),  # report units
    _block("28000000000000000100", "in", 512),  # read
    _block("28000000000000001000", "in", 8192),
    _block("280000000fff00000100", "in", 512),
    _block("880000000000000000040000000400000000"[:32], "in", 2048),
    _block("080000010100", "in", 512),
    _block("2a000000000200000100", "out", 512),  # write
    _block("2a000000000200000800", "out", 4096),
    _block("2e000000000200000100", "out", 512),
    _block("2f020000000200000100", "out", 512),  # verify
    _block("35000000000000000000"),  # synchronise
    _block("41000000000400000400", "out", 512),  # write same
    _block("42000000000000001800", "out", 24),  # unmap
    _block("1b0000000100"),  # start, stop, lock
    _block("1b0000000000"),
    _block("1e0000000100"),
    _block("56000000000000000000"),  # reserve, release
    _block("43020000000000000c00", "in", 12),  # table of contents
    _block("4a010000100000000800", "in", 8),  # events
    _block("ff0000000000"),
)


#: Operation codes of those that move or touch sectors.
_SECTORS = frozenset({0x08, 0x28, 0x88, 0x2A, 0x2E, 0x2F, 0x35, 0x41, 0x42})
_IMMEDIATE = tuple(block for block in _BLOCKS if block.cdb[0] not in _SECTORS)


def draw_block(draw: Draw, *, immediate: bool = False) -> Block:
    """Return a command; what it carries may be cut short.

    Args:
        draw: decides what it is.
        immediate: leave out what is in flight for a while, or half done when it ends.
    """
    block = draw.choose(_IMMEDIATE if immediate else _BLOCKS)
    if not immediate and block.length > 8 and draw.below(16) == 15:
        return Block(block.cdb, block.way, block.length // 2)
    return block
