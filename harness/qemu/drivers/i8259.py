"""i8259: the interrupt controllers of a PC, and what on their inputs can be made to ask.

No processor acknowledges anything here.  The poll command does what it would do: it takes the
request of highest priority into service, and says which that was.

Source: Intel 8259A data sheet (231468), "Initialization Command Words", "Operation Command
Words", "Poll Command".  Of the sources, each of which asks at once or when time has gone by: 8254
data sheet (231164), "Mode 0" and "Mode 3"; PC16550D data sheet, 8.5 (IER); MC146818 data sheet,
"Register B"; IBM PC/AT Technical Reference (1502494), keyboard controller commands 60, D2, D3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain

from harness.command import Command
from harness.qemu.drivers.driver import Draw
from harness.regions import Owner, RegionMap
from harness.work import Work

#: QOM type of what it drives.
TYPE = "isa-i8259"
#: First initialization command word, with and without a slave; an ICW4 follows.
_ICW1 = (0x11, 0x13)
_POLL = 0x0C
#: A millisecond, and some more: each period that a source is set to is over by then.
_STEP_NS = 1_100_000

#: Makes one source ask, or let go: from its first port and drawn numbers to commands.
_Source = Callable[[int, Draw], tuple[Command, ...]]


def works(regions: RegionMap, owner: Owner, *, has_clock: bool) -> tuple[Work, ...]:
    """Return what can be asked of the controller that is *owner*; nothing if it is none.

    Args:
        regions: of the whole machine.
        owner: the device.
        has_clock: whether time may be stepped.
    """
    ports = [region.start for region in regions.of(owner) if region.name == "pic"]
    if owner.type != TYPE or not ports:
        return ()
    first = {
        source: min(region.start for region in regions.regions if region.owner.type == source)
        for source in _SOURCES
        if any(region.owner.type == source for region in regions.regions)
    }
    return (Work("i8259", (), partial(_request, ports[0], first, has_clock=has_clock)),)


def _out(port: int, value: int) -> Command:
    return Command("outb", (port, value & 0xFF))


def _request(
    base: int, first: Mapping[str, int], drawn: bytes, *, has_clock: bool
) -> tuple[Command, ...]:
    """Return one thing that an operating system, or a device, would do."""
    draw = Draw(drawn)
    poll = (_out(base, _POLL), Command("inb", (base,)))
    step = (Command("clock_step", (_STEP_NS,)),) if has_clock else ()
    match draw.below(10):
        case 0 | 1:
            return poll
        case 2:
            # OCW2: bits 3 and 4 are clear.
            return (_out(base, draw.below(0x100) & 0xE7),)
        case 3:
            # OCW3: bit 3 is set, bits 4 and 7 are clear.
            return (_out(base, draw.below(0x100) & 0x67 | 0x08),)
        case 4:
            return (_out(base + 1, draw.choose((0x00, 0xFF, draw.below(0x100)))),)
        case 5:
            return _initialized(base, draw)
        case 6:
            return step
        case 7:
            # All of them ask, and are taken as their priorities are.
            asked = [_SOURCES[source](port, draw) for source, port in sorted(first.items())]
            return (*chain.from_iterable(asked), *step, *poll, *poll)
    if not first:
        return step
    source = draw.choose(sorted(first))
    return (*_SOURCES[source](first[source], draw), *step)


def _initialized(base: int, draw: Draw) -> tuple[Command, ...]:
    icw1 = draw.choose(_ICW1)
    has_slave = icw1 == _ICW1[0]
    icw3 = (_out(base + 1, draw.below(0x100)),) if has_slave else ()
    # ICW4: 8086 mode, automatic end of interrupt, special fully nested.
    icw4 = 0x01 | draw.below(0x100) & 0x12
    icw2 = draw.below(0x20) << 3
    return (_out(base, icw1), _out(base + 1, icw2), *icw3, _out(base + 1, icw4))


def _timer(base: int, draw: Draw) -> tuple[Command, ...]:
    """Counter 0: OUT goes low in mode 0 until the count is over, and is high in mode 3."""
    mode = draw.choose((0x30, 0x36))
    return (_out(base + 3, mode), _out(base, draw.below(0x100)), _out(base, draw.below(4)))


def _serial(base: int, draw: Draw) -> tuple[Command, ...]:
    """The transmitter is empty: that asks as soon as it may."""
    ier = draw.choose((0x02, 0x00))
    return (_out(base + 3, 0x03), _out(base + 4, 0x08), _out(base + 1, 0x00), _out(base + 1, ier))


def _clock(base: int, draw: Draw) -> tuple[Command, ...]:
    """The periodic interrupt, about a thousand times a second; reading C lets go."""
    if not draw.below(3):
        return (_out(base, 0x0C), Command("inb", (base + 1,)))
    return (
        *(_out(base, 0x0A), _out(base + 1, 0x26)),
        *(_out(base, 0x0B), _out(base + 1, draw.choose((0x42, 0x02)))),
    )


def _keyboard(base: int, draw: Draw) -> tuple[Command, ...]:
    """A byte that seems to come from the keyboard or the mouse; reading it lets go."""
    if not draw.below(3):
        return (Command("inb", (base,)),)
    told = draw.choose((0xD2, 0xD3))
    return (_out(base + 4, 0x60), _out(base, 0x03), _out(base + 4, told), _out(base, 0x5A))


#: Sources by QOM type.
_SOURCES: dict[str, _Source] = {
    "i8042": _keyboard,
    "isa-pit": _timer,
    "isa-serial": _serial,
    "mc146818rtc": _clock,
}
