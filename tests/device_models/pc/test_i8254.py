"""The timer, register by register; section and table names are the 82C54 data sheet's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.i8254 import I8254, I8254_VMSD
from device_models.pc.i8254_counter import FAST_COUNT, PIT_FREQ
from tests.support.boards import (
    Board,
    assert_a_cycle_changes_nothing,
    assert_reset_forgets,
    assert_steps_may_be_split,
    law,
    programs,
)
from vmstate import StreamError, load, save

# QEMU 7.2.22, -M pc, before the first instruction: the body of section i8254.
QEMU_RESET = (
    "00000000"
    "00010000 0000 00 00 00 00 00 00 00 03 00 01 0000000000000000 0000000001a30c2c"
    "00010000 0000 00 00 00 00 00 00 00 03 00 01 0000000000000000 0000000000000000"
    "00010000 0000 00 00 00 00 00 00 00 03 00 00 0000000000000000 0000000000000000"
    "0000000001a30c2c"
)
CONTROL = 0x43
SECOND = 1_000_000_000
LSB, MSB, WORD = 1, 2, 3


def make_board() -> Board:
    clock, line = VirtualClock(), Line("out0")
    machine = Machine("board", clock)
    pit = I8254(clock, line)
    machine.watch(line, lambda: pit.out0_level)
    machine.add("pit", pit)
    machine.reset()
    return Board(machine)


class Pit:
    """A timer whose clocks can be counted."""

    def __init__(self):
        self.board = make_board()
        self.machine = self.board.machine
        self.device = self.machine.slot("pit").device

    def out(self, port, value):
        self.machine.write(port, 1, value)

    def inb(self, port):
        return self.machine.read(port, 1)

    def program(self, mode, count, *, channel=0, access=WORD, bcd=0):
        self.out(CONTROL, channel << 6 | access << 4 | mode << 1 | bcd)
        if access & LSB:
            self.out(0x40 + channel, count & 0xFF)
        if access & MSB:
            self.out(0x40 + channel, count >> 8)

    def clock_to(self, clocks):
        """Let time pass until *clocks* clocks after the count of channel 0 was loaded."""
        loaded = self.device.state.channels[0].count_load_time
        moment = loaded - (-clocks * SECOND // PIT_FREQ)
        self.machine.clock.advance(moment - self.machine.clock.now_ns)

    def word(self, channel=0):
        return self.inb(0x40 + channel) | self.inb(0x40 + channel) << 8

    def status(self, channel=0):
        self.out(CONTROL, 0xE0 | 2 << channel)
        return self.inb(0x40 + channel)

    def levels_during(self, step_ns):
        self.machine.take_moves()
        self.machine.clock.advance(step_ns)
        return [move.level for move in self.machine.take_moves()]


@pytest.fixture
def pit():
    return Pit()


def test_the_reset_state_is_qemus_byte_for_byte(pit):
    assert save(I8254_VMSD, pit.device.state).data == bytes.fromhex(QEMU_RESET)


def test_the_type_is_qemus(pit):
    assert pit.device.type == "isa-pit"


def test_the_control_port_reads_zero(pit):
    pit.program(2, 0x1234)
    assert pit.inb(CONTROL) == 0


def test_an_unprogrammed_counter_counts_from_0x10000_and_shows_its_low_byte(pit):
    pit.clock_to(1)
    assert [pit.inb(0x40), pit.inb(0x40)] == [0xFE, 0xFE]


def test_an_unprogrammed_counter_takes_a_low_byte(pit):
    pit.out(0x41, 7)
    assert pit.device.state.channels[1].count == 7


@pytest.mark.parametrize(
    ("access", "count", "expected"), [(LSB, 0x34, 0x34), (MSB, 0x3400, 0x34), (WORD, 0x1234, 0x34)]
)
def test_a_count_is_read_as_it_was_written(pit, access, count, expected):
    pit.program(0, count, access=access)
    assert pit.inb(0x40) == expected


def test_a_word_is_read_low_byte_first_over_and_over(pit):
    pit.program(0, 0x1234)
    assert [pit.inb(0x40) for _ in range(4)] == [0x34, 0x12, 0x34, 0x12]


def test_words_may_be_written_one_after_another(pit):
    pit.program(0, 0x1234)
    pit.out(0x40, 0x78)
    assert pit.word() == 0x1234, "the low byte alone starts nothing"
    pit.out(0x40, 0x56)
    assert pit.word() == 0x5678


def test_a_control_word_begins_with_the_low_byte_again(pit):
    pit.program(0, 0x1234)
    pit.inb(0x40)
    pit.out(0x40, 0x78)
    pit.program(0, 0x4321)
    assert pit.word() == 0x4321


def test_a_count_of_zero_is_the_greatest(pit):
    pit.program(0, 0)
    pit.clock_to(1)
    assert pit.word() == 0xFFFF


def test_counters_are_independent(pit):
    for channel in range(3):
        pit.program(0, 0x1111 * (channel + 1), channel=channel)
    assert [pit.word(channel) for channel in range(3)] == [0x1111, 0x2222, 0x3333]


def test_a_latched_count_stands_still_until_it_is_read(pit):
    pit.program(0, 0x1234)
    pit.out(CONTROL, 0x00)
    pit.clock_to(0x100)
    assert pit.word() == 0x1234
    assert pit.word() == 0x1134


def test_a_second_latch_command_is_ignored(pit):
    pit.program(0, 0x1234)
    pit.out(CONTROL, 0x00)
    pit.clock_to(0x100)
    pit.out(CONTROL, 0x00)
    assert pit.word() == 0x1234


@pytest.mark.parametrize(("access", "first"), [(LSB, 0x34), (MSB, 0x12)])
def test_a_latched_count_is_one_byte_where_one_is_programmed(pit, access, first):
    pit.program(0, 0x1234)
    pit.out(CONTROL, access << 4)
    pit.out(CONTROL, 0x00)
    pit.clock_to(0x220)
    assert pit.inb(0x40) == first
    assert pit.inb(0x40) == {LSB: 0x14, MSB: 0x10}[access]


def test_latching_an_unprogrammed_counter_does_nothing(pit):
    pit.out(CONTROL, 0x00)
    pit.clock_to(1)
    assert pit.inb(0x40) == 0xFE


def test_the_read_back_command_latches_every_counter_that_it_names(pit):
    for channel in range(3):
        pit.program(0, 0x1000 + channel, channel=channel)
    pit.out(CONTROL, 0xD0 | 0x02 | 0x08)
    pit.clock_to(0x10)
    assert [pit.word(channel) for channel in range(3)] == [0x1000, 0x0FF1, 0x1002]


def test_status_is_read_before_the_count_when_both_are_latched(pit):
    pit.program(2, 0x1234)
    pit.out(CONTROL, 0xC2)
    assert [pit.inb(0x40) for _ in range(3)] == [0x34, 0x34, 0x12]


def test_a_read_back_of_neither_latches_nothing(pit):
    pit.program(0, 0x1234)
    pit.out(CONTROL, 0xFE)
    assert pit.word() == 0x1234


def test_a_second_status_latch_is_ignored(pit):
    pit.program(0, 2)
    pit.out(CONTROL, 0xE2)
    pit.clock_to(2)
    assert pit.status() == 0x30
    assert pit.status() == 0xB0


@pytest.mark.parametrize("mode", range(8))
@pytest.mark.parametrize("bcd", [0, 1])
def test_status_tells_access_mode_and_bcd(pit, mode, bcd):
    pit.program(mode, 9, channel=1, access=LSB, bcd=bcd)
    assert pit.status(1) & 0x3F == 0x10 | mode << 1 | bcd


def test_a_bcd_counter_counts_in_binary_as_qemus_does(pit):
    pit.program(0, 0x1000, bcd=1)
    pit.clock_to(1)
    assert pit.word() == 0x0FFF


# OUT at 0, 1, 2, ... clocks after a count of 4 was loaded.
OUT = {
    0: [0, 0, 0, 0, 1, 1, 1, 1, 1],
    1: [1, 1, 1, 1, 0, 0, 0, 0, 0],
    2: [0, 0, 0, 0, 1, 0, 0, 0, 1],
    3: [1, 1, 0, 0, 1, 1, 0, 0, 1],
    4: [0, 0, 0, 0, 1, 0, 0, 0, 0],
    5: [0, 0, 0, 0, 1, 0, 0, 0, 0],
    6: [0, 0, 0, 0, 1, 1, 1, 1, 1],
    7: [0, 0, 0, 0, 1, 1, 1, 1, 1],
}
# The counter at the same moments.
VALUE = {
    0: [4, 3, 2, 1, 0, 0xFFFF, 0xFFFE],
    1: [4, 3, 2, 1, 0, 0xFFFF, 0xFFFE],
    2: [4, 3, 2, 1, 4, 3, 2],
    3: [4, 2, 4, 2, 4, 2, 4],
    4: [4, 3, 2, 1, 0, 0xFFFF, 0xFFFE],
    5: [4, 3, 2, 1, 0, 0xFFFF, 0xFFFE],
    6: [4, 3, 2, 1, 4, 3, 2],
    7: [4, 3, 2, 1, 4, 3, 2],
}


@pytest.mark.parametrize("mode", range(8))
def test_out_follows_the_mode(pit, mode):
    pit.program(mode, 4)
    seen = []
    for clocks in range(9):
        pit.clock_to(clocks)
        seen.append(pit.status() >> 7)
    assert seen == OUT[mode]


@pytest.mark.parametrize("mode", range(8))
def test_the_counter_follows_the_mode(pit, mode):
    pit.program(mode, 4)
    seen = []
    for clocks in range(7):
        pit.clock_to(clocks)
        seen.append(pit.word())
    assert seen == VALUE[mode]


def test_an_odd_square_wave_is_high_the_longer_half(pit):
    pit.program(3, 5)
    seen = []
    for clocks in range(10):
        pit.clock_to(clocks)
        seen.append(pit.status() >> 7)
    assert seen == [1, 1, 1, 0, 0, 1, 1, 1, 0, 0]


@pytest.mark.parametrize("mode", [0, 6, 7])
def test_out0_rises_once_at_terminal_count(pit, mode):
    pit.program(mode, 3000)
    pit.clock_to(2999)
    assert pit.machine.levels == {"out0": 0}
    pit.clock_to(3000)
    assert pit.machine.levels == {"out0": 1}
    assert pit.levels_during(SECOND) == []


def test_out0_falls_once_in_mode_1(pit):
    pit.program(1, 3000)
    assert pit.machine.levels == {"out0": 1}
    assert pit.levels_during(SECOND) == [0]


def test_out0_pulses_once_in_each_period_of_mode_2(pit):
    pit.program(2, 3000)
    pit.clock_to(3000)
    assert pit.machine.levels == {"out0": 1}
    pit.clock_to(3001)
    assert pit.machine.levels == {"out0": 0}
    pit.clock_to(5999)
    assert pit.machine.take_moves()[-2:] == (("out0", 1), ("out0", 0))
    pit.clock_to(6000)
    assert pit.machine.levels == {"out0": 1}


def test_out0_is_a_square_wave_in_mode_3(pit):
    pit.program(3, 3000)
    for clocks, level in ((1499, 1), (1500, 0), (2999, 0), (3000, 1), (4500, 0)):
        pit.clock_to(clocks)
        assert pit.machine.levels == {"out0": level}


@pytest.mark.parametrize("mode", [4, 5])
def test_out0_strobes_once_in_modes_4_and_5(pit, mode):
    pit.program(mode, 3000)
    pit.clock_to(3000)
    assert pit.machine.levels == {"out0": 1}
    assert pit.levels_during(SECOND) == [0]


@pytest.mark.parametrize("mode", [2, 3])
@pytest.mark.parametrize("count", [FAST_COUNT, FAST_COUNT + 1, 11932, 0xFFFF])
def test_no_tick_is_lost_in_a_second(pit, mode, count):
    pit.program(mode, count)
    assert sum(pit.levels_during(SECOND)) == PIT_FREQ // count


def test_the_line_is_low_at_reset_and_rises_after_the_first_period(pit):
    assert pit.machine.levels == {"out0": 0}
    pit.clock_to(0xFFFF)
    assert pit.machine.take_moves() == ()
    pit.clock_to(0x10000)
    assert pit.machine.levels == {"out0": 1}


def test_a_control_word_moves_the_line_at_once(pit):
    pit.out(CONTROL, 0x36)
    assert pit.machine.levels == {"out0": 1}
    pit.out(CONTROL, 0x30)
    assert pit.machine.levels == {"out0": 0}


def test_loading_a_new_count_starts_over(pit):
    pit.program(0, 3000)
    pit.clock_to(3000)
    pit.program(0, 3000)
    assert pit.machine.levels == {"out0": 0}
    pit.clock_to(3000)
    assert pit.machine.levels == {"out0": 1}


@pytest.mark.parametrize("channel", [1, 2])
def test_other_counters_move_no_line(pit, channel):
    pit.program(0, 0)
    pit.program(3, 2000, channel=channel)
    assert pit.levels_during(SECOND // 20) == []


@pytest.mark.parametrize("mode", [2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 100, FAST_COUNT - 1])
def test_a_fast_wave_is_carried_as_pulses_a_millisecond_or_more_apart(pit, mode, count):
    pit.program(mode, count)
    levels = pit.levels_during(SECOND)
    pulses = levels.count(1)
    stride = count * -(-FAST_COUNT // count)
    expected = 1 + (PIT_FREQ - count) // stride
    # From low, the first pulse is the rise alone; so it is in mode 2.
    assert (pulses, levels.count(0)) == (expected, expected - (mode == 2))
    assert pulses <= 1001
    assert pit.machine.levels == {"out0": 1}


def test_a_fast_wave_pulses_at_the_end_of_the_first_period(pit):
    pit.program(2, 100)
    pit.clock_to(99)
    assert pit.machine.levels == {"out0": 0}
    pit.clock_to(100)
    assert pit.machine.levels == {"out0": 1}


def test_a_counter_that_is_cut_off_moves_nothing(pit):
    pit.program(3, 3000)
    body = bytearray(save(I8254_VMSD, pit.device.state).data)
    body[3] = 1
    load(I8254_VMSD, pit.device.state, bytes(body), 3)
    assert pit.device.state.irq_timer.expire_ns is None
    assert pit.device.out0_level == 0
    pit.out(0x40, 0)
    assert pit.levels_during(SECOND) == []
    assert save(I8254_VMSD, pit.device.state).data[:4] == b"\0\0\0\1"


def test_loading_arms_the_timer(pit):
    pit.program(0, 3000)
    saved = pit.machine.save()
    fresh = Pit()
    fresh.machine.load(saved)
    assert fresh.device.state.irq_timer.expire_ns == pit.device.state.irq_timer.expire_ns
    fresh.clock_to(3000)
    assert fresh.machine.levels == {"out0": 1}


def test_loading_disarms_the_timer_where_nothing_is_to_come(pit):
    pit.program(0, 1)
    pit.clock_to(10)
    saved = pit.machine.save()
    pit.machine.reset()
    pit.machine.load(saved)
    assert pit.machine.clock.deadline_ns is None


def test_a_transition_that_was_missed_comes_at_the_next_step(pit):
    pit.program(3, 3000)
    pit.clock_to(100)
    body = bytearray(save(I8254_VMSD, pit.device.state).data)
    body[-8:] = bytes(8)
    load(I8254_VMSD, pit.device.state, bytes(body), 3)
    pit.clock_to(3000)
    assert pit.machine.levels == {"out0": 1}


def test_version_2_has_no_irq_disabled(pit):
    pit.program(2, 0x1234)
    body = save(I8254_VMSD, pit.device.state).data
    fresh = Pit()
    load(I8254_VMSD, fresh.device.state, body[4:], 2)
    assert fresh.device.state.channels == pit.device.state.channels


@pytest.mark.parametrize("count", [0, -1, 0x10001])
def test_a_count_that_can_not_be_counted_is_refused(pit, count):
    body = bytearray(save(I8254_VMSD, pit.device.state).data)
    body[4:8] = count.to_bytes(4, signed=True)
    with pytest.raises(StreamError, match="pit channel at offset 0x24: post_load failed"):
        load(I8254_VMSD, pit.device.state, bytes(body), 3)
    assert pit.levels_during(SECOND).count(1) == 18


def test_reset_counts_from_the_present(pit):
    pit.program(0, 5)
    pit.machine.clock.advance(12_345)
    pit.machine.reset()
    state = pit.device.state
    assert state.channels[0].count_load_time == 12_345
    assert state.irq_timer.expire_ns == 12_345 + 0x8000 * SECOND // PIT_FREQ


PORTS = range(0x40, 0x44)


@given(programs(PORTS), programs(PORTS))
@law
def test_a_cycle_changes_nothing(before, after):
    assert_a_cycle_changes_nothing(make_board, before, after)


@given(programs(PORTS), st.integers(2, 7))
@law
def test_time_may_pass_in_any_number_of_steps(program, parts):
    assert_steps_may_be_split(make_board, program, parts)


@given(programs(PORTS))
@law
def test_a_reset_forgets_everything_but_the_time(program):
    assert_reset_forgets(make_board, program)
