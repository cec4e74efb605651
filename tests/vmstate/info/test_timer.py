"""Timers: eight bytes, loaded into the timer that is there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import TIMER, TimerLike


class Timer:
    def __init__(self, expire_ns=None):
        self.expire_ns = expire_ns

    def modify(self, expire_ns):
        self.expire_ns = expire_ns

    def delete(self):
        self.expire_ns = None


def saved(value):
    writer = Writer()
    writer.path = "chip/timer"
    TIMER.save(writer, value, 0)
    return bytes(writer)


def test_a_timer_that_is_not_armed_is_all_ones():
    assert saved(Timer()) == b"\xff" * 8


def test_an_armed_timer_is_its_moment():
    assert saved(Timer(0x0102)) == b"\0\0\0\0\0\0\1\2"


@given(st.one_of(st.none(), st.integers(0, (1 << 64) - 2)))
def test_a_moment_is_loaded_into_the_timer_itself(expire_ns):
    timer = Timer(5)
    assert TIMER.load(Reader(saved(Timer(expire_ns))), timer, 0) is timer
    assert timer.expire_ns == expire_ns


def test_what_is_no_timer_is_refused():
    with pytest.raises(EncodeError, match="chip/timer: can't save 5: not a timer"):
        saved(5)
    reader = Reader(bytes(8))
    reader.path = "chip/timer"
    with pytest.raises(StreamError) as error:
        TIMER.load(reader, None, 0)
    assert str(error.value) == "chip/timer at offset 0x8: can't load into None: not a timer"


def test_a_moment_before_time_is_refused():
    with pytest.raises(EncodeError, match="not an unsigned integer of 64 bits"):
        saved(Timer(-1))


def test_bytes_that_end_early_leave_the_timer_alone():
    timer = Timer(5)
    with pytest.raises(TruncatedStreamError):
        TIMER.load(Reader(bytes(7)), timer, 0)
    assert timer.expire_ns == 5


def test_a_timer_is_known_by_what_it_does():
    assert isinstance(Timer(), TimerLike)
    assert not isinstance(object(), TimerLike)
    assert (TIMER.name, repr(TIMER)) == ("timer", "TIMER")
