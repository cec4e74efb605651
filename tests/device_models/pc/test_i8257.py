"""The DMA controller, register by register; names are the 8237A data sheet's."""

from __future__ import annotations

import pytest
from hypothesis import given

from device_models.clock import VirtualClock
from device_models.machine import Machine
from device_models.pc.i8257 import I8257, I8257_VMSD
from tests.support.boards import (
    Board,
    assert_a_cycle_changes_nothing,
    assert_reset_forgets,
    law,
    programs,
)
from vmstate import StreamError, load, save

# QEMU 7.2.22, -M pc, before the first instruction: the bodies of both dma sections.
QEMU_RESET = {
    "dma1": bytes.fromhex("00 ff 00 00000000") + bytes(4 * 17),
    "dma2": bytes.fromhex("00 ff 00 00000001") + bytes(4 * 17),
}
SUBSECTION = b"\x05\x0adma/status\0\0\0\x01"
# Registers of the first controller.
COMMAND, REQUEST, SINGLE_MASK, MODE, CLEAR_FLIP_FLOP, MASTER_CLEAR, CLEAR_MASK, ALL_MASK = range(
    8, 16
)
STATUS, READ_MASK = COMMAND, REQUEST


def make_board() -> Board:
    machine = Machine("board", VirtualClock())
    machine.add("dma1", I8257(0x00, 0x80, 0x480, 0), 0)
    machine.add("dma2", I8257(0xC0, 0x88, None, 1), 1)
    machine.reset()
    return Board(machine)


class Dma:
    def __init__(self):
        self.machine = make_board().machine
        self.first = self.machine.slot("dma1").device
        self.second = self.machine.slot("dma2").device

    def out(self, port, *values):
        for value in values:
            self.machine.write(port, 1, value)

    def inb(self, port):
        return self.machine.read(port, 1)

    def word(self, port):
        return self.inb(port) | self.inb(port) << 8


@pytest.fixture
def dma():
    return Dma()


def ports_of(device, name):
    return [
        port
        for ports in device.ports
        if ports.name == name
        for port in range(ports.start, ports.start + ports.size)
    ]


@pytest.mark.parametrize("name", ["dma1", "dma2"])
def test_the_reset_state_is_qemus_byte_for_byte(dma, name):
    assert save(I8257_VMSD, dma.machine.slot(name).device.state).data == QEMU_RESET[name]


def test_it_is_qemus_type(dma):
    assert dma.first.type == "i8257"


def test_the_first_controller_has_the_ports_of_a_pc(dma):
    assert ports_of(dma.first, "dma-chan") == list(range(8))
    assert ports_of(dma.first, "dma-cont") == list(range(8, 16))
    assert ports_of(dma.first, "dma-page") == [0x81, 0x82, 0x83, 0x87]
    assert ports_of(dma.first, "dma-pageh") == [0x481, 0x482, 0x483, 0x487]


def test_the_second_controllers_ports_are_two_apart(dma):
    assert ports_of(dma.second, "dma-chan") == list(range(0xC0, 0xD0))
    assert ports_of(dma.second, "dma-cont") == list(range(0xD0, 0xE0))
    assert ports_of(dma.second, "dma-page") == [0x89, 0x8A, 0x8B, 0x8F]
    assert ports_of(dma.second, "dma-pageh") == []


@pytest.mark.parametrize("port", range(8))
def test_an_address_or_count_is_written_and_read_low_byte_first(dma, port):
    dma.out(port, 0x34, 0x12)
    assert dma.word(port) == 0x1234
    assert dma.word(port) == 0x1234


@pytest.mark.parametrize("port", range(0xC0, 0xD0))
def test_the_second_controller_counts_in_words(dma, port):
    dma.out(port, 0x34, 0x92)
    assert dma.word(port) == 0x9234
    channel = dma.second.state.regs[(port - 0xC0) >> 2]
    assert 0x9234 in channel.base
    assert channel.now[0] in (0, 0x12468)


def test_a_low_byte_alone_changes_the_base_only(dma):
    dma.out(0x00, 0x34, 0x12)
    dma.out(0x00, 0x78)
    assert dma.inb(0x00) == 0x12, "the flip-flop waits for a high byte"
    assert dma.first.state.regs[0].base[0] == 0x1278
    assert dma.word(0x00) == 0x1234


def test_one_flip_flop_serves_all_channels(dma):
    dma.out(0x00, 0x34)
    dma.out(0x02, 0x12)
    assert dma.first.state.regs[0].base[0] == 0x0034
    assert dma.first.state.regs[1].base[0] == 0x1200


def test_the_flip_flop_can_be_cleared(dma):
    dma.out(0x00, 0x34)
    dma.out(CLEAR_FLIP_FLOP, 0xFF)
    dma.out(0x00, 0x78, 0x56)
    assert dma.word(0x00) == 0x5678


def test_current_values_count_up_from_the_base_as_far_as_the_transfer_got(dma):
    dma.out(0x00, 0x00, 0x10)
    dma.out(0x01, 0xFF, 0x00)
    dma.first.state.regs[0].now[1] = 0x21
    assert (dma.word(0x00), dma.word(0x01)) == (0x1021, 0xDE)


def test_current_addresses_count_down_in_decrement_mode(dma):
    dma.out(0x02, 0x00, 0x10)
    dma.out(MODE, 0x21)
    dma.first.state.regs[1].now[1] = 0x21
    assert dma.word(0x02) == 0x0FDF


