"""The real-time clock, register by register; section names are the MC146818 data sheet's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.mc146818 import MC146818, UIP_HOLD_NS
from device_models.pc.mc146818_calendar import (
    CENTURY,
    HOURS,
    HOURS_ALARM,
    MINUTES,
    MINUTES_ALARM,
    SECONDS,
    SECONDS_ALARM,
    YEAR,
)
from device_models.pc.mc146818_state import (
    AF,
    AIE,
    DM,
    HOURS24,
    IRQF,
    PF,
    PIE,
    SET,
    SQWE,
    UF,
    UIE,
    UIP,
    A,
    B,
    C,
    D,
    MC146818State,
)
from tests.support.boards import (
    Board,
    assert_a_cycle_changes_nothing,
    assert_steps_may_be_split,
    steps_ns,
)
from vmstate import VersionError, load, save

SECOND = 1_000_000_000
# QEMU 7.2.22, -M pc -rtc base=2020-01-01T00:00:00,clock=vm, before the first instruction:
# the body of section mc146818rtc.
QEMU_RESET = bytes.fromhex(
    "0000000000000401012026020080000000000000068002000c00000000000000"
    "00000000000000000000000000000000000c2000000000003000000000120000"
    + "00" * 64
    + "00"
    + "00" * 28
    + "ffffffffffffffff"
    + "0000000000000000"
    + "00" * 24
    + "00000000 00000000 000000005e0be100 0000000000000000 0000000000000000"
    "000000003b9aca00 00004e94914f0000"
)
#: RAM that QEMU's board, not its chip, fills in: memory sizes, equipment, boot order.
QEMU_BOARD = (0x14, 0x15, 0x16, 0x18, 0x31, 0x38, 0x3D)


def make_board() -> Board:
    clock, line = VirtualClock(), Line("isa[8]")
    machine = Machine("board", clock)
    rtc = MC146818(clock, line)
    machine.watch(line, lambda: rtc.irq_level)
    machine.add("rtc", rtc)
    machine.reset()
    return Board(machine)


class Rtc:
    """A clock whose registers have names."""

    def __init__(self):
        self.board = make_board()
        self.machine = self.board.machine
        self.device = self.machine.slot("rtc").device

    def __getitem__(self, register):
        self.machine.write(0x70, 1, register)
        return self.machine.read(0x71, 1)

    def __setitem__(self, register, value):
        self.machine.write(0x70, 1, register)
        self.machine.write(0x71, 1, value)

    def step(self, step_ns):
        self.machine.clock.advance(step_ns)

    @property
    def irq(self):
        return self.machine.levels["isa[8]"]

    @property
    def time(self):
        return tuple(self[register] for register in (HOURS, MINUTES, SECONDS))

    def cycle(self):
        saved = self.machine.save()
        self.machine.reset()
        self.machine.load(saved)


@pytest.fixture
def rtc():
    return Rtc()


def test_the_bytes_of_a_reset_chip_are_those_of_qemu(rtc):
    ram = bytearray(QEMU_RESET)
    for place in QEMU_BOARD:
        ram[place] = 0
    assert save(rtc.device.vmsd, rtc.device.state).data == bytes(ram)


def test_qemus_own_section_loads_and_saves_again(rtc):
    load(rtc.device.vmsd, rtc.device.state, QEMU_RESET, 3)
    assert save(rtc.device.vmsd, rtc.device.state).data == QEMU_RESET
    assert rtc[0x14] == 0x06


def test_it_starts_at_the_turn_of_2020(rtc):
    assert rtc.time == (0, 0, 0)
    assert [rtc[register] for register in (6, 7, 8, YEAR, CENTURY)] == [4, 1, 1, 0x20, 0x20]


def test_the_registers_of_a_new_chip(rtc):
    assert [rtc[register] for register in (A, B, C, D)] == [0x26, HOURS24, 0, 0x80]


def test_the_address_latch_can_not_be_read(rtc):
    rtc.machine.write(0x70, 1, 0x0D)
    assert rtc.machine.read(0x70, 1) == 0xFF


def test_the_address_latch_has_seven_bits(rtc):
    rtc[0x70] = 0x5A
    assert rtc[0xF0] == 0x5A


@pytest.mark.parametrize("register", [0x0E, 0x31, 0x33, 0x7F])
def test_ram_keeps_what_is_written(rtc, register):
    rtc[register] = 0xA5
    rtc.step(SECOND)
    assert rtc[register] == 0xA5


@pytest.mark.parametrize("register", [C, D])
def test_registers_c_and_d_can_not_be_written(rtc, register):
    before = rtc[register]
    rtc[register] = 0x55
    assert rtc[register] == before


def test_the_century_is_seen_at_the_ps2_address_too(rtc):
    rtc[0x37] = 0x19
    assert rtc[CENTURY] == rtc[0x37] == 0x19
    assert rtc.device.state.cmos_index == CENTURY


def test_time_passes(rtc):
    rtc.step(3661 * SECOND)
    assert rtc.time == (1, 1, 1)


def test_the_second_changes_at_its_end(rtc):
    rtc.step(SECOND - 1)
    assert rtc[SECONDS] == 0
    rtc.step(1)
    assert rtc[SECONDS] == 1


def test_a_time_that_is_written_goes_on_from_there(rtc):
    rtc[HOURS], rtc[MINUTES], rtc[SECONDS] = 0x23, 0x59, 0x58
    rtc.step(2 * SECOND)
    assert rtc.time == (0, 0, 0)
    assert rtc[7] == 2


def test_writing_one_register_leaves_the_others_running(rtc):
    # UF and AF are set by now, and the update timer rests: nothing else has looked.
    rtc[SECONDS_ALARM] = rtc[MINUTES_ALARM] = rtc[HOURS_ALARM] = 0xFF
    rtc.step(125 * SECOND)
    rtc[HOURS] = 0x10
    assert rtc.time == (0x10, 2, 5)


def test_time_can_be_binary_in_twelve_hours(rtc):
    rtc[HOURS], rtc[MINUTES] = 0x13, 0x45
    rtc[B] = DM
    assert rtc.time == (0x81, 45, 0)


def test_set_stops_the_time_and_clearing_it_lets_it_go_on(rtc):
    rtc[B] = HOURS24 | SET
    rtc.step(10 * SECOND)
    assert rtc.time == (0, 0, 0)
    rtc[SECONDS] = 0x30
    rtc[B] = HOURS24
    rtc.step(SECOND)
    assert rtc[SECONDS] == 0x31


def test_set_clears_the_update_ended_enable(rtc):
    rtc[B] = HOURS24 | SET | UIE
    assert rtc[B] == HOURS24 | SET


def test_under_set_no_update_cycle_ends(rtc):
    rtc[B] = HOURS24 | SET
    rtc.step(5 * SECOND)
    assert rtc[C] == 0


@pytest.mark.parametrize("divider", [0x60, 0x70, 0x30, 0x40, 0x50])
def test_a_divider_in_reset_stops_the_time(rtc, divider):
    rtc.step(3 * SECOND)
    rtc[A] = divider | 6
    rtc.step(10 * SECOND)
    rtc[MINUTES] = 0x07
    assert rtc.time == (0, 7, 3)


def test_the_first_update_comes_half_a_second_after_the_divider_is_let_go(rtc):
    rtc[A] = 0x66
    rtc.step(7 * SECOND)
    rtc[A] = 0x26
    rtc.step(SECOND // 2 - 1)
    assert rtc[SECONDS] == 0
    rtc.step(1)
    assert rtc[SECONDS] == 1


def test_a_divider_that_is_let_go_under_set_starts_nothing(rtc):
    rtc[A] = 0x66
    rtc[B] = HOURS24 | SET
    rtc[A] = 0x26
    rtc.step(2 * SECOND)
    assert rtc[SECONDS] == 0


def test_a_time_written_while_stopped_survives_a_cycle(rtc):
    # QEMU writes the running time over it when it saves.
    rtc[A] = 0x66
    rtc[SECONDS] = 0x42
    rtc.cycle()
    assert rtc[SECONDS] == 0x42


def test_uip_rises_244_us_before_the_update(rtc):
    rtc.step(SECOND - UIP_HOLD_NS - 1)
    assert rtc[A] == 0x26
    rtc.step(1)
    assert rtc[A] == 0x26 | UIP


def test_uip_that_was_seen_falls_with_the_update(rtc):
    rtc.step(SECOND - 1)
    assert rtc[A] & UIP
    rtc.cycle()
    assert rtc[A] & UIP
    rtc.step(1)
    assert not rtc[A] & UIP


def test_uip_rises_too_where_no_update_can_change_anything(rtc):
    rtc[SECONDS_ALARM] = rtc[MINUTES_ALARM] = rtc[HOURS_ALARM] = 0xFF
    rtc.step(2 * SECOND)
    assert rtc.device.state.update_timer.expire_ns is None
    rtc.step(SECOND - 1)
    assert rtc[A] & UIP
    rtc.step(SECOND // 2)
    assert not rtc[A] & UIP


@pytest.mark.parametrize("register", [A, B])
def test_uip_falls_when_the_update_is_inhibited(rtc, register):
    rtc.step(SECOND - 1)
    assert rtc[A] & UIP
    rtc[register] = 0x66 if register == A else HOURS24 | SET
    assert not rtc[A] & UIP


def test_uip_can_not_be_written(rtc):
    rtc[A] = 0xA6
    assert rtc[A] == 0x26


def test_the_update_ended_flag_rises_every_second(rtc):
    rtc.step(SECOND)
    assert rtc[C] == UF
    assert rtc[C] == 0
    rtc.step(SECOND)
    assert rtc[C] == UF


def test_the_update_ended_interrupt(rtc):
    rtc[B] = HOURS24 | UIE
    rtc.step(SECOND)
    assert rtc.irq == 1
    assert rtc[C] == IRQF | UF
    assert rtc.irq == 0


def test_enabling_an_interrupt_whose_flag_is_set_interrupts_at_once(rtc):
    rtc.step(SECOND)
    assert rtc.irq == 0
    rtc[B] = HOURS24 | UIE
    assert rtc.irq == 1
    rtc[B] = HOURS24
    assert rtc.irq == 0
    assert rtc[C] == UF


def test_the_alarm_rings_at_its_time(rtc):
    rtc[HOURS_ALARM], rtc[MINUTES_ALARM], rtc[SECONDS_ALARM] = 0, 1, 0x30
    rtc[B] = HOURS24 | AIE
    rtc.step(90 * SECOND - 1)
    assert rtc.irq == 0
    rtc.step(1)
    assert rtc.irq == 1
    assert rtc[C] == IRQF | AF | UF


def test_an_alarm_that_does_not_care_rings_every_second(rtc):
    for register in (HOURS_ALARM, MINUTES_ALARM, SECONDS_ALARM):
        rtc[register] = 0xC0
    rtc.step(SECOND)
    assert rtc[C] == AF | UF
    rtc.step(SECOND)
    assert rtc[C] == AF | UF


def test_an_alarm_rings_after_unread_updates_too(rtc):
    rtc[SECONDS_ALARM], rtc[MINUTES_ALARM], rtc[HOURS_ALARM] = 5, 0xFF, 0xFF
    rtc.step(4 * SECOND)
    assert rtc.device.state.update_timer.expire_ns == 5 * SECOND
    rtc.step(SECOND)
    assert rtc[C] == AF | UF


def test_an_alarm_at_no_time_never_rings(rtc):
    rtc[SECONDS_ALARM] = 0x7A
    rtc.step(100_000 * SECOND)
    assert rtc[C] == UF
    assert rtc.device.state.next_alarm_time == (1 << 64) - 1


@pytest.mark.parametrize(
    ("rate", "ticks"), [(1, 128), (2, 256), (3, 4), (6, 32), (10, 512), (15, 16384)]
)
def test_the_periodic_interrupt_comes_at_the_rate_of_table_5(rtc, rate, ticks):
    rtc[A] = 0x20 | rate
    rtc[B] = HOURS24 | PIE
    period_ns = ticks * SECOND // 32768
    rtc.step(period_ns)
    assert rtc.irq == 0
    rtc.step(1)
    assert rtc.irq == 1
    assert rtc[C] & ~UF == IRQF | PF
    rtc.step(period_ns + 1)
    assert rtc[C] & PF


def test_rate_0_gives_no_periodic_interrupt(rtc):
    rtc[A] = 0x20
    rtc[B] = HOURS24 | PIE
    rtc.step(SECOND)
    assert rtc[C] == UF


def test_disabling_the_periodic_interrupt_stops_it(rtc):
    rtc[B] = HOURS24 | PIE
    rtc[B] = HOURS24
    rtc.step(SECOND // 2)
    assert rtc[C] == 0
    assert rtc.device.state.periodic_timer.expire_ns is None


def test_a_shorter_period_counts_what_has_been_waited(rtc):
    rtc[A], rtc[B] = 0x2F, HOURS24 | PIE
    rtc.step(SECOND // 4)
    rtc[A] = 0x2E
    # A quarter second is the whole new period: due now.
    rtc.step(1)
    assert rtc[C] & PF


def test_a_longer_period_counts_what_has_been_waited(rtc):
    rtc[A], rtc[B] = 0x2E, HOURS24 | PIE
    rtc.step(SECOND // 8)
    rtc[A] = 0x2F
    rtc.step(SECOND * 3 // 8)
    assert not rtc[C] & PF
    rtc.step(1)
    assert rtc[C] & PF


def test_an_unread_periodic_interrupt_rests_and_keeps_its_phase(rtc):
    rtc[A], rtc[B] = 0x23, HOURS24 | PIE
    rtc.step(SECOND // 2 + 1000)
    assert rtc.device.state.periodic_timer.expire_ns is None
    assert rtc[C] & PF
    due = rtc.device.state.periodic_timer.expire_ns
    ticks = due * 32768 // SECOND
    assert ticks % 4 == 0
    assert rtc.machine.clock.now_ns < due <= rtc.machine.clock.now_ns + 4 * SECOND // 32768 + 1


def test_a_second_of_the_fastest_periodic_interrupt_takes_few_calls(rtc, monkeypatch):
    calls = []
    original = MC146818State.next_tick
    monkeypatch.setattr(
        MC146818State, "next_tick", lambda state: (calls.append(1), original(state))
    )
    rtc[A], rtc[B] = 0x23, HOURS24 | PIE
    rtc.step(SECOND)
    assert 1 <= len(calls) <= 2


def test_the_phase_of_the_periodic_interrupt_survives_a_cycle(rtc):
    # QEMU begins a new period when it loads.
    rtc[A], rtc[B] = 0x2F, HOURS24 | PIE
    rtc.step(SECOND // 4)
    rtc.cycle()
    rtc.step(SECOND // 4 + 1)
    assert rtc[C] & PF


def test_reset_clears_enables_and_flags_and_keeps_time_and_ram(rtc):
    rtc[0x40], rtc[MINUTES] = 0x77, 0x12
    rtc[B] = HOURS24 | DM | PIE | AIE | UIE | SQWE
    rtc.step(SECOND)
    assert rtc.irq == 1
    rtc.machine.reset()
    assert rtc.irq == 0
    assert [rtc[register] for register in (B, C)] == [HOURS24 | DM, 0]
    assert (rtc[0x40], rtc[MINUTES], rtc[SECONDS]) == (0x77, 12, 1)
    rtc.step(SECOND)
    assert rtc[C] == UF


@pytest.mark.parametrize(("status", "after"), [(0x0A, 0), (0xFE, 0xFE)])
def test_reset_clears_the_shutdown_status_unless_suspended(rtc, status, after):
    rtc[0x0F] = status
    rtc.machine.reset()
    assert rtc[0x0F] == after


def test_a_stream_of_version_2_has_its_time_in_the_registers_only(rtc):
    rtc[HOURS], rtc[A], rtc[B] = 0x17, 0x2F, HOURS24 | PIE
    old = save(rtc.device.vmsd, rtc.device.state, version_id=2).data
    assert len(old) == len(QEMU_RESET) - 40
    fresh = Rtc()
    fresh.step(5 * SECOND)
    load(fresh.device.vmsd, fresh.device.state, old, 2)
    assert fresh.time == (0x17, 0, 0)
    fresh.step(SECOND)
    assert fresh.time == (0x17, 0, 1)


def test_a_stream_of_version_1_has_no_period(rtc):
    rtc[A], rtc[B] = 0x2F, HOURS24 | PIE
    old = save(rtc.device.vmsd, rtc.device.state, version_id=1).data
    fresh = Rtc()
    load(fresh.device.vmsd, fresh.device.state, old, 1)
    assert fresh.device.state.period == 16384


def test_a_stream_of_version_4_is_refused(rtc):
    with pytest.raises(VersionError, match="version 4 is too new: versions 1 to 3"):
        load(rtc.device.vmsd, rtc.device.state, QEMU_RESET, 4)


def test_lost_ticks_of_another_chip_are_carried_on(rtc):
    rtc.device.state.irq_reinject_on_ack_count = 3
    rtc.cycle()
    assert rtc.device.state.irq_reinject_on_ack_count == 3


def test_timers_of_a_stream_that_has_them_by_mistake_do_nothing(rtc):
    rtc[B] = HOURS24 | SET
    rtc.device.state.update_timer.modify(5)
    rtc.device.state.periodic_timer.modify(5)
    rtc.step(10)
    assert rtc[C] == 0
    assert rtc.irq == 0


def test_a_periodic_timer_far_behind_catches_up_at_once(rtc):
    rtc[A], rtc[B] = 0x23, HOURS24 | PIE
    rtc.device.state.next_periodic_time = -(1 << 63)
    rtc.step(SECOND)
    rtc[C]
    due = rtc.device.state.periodic_timer.expire_ns
    assert rtc.machine.clock.now_ns < due <= rtc.machine.clock.now_ns + SECOND


@given(st.lists(st.tuples(st.sampled_from([0, 2, 4, 6, 7, 8, 9, CENTURY]), st.integers(0, 255))))
def test_any_bytes_make_a_time(writes):
    rtc = Rtc()
    for register, value in writes:
        rtc[register] = value
        rtc.step(SECOND)
    rtc.cycle()
    assert all(0 <= rtc[register] <= 255 for register in range(10))


registers = st.sampled_from([*range(14), A, B, C, A, B, C, CENTURY, 0x37, 0x0F, 0x50])
values = st.one_of(
    st.integers(0, 255),
    st.sampled_from([0x23, 0x26, 0x2F, 0x66, 0x42, 0x72, 0x82, 0x52, 0x12, 0xFF, 0x00]),
)
moments = st.one_of(steps_ns, st.sampled_from([SECOND - 1, SECOND, 30_517, 122_071, 59 * SECOND]))


@st.composite
def rtc_programs(draw):
    actions = []
    for _ in range(draw(st.integers(0, 12))):
        kind = draw(st.sampled_from(["write", "read", "step", "stray"]))
        if kind == "step":
            actions.append(("step", draw(moments)))
        elif kind == "stray":
            actions.append(("out", draw(st.sampled_from([0x70, 0x71])), draw(values)))
        else:
            actions.append(("out", 0x70, draw(registers)))
            actions.append(("out", 0x71, draw(values)) if kind == "write" else ("in", 0x71))
    return actions


@given(rtc_programs(), rtc_programs())
def test_a_cycle_changes_nothing(before, after):
    assert_a_cycle_changes_nothing(make_board, before, after)


@given(rtc_programs(), rtc_programs())
def test_saving_changes_nothing(before, after):
    saved, left_alone = make_board(), make_board()
    saved.run(before)
    saved.machine.save()
    left_alone.run(before)
    assert saved.run(after) == left_alone.run(after)


@given(rtc_programs(), st.integers(2, 7))
def test_the_clock_may_be_stepped_in_pieces(program, parts):
    assert_steps_may_be_split(make_board, program, parts)
