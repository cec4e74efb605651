"""The PCnet driver: its initialisation block and rings."""

import struct

from harness.qemu.drivers.pcnet import Pcnet
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

FUNCTION = function_of(0x1022, 0x2000, (0, "io", 0x20), (1, "memory", 0x20))


def data_at(commands, address):
    return [bytes.fromhex(c.operands[2][2:]) for c in commands if c.address == address]


def test_it_drives_the_card_by_the_laws():
    assert_lawful(Pcnet(), FUNCTION)
    assert not Pcnet().fits(function_of(0x1022, 0x2001, (0, "io", 0x20)))
    assert not Pcnet().fits(function_of(0x1022, 0x2000))


def test_the_block_names_rings_of_four_and_the_loopback_mode():
    (block,) = data_at(Pcnet().start(FUNCTION, ARENA), ARENA.base)
    mode, receive, transmit = struct.unpack_from("<HBB", block)
    assert mode == 0x8044
    assert receive == transmit == 0x20
    assert struct.unpack_from("<II", block, 20) == (ARENA.base + 0x200, ARENA.base + 0x100)


def test_a_start_writes_control_registers_in_their_order():
    commands = Pcnet().start(FUNCTION, ARENA)
    assert str(commands[0]) == "inw 0xc014"
    ports = [str(command) for command in commands if command.space == "io"][3:]
    assert ports == [
        *("outw 0xc012 0x1", "outw 0xc010 0x0"),
        *("outw 0xc012 0x2", "outw 0xc010 0x10"),
        *("outw 0xc012 0x0", "outw 0xc010 0x1"),
        *("outw 0xc012 0x0", "outw 0xc010 0x42"),
    ]


def test_a_frames_length_is_negative_under_four_ones():
    commands = Pcnet().transfer(FUNCTION, ARENA).commands
    (descriptor,) = data_at(commands, ARENA.base + 0x110)
    buffer, length, status, _, _ = struct.unpack("<IHHII", descriptor)
    assert buffer == ARENA.base + 0x1800
    assert length == 0x10000 - 96
    assert status == 0xA300


def test_in_software_style_3_the_address_comes_third():
    styles = set()
    for commands in requests(Pcnet(), FUNCTION):
        ring = data_at(commands, ARENA.base + 0x200)[0]
        first, _, _, third, _ = struct.unpack_from("<IHHII", ring)
        styles.add((first == ARENA.base + 0x8000, third == ARENA.base + 0x8000))
    assert styles == {(True, False), (False, True)}


def test_what_is_sent_is_expected_in_the_receive_buffers():
    received = [c for c in Pcnet().transfer(FUNCTION, ARENA).checks if c.command.verb == "read"]
    assert len({check.expected for check in received}) == 4
    assert received[0].command.address == ARENA.base + 0x8000
