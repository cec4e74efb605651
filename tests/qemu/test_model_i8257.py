"""The models of the two DMA controllers against QEMU's own.

Left out, since the model differs on purpose (see its module): QEMU's section lacks the
status register, which the model keeps in a subsection of its own.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from device_models.pc.i8257 import I8257_VMSD
from device_models.pc.machine import build_pc
from tests.support.boards import Board, programs
from tests.support.real_pc import RealPc
from vmstate import load, save

pytestmark = pytest.mark.qemu
PORTS = (*range(16), 0x81, 0x82, 0x83, 0x87, *range(0xC0, 0xE0), 0x89, 0x8A, 0x8B, 0x8F)
SIZE = 7 + 4 * 17


@pytest.fixture(scope="module")
def real():
    with RealPc() as real:
        yield real


def chips_of(board):
    return [board.machine.slot(name).device for name in ("dma1", "dma2")]


def assert_alike(real, program):
    board = Board(build_pc())
    real.power_on()
    answers = real.run(program)
    assert [answer for answer, _ in board.run(program)] == answers

    bodies = real.bodies("dma", SIZE, (0, 1))
    assert [save(I8257_VMSD, chip.state).data[:SIZE] for chip in chips_of(board)] == bodies
    for chip, body in zip(chips_of(Board(build_pc())), bodies, strict=True):
        load(I8257_VMSD, chip.state, body, 1)
        assert save(I8257_VMSD, chip.state).data == body


def test_power_on_is_the_same_byte_for_byte(real):
    assert_alike(real, [])


@given(program=programs(PORTS, time=False))
@settings(max_examples=60, deadline=None)
def test_a_program_is_answered_alike_and_leaves_the_same_state(real, program):
    assert_alike(real, program)


@given(program=programs(range(8, 16), time=False))
@settings(max_examples=40, deadline=None)
def test_control_registers_are_answered_alike(real, program):
    assert_alike(real, program)


def test_qemu_loses_the_status_register_and_the_model_does_not(real):
    real.power_on()
    board = Board(build_pc())
    for machine in (real, board):
        machine.run([("out", 0x09, 0x06)])
    real.guest.save("requested")
    real.guest.reset()
    real.guest.load("requested")
    saved = board.machine.save()
    board.machine.reset()
    board.machine.load(saved)
    assert real.run([("in", 0x08)]) == [0x00]
    assert [answer for answer, _ in board.run([("in", 0x08)])] == [0x40]
