"""The serial port, register by register; sections and tables are the PC16550D data sheet's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import VirtualClock
from device_models.lines import Line
from device_models.machine import Machine
from device_models.pc.serial16550 import (
    IER,
    IIR_FCR,
    LCR,
    LSR,
    MCR,
    MSR,
    RBR_THR,
    SCR,
    Serial16550,
)
from tests.support.boards import (
    Board,
    assert_a_cycle_changes_nothing,
    assert_reset_forgets,
    assert_steps_may_be_split,
    programs,
)

BASE = 0x3F8
PORTS = range(BASE, BASE + 8)
LOOP = 0x10
DLAB = 0x80
FIFOS = 0x01
READY, ASK_SEND, ERRORS, MODEM = 0x01, 0x02, 0x04, 0x08
#: Four characters of 9600 baud, 5 data bits and a stop bit.
TIMEOUT_NS = 4 * (7 * 12 * 1_000_000_000 // 115200)


def make_board() -> Board:
    clock, line = VirtualClock(), Line("isa[4]")
    machine = Machine("board", clock)
    serial = Serial16550(clock, BASE, line)
    machine.watch(line, lambda: serial.irq_level)
    machine.add("serial", serial)
    machine.reset()
    return Board(machine)


class Port:
    """A serial port whose registers have names."""

    def __init__(self):
        self.board = make_board()
        self.machine = self.board.machine
        self.chip = self.machine.slot("serial").device.state.state

    def __getitem__(self, register):
        return self.machine.read(BASE + register, 1)

    def __setitem__(self, register, value):
        self.machine.write(BASE + register, 1, value)

    def step(self, step_ns):
        self.machine.clock.advance(step_ns)

    @property
    def irq(self):
        return self.machine.levels["isa[4]"]

    def send(self, data):
        for byte in data:
            self[RBR_THR] = byte

    def receive(self, count):
        return bytes(self[RBR_THR] for _ in range(count))


@pytest.fixture
def port():
    return Port()


@pytest.fixture
def looped(port):
    port[MCR] = LOOP
    assert port[MSR] & 0x0F == 0x0B
    return port


def test_the_registers_after_a_reset(port):
    assert [port[register] for register in range(8)] == [0, 0, 1, 0, 8, 0x60, 0xB0, 0]


def test_the_divisor_latch_is_behind_dlab(port):
    port[LCR] = DLAB
    assert (port[0], port[1]) == (12, 0)
    port[0], port[1] = 0x34, 0x12
    assert (port[0], port[1]) == (0x34, 0x12)
    port[LCR] = 0
    assert (port[0], port[1]) == (0, 0)
    assert port.chip.divider == 0x1234


def test_writing_half_a_divisor_keeps_the_other_half(port):
    port[LCR] = DLAB
    port[1] = 0xFF
    port[0] = 0x01
    assert port.chip.divider == 0xFF01
    port[1] = 0x02
    assert port.chip.divider == 0x0201


@pytest.mark.parametrize(
    ("register", "written", "read"),
    [(SCR, 0xA5, 0xA5), (LCR, 0x7F, 0x7F), (IER, 0xFF, 0x0F), (MCR, 0xFF, 0x1F)],
)
def test_a_register_keeps_the_bits_that_it_has(port, register, written, read):
    port[register] = written
    assert port[register] == read


@pytest.mark.parametrize("register", [LSR, MSR])
def test_status_registers_can_not_be_written(port, register):
    before = port[register]
    port[register] = 0xFF
    assert port[register] == before


def test_what_is_sent_is_gone_at_once(port):
    port[RBR_THR] = 0x55
    assert port[LSR] == 0x60
    assert port.receive(1) == b"\0"


def test_an_empty_transmitter_asks_for_more(port):
    port[IER] = ASK_SEND
    assert port.irq == 1
    assert port[IIR_FCR] == 0x02
    # Reading the identification is the answer to it (table IV).
    assert port.irq == 0
    assert port[IIR_FCR] == 0x01
    port[RBR_THR] = 1
    assert port.irq == 1


def test_enabling_the_transmitters_interrupt_again_asks_again(port):
    port[IER] = ASK_SEND
    assert port[IIR_FCR] == 0x02
    port[IER] = 0
    port[IER] = ASK_SEND
    assert port[IIR_FCR] == 0x02


def test_writing_the_same_enables_asks_no_more(port):
    port[IER] = ASK_SEND
    assert port[IIR_FCR] == 0x02
    port[IER] = ASK_SEND
    assert port.irq == 0


def test_sending_lowers_the_line_before_it_rises_again(port):
    port[IER] = ASK_SEND
    port.machine.take_moves()
    port[RBR_THR] = 1
    assert [move.level for move in port.machine.take_moves()] == [0, 1]


def test_loopback_receives_what_is_sent(looped):
    looped[RBR_THR] = 0x41
    assert looped[LSR] == 0x61
    assert looped.receive(1) == b"A"
    assert looped[LSR] == 0x60


def test_a_received_character_interrupts(looped):
    looped[IER] = READY
    assert looped.irq == 0
    looped[RBR_THR] = 0x41
    assert looped.irq == 1
    assert looped[IIR_FCR] == 0x04
    looped.receive(1)
    assert looped.irq == 0


def test_a_second_character_overruns_the_first(looped):
    looped[IER] = ERRORS
    looped.send(b"AB")
    assert looped[IIR_FCR] == 0x06
    assert looped[LSR] == 0x63
    assert looped[LSR] == 0x61
    assert looped.irq == 0
    assert looped.receive(1) == b"B"


def test_every_error_is_cleared_by_reading_the_line_status(port):
    port.chip.lsr |= 0x1E
    assert port[LSR] == 0x7E
    assert port[LSR] == 0x60


def test_interrupts_come_by_priority(looped):
    looped[IIR_FCR] = FIFOS
    looped[IER] = READY | ASK_SEND | ERRORS | MODEM
    looped[MCR] = LOOP | 0x01
    looped.send(b"A" * 17)
    seen = [looped[IIR_FCR] & 0x0F]
    looped[LSR]
    looped.step(TIMEOUT_NS)
    seen.append(looped[IIR_FCR] & 0x0F)
    looped.receive(1)
    seen.append(looped[IIR_FCR] & 0x0F)
    looped.receive(15)
    seen.append(looped[IIR_FCR] & 0x0F)
    seen.append(looped[IIR_FCR] & 0x0F)
    looped[MSR]
    seen.append(looped[IIR_FCR] & 0x0F)
    assert seen == [0x06, 0x0C, 0x04, 0x02, 0x00, 0x01]


def test_the_fifos_show_in_the_identification(port):
    assert port[IIR_FCR] == 0x01
    port[IIR_FCR] = FIFOS
    assert port[IIR_FCR] == 0xC1
    port[IIR_FCR] = 0
    assert port[IIR_FCR] == 0x01


def test_the_receive_fifo_holds_sixteen_characters(looped):
    looped[IIR_FCR] = FIFOS
    looped.send(range(20))
    assert looped[LSR] == 0x63
    assert looped.receive(17) == bytes(range(16)) + b"\0"
    assert looped[LSR] == 0x60


@pytest.mark.parametrize(("level", "count"), [(0x00, 1), (0x40, 4), (0x80, 8), (0xC0, 14)])
def test_the_receive_fifo_interrupts_at_its_trigger_level(looped, level, count):
    looped[IIR_FCR] = FIFOS | level
    looped[IER] = READY
    looped.send(bytes(count - 1))
    assert looped.irq == 0
    looped.send(b"x")
    assert looped.irq == 1
    assert looped[IIR_FCR] == 0xC4
    looped.receive(1)
    assert looped.irq == 0


@pytest.mark.parametrize("value", [FIFOS | 0x02, 0])
def test_the_receive_fifo_can_be_cleared(looped, value):
    looped[IIR_FCR] = FIFOS
    looped.send(b"ABC")
    looped[IIR_FCR] = value
    assert looped[LSR] == 0x60
    looped[IIR_FCR] = FIFOS
    assert looped.receive(1) == b"\0"


def test_clearing_the_transmit_fifo_asks_for_more(port):
    port[IIR_FCR] = FIFOS
    port[IER] = ASK_SEND
    assert port[IIR_FCR] == 0xC2
    port[IIR_FCR] = FIFOS | 0x04
    assert port[IIR_FCR] == 0xC2


def test_characters_that_wait_four_character_times_interrupt(looped):
    looped[IIR_FCR] = FIFOS | 0xC0
    looped[IER] = READY
    looped.send(b"A")
    looped.step(TIMEOUT_NS - 1)
    assert looped.irq == 0
    looped.step(1)
    assert looped[IIR_FCR] == 0xCC
    looped.receive(1)
    assert looped.irq == 0


def test_reading_and_sending_start_the_wait_again(looped):
    looped[IIR_FCR] = FIFOS | 0xC0
    looped[IER] = READY
    looped.send(b"ABC")
    for wait in (looped.send, looped.receive):
        looped.step(TIMEOUT_NS - 1)
        wait(b"D") if wait == looped.send else wait(1)
    looped.step(TIMEOUT_NS - 1)
    assert looped.irq == 0
    looped.step(1)
    assert looped.irq == 1


def test_an_empty_fifo_waits_for_nothing(looped):
    looped[IIR_FCR] = FIFOS
    looped[IER] = READY
    looped.send(b"A")
    looped.receive(1)
    looped.step(TIMEOUT_NS)
    assert looped[IIR_FCR] == 0xC1


@pytest.mark.parametrize(
    ("lcr", "divisor", "bits"),
    [(0x00, 12, 7), (0x03, 12, 10), (0x07, 12, 11), (0x0B, 12, 11), (0x03, 1, 10), (0x03, 96, 10)],
)
def test_the_character_time_follows_divisor_and_line_control(looped, lcr, divisor, bits):
    looped[LCR] = DLAB
    looped[0], looped[1] = divisor, 0
    looped[LCR] = lcr
    looped[IIR_FCR] = FIFOS
    looped.send(b"A")
    wait_ns = 4 * (bits * divisor * 1_000_000_000 // 115200)
    assert looped.chip.fifo_timeout_timer.expire_ns == wait_ns


def test_a_divisor_of_0_gives_3500_baud(looped):
    looped[LCR] = DLAB
    looped[0] = looped[1] = 0
    looped[LCR] = 3
    looped[IIR_FCR] = FIFOS
    looped.send(b"A")
    assert looped.chip.fifo_timeout_timer.expire_ns == 4 * (10 * 1_000_000_000 // 3500)


@pytest.mark.parametrize(
    ("mcr", "msr"), [(0x01, 0x20), (0x02, 0x10), (0x04, 0x40), (0x08, 0x80), (0x0F, 0xF0)]
)
def test_in_loopback_the_modem_outputs_are_its_inputs(looped, mcr, msr):
    looped[MCR] = LOOP | mcr
    assert looped[MSR] & 0xF0 == msr


def test_a_modem_line_that_changes_is_noted_until_it_is_read(looped):
    looped[IER] = MODEM
    looped[MCR] = LOOP | 0x01
    assert looped.irq == 1
    assert looped[IIR_FCR] == 0x00
    assert looped[MSR] == 0x22
    assert looped.irq == 0
    assert looped[MSR] == 0x20


def test_the_ring_indicator_is_noted_at_its_end_only(looped):
    looped[MCR] = LOOP | 0x04
    assert looped[MSR] == 0x40
    looped[MCR] = LOOP
    assert looped[MSR] == 0x04


def test_leaving_loopback_brings_the_pins_back(looped):
    looped[MCR] = 0
    assert looped[MSR] == 0xBB
    assert looped[MSR] == 0xB0


def test_a_character_that_was_loaded_into_the_transmitter_leaves_first(looped):
    looped[IIR_FCR] = FIFOS
    chip = looped.chip
    chip.tsr_retry, chip.tsr = 1, 0x41
    chip.lsr &= ~0x60
    for _ in range(16):
        chip.xmit_fifo.push(0x42)
    looped.send(b"C")
    # One of the sixteen made room, and the receive FIFO overran.
    assert looped.receive(16) == b"A" + b"B" * 15
    assert looped[LSR] & 0x60 == 0x60


def test_a_loaded_chip_that_polls_its_modem_lines_stops_at_once(port):
    port.chip.poll_msl = 1
    port.chip.modem_status_poll.modify(5)
    port.step(5)
    assert port.chip.poll_msl == -1
    assert port.chip.modem_status_poll.expire_ns is None


def test_reset_lowers_the_line_and_forgets_everything(looped):
    looped[IIR_FCR] = FIFOS
    looped[IER] = READY
    looped.send(b"A")
    looped.machine.reset()
    assert looped.irq == 0
    assert [looped[register] for register in range(8)] == [0, 0, 1, 0, 8, 0x60, 0xB0, 0]
    looped.step(10 * TIMEOUT_NS)
    assert looped.machine.slot("serial").device.state.state.timeout_ipending == 0


serial_programs = programs([*PORTS, BASE, BASE, BASE + MCR])


@st.composite
def busy_programs(draw):
    """Programs that begin in loopback, most with FIFOs, so that something is received."""
    opening = [("out", BASE + MCR, LOOP), ("out", BASE + IIR_FCR, draw(st.sampled_from([0, 1])))]
    opening.append(("out", BASE + IER, draw(st.integers(0, 15))))
    sent = [("out", BASE, byte) for byte in draw(st.binary(max_size=18))]
    return [*opening, *sent, *draw(serial_programs)]


any_program = st.one_of(serial_programs, busy_programs())


@given(any_program, serial_programs)
def test_a_cycle_changes_nothing(before, after):
    assert_a_cycle_changes_nothing(make_board, before, after)


@given(any_program, st.integers(2, 7))
def test_the_clock_may_be_stepped_in_pieces(program, parts):
    assert_steps_may_be_split(make_board, program, parts)


@given(any_program)
def test_a_reset_forgets(program):
    assert_reset_forgets(make_board, program)
