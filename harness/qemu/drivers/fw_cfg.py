"""fw_cfg: files that the guest writes to tell QEMU where something of its own is.

It is no PCI function: its registers are known by the name of their region.  A device without
registers of its own (a frame buffer in memory, a note for crash dumps) has its state there.

Source: QEMU 7.2 and 11.1 docs/specs/fw_cfg.rst (DMA interface), hw/display/ramfb.c
(``RAMFBCfg``), docs/specs/vmcoreinfo.rst (``FWCfgVMCoreInfo``).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from functools import partial

from harness.command import Command
from harness.qemu.drivers.access import Registers, store
from harness.qemu.drivers.driver import Arena, Draw
from harness.qemu.pci.function import Bar
from harness.regions import Region
from harness.work import Work

#: Name of the region whose two registers take the address of a request, high half first.
REGION = "fwcfg.dma"
_SELECT, _WRITE = 0x08, 0x10
#: The first file, and how many are tried: which is which, nobody has asked.
_FIRST, _FILES = 0x20, 0x20
_REQUEST, _DATA, _PIXELS = 0x000, 0x040, 0x8000
#: Four bytes for a pixel: red, green, blue, and one that means nothing.
_XRGB = int.from_bytes(b"XR24", "little")
_ELF = 1


def works(regions: Iterable[Region], arena: Arena) -> tuple[Work, ...]:
    """Return what can be asked of the device that has the registers, if there is one."""
    return tuple(
        Work("fw_cfg", (), partial(_request, one, arena))
        for one in regions
        if one.name.partition("@")[0] == REGION
    )


def _request(region: Region, arena: Arena, drawn: bytes) -> tuple[Command, ...]:
    """Return the writing of a file, whole: another length than its own is an error."""
    draw = Draw(drawn)
    registers = Registers(Bar(0, region.space, region.start, region.size))
    key = _FIRST + draw.below(_FILES)
    data = draw.choose((_frame_buffer, _note))(arena, draw)
    request = struct.pack(
        ">IIQ", key << 16 | _SELECT | _WRITE, len(data), arena.at(_DATA, len(data))
    )
    place = arena.at(_REQUEST, len(request)).to_bytes(8)
    return (
        store(arena.at(_DATA, len(data)), data),
        store(arena.at(_REQUEST, len(request)), request),
        registers.write(0, int.from_bytes(place[:4], "little")),
        registers.write(4, int.from_bytes(place[4:], "little")),
    )


def _frame_buffer(arena: Arena, draw: Draw) -> bytes:
    """Return where pixels are, and how many."""
    width, height = 16 * (1 + draw.below(8)), 16 * (1 + draw.below(8))
    return struct.pack(">QIIIII", arena.at(_PIXELS), _XRGB, 0, width, height, 4 * width)


def _note(arena: Arena, draw: Draw) -> bytes:
    """Return where a note is, and how long."""
    return struct.pack("<HHIQ", 0, _ELF, 1 + draw.below(256), arena.at(_DATA + draw.below(256)))
