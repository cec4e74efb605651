"""AHCI: SATA disks and CD drives behind a host bus adapter.

Owns the command list, command tables and register FISes of each port.

Source: Serial ATA AHCI 1.3.1, chapters 3 (registers), 4 (memory) and 5 (data transfer);
ATA8-ACS; QEMU 7.2 hw/ide/ahci.c and hw/ide/ich.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

#: Class code of a SATA controller with the AHCI interface.
_CLASS = 0x010601
_ABAR = 5

_GHC = 0x04
_GHC_AE_IE = 0x8000_0002
_PORT_BASE, _PORT_SIZE, _PORTS = 0x100, 0x80, 6
_PXCLB, _PXCLBU, _PXFB, _PXFBU, _PXIS, _PXIE, _PXCMD = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x14, 0x18
_PXSCTL, _PXSERR, _PXSACT, _PXCI = 0x2C, 0x30, 0x34, 0x38
_CMD_FRE, _CMD_ST, _CMD_SPIN_POWER = 0x10, 0x01, 0x06

_HEADER_SIZE, _SLOTS = 32, 32
_TABLE_SIZE, _PRDT, _ACMD = 0x100, 0x80, 0x40
_CFL, _ATAPI, _WRITE, _CLEAR_BUSY = 5, 1 << 5, 1 << 6, 1 << 10

#: In the arena, for each port: command list, received FISes, a table for each slot.
_PORT_AREA, _FIS, _TABLES = 0x4000, 0x400, 0x1000
#: In the arena: buffers, one for each slot.
_BUFFERS, _BUFFER_SIZE = 0x20000, 0x2000
_SECTOR = 512

_IDENTIFY, _IDENTIFY_PACKET, _PACKET = 0xEC, 0xA1, 0xA0
_READ_DMA_EXT, _WRITE_DMA_EXT, _READ_EXT, _WRITE_EXT = 0x25, 0x35, 0x24, 0x34
_READ_FPDMA, _WRITE_FPDMA = 0x60, 0x61
_READ_MULTIPLE_EXT, _DATA_SET, _SMART, _SET_FEATURES = 0x29, 0x06, 0xB0, 0xEF
_NATIVE_MAX_EXT, _FLUSH_EXT, _SET_MULTIPLE, _POWER = 0x27, 0xEA, 0xC6, 0xE5
_COMMANDS = (
    _IDENTIFY, _READ_DMA_EXT, _WRITE_DMA_EXT, _READ_FPDMA, _WRITE_FPDMA, _READ_EXT, _WRITE_EXT,
    _PACKET, _IDENTIFY_PACKET, _READ_MULTIPLE_EXT, _DATA_SET, _SMART, _SET_FEATURES,
    _NATIVE_MAX_EXT, _FLUSH_EXT, _SET_MULTIPLE, _POWER,
)  # fmt: skip
_QUEUED = frozenset({_READ_FPDMA, _WRITE_FPDMA})
_TO_DEVICE = frozenset({_WRITE_DMA_EXT, _WRITE_FPDMA, _WRITE_EXT, _DATA_SET})
#: Features: of SET FEATURES (write cache on, off; transfer mode), of SMART (enable, read data).
_FEATURES = {_SET_FEATURES: (0x02, 0x82, 0x03), _SMART: (0xD8, 0xD0, 0xD9)}
#: SCSI commands in a PACKET: test unit ready, inquiry, read capacity, read(10), read TOC,
#: mode sense(10), request sense.
_PACKETS = tuple(
    bytes.fromhex(text).ljust(16, b"\0")
    for text in (
        "000000000000", "120000002400", "25", "2800000000000000010000", "43000000000000000c00",
        "5a002a00000000002000", "030000001200",
    )
)  # fmt: skip

#: Where IDENTIFY DEVICE has the model's name, and how QEMU's begins: bytes swap in pairs.
_MODEL, _QEMU_SWAPPED = 54, b"EQUM"


class AhciDriver:
    """Commands to the ports of one adapter, each with a slot, a table and a buffer."""

    name = "ahci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an AHCI adapter."""
        return function.class_code == _CLASS and has_bar(
            function, _ABAR, _PORT_BASE + _PORTS * _PORT_SIZE
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Give each port its memory and a reset; switch on interrupts and both engines."""
        registers = Registers.of(function, _ABAR)
        commands = [registers.write(_GHC, _GHC_AE_IE)]
        for port in range(_PORTS):
            base = _PORT_BASE + port * _PORT_SIZE
            area = arena.at(port * _PORT_AREA, _PORT_AREA)
            commands += (
                fill(area, _TABLES, 0),
                registers.write(base + _PXCLB, area),
                registers.write(base + _PXCLBU, 0),
                registers.write(base + _PXFB, area + _FIS),
                registers.write(base + _PXFBU, 0),
                registers.write(base + _PXSCTL, 0x301),
                registers.write(base + _PXSCTL, 0x300),
                registers.write(base + _PXSERR, 0xFFFF_FFFF),
                registers.write(base + _PXIS, 0xFFFF_FFFF),
                registers.write(base + _PXIE, 0xFDC0_00FF),
                registers.write(base + _PXCMD, _CMD_FRE | _CMD_SPIN_POWER),
                registers.write(base + _PXCMD, _CMD_FRE | _CMD_SPIN_POWER | _CMD_ST),
            )
        return tuple(commands)

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return one command to one port, now and then a soft reset instead.

        Never a COMRESET (PxSCTL.DET): if it comes while a PIO read is under way, QEMU 7.2
        never returns to its main loop.
        """
        registers = Registers.of(function, _ABAR)
        port = draw.choose((0, 5, 0, 5, 0, 5, 0, 1, 2, 3, 4))
        base = _PORT_BASE + port * _PORT_SIZE
        slot = draw.choose((0, 1, 2, 7, 30, 31))
        odd = draw.below(16)
        if odd == 15:
            return _soft_reset(registers, arena, port)
        code = draw.choose(_COMMANDS)
        sectors = draw.choose((1, 2, 8, 3))
        lba = draw.choose((0, 1, 16, 100, 2047, 2048, 1 << 40))
        fis = _fis(code, lba, sectors, slot, draw.choose(_FEATURES.get(code, (0,))))
        if code == _DATA_SET:
            fis = _fis(code, 0, 1, slot, 1)
        flags = _CFL | (_WRITE if code in _TO_DEVICE else 0)
        packet = draw.choose(_PACKETS)
        if code == _PACKET:
            flags |= _ATAPI
        buffer = arena.at(_BUFFERS + slot * _BUFFER_SIZE, _BUFFER_SIZE)
        short = draw.below(12) == 11
        lengths = (_SECTOR // 2,) if short else (_SECTOR, sectors * _SECTOR, _SECTOR)
        filled = _Slot(
            port=port,
            slot=slot,
            flags=flags,
            fis=fis,
            packet=packet,
            buffer=buffer,
            lengths=lengths,
        )
        commands = list(filled.filled(arena))
        if code in _TO_DEVICE:
            # A range of 8 sectors for DATA SET MANAGEMENT; data for all others.
            commands.append(store(buffer, pack("<HIH", lba & 0xFF, 0, 8).ljust(_SECTOR, b"\0")))
        if code in _QUEUED:
            commands.append(registers.write(base + _PXSACT, 1 << slot))
        commands.append(registers.write(base + _PXCI, 1 << slot))
        if draw.below(2):
            commands.append(registers.write(base + _PXIS, 0xFFFF_FFFF))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return IDENTIFY DEVICE and a READ DMA EXT of an empty disk.

        It may be behind any port, so all are asked for the same; those without a disk do
        nothing.
        """
        registers = Registers.of(function, _ABAR)
        first, second = arena.at(_BUFFERS), arena.at(_BUFFERS + _BUFFER_SIZE)
        identify = _fis(_IDENTIFY, 0, 0, 0, 0)
        read = _fis(_READ_DMA_EXT, 3, 2, 1, 0)
        commands = [fill(first, 2 * _BUFFER_SIZE, 0xA5)]
        for port in range(_PORTS):
            commands += (
                *_Slot(port=port, slot=0, fis=identify, buffer=first, lengths=(_SECTOR,)).filled(
                    arena
                ),
                *_Slot(port=port, slot=1, fis=read, buffer=second, lengths=(300, 724)).filled(
                    arena
                ),
                registers.write(_PORT_BASE + port * _PORT_SIZE + _PXCI, 3),
            )
        return Transfer(
            self.start(function, arena),
            tuple(commands),
            (
                Check(fetch(first + _MODEL, 4), _QEMU_SWAPPED),
                Check(fetch(second, 2 * _SECTOR), bytes(2 * _SECTOR)),
            ),
        )


def _fis(code: int, lba: int, sectors: int, slot: int, feature: int) -> bytes:
    """Return a host-to-device register FIS.

    Source: Serial ATA 3.0, 10.3.4; for queued commands 13.6.
    """
    count = sectors
    if code in _QUEUED:
        feature, count = sectors, slot << 3
    return pack(
        "<BBBB3sB3sBHBB4x",
        *(0x27, 0x80, code, feature & 0xFF),
        *((lba & 0xFF_FFFF).to_bytes(3, "little"), 0x40),
        *((lba >> 24 & 0xFF_FFFF).to_bytes(3, "little"), feature >> 8),
        *(count, 0, 0),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """A slot of a port's command list.

    Attributes:
        flags: of the header, with the length of the FIS.
        packet: the SCSI command of a PACKET.
        buffer: where the data are.
        lengths: of the regions that the data lie in, one after the other; even.
    """

    port: int
    slot: int
    flags: int = _CFL
    fis: bytes
    packet: bytes = b""
    buffer: int = 0
    lengths: tuple[int, ...] = ()

    def filled(self, arena: Arena) -> tuple[Command, ...]:
        """Return what writes the header and the table."""
        area = arena.at(self.port * _PORT_AREA, _PORT_AREA)
        table = area + _TABLES + self.slot * _TABLE_SIZE
        body = self.fis.ljust(_ACMD, b"\0") + self.packet
        body = body.ljust(_PRDT, b"\0")
        buffer = self.buffer
        for length in self.lengths:
            body += pack("<QII", buffer, 0, 0x8000_0000 | (length - 1))
            buffer += length
        header = pack("<HHIQ16x", self.flags, len(self.lengths), 0, table)
        return store(table, body), store(area + self.slot * _HEADER_SIZE, header)


def _soft_reset(registers: Registers, arena: Arena, port: int) -> tuple[Command, ...]:
    """Return the two FISes that set and clear SRST.

    Source: AHCI 1.3.1, 10.4.1.
    """
    base = _PORT_BASE + port * _PORT_SIZE
    commands: list[Command] = []
    for slot, control, flags in ((0, 4, _CFL | _CLEAR_BUSY), (1, 0, _CFL)):
        fis = bytes((0x27, 0, 0, 0)).ljust(15, b"\0") + bytes((control,)) + bytes(4)
        commands += _Slot(port=port, slot=slot, flags=flags, fis=fis).filled(arena)
        commands.append(registers.write(base + _PXCI, 1 << slot))
    return tuple(commands)
