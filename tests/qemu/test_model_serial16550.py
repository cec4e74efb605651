"""The serial port beside QEMU 7.2's own on a null character device, the clock standing still."""

from __future__ import annotations

import random

import pytest

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.serial16550 import IER, IIR_FCR, LCR, MCR, MSR, RBR_THR, Serial16550
from harness.qemu.guest import GuestOptions, QemuGuest
from tests.support.boards import Board
from tests.support.qemu_chip import guest_answers, model_answers, saved, section

pytestmark = pytest.mark.qemu

BASE = 0x3F8
TRACES, ACCESSES = 60, 80
LINE = "ioapic[4]"
CARD = ("-chardev", "null,id=nowhere", "-device", "isa-serial,chardev=nowhere")


@pytest.fixture(scope="module")
def guest():
    with QemuGuest(GuestOptions(devices=CARD)) as started:
        started.save("start")
        yield started


def make_board() -> Board:
    clock, line = VirtualClock(), Line("isa[4]")
    machine = Machine("board", clock)
    serial = Serial16550(clock, BASE, line)
    machine.watch(line, lambda: serial.irq_level)
    machine.add("serial", serial)
    return Board(machine)


def accesses(seed):
    """Random accesses, mostly in loopback, where there is something to receive.

    Left out is the modem status interrupt: in loopback QEMU's modem inputs change without
    delta bits, and the data sheet's (and the model's) with them.
    """
    chance = random.Random(seed)
    made = [(BASE + MCR, 0x10), (BASE + IIR_FCR, chance.choice([0x00, 0x01, 0x41, 0xC1]))]
    registers = (*range(8), RBR_THR, RBR_THR, RBR_THR, IIR_FCR)
    for _ in range(ACCESSES):
        register = chance.choice(registers)
        value = chance.choice([chance.randrange(256), 1 << chance.randrange(8)])
        if register == IER:
            value &= ~0x08
        if register == LCR and chance.randrange(3):
            value &= ~0x80
        write = (BASE + register, value)
        made.append(chance.choice([write, write, (BASE + register,)]))
    return made


def without_deltas(trace, answers):
    """Return *answers* without the delta bits of MSR, the deviation named above."""
    return [
        (answer & 0xF0, moves) if access == (BASE + MSR,) else (answer, moves)
        for access, (answer, moves) in zip(trace, answers, strict=True)
    ]


def fresh(guest):
    """Put both into the guest's power-on state; return the model."""
    guest.reset()
    guest.load("start")
    board = make_board()
    section(guest, board.machine.slot("serial").device)
    return board


@pytest.mark.parametrize("seed", range(TRACES))
def test_a_random_trace_is_answered_alike(guest, seed):
    board = fresh(guest)
    # The divisor's low byte shares port 0 with the data, so IER may be a divisor half too.
    trace = accesses(seed)
    seen = without_deltas(trace, model_answers(board, trace))
    assert seen == without_deltas(trace, guest_answers(guest, trace, LINE))


def test_some_traces_move_the_line(guest):
    """The test above would be weak without any."""
    fresh(guest)
    assert any(
        moves for seed in range(5) for _, moves in guest_answers(guest, accesses(seed), LINE)
    )


@pytest.mark.parametrize("seed", range(0, TRACES, 4))
def test_the_section_of_qemu_is_saved_again_byte_for_byte(guest, seed):
    fresh(guest)
    guest_answers(guest, accesses(seed), LINE)
    serial = make_board().machine.slot("serial").device
    body = section(guest, serial)
    assert saved(serial) == body


def test_some_traces_fill_the_receive_fifo(guest):
    """The test above would be weak without any."""
    fresh(guest)
    trace = [(BASE + MCR, 0x10), (BASE + IIR_FCR, 0x01), *[(BASE, byte) for byte in b"hello"]]
    guest_answers(guest, trace, LINE)
    serial = make_board().machine.slot("serial").device
    body = section(guest, serial)
    assert saved(serial) == body
    assert b"serial/recv_fifo\0\0\0\x01hello" in body
    assert b"serial/fifo_timeout_timer" in body


def test_the_power_on_section_is_the_models(guest):
    fresh(guest)
    new = make_board().machine.slot("serial").device
    power_on = saved(new)
    assert section(guest, new) == power_on
