"""The calendar: formats, dates and alarms; table numbers are the MC146818 data sheet's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.pc import mc146818_calendar
from device_models.pc.mc146818_calendar import (
    CENTURY,
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    HOURS,
    MINUTES,
    MONTH,
    SECONDS,
    YEAR,
    Format,
    registers_from_seconds,
    seconds_from_registers,
    seconds_to_alarm,
)

BCD24, BCD12 = Format(binary=False, hours24=True), Format(binary=False, hours24=False)
BINARY24, BINARY12 = Format(binary=True, hours24=True), Format(binary=True, hours24=False)
formats = st.sampled_from([BCD24, BCD12, BINARY24, BINARY12])
DAY = 86400


def registers(**bytes_by_name):
    made = bytearray(128)
    made[DAY_OF_MONTH] = made[MONTH] = 1
    made[YEAR], made[CENTURY] = 0x20, 0x20
    for name, byte in bytes_by_name.items():
        made[getattr(mc146818_calendar, name)] = byte
    return made


def alarm(hours, minutes, seconds):
    return registers(HOURS_ALARM=hours, MINUTES_ALARM=minutes, SECONDS_ALARM=seconds)


@pytest.mark.parametrize(
    ("layout", "byte"), [(BCD24, 0x21), (BINARY24, 0x15), (BCD12, 0x89), (BINARY12, 0x89)]
)
def test_nine_in_the_evening_is_written_as_table_3_says(layout, byte):
    assert layout.encode_hour(21) == byte
    assert layout.decode_hour(byte) == 21


@pytest.mark.parametrize(
    ("hour", "bcd", "binary"),
    [(0, 0x12, 0x0C), (1, 0x01, 0x01), (11, 0x11, 0x0B), (12, 0x92, 0x8C), (23, 0x91, 0x8B)],
)
def test_twelve_hours_begin_with_twelve(hour, bcd, binary):
    assert BCD12.encode_hour(hour) == bcd
    assert BINARY12.encode_hour(hour) == binary


@given(formats, st.integers(0, 23), st.integers(0, 99))
def test_what_is_encoded_decodes(layout, hour, value):
    assert layout.decode_hour(layout.encode_hour(hour)) == hour
    assert layout.decode(layout.encode(value)) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-01T00:00:00", (0, 0, 0, 4, 1, 1, 0x20, 0x20)),
        ("1999-12-31T23:59:58", (0x58, 0x59, 0x23, 6, 0x31, 0x12, 0x99, 0x19)),
        ("2000-02-29T12:34:56", (0x56, 0x34, 0x12, 3, 0x29, 2, 0, 0x20)),
        ("2023-01-01T00:00:00", (0, 0, 0, 1, 1, 1, 0x23, 0x20)),
        ("1900-03-01T00:00:00", (0, 0, 0, 5, 1, 3, 0, 0x19)),
    ],
)
def test_a_date_is_in_the_registers(text, expected):
    seconds = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    written = registers_from_seconds(seconds, BCD24)
    order = (SECONDS, MINUTES, HOURS, DAY_OF_WEEK, DAY_OF_MONTH, MONTH, YEAR, CENTURY)
    assert tuple(written[register] for register in order) == expected


@given(formats, st.integers(-(1 << 63) // 10**9 + 1, (1 << 63) // 10**9))
def test_a_time_that_was_written_is_read(layout, seconds):
    made = registers()
    for register, byte in registers_from_seconds(seconds, layout).items():
        made[register] = byte
    assert seconds_from_registers(made, layout) == seconds


def test_values_outside_their_range_carry():
    base = seconds_from_registers(registers(), BCD24)
    assert seconds_from_registers(registers(SECONDS=0x75), BCD24) == base + 75
    assert seconds_from_registers(registers(HOURS=0x25), BCD24) == base + 25 * 3600
    assert seconds_from_registers(registers(DAY_OF_MONTH=0), BCD24) == base - DAY
    assert seconds_from_registers(registers(MONTH=0x13), BCD24) == base + 366 * DAY
    assert seconds_from_registers(registers(MONTH=0), BCD24) == base - 31 * DAY


def test_bytes_that_no_time_has_count_as_minus_one():
    base = seconds_from_registers(registers(), BCD24)
    assert seconds_from_registers(registers(SECONDS=0xC0), BCD24) == base - 1
    assert seconds_from_registers(registers(MINUTES=0xFF), BCD24) == base - 60


def test_a_year_before_0_divides_as_in_c():
    # Century and year 0xff make the year -101; its January counts to -102.
    made = seconds_from_registers(registers(CENTURY=0xFF, YEAR=0xFF), BCD24)
    later = seconds_from_registers(registers(CENTURY=0xFF, YEAR=0xFF, DAY_OF_MONTH=2), BCD24)
    assert later - made == DAY
    assert made == DAY * (1 + 306 + 365 * -102 - 25 + 1 - 0 - 719469)


@pytest.mark.parametrize(
    ("time", "bytes_", "ahead"),
    [
        ("00:00:00", (0xFF, 0xFF, 0xFF), 1),
        ("23:59:59", (0xC0, 0xC0, 0xC0), 1),
        ("00:00:00", (0, 0, 0), DAY),
        ("00:00:00", (0x12, 0x34, 0x56), 12 * 3600 + 34 * 60 + 56),
        ("12:34:55", (0x12, 0x34, 0x56), 1),
        ("12:34:57", (0x12, 0x34, 0x56), DAY - 1),
        ("10:20:30", (0xFF, 0xFF, 0x30), 60),
        ("10:20:30", (0xFF, 0x20, 0xFF), 1),
        ("10:20:59", (0xFF, 0x20, 0xFF), 3541),
        ("10:20:30", (0x09, 0xFF, 0xFF), 22 * 3600 + 39 * 60 + 30),
        ("10:20:30", (0xFF, 0x10, 0x00), 49 * 60 + 30),
        ("10:59:59", (0x10, 0xFF, 0xFF), 23 * 3600 + 1),
        ("23:00:00", (0x00, 0x00, 0x00), 3600),
    ],
)
def test_an_alarm_comes_at_the_next_match(time, bytes_, ahead):
    now = int(datetime.fromisoformat(f"2020-05-06T{time}+00:00").timestamp())
    assert seconds_to_alarm(alarm(*bytes_), now, BCD24) == ahead


def test_an_afternoon_alarm_in_bcd_comes_in_the_afternoon():
    # QEMU reads 0x84 (4 PM) as 84 modulo 12 and comes at noon.
    three_pm = int(datetime(2020, 1, 1, 15, tzinfo=UTC).timestamp())
    assert seconds_to_alarm(alarm(0x84, 0, 0), three_pm, BCD12) == 3600


@pytest.mark.parametrize("bytes_", [(0x24, 0, 0), (0, 0x60, 0), (0, 0, 0x7A), (0, 0, 0x80)])
def test_an_alarm_at_no_time_never_comes(bytes_):
    assert seconds_to_alarm(alarm(*bytes_), 0, BCD24) is None


@given(
    formats,
    st.integers(-DAY, DAY),
    st.integers(0, 255),
    st.integers(0, 255),
    st.integers(0, 255),
)
def test_the_alarm_is_the_first_second_whose_bytes_match(layout, now, hours, minutes, seconds):
    made = alarm(hours, minutes, seconds)
    ahead = seconds_to_alarm(made, now, layout)

    def matches(moment):
        shown = registers_from_seconds(moment, layout)
        pairs = ((HOURS, hours), (MINUTES, minutes), (SECONDS, seconds))
        return all(byte & 0xC0 == 0xC0 or shown[register] == byte for register, byte in pairs)

    if ahead is None:
        assert not any(matches(now + step) for step in range(1, 100))
    else:
        assert 1 <= ahead <= DAY
        assert matches(now + ahead)
        assert not any(matches(now + step) for step in range(max(1, ahead - 100), ahead))
