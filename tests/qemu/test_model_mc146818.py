"""The real-time clock beside QEMU 7.2's own, the clock standing still."""

from __future__ import annotations

import random

import pytest

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.mc146818 import MC146818
from tests.support.boards import Board
from tests.support.real_pc import RealPc, levels_of
from vmstate import save

pytestmark = pytest.mark.qemu

LINE = "ioapic[8]"
TRACES, ACCESSES = 60, 60
REGISTERS = (*range(14), 0x0A, 0x0B, 0x0C, 0x0A, 0x0B, 0x0C, 0x32, 0x37, 0x0F, 0x40, 0x7F)


@pytest.fixture(scope="module")
def real():
    with RealPc() as real:
        yield real


def make_board() -> Board:
    clock, line = VirtualClock(), Line("isa[8]")
    machine = Machine("board", clock)
    rtc = MC146818(clock, line)
    machine.watch(line, lambda: rtc.irq_level)
    machine.add("rtc", rtc)
    return Board(machine)


def rtc_of(board):
    return board.machine.slot("rtc").device


def accesses(seed):
    """Random accesses, most of them to the registers that do something.

    Left out are divider codes 3 to 5: test modes by the data sheet, in which QEMU's clock
    runs for the alarm and stands for the time registers, and the model's stands.
    """
    chance = random.Random(seed)
    made = []
    for _ in range(ACCESSES // 2):
        register = chance.choice(REGISTERS) | chance.choice([0, 0x80])
        made.append(("out", 0x70, register))
        value = chance.choice([chance.randrange(256), 1 << chance.randrange(8), 0x26, 0x02, 0xFF])
        if register & 0x7F == 0x0A and 0x30 <= value & 0x70 <= 0x50:
            value &= ~0x50
        made.append(chance.choice([("out", 0x71, value), ("in", 0x71), ("in", 0x71)]))
        if chance.randrange(10) == 0:
            made.append(("in", 0x70))
    return made


def assert_alike(real, program):
    board = make_board()
    real.power_on(rtc_of(board))
    assert levels_of(board.run(program)) == real.run_watched(program, LINE)


@pytest.mark.parametrize("seed", range(TRACES))
def test_a_random_trace_is_answered_alike(real, seed):
    assert_alike(real, accesses(seed))


def test_some_traces_set_the_time(real):
    """The test above would be weak without any; no flag rises while the clock stands."""
    rtc = rtc_of(make_board())
    real.power_on()
    before = real.load_section(rtc)
    real.run(accesses(0))
    after = real.load_section(rtc)
    assert before[205:213] != after[205:213]


@pytest.mark.parametrize("seed", range(0, TRACES, 4))
def test_the_section_of_qemu_is_saved_again_byte_for_byte(real, seed):
    real.power_on()
    real.run(accesses(seed))
    rtc = rtc_of(make_board())
    body = real.load_section(rtc)
    assert save(rtc.vmsd, rtc.state).data == body


@pytest.mark.parametrize(("century", "year"), [(0xFF, 0xFF), (0, 0), (0, 0xFF), (0x99, 0x99)])
def test_the_ends_of_the_calendar_are_answered_alike(real, century, year):
    program = []
    for register, value in ((0x32, century), (9, year), (7, 0x31)):
        program += [("out", 0x70, register), ("out", 0x71, value)]
    for register in (0, 2, 4, 6, 7, 8, 9, 0x32):
        program += [("out", 0x70, register), ("in", 0x71)]
    assert_alike(real, program)


def test_the_power_on_section_is_the_models_but_for_what_the_board_writes(real):
    rtc = rtc_of(make_board())
    power_on = bytearray(save(rtc.vmsd, rtc.state).data)
    real.power_on()
    body = real.load_section(rtc)
    for place in (0x14, 0x15, 0x16, 0x18, 0x31, 0x38, 0x3D):
        power_on[place] = body[place]
    assert bytes(power_on) == body
