"""The PC as a whole: its ports, its sections and its wires."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.pc.machine import build_pc
from tests.support.boards import (
    Board,
    assert_a_cycle_changes_nothing,
    assert_steps_may_be_split,
    law,
    programs,
)

SECOND = 1_000_000_000
# As firmware sets the controllers up: vectors 8 and 0x70, all inputs open.
INITIALIZE = [
    ("out", port, value)
    for port, value in (
        (0x20, 0x11), (0x21, 0x08), (0x21, 0x04), (0x21, 0x01),
        (0xA0, 0x11), (0xA1, 0x70), (0xA1, 0x02), (0xA1, 0x01),
    )
]  # fmt: skip


def make_board() -> Board:
    return Board(build_pc())


def all_ports(machine):
    return sorted(
        port
        for slot in machine.slots
        for ports in slot.device.ports
        for port in range(ports.start, ports.start + ports.size)
    )


@pytest.fixture
def pc():
    board = make_board()
    board.run(INITIALIZE)
    return board


def test_it_is_built_in_its_power_on_state():
    machine = build_pc()
    saved = machine.save()
    assert machine.clock.now_ns == 0
    assert machine.take_moves() == ()
    machine.reset()
    assert machine.save() == saved
    assert machine.take_moves() == ()


def test_its_lines_are_low_at_power_on():
    assert build_pc().levels == {"isa[0]": 0, "isa[4]": 0, "isa[8]": 0, "intr": 0}


def test_its_sections_stand_in_the_order_of_qemus_stream():
    assert [(slot.name, slot.idstr, slot.instance_id) for slot in build_pc().slots] == [
        ("timer", "timer", 0),
        ("dma1", "dma", 0),
        ("dma2", "dma", 1),
        ("pic1", "i8259", 0),
        ("pic2", "i8259", 1),
        ("rtc", "mc146818rtc", 0),
        ("pit", "i8254", 0),
        ("serial", "serial", 0),
    ]


def test_it_has_the_ports_of_a_pc():
    assert all_ports(build_pc()) == [
        *range(0x10), 0x20, 0x21, *range(0x40, 0x44), 0x70, 0x71, 0x81, 0x82, 0x83, 0x87,
        0x89, 0x8A, 0x8B, 0x8F, 0xA0, 0xA1, *range(0xC0, 0xE0), *range(0x3F8, 0x400),
        0x4D0, 0x4D1,
    ]  # fmt: skip


def test_the_timer_interrupts_through_input_0(pc):
    pc.run([("out", 0x43, 0x30), ("out", 0x40, 0), ("out", 0x40, 0x10)])
    ((_, moves),) = pc.run([("step", SECOND)])
    assert moves == (("isa[0]", 1), ("intr", 1))
    assert pc.machine.slot("pic1").device.acknowledge() == 0x08


def test_the_clock_interrupts_through_the_slave(pc):
    pc.run([("out", 0x21, 0x01), ("out", 0x70, 0x0B), ("out", 0x71, 0x12)])
    ((_, moves),) = pc.run([("step", 2 * SECOND)])
    assert [move for move in moves if move.line != "isa[0]"] == [("isa[8]", 1), ("intr", 1)]
    assert pc.machine.slot("pic1").device.acknowledge() == 0x70


def test_the_serial_port_interrupts_through_input_4(pc):
    ((_, moves),) = pc.run([("out", 0x3F9, 0x02)])
    assert moves == (("isa[4]", 1), ("intr", 1))
    assert pc.machine.slot("pic1").device.acknowledge() == 0x0C


def test_the_levels_of_lines_are_known_after_a_load(pc):
    pc.run([("out", 0x43, 0x30), ("out", 0x40, 0), ("out", 0x40, 0x10), ("out", 0x3F9, 0x02)])
    pc.run([("out", 0x70, 0x0B), ("out", 0x71, 0x12), ("step", 2 * SECOND)])
    levels, saved = pc.machine.levels, pc.machine.save()
    assert levels == {"isa[0]": 1, "isa[4]": 1, "isa[8]": 1, "intr": 1}
    fresh = build_pc()
    fresh.load(saved)
    assert fresh.levels == levels
    assert fresh.take_moves() == ()


PORTS = all_ports(build_pc())


@given(programs(PORTS), programs(PORTS))
@law
def test_a_cycle_changes_nothing(before, after):
    assert_a_cycle_changes_nothing(make_board, [*INITIALIZE, *before], after)


@given(programs(PORTS), st.integers(2, 5))
@law
def test_time_may_pass_in_any_number_of_steps(program, parts):
    assert_steps_may_be_split(make_board, [*INITIALIZE, *program], parts)
