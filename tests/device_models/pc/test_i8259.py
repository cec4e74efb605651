"""The interrupt controller, word by word; names are the 8259A data sheet's."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.i8259 import CASCADE_INPUT, I8259, I8259_VMSD
from tests.support.boards import (
    Board,
    assert_a_cycle_changes_nothing,
    assert_reset_forgets,
    law,
    programs,
)
from vmstate import save

# QEMU 7.2.22, -M pc, before the first instruction: the body of both i8259 sections.
QEMU_RESET = bytes(16)
MASTER, MASTER_MASK, MASTER_ELCR = 0x20, 0x21, 0x4D0
SLAVE, SLAVE_MASK, SLAVE_ELCR = 0xA0, 0xA1, 0x4D1
READ_IRR, READ_ISR, POLL = 0x0A, 0x0B, 0x0C
SET_SPECIAL_MASK, CLEAR_SPECIAL_MASK = 0x68, 0x48
EOI, SPECIFIC_EOI, SET_PRIORITY = 0x20, 0x60, 0xC0
ROTATE_EOI, ROTATE_SPECIFIC_EOI = 0xA0, 0xE0
SET_ROTATE_AUTO, CLEAR_ROTATE_AUTO = 0x80, 0x00


def make_board() -> Board:
    """A master, its slave and their sixteen inputs."""
    intr, slave_intr = Line("intr"), Line("slave_intr")
    master = I8259("pic1", MASTER, MASTER_ELCR, master=True, intr=intr)
    slave = I8259("pic2", SLAVE, SLAVE_ELCR, master=False, intr=slave_intr)
    master.cascade(slave.acknowledge)
    slave_intr.connect(partial(master.input, CASCADE_INPUT))
    machine = Machine("board", VirtualClock())
    machine.watch(intr, lambda: master.intr_level)
    machine.watch(slave_intr, lambda: slave.intr_level)
    machine.add("pic1", master, 0)
    machine.add("pic2", slave, 1)
    machine.reset()
    return Board(machine, [partial((master, slave)[n // 8].input, n % 8) for n in range(16)])


class Pics:
    def __init__(self):
        self.board = make_board()
        self.machine = self.board.machine
        self.master = self.machine.slot("pic1").device
        self.slave = self.machine.slot("pic2").device

    def out(self, port, *values):
        for value in values:
            self.machine.write(port, 1, value)

    def inb(self, port):
        return self.machine.read(port, 1)

    def initialize(self, *, icw4=0x01):
        """As a PC's firmware does: vectors 8 and 0x70."""
        self.out(MASTER, 0x11)
        self.out(MASTER_MASK, 0x08, 0x04, icw4)
        self.out(SLAVE, 0x11)
        self.out(SLAVE_MASK, 0x70, 0x02, 0x01)

    def drive(self, *numbers, level=1):
        for number in numbers:
            self.board.inputs[number](level)

    def pulse(self, *numbers):
        for number in numbers:
            self.drive(number)
            self.drive(number, level=0)

    @property
    def irr(self):
        self.out(MASTER, READ_IRR)
        return self.inb(MASTER)

    @property
    def isr(self):
        self.out(MASTER, READ_ISR)
        return self.inb(MASTER)

    @property
    def intr(self):
        return self.machine.levels["intr"]


@pytest.fixture
def pics():
    pics = Pics()
    pics.initialize()
    return pics


def test_the_reset_state_is_qemus_byte_for_byte():
    board = Pics()
    assert save(I8259_VMSD, board.master.state).data == QEMU_RESET
    assert save(I8259_VMSD, board.slave.state).data == QEMU_RESET


def test_it_is_qemus_type_and_says_which_one_it_is(pics):
    assert pics.master.type == "isa-i8259"
    assert repr(pics.slave) == "I8259('pic2')"


def test_an_edge_is_requested_acknowledged_and_ended(pics):
    pics.drive(3)
    assert (pics.irr, pics.isr, pics.intr) == (0x08, 0x00, 1)
    assert pics.master.acknowledge() == 0x0B
    assert (pics.irr, pics.isr, pics.intr) == (0x00, 0x08, 0)
    pics.out(MASTER, EOI)
    assert (pics.irr, pics.isr, pics.intr) == (0x00, 0x00, 0)


