from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import CLOCK_VMSD, Timer, VirtualClock
from tests.support.boards import law
from vmstate import VersionError, load, save


@pytest.fixture
def clock():
    return VirtualClock()


def log_of(clock):
    """Return a list, and a maker of timers that write their name and the time into it."""
    log = []

    def make(name):
        return Timer(clock, lambda: log.append((name, clock.now_ns)))

    return log, make


def test_time_begins_at_zero_and_passes_only_when_told(clock):
    assert clock.now_ns == 0
    clock.advance(7)
    clock.advance(0)
    assert clock.now_ns == 7


def test_a_timer_fires_once_at_its_own_moment(clock):
    log, make = log_of(clock)
    make("a").modify(5)
    clock.advance(4)
    assert log == []
    clock.advance(10)
    assert log == [("a", 5)]
    assert clock.now_ns == 14
    clock.advance(100)
    assert log == [("a", 5)]


def test_timers_fire_in_the_order_of_their_moments(clock):
    log, make = log_of(clock)
    for name, moment in (("a", 9), ("b", 3), ("c", 6)):
        make(name).modify(moment)
    clock.advance(9)
    assert log == [("b", 3), ("c", 6), ("a", 9)]


def test_of_two_that_are_due_at_once_the_elder_fires_first(clock):
    log, make = log_of(clock)
    elder, younger = make("elder"), make("younger")
    younger.modify(5)
    elder.modify(5)
    clock.advance(5)
    assert log == [("elder", 5), ("younger", 5)]


def test_a_moment_that_has_passed_fires_at_the_next_step_without_turning_time_back(clock):
    log, make = log_of(clock)
    clock.advance(100)
    make("late").modify(5)
    clock.advance(0)
    assert log == [("late", 100)]
    assert clock.now_ns == 100


def test_a_timer_can_be_moved_and_disarmed(clock):
    log, make = log_of(clock)
    moved, disarmed = make("moved"), make("disarmed")
    moved.modify(5)
    moved.modify(8)
    disarmed.modify(6)
    disarmed.delete()
    clock.advance(10)
    assert log == [("moved", 8)]


def test_a_callback_may_arm_its_timer_again_within_the_same_step(clock):
    seen = []

    def tick():
        seen.append(clock.now_ns)
        timer.modify(clock.now_ns + 10)

    timer = Timer(clock, tick)
    timer.modify(10)
    clock.advance(35)
    assert seen == [10, 20, 30]
    assert timer.expire_ns == 40


def test_a_timer_is_not_armed_while_it_calls_back(clock):
    seen = []
    timer = Timer(clock, lambda: seen.append(timer.expire_ns))
    timer.modify(1)
    clock.advance(1)
    assert seen == [None]


def test_the_deadline_is_the_nearest_armed_moment(clock):
    _, make = log_of(clock)
    first, second = make("a"), make("b")
    assert clock.deadline_ns is None
    first.modify(9)
    second.modify(4)
    assert clock.deadline_ns == 4
    second.delete()
    assert clock.deadline_ns == 9


def test_a_timer_tells_its_moment(clock):
    timer = Timer(clock, lambda: None)
    timer.modify(3)
    assert repr(timer) == "Timer(expire_ns=3)"


def test_the_section_is_qemus_timer(clock):
    clock.advance(0x1234)
    data = save(CLOCK_VMSD, clock.state).data
    assert data == bytes(8) + bytes(8) + (0x1234).to_bytes(8)


def test_loading_sets_the_time(clock):
    load(CLOCK_VMSD, clock.state, bytes(16) + (77).to_bytes(8), 2)
    assert clock.now_ns == 77


def test_version_1_has_no_clock_offset(clock):
    clock.advance(5)
    load(CLOCK_VMSD, clock.state, (9).to_bytes(8) + bytes(8), 1)
    assert (clock.state.cpu_ticks_offset, clock.now_ns) == (9, 5)


def test_a_later_version_is_refused(clock):
    with pytest.raises(VersionError, match="timer at offset 0x0: version 3 is too new"):
        load(CLOCK_VMSD, clock.state, bytes(24), 3)


@given(
    st.lists(st.integers(0, 1000), max_size=8),
    st.lists(st.integers(0, 400), min_size=1, max_size=6),
)
@law
def test_timers_fire_alike_however_time_is_cut_into_steps(moments, steps):
    logs = []
    for cut in (steps, [sum(steps)]):
        clock = VirtualClock()
        log, make = log_of(clock)
        for number, moment in enumerate(moments):
            make(number).modify(moment)
        for step_ns in cut:
            clock.advance(step_ns)
        logs.append(log)
    assert logs[0] == logs[1]
    assert logs[0] == [(name, moments[name]) for name, _ in logs[0]]
    assert logs[0] == sorted(logs[0], key=lambda entry: (entry[1], entry[0]))