def test_a_mode_belongs_to_the_channel_in_its_low_bits(dma):
    dma.out(MODE, 0x46, 0x83)
    assert [channel.mode for channel in dma.first.state.regs] == [0, 0, 0x46, 0x83]


def test_a_request_is_pending_until_it_is_taken_back(dma):
    dma.out(REQUEST, 0x06, 0x05)
    assert [dma.inb(STATUS), dma.inb(STATUS)] == [0x60, 0x60]
    dma.out(REQUEST, 0x02)
    assert dma.inb(STATUS) == 0x20


def test_reading_the_status_clears_terminal_counts(dma):
    dma.first.state.status = 0x4F
    assert [dma.inb(STATUS), dma.inb(STATUS)] == [0x4F, 0x40]


def test_a_request_clears_its_channels_terminal_count(dma):
    dma.first.state.status = 0x0F
    dma.out(REQUEST, 0x06)
    assert dma.inb(STATUS) == 0x4B


def test_masks_are_set_and_cleared_one_by_one(dma):
    dma.out(CLEAR_MASK, 0xFF)
    assert dma.inb(READ_MASK) == 0x00
    dma.out(SINGLE_MASK, 0x06)
    assert dma.inb(READ_MASK) == 0x04
    dma.out(SINGLE_MASK, 0x04)
    dma.out(SINGLE_MASK, 0x02)
    assert dma.inb(READ_MASK) == 0x01


def test_masks_are_written_all_at_once(dma):
    dma.out(ALL_MASK, 0x5A)
    assert dma.inb(READ_MASK) == 0x5A


@pytest.mark.parametrize("port", range(0x0A, 0x10))
def test_the_other_control_registers_read_zero(dma, port):
    dma.out(port, 0x00)
    assert dma.inb(port) == 0


def test_the_controller_can_be_disabled_but_not_made_to_do_what_qemus_can_not(dma):
    dma.out(COMMAND, 0x04)
    assert dma.first.state.command == 0x04
    dma.out(COMMAND, 0x10)
    assert dma.first.state.command == 0x04
    dma.out(COMMAND, 0x00)
    assert dma.first.state.command == 0x00


def test_master_clear_masks_all_and_forgets_status_command_and_flip_flop(dma):
    dma.out(COMMAND, 0x04)
    dma.out(REQUEST, 0x04)
    dma.out(CLEAR_MASK, 0)
    dma.out(0x00, 0x34, 0x12, 0x78)
    dma.out(MASTER_CLEAR, 0)
    state = dma.first.state
    assert (state.command, state.status, state.flip_flop, state.mask) == (0, 0, 0, 0xFF)
    assert dma.word(0x00) == 0x1234, "the channels keep their registers"


@pytest.mark.parametrize(
    ("port", "device", "channel"),
    [
        (0x87, "dma1", 0),
        (0x83, "dma1", 1),
        (0x81, "dma1", 2),
        (0x82, "dma1", 3),
        (0x8F, "dma2", 0),
        (0x8B, "dma2", 1),
        (0x89, "dma2", 2),
        (0x8A, "dma2", 3),
    ],
)
def test_each_page_register_is_wired_to_its_channel(dma, port, device, channel):
    dma.out(port, 0xA5)
    assert dma.inb(port) == 0xA5
    pages = [regs.page for regs in dma.machine.slot(device).device.state.regs]
    assert pages == [0xA5 * (number == channel) for number in range(4)]


def test_high_pages_are_registers_of_their_own(dma):
    dma.out(0x87, 0x12)
    dma.out(0x487, 0x34)
    channel = dma.first.state.regs[0]
    assert (channel.page, channel.pageh) == (0x12, 0x34)
    assert (dma.inb(0x87), dma.inb(0x487)) == (0x12, 0x34)


def test_a_status_is_kept_in_a_subsection_that_is_there_only_if_a_bit_is_set(dma):
    empty = save(I8257_VMSD, dma.first.state).data
    dma.out(REQUEST, 0x06)
    assert save(I8257_VMSD, dma.first.state).data == empty + SUBSECTION + b"\x40"
    dma.out(REQUEST, 0x02)
    assert save(I8257_VMSD, dma.first.state).data == empty


def test_a_section_of_qemus_says_that_no_status_bit_is_set(dma):
    dma.out(REQUEST, 0x06)
    load(I8257_VMSD, dma.first.state, QEMU_RESET["dma1"], 1)
    assert dma.inb(STATUS) == 0


def test_a_loaded_flip_flop_is_either_set_or_not(dma):
    body = bytearray(QEMU_RESET["dma1"])
    body[2] = 0xFE
    load(I8257_VMSD, dma.first.state, bytes(body), 1)
    dma.out(0x00, 0x12, 0x34)
    assert dma.first.state.regs[0].base[0] == 0x1234


def test_a_section_that_ends_early_is_refused(dma):
    with pytest.raises(StreamError, match=r"dma_regs/eop at offset 0x4a: needs 1 bytes"):
        load(I8257_VMSD, dma.first.state, QEMU_RESET["dma1"][:-1], 1)


PORTS = (*range(16), 0x81, 0x82, 0x83, 0x87, 0x487, *range(0xC0, 0xE0), 0x89, 0x8A, 0x8B, 0x8F)


@given(programs(PORTS), programs(PORTS))
@law
def test_a_cycle_changes_nothing(before, after):
    assert_a_cycle_changes_nothing(make_board, before, after)


@given(programs(PORTS))
@law
def test_a_reset_forgets_everything_but_the_time(program):
    assert_reset_forgets(make_board, program)
