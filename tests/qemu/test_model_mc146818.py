"""The real-time clock beside QEMU 7.2's own, the clock standing still."""

from __future__ import annotations

import random

import pytest

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.mc146818 import MC146818
from harness.qemu.guest import QemuGuest
from tests.support.boards import Board
from tests.support.qemu_chip import guest_answers, model_answers, saved, section

pytestmark = pytest.mark.qemu

TRACES, ACCESSES = 60, 60
REGISTERS = (*range(14), 0x0A, 0x0B, 0x0C, 0x0A, 0x0B, 0x0C, 0x32, 0x37, 0x0F, 0x40, 0x7F)


@pytest.fixture(scope="module")
def guest():
    with QemuGuest() as started:
        started.save("start")
        yield started


def make_board() -> Board:
    clock, line = VirtualClock(), Line("isa[8]")
    machine = Machine("board", clock)
    rtc = MC146818(clock, line)
    machine.watch(line, lambda: rtc.irq_level)
    machine.add("rtc", rtc)
    return Board(machine)


def accesses(seed):
    """Random accesses, most of them to the registers that do something.

    Left out are divider codes 3 to 5: test modes by the data sheet, in which QEMU's clock
    runs for the alarm and stands for the time registers, and the model's stands.
    """
    chance = random.Random(seed)
    made = []
    for _ in range(ACCESSES // 2):
        register = chance.choice(REGISTERS) | chance.choice([0, 0x80])
        made.append((0x70, register))
        value = chance.choice([chance.randrange(256), 1 << chance.randrange(8), 0x26, 0x02, 0xFF])
        if register & 0x7F == 0x0A and 0x30 <= value & 0x70 <= 0x50:
            value &= ~0x50
        made.append(chance.choice([(0x71, value), (0x71,), (0x71,)]))
        if chance.randrange(10) == 0:
            made.append((0x70,))
    return made


def fresh(guest):
    """Put both into the guest's power-on state; return the model."""
    guest.reset()
    guest.load("start")
    board = make_board()
    section(guest, board.machine.slot("rtc").device)
    return board


@pytest.mark.parametrize("seed", range(TRACES))
def test_a_random_trace_is_answered_alike(guest, seed):
    board = fresh(guest)
    trace = accesses(seed)
    assert model_answers(board, trace) == guest_answers(guest, trace, "ioapic[8]")


def test_some_traces_set_the_time(guest):
    """The test above would be weak without any; no flag rises while the clock stands."""
    fresh(guest)
    before = section(guest, make_board().machine.slot("rtc").device)
    guest_answers(guest, accesses(0), "ioapic[8]")
    after = section(guest, make_board().machine.slot("rtc").device)
    assert before[205:213] != after[205:213]


@pytest.mark.parametrize("seed", range(0, TRACES, 4))
def test_the_section_of_qemu_is_saved_again_byte_for_byte(guest, seed):
    fresh(guest)
    guest_answers(guest, accesses(seed), "ioapic[8]")
    rtc = make_board().machine.slot("rtc").device
    body = section(guest, rtc)
    assert saved(rtc) == body


@pytest.mark.parametrize("write", [(0xFF, 0xFF), (0x00, 0x00), (0x00, 0xFF), (0x99, 0x99)])
def test_the_ends_of_the_calendar_are_answered_alike(guest, write):
    board = fresh(guest)
    century, year = write
    trace = [(0x70, 0x32), (0x71, century), (0x70, 0x09), (0x71, year), (0x70, 7), (0x71, 0x31)]
    for register in (0, 2, 4, 6, 7, 8, 9, 0x32):
        trace += [(0x70, register), (0x71,)]
    assert model_answers(board, trace) == guest_answers(guest, trace, "ioapic[8]")


def test_the_power_on_section_is_the_models_but_for_what_the_board_writes(guest):
    fresh(guest)
    new = make_board().machine.slot("rtc").device
    power_on = bytearray(saved(new))
    body = section(guest, make_board().machine.slot("rtc").device)
    for place in (0x14, 0x15, 0x16, 0x18, 0x31, 0x38, 0x3D):
        power_on[place] = body[place]
    assert bytes(power_on) == body