def test_a_level_that_stays_is_one_edge(pics):
    pics.drive(3)
    pics.master.acknowledge()
    pics.drive(3)
    assert pics.irr == 0
    pics.drive(3, level=0)
    pics.drive(3)
    assert pics.irr == 0x08


def test_an_edge_stays_requested_when_its_line_falls(pics):
    pics.pulse(3)
    assert (pics.irr, pics.intr) == (0x08, 1)


def test_a_level_is_requested_as_long_as_it_lasts(pics):
    pics.out(MASTER_ELCR, 0x08)
    pics.drive(3)
    assert pics.master.acknowledge() == 0x0B
    assert (pics.irr, pics.isr, pics.intr) == (0x08, 0x08, 0)
    pics.out(MASTER, EOI)
    assert pics.intr == 1
    pics.drive(3, level=0)
    assert (pics.irr, pics.intr) == (0, 0)


@pytest.mark.parametrize(("port", "mask"), [(MASTER_ELCR, 0xF8), (SLAVE_ELCR, 0xDE)])
def test_timer_keyboard_cascade_clock_and_fpu_can_not_be_level_triggered(pics, port, mask):
    pics.out(port, 0xFF)
    assert pics.inb(port) == mask


def test_the_mask_holds_back_but_does_not_forget(pics):
    pics.out(MASTER_MASK, 0x08)
    pics.drive(3)
    assert (pics.irr, pics.intr, pics.inb(MASTER_MASK)) == (0x08, 0, 0x08)
    pics.out(MASTER_MASK, 0x00)
    assert pics.intr == 1


def test_the_lowest_number_is_served_first_and_holds_back_the_others(pics):
    pics.pulse(5, 3)
    assert pics.master.acknowledge() == 0x0B
    assert pics.intr == 0
    pics.pulse(1)
    assert pics.master.acknowledge() == 0x09
    pics.out(MASTER, EOI)
    assert (pics.isr, pics.intr) == (0x08, 0)
    pics.out(MASTER, EOI)
    assert pics.master.acknowledge() == 0x0D


def test_an_interrupt_that_goes_away_gives_vector_7_and_is_not_in_service(pics):
    pics.out(MASTER_ELCR, 0x20)
    pics.drive(5)
    pics.drive(5, level=0)
    assert (pics.master.acknowledge(), pics.isr) == (0x0F, 0)


def test_the_slave_gives_its_own_vector(pics):
    pics.drive(8)
    assert pics.irr == 0x04
    assert pics.master.acknowledge() == 0x70
    assert (pics.isr, pics.slave.state.isr) == (0x04, 0x01)
    assert (pics.master.state.irr, pics.slave.state.irr) == (0x00, 0x00)


def test_a_request_that_leaves_the_slave_gives_the_slaves_vector_7(pics):
    pics.drive(8)
    pics.out(SLAVE_MASK, 0x01)
    assert pics.master.acknowledge() == 0x77
    assert (pics.isr, pics.slave.state.isr) == (0x04, 0x00)


def test_a_single_master_gives_its_own_vector_for_input_2(pics):
    pics.out(MASTER, 0x13)
    pics.out(MASTER_MASK, 0x20, 0x01)
    pics.drive(8)
    assert pics.master.acknowledge() == 0x22


def test_a_master_without_a_slave_gives_its_own_vector_for_input_2():
    alone = I8259("pic", MASTER, MASTER_ELCR, master=True, intr=Line("intr"))
    alone.input(2, 1)
    assert alone.acknowledge() == 2


def test_icw1_forgets_mask_service_and_edges_but_not_the_elcr(pics):
    pics.out(MASTER_ELCR, 0x20)
    pics.out(MASTER_MASK, 0x80)
    pics.drive(5)
    pics.pulse(1)
    pics.master.acknowledge()
    pics.pulse(3)
    pics.out(MASTER, READ_ISR)
    pics.out(MASTER, 0x11)
    assert pics.inb(MASTER) == 0x20, "the level is still there, and IRR is read"
    assert (pics.inb(MASTER_MASK), pics.isr, pics.inb(MASTER_ELCR)) == (0, 0, 0x20)


def test_icw1_forgets_which_inputs_are_high(pics):
    pics.drive(3)
    pics.initialize()
    assert pics.irr == 0
    pics.drive(3)
    assert pics.irr == 0x08


