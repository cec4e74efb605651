"""The ES1370 driver: frames and channels."""

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.es1370 import Es1370Driver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful

DRIVER = Es1370Driver()
FUNCTION = Function(Address(0, 4), 0x1274, 0x5000, 0x040100, bars=(Bar(0, "io", 0xC000, 0x100),))


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1274, 0x5000, 0x040100))
    assert not DRIVER.fits(Function(Address(0, 4), 0x1274, 0x1371, 0x040100, bars=FUNCTION.bars))


def test_a_transfer_records_into_a_frame():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    assert list(map(str, commands)) == [
        "memset 0x120000 0x1000 0xa5",
        "outl 0xc000 0x203002",
        "outl 0xc020 0x73f",
        "outl 0xc02c 0x100",
        "outl 0xc00c 0xd",
        "outl 0xc030 0x120000",
        "outl 0xc034 0x3ff",
        "outl 0xc000 0x203012",
    ]


def test_channels_are_switched_by_their_bits():
    # channels: the first and the last, another divider
    (command,) = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 1, 0, 1, 1))))
    assert str(command) == "outl 0xc000 0x640052"
