"""The MegaRAID driver: frames."""

from struct import unpack

import pytest

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.megasas import MegasasDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = MegasasDriver()


def adapter(device, index):
    bars = (Bar(index, "memory", 0xE0000000, 0x4000), Bar(2, "io", 0xC000, 0x100))
    return Function(Address(0, 4), 0x1000, device, 0x010400, bars=bars)


FUNCTION = adapter(0x60, 0)


@pytest.mark.parametrize("function", [FUNCTION, adapter(0x79, 1)])
def test_any_drawn_bytes_give_commands_within_bounds(function):
    assert_lawful(DRIVER, function)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1000, 0x60, 0x010400))
    assert not DRIVER.fits(adapter(0x12, 0))
    assert not DRIVER.fits(adapter(0x60, 1))


def test_a_start_posts_an_initialisation_with_queues_that_are_empty():
    commands = DRIVER.start(FUNCTION, ARENA)
    memory = memory_after(commands)
    assert unpack("<8I", memory[:32]) == (0, 64, 0x101000, 0, 0x100100, 0, 0x100108, 0)
    frame = memory[0x8000:0x8040]
    assert frame[:3].hex() == "0012ff"
    assert unpack("<2I", frame[24:32]) == (0x100000, 0)
    assert "writel 0xe0000040 0x108002" in map(str, commands)


def test_a_transfer_is_an_inquiry_in_a_frame():
    memory = memory_after(DRIVER.transfer(FUNCTION, ARENA).commands)
    frame = memory[0x8100:0x8140]
    code, _, status, _, target, _, cdb, regions, context, flags, _, length = unpack(
        "<8BQHHI", frame[:24]
    )
    assert (code, status, target, cdb, regions) == (3, 0xFF, 0, 6, 1)
    assert (context, flags, length) == (1, 0x10, 36)
    assert frame[32:38].hex() == "120000002400"
    assert unpack("<2I", frame[48:56]) == (0x110000, 36)


def test_sectors_may_lie_in_two_regions():
    # no oddity, frame 2, drive 0, sectors: WRITE, sector 100, eight of them, two regions
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 2, 0, 1, 1, 2, 2, 0))))
    frame = memory_after(commands)[0x8200:0x8240]
    assert (frame[0], frame[7]) == (2, 2)
    assert unpack("<I", frame[20:24]) == (8,)
    assert unpack("<2I", frame[32:40]) == (100, 0)
    assert unpack("<4I", frame[40:56]) == (0x110000, 512, 0x110200, 3584)


def test_a_direct_command_has_its_code():
    # no oddity, frame 0, drive 0, direct command: the first
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 2, 0))))
    frame = memory_after(commands)[0x8000:0x8040]
    assert frame[0] == 5
    assert unpack("<I", frame[24:28]) == (0x01010000,)
    assert unpack("<2I", frame[40:48]) == (0x110000, 2048)