@pytest.mark.parametrize(
    ("icw1", "words"), [(0x11, 3), (0x10, 2), (0x13, 2), (0x12, 1)], ids=lambda value: f"{value:x}"
)
def test_icw1_says_how_many_words_follow(pics, icw1, words):
    pics.out(MASTER, icw1)
    pics.out(MASTER_MASK, *[0x40] * words)
    assert pics.inb(MASTER_MASK) == 0
    pics.out(MASTER_MASK, 0x55)
    assert pics.inb(MASTER_MASK) == 0x55
    pics.out(MASTER_MASK, 0)
    pics.drive(7)
    assert pics.master.acknowledge() == 0x47


def test_the_low_bits_of_icw2_do_not_matter(pics):
    pics.out(MASTER, 0x10)
    pics.out(MASTER_MASK, 0xFF, 0x04)
    pics.drive(1)
    assert pics.master.acknowledge() == 0xF9


def test_automatic_eoi_ends_at_the_acknowledge(pics):
    pics.initialize(icw4=0x03)
    pics.pulse(3)
    pics.master.acknowledge()
    assert pics.isr == 0


def test_rotation_in_automatic_eoi_makes_the_served_one_lowest(pics):
    pics.initialize(icw4=0x03)
    pics.out(MASTER, SET_ROTATE_AUTO)
    pics.pulse(3)
    pics.master.acknowledge()
    pics.pulse(3, 4)
    assert pics.master.acknowledge() == 0x0C
    pics.out(MASTER, CLEAR_ROTATE_AUTO)
    pics.pulse(4, 5)
    assert [pics.master.acknowledge() for _ in range(3)] == [0x0D, 0x0B, 0x0C]


def test_a_non_specific_eoi_with_nothing_in_service_does_nothing(pics):
    pics.out(MASTER, ROTATE_EOI)
    pics.pulse(7, 0)
    assert pics.master.acknowledge() == 0x08


def test_rotation_on_non_specific_eoi_makes_the_ended_one_lowest(pics):
    pics.pulse(3)
    pics.master.acknowledge()
    pics.out(MASTER, ROTATE_EOI)
    pics.pulse(3, 7)
    assert (pics.isr, pics.master.acknowledge()) == (0, 0x0F)


def test_a_specific_eoi_ends_the_one_that_it_names(pics):
    pics.pulse(5)
    pics.master.acknowledge()
    pics.pulse(3)
    pics.master.acknowledge()
    pics.out(MASTER, SPECIFIC_EOI | 5)
    assert pics.isr == 0x08


def test_rotation_on_specific_eoi_ends_and_makes_lowest(pics):
    pics.pulse(5)
    pics.master.acknowledge()
    pics.out(MASTER, ROTATE_SPECIFIC_EOI | 5)
    pics.pulse(0, 6)
    assert (pics.isr, pics.master.acknowledge()) == (0, 0x0E)


def test_set_priority_names_the_lowest_and_ends_nothing(pics):
    pics.pulse(1)
    pics.master.acknowledge()
    pics.out(MASTER, SET_PRIORITY | 3)
    pics.pulse(0, 5)
    assert pics.isr == 0x02
    assert pics.master.acknowledge() == 0x0D


def test_the_no_operation_command_does_nothing(pics):
    pics.pulse(1)
    pics.master.acknowledge()
    pics.out(MASTER, 0x40)
    assert pics.isr == 0x02


def test_reading_goes_on_with_the_register_that_was_chosen(pics):
    pics.pulse(3, 4)
    pics.master.acknowledge()
    pics.out(MASTER, READ_ISR)
    assert [pics.inb(MASTER), pics.inb(MASTER)] == [0x08, 0x08]
    pics.out(MASTER, 0x08)
    assert pics.inb(MASTER) == 0x08
    pics.out(MASTER, READ_IRR)
    assert pics.inb(MASTER) == 0x10


@pytest.mark.parametrize("port", [MASTER, MASTER_MASK])
def test_a_poll_acknowledges_the_interrupt_once(pics, port):
    pics.pulse(3)
    pics.out(MASTER, POLL)
    assert pics.inb(port) == 0x83
    assert (pics.isr, pics.irr, pics.intr) == (0x08, 0, 0)


