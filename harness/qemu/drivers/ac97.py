"""AC'97: a codec's mixer, and three engines that follow lists of buffers.

An engine fetches its first buffer's descriptor when it is set off; samples move as virtual
time goes by.

Source: Intel 82801AA I/O Controller Hub data sheet, section 13 (AC'97 controller); AC'97
Component Specification 2.3, 5.7; QEMU 7.2 hw/audio/ac97.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

_VENDOR, _DEVICE = 0x8086, 0x2415
_MIXER, _ENGINES = 0, 1
_MIXER_SIZE, _ENGINES_SIZE = 0x100, 0x40

#: Of each engine: PCM in, PCM out, microphone in.
_BDBAR, _LVI, _SR, _PICB, _CR = 0x00, 0x05, 0x06, 0x08, 0x0B
_ENGINE_SIZE, _PCM_IN, _PCM_OUT, _MICROPHONE = 0x10, 0, 1, 2
_GLOB_CNT, _GLOB_STA = 0x2C, 0x30
_RESET, _RUN, _INTERRUPTS, _CLEAR = 0x02, 0x01, 0x1C, 0x1C
_COLD_RESET_OFF = 0x02

#: Registers of the mixer that hold something, with values to write.
_MIXER_REGISTERS = (
    0x02, 0x04, 0x06, 0x08, 0x0A, 0x0C, 0x0E, 0x10, 0x12, 0x14, 0x16, 0x18, 0x1A, 0x1C, 0x1E,
    0x20, 0x22, 0x26, 0x2A, 0x2C, 0x32, 0x34, 0x00,
)  # fmt: skip
_MIXER_VALUES = (0x0808, 0x8000, 0x1F1F, 0x0404, 0x0001, 0x0009, 0x0000)
_RATES, _RATE_VALUES = frozenset({0x2C, 0x32, 0x34}), (48000, 44100, 8000)

#: In the arena: a list for each engine, and their buffers.
_LIST_SIZE, _DATA, _DATA_SIZE, _ENTRIES = 0x100, 0x10000, 0x10000, 32
#: Samples, of two bytes, in the buffer of the transfer.
_SAMPLES = 0x0400
_INTERRUPT_AT_END = 1 << 31


class Ac97Driver:
    """The mixer and the engines of one controller."""

    name = "ac97"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an 82801AA AC'97 controller."""
        return (
            (function.vendor_id, function.device_id) == (_VENDOR, _DEVICE)
            and has_bar(function, _MIXER, _MIXER_SIZE)
            and has_bar(function, _ENGINES, _ENGINES_SIZE)
        )

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:  # noqa: ARG002 (the protocol)
        """Take the link out of reset, and let sound through the mixer."""
        mixer, engines = Registers.of(function, _MIXER), Registers.of(function, _ENGINES)
        return (
            engines.write(_GLOB_CNT, _COLD_RESET_OFF),
            mixer.write(0x00, 0, 2),
            mixer.write(0x02, 0x0000, 2),
            mixer.write(0x18, 0x0808, 2),
            mixer.write(0x2A, 0x0009, 2),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return an engine that is set off, given more or stopped, or a mixer's register."""
        mixer, engines = Registers.of(function, _MIXER), Registers.of(function, _ENGINES)
        how = draw.below(8)
        engine = draw.choose((_PCM_OUT, _PCM_IN, _MICROPHONE))
        base = engine * _ENGINE_SIZE
        if how < 3:
            register = draw.choose(_MIXER_REGISTERS)
            values = _RATE_VALUES if register in _RATES else _MIXER_VALUES
            return (mixer.write(register, draw.choose(values), 2),)
        if how == 3:
            return (engines.write(base + _LVI, draw.below(_ENTRIES), 1),)
        if how == 4:
            return (engines.write(base + _SR, draw.choose((_CLEAR, 0x08, 0x04)), 2),)
        if how == 5:
            return (
                engines.write(base + _CR, draw.choose((0, _RESET, _INTERRUPTS)), 1),
                engines.write(_GLOB_STA, draw.choose((0, 0x8000, 0x60000)) & 0x8000),
            )
        samples = draw.choose((_SAMPLES, 0x40, 0x10, 0x2000, 0))
        return _set_off(engines, arena, engine, samples, draw.choose((1, 3, 31, 0)))

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return an input engine set off: it has fetched its first descriptor.

        PICB says how many samples of it are left, all until time goes by.
        """
        engines = Registers.of(function, _ENGINES)
        base = _PCM_IN * _ENGINE_SIZE
        return Transfer(
            self.start(function, arena),
            _set_off(engines, arena, _PCM_IN, _SAMPLES, 3),
            (Check(engines.read(base + _PICB, 2), _SAMPLES),),
        )


def _set_off(
    engines: Registers, arena: Arena, engine: int, samples: int, last: int
) -> tuple[Command, ...]:
    """Return what resets an engine, gives it a list and has it run."""
    base = engine * _ENGINE_SIZE
    data = arena.at(_DATA + engine * _DATA_SIZE, _DATA_SIZE)
    listed = arena.at(engine * _LIST_SIZE, _LIST_SIZE)
    # All buffers of the list lie in the same few pages.
    buffers = b"".join(
        pack("<II", data + place % 4 * 0x4000, _INTERRUPT_AT_END | samples)
        for place in range(_ENTRIES)
    )
    return (
        store(listed, buffers),
        fill(data, 0x1000, 0xA5),
        engines.write(base + _CR, _RESET, 1),
        engines.write(base + _BDBAR, listed),
        engines.write(base + _LVI, last, 1),
        engines.write(base + _CR, _INTERRUPTS | _RUN, 1),
    )
