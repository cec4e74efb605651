"""The 21143 driver: its rings."""

import struct

from harness.qemu.drivers.tulip import Tulip
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

PORTS = 0xC000
FUNCTION = function_of(0x1011, 0x0019, (0, "io", 0x80), (1, "memory", 0x80))


def descriptors(commands, ring):
    return {
        (c.address - ARENA.base - ring) // 16: struct.unpack(
            "<IIII", bytes.fromhex(c.operands[2][2:])
        )
        for c in commands
        if c.verb == "write" and c.size == 16 and 0 <= c.address - ARENA.base - ring < 64
    }


def test_it_drives_the_card_by_the_laws():
    assert_lawful(Tulip(), FUNCTION)
    assert not Tulip().fits(function_of(0x1011, 0x0009, (0, "io", 0x80)))
    assert not Tulip().fits(function_of(0x1011, 0x0019))


def test_the_last_descriptor_of_four_ends_the_ring():
    sent = descriptors(Tulip().transfer(FUNCTION, ARENA).commands, 0)
    assert [control & 1 << 25 for _, control, _, _ in sent.values()] == [0, 0, 0, 1 << 25]
    assert {status for status, _, _, _ in sent.values()} == {1 << 31}
    assert {control & 0x7FF for _, control, _, _ in sent.values()} == {96}


def test_the_card_starts_in_internal_loopback_mode():
    assert str(Tulip().start(FUNCTION, ARENA)[-1]) == f"outl {PORTS + 48:#x} 0x2442"


def test_one_poll_sends_all_and_each_is_expected_back():
    transfer = Tulip().transfer(FUNCTION, ARENA)
    assert [str(c) for c in transfer.commands if c.space == "io"] == [f"outl {PORTS + 8:#x} 0x1"]
    received = [check for check in transfer.checks if check.command.verb == "read"]
    assert len({check.expected for check in received}) == 4


def test_requests_set_filters_and_split_frames():
    setups, halves = 0, 0
    for commands in requests(Tulip(), FUNCTION):
        for _, control, first, second in descriptors(commands, 0).values():
            if control & 1 << 27:
                setups += control & 0x7FF == 192
            else:
                halves += control >> 11 & 0x7FF > 0
                assert second >= first
    assert setups
    assert halves
