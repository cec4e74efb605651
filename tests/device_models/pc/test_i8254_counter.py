"""The counters' arithmetic by itself; what it makes of the chip is in ``test_i8254``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.pc.i8254_counter import (
    CHANNEL_VMSD,
    FAST_COUNT,
    NEVER,
    PIT_FREQ,
    Access,
    ChannelState,
)
from tests.support.boards import law
from vmstate import StreamError, load, save

SECOND = 1_000_000_000
modes = st.integers(0, 7)
counts = st.integers(1, 0x10000)


def make(mode, count, **fields):
    return ChannelState(mode=mode, count=count, rw_mode=Access.WORD_LOW, **fields)


def test_a_second_has_as_many_clocks_as_the_crystal_says():
    assert make(2, 100).clocks(SECOND) == PIT_FREQ


def test_clocks_are_counted_from_loading():
    assert make(2, 100, count_load_time=SECOND).clocks(SECOND + 839) == 1


@given(modes, counts, st.integers(0, 1 << 50))
@law
def test_a_counter_always_fits_sixteen_bits(mode, count, now_ns):
    assert 0 <= make(mode, count).value(now_ns) <= 0xFFFF


@given(st.sampled_from([2, 3]), counts, st.integers(1, 1 << 30))
@law
def test_periodic_modes_repeat_with_every_count(mode, count, clocks):
    channel = make(mode, count)
    assert channel.out(clocks) == channel.out(clocks + count)


@given(modes, st.integers(FAST_COUNT, 0x10000), st.integers(0, 1 << 30))
@law
def test_the_line_of_a_slow_counter_rests_at_out(mode, count, clocks):
    channel = make(mode, count)
    assert channel.line_level(clocks) == channel.out(clocks)


@pytest.mark.parametrize("count", [10, 3000])
def test_the_line_of_an_unprogrammed_counter_is_low_in_the_first_period(count):
    channel = ChannelState(count=count)
    levels = [channel.line_level(clocks) for clocks in (0, count - 1, count)]
    assert levels == [0, 0, 1]


@given(modes, counts, st.integers(0, 1 << 40))
@law
def test_the_next_edge_is_the_first_at_which_the_line_moves(mode, count, clocks):
    channel = make(mode, count)
    edge = channel.next_edge(clocks)
    if edge is None:
        assert channel.line_level(clocks) == channel.line_level(clocks + 10 * count)
        return
    assert edge > clocks
    assert channel.line_level(edge - 1) == channel.line_level(clocks)
    if channel.is_fast:
        assert edge % count == 0
        assert channel.line_level(edge) == 1
    else:
        assert channel.line_level(edge) != channel.line_level(clocks)


@given(modes, counts, st.integers(0, 1 << 40), st.integers(-5, 5))
@law
def test_the_timer_is_set_to_the_next_edge_or_a_nanosecond_before(mode, count, clocks, more_ns):
    channel = make(mode, count)
    now_ns = max(0, clocks * SECOND // PIT_FREQ + more_ns)
    channel.schedule(now_ns)
    edge = channel.next_edge(channel.clocks(now_ns))
    moment = channel.next_transition_time
    if edge is None:
        assert moment == NEVER
    else:
        assert moment > now_ns
        assert channel.clocks(moment - 1) < edge
        assert channel.clocks(moment + 1) == edge


@pytest.mark.parametrize("count", [0, -1, 0x10001, -(1 << 31)])
def test_a_count_that_can_not_be_counted_is_refused_and_not_kept(count):
    channel = make(2, 100)
    body = count.to_bytes(4, signed=True) + save(CHANNEL_VMSD, channel).data[4:]
    with pytest.raises(StreamError, match="pit channel at offset 0x20: post_load failed"):
        load(CHANNEL_VMSD, channel, body, 2)
    assert channel.count == 0x10000


@pytest.mark.parametrize("count", [1, 0x10000])
def test_the_least_and_the_greatest_count_are_loaded(count):
    channel = make(2, 100)
    load(CHANNEL_VMSD, channel, save(CHANNEL_VMSD, make(3, count)).data, 2)
    assert (channel.mode, channel.count) == (3, count)
