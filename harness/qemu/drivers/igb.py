"""The driver of the 82576 Ethernet card (igb): rings of their own, advanced descriptors.

Its link comes up half a second of virtual time after reset, so that while the machine is
stopped it only sends.

Source: Intel 82576EB Gigabit Ethernet Controller Datasheet 2.66, chapters 7 and 8; QEMU
8.0 hw/net/igb_core.c (igb_process_tx_desc, igb_tx_enabled).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from harness.command import Command
from harness.qemu.drivers.access import Registers
from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.e1000 import (
    DCTL,
    E1000,
    IMS,
    TXD_DEXT,
    TXD_EOP,
    TXD_IFCS,
    TXD_RS,
)

_SRRCTL = 0x0C
#: Advanced descriptors with one buffer, of 2 KiB.
_ADVANCED, _BUFFER_KIB = 1 << 25, 2
_QUEUE_ENABLE = 1 << 25
#: Advanced transmit descriptors: context and data.
_CONTEXT, _DATA, _TSE = 2 << 20, 3 << 20, 1 << 31
_PAYLOAD_SHIFT = 14


class Igb(E1000):
    """Drives the 82576."""

    name = "igb"
    ids = frozenset({0x10C9})
    tx, rx = 0xE000, 0xC000
    # With causes mapped to vectors (IVAR), those enabled (EIMS), their rate (EITR), and GPIE.
    interrupts = (
        (IMS, 0xFFFFFFFF),
        *((0x1700, 0x83828180), (0x1524, 0xFFFFFFFF), (0x1680, 0x100), (0x1514, 0x10)),
    )

    def enable_rings(self, registers: Registers) -> Iterator[Command]:
        """Return what switches the first queue of each direction on."""
        yield registers.write(self.rx + _SRRCTL, _ADVANCED | _BUFFER_KIB)
        yield registers.write(self.rx + DCTL, _QUEUE_ENABLE)
        yield registers.write(self.tx + DCTL, _QUEUE_ENABLE)

    def send_descriptor(self, buffer: int, size: int) -> bytes:
        """Return a descriptor that sends *size* bytes at *buffer* and reports that."""
        command = size | _DATA | TXD_DEXT | TXD_EOP | TXD_IFCS | TXD_RS
        return struct.pack("<QII", buffer, command, size << _PAYLOAD_SHIFT)

    def drawn_descriptors(
        self, draw: Draw, buffer: int, size: int, command: int
    ) -> Iterator[bytes]:
        """Return the descriptors that send a frame: whole, in pieces, or cut by the card."""
        if draw.below(2) == 0:
            yield from super().drawn_descriptors(draw, buffer, size, command)
            return
        options = draw.choose((0, 1 << 8, 2 << 8, 3 << 8)) | draw.below(2) << 4
        segments = 0
        if draw.below(2):
            # IP header of 20 bytes after a MAC header of 14; TCP header of 20.
            lengths = 20 | 14 << 9 | draw.below(1 << 12) << 16
            kind = _CONTEXT | TXD_DEXT | draw.choose((1 << 10 | 1 << 11, 1 << 10, 0))
            segment = 100 + draw.below(1000) << 16 | 20 << 8 | options & 1 << 4
            yield struct.pack("<IIII", lengths, 0, kind, segment)
            segments = draw.choose((0, _TSE))
        end = 0 if draw.below(8) == 1 else TXD_EOP
        data = size | _DATA | TXD_DEXT | end | TXD_IFCS | TXD_RS | segments
        yield struct.pack("<QII", buffer, data, size << _PAYLOAD_SHIFT | options)
