"""The MC146818's calendar: register bytes to seconds and back, and when an alarm is next.

Values in, values out.  It owns the formats (binary or BCD, 12 or 24 hours) and the
calendar; it knows no clock, no state and no interrupts.

Source: Motorola MC146818 data sheet, "Time, Calendar, and Alarm Locations" and table 3;
QEMU 7.2 hw/rtc/mc146818rtc.c for what bytes outside the table's ranges mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECONDS, SECONDS_ALARM, MINUTES, MINUTES_ALARM, HOURS, HOURS_ALARM = range(6)
DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR = range(6, 10)
#: The century: a byte of plain RAM to the chip, kept by the PC's firmware and by QEMU.
CENTURY = 0x32

#: Everything that advances by itself.
TIME_REGISTERS = frozenset(
    {SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR, CENTURY}
)
ALARM_REGISTERS = frozenset({SECONDS_ALARM, MINUTES_ALARM, HOURS_ALARM})

#: An alarm byte with both of these bits matches every value.
_DONT_CARE = 0xC0
_PM = 0x80
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Days from the first of March of a year 0 to the epoch, as `_days` counts.
_EPOCH_DAYS = 719469


@dataclass(frozen=True, slots=True)
class Format:
    """How time is written into registers.

    Attributes:
        binary: DM of register B; BCD if it is not set.
        hours24: 24/12 of register B; hours 1 to 12 and a PM bit if it is not set.
    """

    binary: bool
    hours24: bool

    def encode(self, value: int) -> int:
        """Return the byte of *value*, 0 to 99."""
        return value if self.binary else value // 10 << 4 | value % 10

    def decode(self, byte: int) -> int:
        """Return the value of *byte*; -1 for bytes that no time has (QEMU's reading)."""
        if byte & _DONT_CARE == _DONT_CARE:
            return -1
        return byte if self.binary else (byte >> 4) * 10 + (byte & 0x0F)

    def encode_hour(self, hour: int) -> int:
        """Return the byte of *hour*, 0 to 23."""
        if self.hours24:
            return self.encode(hour)
        return self.encode(hour % 12 or 12) | (_PM if hour >= 12 else 0)

    def decode_hour(self, byte: int) -> int:
        """Return the hour that *byte* says; above 23 where it is none."""
        hour = self.decode(byte & ~_PM)
        if self.hours24:
            return hour
        return hour % 12 + (12 if byte & _PM else 0)


def _quotient(dividend: int, divisor: int) -> int:
    """Divide towards zero, as C does: years before 0 can be written into the registers."""
    return -(-dividend // divisor) if dividend < 0 else dividend // divisor


def _days(year: int, month: int, day: int) -> int:
    """Return days since the epoch; *month* and *day* may lie outside the calendar."""
    if month < 3:
        # A year that begins in March has its leap day last.
        year, month = year - 1, month + 12
    leap_days = _quotient(year, 4) - _quotient(year, 100) + _quotient(year, 400)
    return day + (153 * month - 457) // 5 + 365 * year + leap_days - _EPOCH_DAYS


def seconds_from_registers(registers: Sequence[int], layout: Format) -> int:
    """Return the seconds since 1970 that the time registers say.

    Values outside their range carry into the next unit; the day of the week is ignored.

    Source: QEMU 7.2 hw/rtc/mc146818rtc.c, rtc_get_time; util/cutils.c, mktimegm.
    """
    year = layout.decode(registers[YEAR]) + 100 * layout.decode(registers[CENTURY])
    month = layout.decode(registers[MONTH])
    return (
        86400 * _days(year, month, layout.decode(registers[DAY_OF_MONTH]))
        + 3600 * layout.decode_hour(registers[HOURS])
        + 60 * layout.decode(registers[MINUTES])
        + layout.decode(registers[SECONDS])
    )


def registers_from_seconds(seconds: int, layout: Format) -> dict[int, int]:
    """Return register → byte for every time register.

    Args:
        seconds: since 1970, from year 1 to year 9999.
        layout: how to write it.
    """
    moment = _EPOCH + timedelta(seconds=seconds)
    return {
        SECONDS: layout.encode(moment.second),
        MINUTES: layout.encode(moment.minute),
        HOURS: layout.encode_hour(moment.hour),
        # Sunday is 1.
        DAY_OF_WEEK: layout.encode(moment.isoweekday() % 7 + 1),
        DAY_OF_MONTH: layout.encode(moment.day),
        MONTH: layout.encode(moment.month),
        YEAR: layout.encode(moment.year % 100),
        CENTURY: layout.encode(moment.year // 100),
    }


def _matching(alarm: int, encode: Callable[[int], int], count: int) -> list[int]:
    return [
        value
        for value in range(count)
        if alarm & _DONT_CARE == _DONT_CARE or alarm == encode(value)
    ]


def seconds_to_alarm(registers: Sequence[int], seconds: int, layout: Format) -> int | None:
    """Return after how many seconds the alarm registers match next, at least 1.

    None if they never do: an alarm byte that no time has is compared and never found.

    Args:
        registers: where the alarm bytes are.
        seconds: the time, since 1970.
        layout: how both are written.

    Source: MC146818 data sheet, "Time, Calendar, and Alarm Locations" ("don't care" codes).
    """
    hours = _matching(registers[HOURS_ALARM], layout.encode_hour, 24)
    minutes = _matching(registers[MINUTES_ALARM], layout.encode, 60)
    matching_seconds = _matching(registers[SECONDS_ALARM], layout.encode, 60)
    hour, position = divmod(seconds % 86400, 3600)
    for ahead in range(25):
        if (hour + ahead) % 24 not in hours:
            continue
        for minute in minutes:
            start = 3600 * ahead + 60 * minute - position
            for second in matching_seconds if start > -60 else ():
                if start + second > 0:
                    return start + second
    return None
