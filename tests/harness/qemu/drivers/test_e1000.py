"""The 8254x driver: its rings and how it goes round them."""

import struct

import pytest

from harness.qemu.drivers.e1000 import E1000
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

MEMORY = 0xE0000000
FUNCTION = function_of(0x8086, 0x100E, (0, "memory", 0x20000), (1, "io", 0x40))


def writes(commands, offset):
    return [c.value for c in commands if str(c).startswith(f"writel {MEMORY + offset:#x} ")]


@pytest.mark.parametrize("device", [0x100C, 0x100E, 0x100F])
def test_it_drives_the_cards_by_the_laws(device):
    assert_lawful(E1000(), function_of(0x8086, device, (0, "memory", 0x20000)))


def test_other_functions_are_not_for_it():
    assert not E1000().fits(function_of(0x8086, 0x10D3, (0, "memory", 0x20000)))
    assert not E1000().fits(function_of(0x8087, 0x100E, (0, "memory", 0x20000)))
    assert not E1000().fits(function_of(0x8086, 0x100E))


def test_a_start_gives_the_card_all_receive_descriptors_but_one():
    commands = E1000().start(FUNCTION, ARENA)
    assert writes(commands, 0x2818) == [0, 7]
    assert writes(commands, 0x3808) == writes(commands, 0x2808) == [128]
    assert writes(commands, 0x3800) == [ARENA.base]
    assert writes(commands, 0x0400)[0] == 0
    assert writes(commands, 0x0100)[-1] & 2


def test_a_transfer_goes_round_both_rings_once():
    transfer = E1000().transfer(FUNCTION, ARENA)
    assert writes(transfer.commands, 0x3818) == [4, 0]
    assert writes(transfer.commands, 0x2818) == [3, 7]
    done = [check for check in transfer.checks if check.command.verb == "readl"]
    assert [check.command.address - ARENA.base for check in done[:8]] == list(range(12, 128, 16))
    assert str(done[-1].command) == f"readl {MEMORY + 0x3810:#x}"


def test_nothing_is_expected_back_from_a_card_that_holds_frames_back():
    transfer = E1000().transfer(FUNCTION, ARENA)
    assert all(check.command.verb != "read" for check in transfer.checks)


def test_requests_use_descriptors_of_all_three_kinds():
    kinds = set()
    for commands in requests(E1000(), FUNCTION):
        for command in commands:
            if command.verb == "write" and command.size == 16:
                (lower,) = struct.unpack_from("<I", bytes.fromhex(command.operands[2][2:]), 8)
                kinds.add((bool(lower & 1 << 29), bool(lower & 1 << 20)))
    assert {(False, False), (True, False), (True, True)} <= kinds


def test_reception_always_stays_on_and_in_its_mode():
    for commands in requests(E1000(), FUNCTION):
        for value in writes(commands, 0x0100)[1:]:
            assert value & 0x801A == 0x801A
            assert not value & 0x40


def test_interrupts_are_enabled_in_some_requests_and_held_back_in_others():
    enabled = [0xFFFFFFFF in writes(one, 0x00D0) for one in requests(E1000(), FUNCTION)]
    assert {True, False} == set(enabled)
    held = 0
    for commands in requests(E1000(), FUNCTION):
        if writes(commands, 0x2C08):
            held += 1
            sent = [c for c in commands if c.verb == "write" and c.size == 16]
            for command in sent:
                assert bytes.fromhex(command.operands[2][2:])[11] & 0x80
    assert 2 < held < 38


def test_what_reset_leaves_alone_is_cleared_first():
    commands = E1000().start(FUNCTION, ARENA)
    assert writes(commands, 0x0000) == [1 << 26, 1 << 6]
    for offset in (0x0018, 0x5000, 0x5008, 0x5818):
        assert writes(commands, offset) == [0]
