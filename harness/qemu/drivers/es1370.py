"""ES1370: two channels that play and one that records, each with a frame in memory.

Samples move as virtual time goes by: on a machine whose clock stands still, the channels are
only prepared.

Source: Ensoniq AudioPCI ES1370 specification, registers; QEMU 7.2 hw/audio/es1370.c.
"""

from __future__ import annotations

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x1274, 0x5000
_BAR, _BAR_SIZE = 0, 0x40

_CONTROL, _MEMORY_PAGE, _CODEC, _SERIAL = 0x00, 0x0C, 0x10, 0x20
#: Of each channel: its counter; its frame's page, address and size; its enable bit.
_COUNTERS = (0x24, 0x28, 0x2C)
_FRAMES = ((0xC, 0x30, 0x34), (0xC, 0x38, 0x3C), (0xD, 0x30, 0x34))
_ENABLES = (0x40, 0x20, 0x10)
_ADC = 2
#: Codec interface on; 44.1 kHz for the first channel, a divider for the others.
_CLOCKS = 0x0020_3002
#: Interrupts of all channels, 16 bits and stereo for all.
_FORMATS = 0x0000_073F

#: In the arena: a buffer for each channel.
_DATA_SIZE = 0x10000
#: Size of a frame less one, in words of four bytes.
_FRAME_WORDS = 0x3FF


class Es1370Driver:
    """The channels of one controller."""

    name = "es1370"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an ES1370."""
        return (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE) and has_bar(
            function, _BAR, _BAR_SIZE
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Set clocks and formats; give each channel a frame."""
        registers = Registers.of(function, _BAR)
        return (
            registers.write(_CONTROL, _CLOCKS),
            registers.write(_CODEC, 0x1600),
            *(
                command
                for channel in range(len(_FRAMES))
                for command in _frame(registers, arena, channel, _FRAME_WORDS)
            ),
            registers.write(_SERIAL, _FORMATS),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a channel with another frame, channels switched, or other formats."""
        registers = Registers.of(function, _BAR)
        how = draw.below(4)
        if how == 0:
            enabled = sum(bit for bit in _ENABLES if draw.below(2))
            clocks = draw.choose((_CLOCKS, 0x0064_0002, 0x0015_1002))
            return (registers.write(_CONTROL, clocks | enabled),)
        if how == 1:
            formats = draw.choose((_FORMATS, 0x0000_0700, 0x0000_0715, 0x0000_E73F, 0x0000_1F3F))
            return (registers.write(_SERIAL, formats),)
        if how == 2:
            page = draw.choose((0xC, 0xD, 0xE))
            return (
                registers.write(_MEMORY_PAGE, page),
                registers.read(0x30),
                registers.read(0x34),
                registers.write(_CODEC, draw.below(0x1A) << 8 | draw.below(0x20)),
            )
        channel = draw.below(len(_FRAMES))
        return (
            registers.write(_COUNTERS[channel], draw.choose((0x100, 0x10, 0x1000))),
            *_frame(registers, arena, channel, draw.choose((_FRAME_WORDS, 0x3F, 0xF, 0xFFF))),
        )

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a recording: where there is no sound, there is silence in memory."""
        registers = Registers.of(function, _BAR)
        data = arena.at(_ADC * _DATA_SIZE)
        prepared = fill(data, 0x1000, 0xA5)
        return Transfer(
            (*self.start(function, arena), prepared),
            (
                prepared,
                registers.write(_CONTROL, _CLOCKS),
                registers.write(_SERIAL, _FORMATS),
                registers.write(_COUNTERS[_ADC], 0x100),
                *_frame(registers, arena, _ADC, _FRAME_WORDS),
                registers.write(_CONTROL, _CLOCKS | _ENABLES[_ADC]),
            ),
            (Check(fetch(data, 64), bytes(64)),),
        )


def _frame(registers: Registers, arena: Arena, channel: int, words: int) -> tuple[Command, ...]:
    page, address, size = _FRAMES[channel]
    return (
        registers.write(_MEMORY_PAGE, page),
        registers.write(address, arena.at(channel * _DATA_SIZE, _DATA_SIZE)),
        registers.write(size, words),
    )
