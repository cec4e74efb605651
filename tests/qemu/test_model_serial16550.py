"""The serial port beside QEMU 7.2's own on a null character device, the clock standing still."""

from __future__ import annotations

import random

import pytest

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.serial16550 import IER, IIR_FCR, LCR, MCR, MSR, RBR_THR, Serial16550
from tests.support.boards import Board
from tests.support.real_pc import RealPc, levels_of
from vmstate import save

pytestmark = pytest.mark.qemu

BASE = 0x3F8
TRACES, ACCESSES = 60, 80
LINE = "ioapic[4]"
CARD = ("-chardev", "null,id=nowhere", "-device", "isa-serial,chardev=nowhere")


@pytest.fixture(scope="module")
def real():
    with RealPc(*CARD) as real:
        yield real


def make_board() -> Board:
    clock, line = VirtualClock(), Line("isa[4]")
    machine = Machine("board", clock)
    serial = Serial16550(clock, BASE, line)
    machine.watch(line, lambda: serial.irq_level)
    machine.add("serial", serial)
    return Board(machine)


def serial_of(board):
    return board.machine.slot("serial").device


def accesses(seed):
    """Random accesses, mostly in loopback, where there is something to receive.

    Left out is the modem status interrupt: in loopback QEMU's modem inputs change without
    delta bits, and the data sheet's (and the model's) with them.
    """
    chance = random.Random(seed)
    fifo_control = chance.choice([0x00, 0x01, 0x41, 0xC1])
    made = [("out", BASE + MCR, 0x10), ("out", BASE + IIR_FCR, fifo_control)]
    registers = (*range(8), RBR_THR, RBR_THR, RBR_THR, IIR_FCR)
    for _ in range(ACCESSES):
        register = chance.choice(registers)
        value = chance.choice([chance.randrange(256), 1 << chance.randrange(8)])
        if register == IER:
            value &= ~0x08
        if register == LCR and chance.randrange(3):
            value &= ~0x80
        write = ("out", BASE + register, value)
        made.append(chance.choice([write, write, ("in", BASE + register)]))
    return made


def without_deltas(program, answers):
    """Return *answers* without the delta bits of MSR, the deviation named above."""
    return [
        (answer & 0xF0, moves) if action == ("in", BASE + MSR) else (answer, moves)
        for action, (answer, moves) in zip(program, answers, strict=True)
    ]


@pytest.mark.parametrize("seed", range(TRACES))
def test_a_random_trace_is_answered_alike(real, seed):
    board = make_board()
    real.power_on(serial_of(board))
    # The divisor's low byte shares port 0 with the data, so IER may be a divisor half too.
    program = accesses(seed)
    seen = without_deltas(program, levels_of(board.run(program)))
    assert seen == without_deltas(program, real.run_watched(program, LINE))


def test_some_traces_move_the_line(real):
    """The test above would be weak without any."""
    real.power_on()
    assert any(levels for seed in range(5) for _, levels in real.run_watched(accesses(seed), LINE))


@pytest.mark.parametrize("seed", range(0, TRACES, 4))
def test_the_section_of_qemu_is_saved_again_byte_for_byte(real, seed):
    real.power_on()
    real.run(accesses(seed))
    serial = serial_of(make_board())
    body = real.load_section(serial)
    assert save(serial.vmsd, serial.state).data == body


def test_some_traces_fill_the_receive_fifo(real):
    """The test above would be weak without any."""
    real.power_on()
    loopback, fifos = ("out", BASE + MCR, 0x10), ("out", BASE + IIR_FCR, 0x01)
    real.run([loopback, fifos, *[("out", BASE, byte) for byte in b"hello"]])
    serial = serial_of(make_board())
    body = real.load_section(serial)
    assert save(serial.vmsd, serial.state).data == body
    assert b"serial/recv_fifo\0\0\0\x01hello" in body
    assert b"serial/fifo_timeout_timer" in body


def test_the_power_on_section_is_the_models(real):
    serial = serial_of(make_board())
    power_on = save(serial.vmsd, serial.state).data
    real.power_on()
    assert real.load_section(serial) == power_on
