"""The 8255x driver: lists of commands."""

import struct

import pytest

from harness.qemu.drivers.i8255x import I8255x
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

MEMORY = 0xE0000000
BARS = ((0, "memory", 0x1000), (1, "io", 0x40))
FUNCTION = function_of(0x8086, 0x1229, *BARS)


def blocks(commands):
    """The command blocks that are written, by their number."""
    return {
        (c.address - ARENA.base) // 0x800: bytes.fromhex(c.operands[2][2:])
        for c in commands
        if c.verb == "write" and c.address < ARENA.base + 0x3000
    }


@pytest.mark.parametrize("device", [0x1229, 0x1209, 0x1030, 0x2449])
def test_it_drives_the_cards_by_the_laws(device):
    assert_lawful(I8255x(), function_of(0x8086, device, *BARS))


def test_other_functions_are_not_for_it():
    assert not I8255x().fits(function_of(0x8086, 0x100E, *BARS))
    assert not I8255x().fits(function_of(0x8086, 0x1229, *BARS, class_code=0x010000))
    assert not I8255x().fits(function_of(0x8086, 0x1229))


def test_the_blocks_of_a_transfer_are_linked_and_the_last_ends_the_list():
    transfer = I8255x().transfer(FUNCTION, ARENA)
    headers = [
        struct.unpack_from("<HHI", body) for _, body in sorted(blocks(transfer.commands).items())
    ]
    assert headers == [
        (0, 1, 0x800),
        (0, 2, 0x1000),
        (0, 0x8004, 0x1800),
    ]
    assert [str(c) for c in transfer.commands[-3:]] == [
        f"writel {MEMORY + 4:#x} 0x0",
        f"writeb {MEMORY + 2:#x} 0x10",
        f"writeb {MEMORY + 2:#x} 0x70",
    ]


def test_lists_count_from_the_arenas_base():
    texts = [str(command) for command in I8255x().start(FUNCTION, ARENA)]
    for unit in (0x60, 0x06):
        at = texts.index(f"writeb {MEMORY + 2:#x} {unit:#x}")
        assert texts[at - 1] == f"writel {MEMORY + 4:#x} {ARENA.base:#x}"


def test_a_sent_frame_is_counted_once_because_counting_begins_anew():
    transfer = I8255x().transfer(FUNCTION, ARENA)
    assert str(transfer.start[-1]) == f"writeb {MEMORY + 2:#x} 0x70"
    assert (transfer.checks[-1].command.address, transfer.checks[-1].expected) == (
        ARENA.base + 0x8000,
        1,
    )


def test_requests_use_every_command_and_frames_in_two_pieces():
    drawn = [body for one in requests(I8255x(), FUNCTION, 60) for body in blocks(one).values()]
    commands = {struct.unpack_from("<H", body, 2)[0] for body in drawn}
    assert {command & 7 for command in commands} == set(range(8))
    assert any(command & 8 for command in commands)
    assert {command & 0xC000 for command in commands} >= {0, 0x4000, 0x8000}
