"""The real-time clock's state: arithmetic of time, and moments that only a stream can bring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import Timer, VirtualClock
from device_models.pc.mc146818_state import HOURS24, PIE, SET, START, UF, VMSD, A, B, C
from device_models.pc.mc146818_state import MC146818State as RtcState
from vmstate import load, save

SECOND = 1_000_000_000


def make():
    clock = VirtualClock()
    return RtcState(clock, Timer(clock, lambda: None), Timer(clock, lambda: None))


def test_a_new_chip_shows_the_start():
    state = make()
    assert (state.seconds, state.phase_ns) == (START, 0)
    assert state.cmos_data[:10].hex() == "00000000000004010120"


@pytest.mark.parametrize(
    ("base", "offset", "seconds"),
    [
        (0, SECOND - 1, 0),
        (-5 % (1 << 64), 0, -5),
        # Towards zero, as C divides.
        (-5 % (1 << 64), SECOND // 2, -4),
        (9223372036, 0, 9223372036),
        # 64 bits of nanoseconds end in 2262.
        (9223372037, 0, -9223372036),
    ],
)
def test_time_is_counted_in_64_bits_of_nanoseconds(base, offset, seconds):
    state = make()
    state.base_rtc, state.offset = base, offset
    assert state.seconds == seconds


@pytest.mark.parametrize(
    ("register_a", "register_b", "period"),
    [
        (0x26, PIE, 32),
        (0x23, PIE, 4),
        (0x21, PIE, 128),
        (0x22, PIE, 256),
        (0x2F, PIE, 16384),
        (0x20, PIE, 0),
        (0x26, 0, 0),
    ],
)
def test_the_period_is_that_of_table_5(register_a, register_b, period):
    state = make()
    state.cmos_data[A], state.cmos_data[B] = register_a, register_b
    assert state.current_period() == period


@pytest.mark.parametrize(
    ("register_a", "register_b", "running"),
    [(0x26, 0, True), (0x06, 0, True), (0x66, 0, False), (0x36, 0, False), (0x26, SET, False)],
)
def test_it_runs_unless_stopped(register_a, register_b, running):
    state = make()
    state.cmos_data[A], state.cmos_data[B] = register_a, register_b
    assert state.running is running
    state.clock.advance(SECOND)
    state.refresh()
    assert state.cmos_data[0] == int(running)


def test_a_stopped_clock_arms_nothing():
    state = make()
    state.update_timer.modify(1)
    state.cmos_data[B] = HOURS24 | SET
    state.arm_update()
    assert state.update_timer.expire_ns is None


def test_with_the_update_seen_it_waits_for_the_alarm():
    state = make()
    state.cmos_data[C] = UF
    state.arm_update()
    assert state.update_timer.expire_ns == 86400 * SECOND


@given(st.binary(min_size=128, max_size=128), st.binary(min_size=116, max_size=116))
def test_any_section_is_loaded_saved_and_lives_on(ram, rest):
    state = make()
    data = ram + rest + bytes(1)
    load(VMSD, state, data, 3)
    state.clock.advance(3 * SECOND)
    state.arm_update()
    state.next_tick()
    saved = save(VMSD, state).data
    again = make()
    again.clock.advance(3 * SECOND)
    load(VMSD, again, saved, 3)
    assert save(VMSD, again).data == saved
