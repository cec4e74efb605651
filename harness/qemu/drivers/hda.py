"""HD Audio: commands to codecs through rings, and streams of samples.

Both rings begin anew with each request, so that no place in them has to be read.  Samples move
as virtual time goes by; verbs are answered at once.

Source: High Definition Audio 1.0a, chapters 3 (registers), 4 (rings) and 7 (verbs); QEMU 7.2
hw/audio/intel-hda.c and hda-codec.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

#: Base class and subclass of an HD Audio controller.
_CLASS = 0x0403
_BAR, _BAR_SIZE = 0, 0x180

_GCTL, _WAKEEN, _STATESTS, _INTCTL = 0x08, 0x0C, 0x0E, 0x20
_CORBLBASE, _CORBUBASE, _CORBWP, _CORBRP, _CORBCTL = 0x40, 0x44, 0x48, 0x4A, 0x4C
_RIRBLBASE, _RIRBUBASE, _RIRBWP, _RINTCNT, _RIRBCTL, _RIRBSTS = 0x50, 0x54, 0x58, 0x5A, 0x5C, 0x5D
_IC, _IRS, _DPLBASE, _DPUBASE = 0x60, 0x68, 0x70, 0x74
_OUT_OF_RESET, _POINTER_RESET, _RUNNING, _RINGING = 0x101, 0x8000, 0x02, 0x03
#: Stream descriptors: four for input, then four for output.
_STREAMS, _STREAM_SIZE, _FIRST_OUTPUT = 0x80, 0x20, 4
_SDCTL, _SDSTS, _SDCBL, _SDLVI, _SDFMT, _SDBDPL, _SDBDPU = 0x00, 0x03, 0x08, 0x0C, 0x12, 0x18, 0x1C
_SD_RUN, _SD_INTERRUPTS = 0x02, 0x1C

#: Verbs with a payload of eight and of sixteen bits.
_GET_PARAMETER, _SET_STREAM, _SET_FORMAT, _SET_AMPLIFIER = 0xF00, 0x706, 0x2, 0x3
_ROOT = 0
_VENDOR_PARAMETER = 0x00
#: What each of QEMU's codecs begins its identifier with, the low half of a response's high half.
_QEMU = b"\xf4\x1a"
#: 48 kHz, 16 bits, two channels.
_FORMAT = 0x0011
_SHORT_VERBS = (
    0xF00, 0xF01, 0xF02, 0xF03, 0xF05, 0xF06, 0xF07, 0xF08, 0xF09, 0xF0C, 0xF1C, 0xF20,
    0x701, 0x703, 0x705, 0x706, 0x707, 0x708, 0x70C, 0x7FF,
)  # fmt: skip
_LONG_VERBS = (_SET_FORMAT, _SET_AMPLIFIER, 0xA, 0xB, 0x5, 0xC, 0xD)

#: In the arena: both rings, positions, for each stream a list of buffers, the buffers.
_CORB, _RIRB, _POSITIONS, _LISTS, _LIST_SIZE, _DATA, _DATA_SIZE = (
    0x0000, 0x1000, 0x2000, 0x3000, 0x100, 0x10000, 0x8000,
)  # fmt: skip


class HdaDriver:
    """Verbs to the codecs of one controller, and its streams."""

    name = "hda"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an HD Audio controller."""
        return function.class_code >> 8 == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Take the controller out of reset; set up rings, positions and interrupts."""
        registers = Registers.of(function, _BAR)
        return (
            registers.write(_GCTL, _OUT_OF_RESET),
            registers.write(_WAKEEN, 0x7FFF, 2),
            registers.write(_STATESTS, 0x7FFF, 2),
            registers.write(_CORBLBASE, arena.at(_CORB)),
            registers.write(_CORBUBASE, 0),
            registers.write(_RIRBLBASE, arena.at(_RIRB)),
            registers.write(_RIRBUBASE, 0),
            registers.write(_RINTCNT, 0xFF, 2),
            registers.write(_DPLBASE, arena.at(_POSITIONS) | 1),
            registers.write(_DPUBASE, 0),
            registers.write(_INTCTL, 0xC000_00FF),
        )

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return verbs, a stream that begins or ends, or a register."""
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 15:
            return (
                registers.write(_INTCTL, draw.choose((0xC000_00FF, 0x8000_0000, 0))),
                registers.write(_STATESTS, 0x7FFF, 2),
            )
        if odd == 14:
            return (registers.write(_IC, _drawn(draw)), registers.write(_IRS, 1, 2))
        if odd > 8:
            stream = draw.choose((0, 4, 5, 1))
            base = _STREAMS + stream * _STREAM_SIZE
            if draw.below(3) == 2:
                return (registers.write(base + _SDCTL, 0), registers.write(base + _SDSTS, 0x1C, 1))
            return _stream(registers, arena, stream, draw)
        return _say(registers, arena, [_drawn(draw) for _ in range(draw.choose((1, 2, 8, 40)))])

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return a request for the first codec's identifier."""
        registers = Registers.of(function, _BAR)
        response = arena.at(_RIRB) + 8
        verb = _verb(_ROOT, _GET_PARAMETER, _VENDOR_PARAMETER)
        return Transfer(
            self.start(function, arena),
            (fill(response, 8, 0xA5), *_say(registers, arena, [verb])),
            (Check(fetch(response + 2, 2), _QEMU), Check(fetch(response + 4, 4), bytes(4))),
        )


