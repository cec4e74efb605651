"""mc146818: the real-time clock of a PC, whose interrupts time alone brings about.

Source: MC146818 data sheet, "Address Map", "Registers A, B, C, D", "Time, Calendar and Alarm
Locations".
"""

from __future__ import annotations

from functools import partial

from harness.command import Command
from harness.qemu.drivers.driver import Draw
from harness.regions import Owner, RegionMap
from harness.work import Work

#: QOM type of what it drives.
TYPE = "mc146818rtc"
_SECONDS, _SECONDS_ALARM, _MINUTES_ALARM, _HOURS_ALARM = 0x00, 0x01, 0x03, 0x05
_A, _B, _C = 0x0A, 0x0B, 0x0C
#: An alarm's "don't care".
_ANY = 0xC0
#: Register B: set, periodic, alarm and update-ended interrupt, binary, 24 hours.
_SET, _PIE, _AIE, _UIE, _DM, _24 = 0x80, 0x40, 0x20, 0x10, 0x04, 0x02
_SECOND_NS = 1_000_000_000
#: Steps that end before, at and behind what they are to meet.
_STEPS = (61_000, 488_281, 977_000, 250_000_000, 499_000_000, 501_000_000, _SECOND_NS)


def works(regions: RegionMap, owner: Owner, *, has_clock: bool) -> tuple[Work, ...]:
    """Return what can be asked of the clock that is *owner*; nothing if it is none.

    Args:
        regions: of the whole machine.
        owner: the device.
        has_clock: whether time may be stepped: else nothing comes of it.
    """
    ports = [region.start for region in regions.of(owner)]
    if owner.type != TYPE or not ports or not has_clock:
        return ()
    return (Work("mc146818", (), partial(_request, min(ports))),)


def _request(base: int, drawn: bytes) -> tuple[Command, ...]:
    """Return one thing that an operating system would do, or some time that goes by."""
    draw = Draw(drawn)

    def put(register: int, value: int) -> tuple[Command, ...]:
        return (Command("outb", (base, register)), Command("outb", (base + 1, value)))

    match draw.below(6):
        case 0:
            asks = draw.choose((_PIE, _AIE, _UIE, _PIE | _AIE | _UIE, 0))
            return put(_B, asks | draw.choose((0, _DM)) | _24)
        case 1:
            # Divider on, with any of the rates.
            return put(_A, 0x20 | draw.below(16))
        case 2:
            return (
                *put(_HOURS_ALARM, _ANY),
                *put(_MINUTES_ALARM, _ANY),
                *put(_SECONDS_ALARM, draw.choose((_ANY, 0x00, 0x01, 0x02))),
                *put(_B, _AIE | _24),
            )
        case 3:
            return (*put(_B, _SET | _24), *put(_SECONDS, draw.choose((0x00, 0x58, 0x59))))
        case 4:
            return (Command("outb", (base, _C)), Command("inb", (base + 1,)))
    return (Command("clock_step", (draw.choose(_STEPS),)),)