def test_a_poll_without_an_interrupt_reads_zero(pics):
    pics.out(MASTER_MASK, 0x55)
    pics.out(MASTER, POLL)
    assert pics.inb(MASTER) == 0
    assert pics.inb(MASTER_MASK) == 0x55


def test_special_mask_mode_lets_lower_ones_pass_a_masked_one_in_service(pics):
    pics.pulse(3)
    pics.master.acknowledge()
    pics.pulse(5)
    pics.out(MASTER_MASK, 0x08)
    assert pics.intr == 0
    pics.out(MASTER, SET_SPECIAL_MASK)
    assert pics.intr == 1
    pics.out(MASTER, CLEAR_SPECIAL_MASK)
    assert pics.intr == 0


def test_special_mask_mode_stays_when_esmm_is_not_given(pics):
    pics.out(MASTER, SET_SPECIAL_MASK)
    pics.out(MASTER, 0x2A)
    assert pics.master.state.special_mask == 1
    pics.out(MASTER, 0x0A)
    assert pics.master.state.special_mask == 1


def test_the_slave_is_held_back_by_itself_unless_fully_nested_specially(pics):
    pics.pulse(10)
    pics.master.acknowledge()
    pics.pulse(9)
    assert pics.intr == 0
    pics.initialize(icw4=0x11)
    pics.pulse(10)
    pics.master.acknowledge()
    pics.pulse(9)
    assert pics.intr == 1
    assert pics.master.acknowledge() == 0x71


def test_fully_nested_specially_means_nothing_to_a_slave(pics):
    pics.out(SLAVE, 0x11)
    pics.out(SLAVE_MASK, 0x70, 0x02, 0x11)
    pics.drive(10)
    pics.master.acknowledge()
    pics.drive(10, level=0)
    pics.drive(10)
    assert pics.slave.requested is None


def test_icw4_moves_int_where_it_decides_it(pics):
    pics.out(MASTER, 0x11)
    pics.out(MASTER_MASK, 0x08, 0x04)
    pics.drive(10)
    pics.master.acknowledge()
    pics.out(SLAVE, EOI)
    pics.pulse(9)
    assert pics.intr == 0
    pics.out(MASTER_MASK, 0x11)
    assert pics.intr == 1


def test_a_word_that_int_does_not_depend_on_drives_no_line(pics):
    pics.drive(10)
    pics.out(MASTER, 0x11)
    pics.out(SLAVE, SET_SPECIAL_MASK)
    assert pics.irr == 0, "the level of INT was not driven again, so there was no edge"


def test_a_state_that_waits_for_no_word_ignores_the_odd_port(pics):
    pics.master.state.init_state = 9
    pics.out(MASTER_MASK, 0x55)
    assert (pics.inb(MASTER_MASK), pics.master.state.init_state) == (0, 9)


@given(st.integers(0, 7), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
@law
def test_int_asks_for_the_first_in_rotation_order_that_nothing_in_service_precedes(
    lowest, irr, imr, isr
):
    pic = I8259("pic", MASTER, MASTER_ELCR, master=True, intr=Line("intr"))
    pic.state.priority_add, pic.state.irr, pic.state.imr, pic.state.isr = lowest, irr, imr, isr
    expected = None
    for number in (*range(lowest, 8), *range(lowest)):
        if isr >> number & 1:
            break
        if (irr & ~imr) >> number & 1:
            expected = number
            break
    assert pic.requested == expected
    assert pic.intr_level == (expected is not None)


PORTS = (MASTER, MASTER_MASK, MASTER_ELCR, SLAVE, SLAVE_MASK, SLAVE_ELCR)


@given(programs(PORTS, inputs=16, time=False), programs(PORTS, inputs=16, time=False))
@law
def test_a_cycle_changes_nothing(before, after):
    assert_a_cycle_changes_nothing(make_board, before, after)


@given(programs(PORTS, inputs=16, time=False))
@law
def test_a_reset_forgets_everything(program):
    assert_reset_forgets(make_board, program)


@given(programs(PORTS, inputs=16, time=False))
@law
def test_int_always_follows_the_registers(program):
    board = make_board()
    for action in program:
        board.act(action)
        master, slave = (board.machine.slot(name).device for name in ("pic1", "pic2"))
        assert board.machine.levels == {
            "intr": master.intr_level,
            "slave_intr": slave.intr_level,
        }