def _verb(node: int, verb: int, payload: int) -> int:
    shift = 8 if verb > 0xF else 16
    return node << 20 | verb << shift | payload & (1 << shift) - 1


def _drawn(draw: Draw) -> int:
    node = draw.choose((2, 4, 3, 5, 1, 0, 9))
    if draw.below(2):
        payload = draw.choose((0, 0x02, 0x09, 0x10, 0x20, 0xFF, 0x12, 0x40, 0x0C))
        return _verb(node, draw.choose(_SHORT_VERBS), payload)
    payload = draw.choose((_FORMAT, 0xB07F, 0xA000, 0x9080, 0x6020, 0x4011, 0))
    return _verb(node, draw.choose(_LONG_VERBS), payload)


def _say(registers: Registers, arena: Arena, verbs: Sequence[int]) -> tuple[Command, ...]:
    """Return what stops both rings, begins them anew, and has *verbs* carried out."""
    return (
        registers.write(_CORBCTL, 0, 1),
        registers.write(_RIRBCTL, 0, 1),
        registers.write(_RIRBSTS, 0x05, 1),
        registers.write(_CORBWP, 0, 2),
        registers.write(_CORBRP, _POINTER_RESET, 2),
        registers.write(_CORBRP, 0, 2),
        registers.write(_RIRBWP, _POINTER_RESET, 2),
        store(arena.at(_CORB) + 4, pack(f"<{len(verbs)}I", *verbs)),
        registers.write(_RIRBCTL, _RINGING, 1),
        registers.write(_CORBCTL, _RUNNING, 1),
        registers.write(_CORBWP, len(verbs), 2),
    )


def _stream(registers: Registers, arena: Arena, stream: int, draw: Draw) -> tuple[Command, ...]:
    """Return what gives a stream buffers, tells the codec its number, and has it run."""
    base = _STREAMS + stream * _STREAM_SIZE
    number = 1 + stream
    count, size = draw.choose((2, 4, 3)), draw.choose((0x400, 0x100, 0x1000))
    data = arena.at(_DATA + stream * _DATA_SIZE, _DATA_SIZE)
    listed = arena.at(_LISTS + stream * _LIST_SIZE, _LIST_SIZE)
    buffers = b"".join(pack("<QII", data + place * size, size, 1) for place in range(count))
    node = 2 if stream >= _FIRST_OUTPUT else 4
    return (
        store(listed, buffers),
        registers.write(base + _SDCTL, 0),
        registers.write(base + _SDCBL, count * size),
        registers.write(base + _SDLVI, count - 1, 2),
        registers.write(base + _SDFMT, _FORMAT, 2),
        registers.write(base + _SDBDPL, listed),
        registers.write(base + _SDBDPU, 0),
        *_say(
            registers,
            arena,
            (
                _verb(node, _SET_FORMAT, _FORMAT),
                _verb(node, _SET_STREAM, number << 4),
                _verb(node, _SET_AMPLIFIER, 0xB000 | draw.below(0x80)),
            ),
        ),
        registers.write(base + _SDCTL, number << 20 | _SD_INTERRUPTS | _SD_RUN),
    )
