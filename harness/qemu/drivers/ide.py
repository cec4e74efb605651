"""IDE: disks and CD drives on two channels, by programmed I/O and by bus-master DMA.

The registers of a channel are at their legacy ports, or behind base address registers where
the function is in native mode.

Source: ATA/ATAPI-6, chapters 7 (registers) and 8 (commands); Programming Interface for Bus
Master IDE Controller 1.0; PCI IDE Controller Specification 1.0; QEMU 7.2 hw/ide/core.c, pci.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Bar, Function

#: Base class and subclass of an IDE controller.
_CLASS = 0x0101
#: Bits of the interface that say that a channel is in native mode.
_NATIVE = (0x01, 0x04)
_BUS_MASTER = 4
_CHANNEL_SIZE = 8
#: Offsets in a channel of the bus master's registers.
_BM_COMMAND, _BM_STATUS, _BM_TABLE = 0, 2, 4
_START, _TO_MEMORY, _CLEAR = 1, 8, 0x06

#: Command and control ports of the channels, where they are not behind registers.
_LEGACY = ((0x1F0, 0x3F6), (0x170, 0x376))
_DATA, _FEATURE, _COUNT, _LBA, _DEVICE, _COMMAND = 0, 1, 2, 3, 6, 7
_LBA_MODE, _SRST, _NO_INTERRUPT = 0xE0, 0x04, 0x02
#: Offset of the control register behind its base address register.
_CONTROL = 2

_IDENTIFY, _IDENTIFY_PACKET, _PACKET, _DEVICE_RESET = 0xEC, 0xA1, 0xA0, 0x08
_READ, _WRITE, _READ_EXT, _WRITE_MULTIPLE = 0x20, 0x30, 0x24, 0xC5
_READ_DMA, _WRITE_DMA, _READ_DMA_EXT, _WRITE_DMA_EXT = 0xC8, 0xCA, 0x25, 0x35
_OTHER = (0xEF, 0xC6, 0xE7, 0xE5, 0xF8, 0x91, 0x90, 0x10, 0xB0, 0x70, _DEVICE_RESET)
_READS = (_IDENTIFY, _IDENTIFY_PACKET, _READ, _READ_EXT)
_WRITES = (_WRITE, _WRITE_MULTIPLE)
_DMA = (_READ_DMA, _WRITE_DMA, _READ_DMA_EXT, _WRITE_DMA_EXT)
_TO_DEVICE = frozenset({_WRITE_DMA, _WRITE_DMA_EXT})
_EXTENDED = frozenset({_READ_EXT, _READ_DMA_EXT, _WRITE_DMA_EXT})
#: Features of SET FEATURES: transfer mode, cache on and off, look-ahead.
_FEATURES = (0x03, 0x02, 0x82, 0xAA)
#: SCSI commands in a PACKET: inquiry, test unit ready, read capacity, read(10), read TOC,
#: mode sense, request sense, get event status, read disc information.
_PACKETS = tuple(
    bytes.fromhex(text).ljust(12, b"\0")
    for text in (
        "120000002400", "00", "25", "2800000000000000010000", "4302000000000000ff00",
        "5a002a00000000008000", "030000001200", "4a010000100000000800", "51000000000000002200",
    )
)  # fmt: skip

#: In the arena, for each channel: a table of regions, then a buffer.
_ROOM_SIZE, _BUFFER = 0x10000, 0x8000
_SECTOR = 512


class IdeDriver:
    """Commands to the two channels of one controller."""

    name = "ide"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an IDE controller with a bus master."""
        return function.class_code >> 8 == _CLASS and has_bar(function, _BUS_MASTER, 16)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Point each channel's bus master to its table, and let its interrupts through."""
        return tuple(
            command
            for number in range(2)
            for channel in (_Channel(function, number),)
            for command in (
                channel.control(0),
                channel.master(_BM_COMMAND, 0),
                channel.master(_BM_STATUS, 0x60 | _CLEAR),
                channel.master(_BM_TABLE, _room(arena, number), 4),
            )
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a command to one drive, with all of its data, some or none."""
        number = draw.below(2)
        channel = _Channel(function, number)
        odd = draw.below(16)
        if odd > 13:
            return (channel.control(_SRST), channel.control(0))
        if odd == 13:
            return (channel.control(draw.choose((_NO_INTERRUPT, 0))),)
        if odd == 12:
            return (channel.master(_BM_COMMAND, 0), channel.master(_BM_STATUS, _CLEAR))
        device = _LBA_MODE | draw.choose((0, 0, 0, 0x10))
        sector = draw.choose((0, 1, 100, 2040, 2047, 1 << 24))
        sectors = draw.choose((1, 2, 16, 8))
        how = draw.below(5)
        if how == 0:
            code = draw.choose(_READS)
            data = tuple(channel.read_data() for _ in range(draw.choose((0, 1, 64, 130, 256))))
            return (*channel.command(code, device, sector, sectors), *data)
        if how == 1:
            code = draw.choose(_WRITES)
            data = tuple(
                channel.write_data(value) for value in range(draw.choose((0, 1, 64, 128, 256)))
            )
            return (*channel.command(code, device, sector, sectors), *data)
        if how == 2:
            packet = draw.choose(_PACKETS)
            dma = draw.below(2)
            words = [packet[n] | packet[n + 1] << 8 for n in range(0, len(packet), 2)]
            return (
                *channel.command(_PACKET, device, 0x80 << 8, 0, feature=dma),
                *(channel.write_data(word, 2) for word in words),
                *(channel.read_data() for _ in range(0 if dma else draw.below(16))),
                *(channel.transfer(arena, (2048,), to_memory=True) if dma else ()),
            )
        if how == 3:
            feature = draw.choose(_FEATURES)
            return channel.command(draw.choose(_OTHER), device, sector, sectors, feature=feature)
        code = draw.choose(_DMA)
        # Now and then too short for what is asked.
        lengths = (_SECTOR // 2, sectors * _SECTOR) if draw.below(8) else (_SECTOR // 2,)
        return (
            *channel.command(code, device, sector, sectors),
            *channel.transfer(arena, lengths, to_memory=code not in _TO_DEVICE),
        )

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a READ DMA of an empty disk, whichever channel it is on.

        A channel without a disk refuses it.
        """
        buffer = _room(arena, 0) + _BUFFER
        commands = [fill(buffer, 2 * _SECTOR, 0xA5)]
        for number in range(2):
            channel = _Channel(function, number)
            commands += (
                *channel.command(_READ_DMA, _LBA_MODE, 3, 2),
                *channel.transfer(arena, (300, 724), to_memory=True, buffer=buffer),
            )
        return Transfer(
            (*self.start(function, arena), commands[0]),
            tuple(commands),
            (Check(fetch(buffer, 2 * _SECTOR), bytes(2 * _SECTOR)),),
        )


def _room(arena: Arena, number: int) -> int:
    return arena.at(number * _ROOM_SIZE, _ROOM_SIZE)


class _Channel:
    """The registers of one channel."""

    def __init__(self, function: Function, number: int) -> None:
        self._number = number
        self._master = Registers.of(function, _BUS_MASTER)
        command, control = function.bar(2 * number), function.bar(2 * number + 1)
        if function.class_code & _NATIVE[number] and command and control:
            self._ports = Registers(command)
            self._control = Registers(control)
            self._control_offset = _CONTROL
        else:
            first, second = _LEGACY[number]
            self._ports = Registers(Bar(2 * number, "io", first, 8))
            self._control = Registers(Bar(2 * number + 1, "io", second, 1))
            self._control_offset = 0

    def control(self, value: int) -> Command:
        return self._control.write(self._control_offset, value, 1)

    def master(self, offset: int, value: int, size: int = 1) -> Command:
        return self._master.write(self._number * _CHANNEL_SIZE + offset, value, size)

    def read_data(self) -> Command:
        return self._ports.read(_DATA)

    def write_data(self, value: int, size: int = 4) -> Command:
        return self._ports.write(_DATA, value, size)

    def command(
        self, code: int, device: int, sector: int, sectors: int, *, feature: int = 0
    ) -> tuple[Command, ...]:
        """Return what writes the command block and, last, the command."""
        low = [feature, sectors, *sector.to_bytes(6, "little")[:3]]
        high = [0, 0, *sector.to_bytes(6, "little")[3:]] if code in _EXTENDED else []
        commands = [self._ports.write(_DEVICE, device, 1)]
        for values in (high, low):
            commands += [
                self._ports.write(_FEATURE + place, value, 1) for place, value in enumerate(values)
            ]
        return (*commands, self._ports.write(_COMMAND, code, 1))

    def transfer(
        self, arena: Arena, lengths: tuple[int, ...], *, to_memory: bool, buffer: int | None = None
    ) -> tuple[Command, ...]:
        """Return what writes a table of regions and sets the bus master off."""
        room = _room(arena, self._number)
        address = room + _BUFFER if buffer is None else buffer
        table = b""
        for place, length in enumerate(lengths):
            last = 0x8000_0000 if place + 1 == len(lengths) else 0
            table += pack("<II", address, last | length)
            address += length
        way = _TO_MEMORY if to_memory else 0
        return (
            store(room, table),
            self.master(_BM_COMMAND, 0),
            self.master(_BM_STATUS, 0x60 | _CLEAR),
            self.master(_BM_TABLE, room, 4),
            self.master(_BM_COMMAND, way),
            self.master(_BM_COMMAND, way | _START),
        )
