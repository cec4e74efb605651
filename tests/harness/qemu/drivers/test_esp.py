"""The Am53C974 driver: selection, data and end of a command."""

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.esp import EspDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = EspDriver()
FUNCTION = Function(Address(0, 4), 0x1022, 0x2020, 0x010000, bars=(Bar(0, "io", 0xC000, 0x80),))


def written(commands, offset):
    return [one.value for one in commands if one.is_write and one.address == 0xC000 + offset]


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1022, 0x2020, 0x010000))
    assert not DRIVER.fits(Function(Address(0, 4), 0x1022, 0x2000, 0x010000, bars=FUNCTION.bars))


def test_a_transfer_selects_moves_data_and_lets_go_of_the_bus():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    assert memory_after(commands)[:7].hex() == "80120000002400"
    assert written(commands, 0x0C) == [0x01, 0xC2, 0x90, 0x11, 0x12]
    assert written(commands, 0x40) == [0x00, 0x43, 0x80, 0xC3, 0x00]
    assert written(commands, 0x44) == [7, 36]
    assert written(commands, 0x48) == [0x100000, 0x110000]


def test_a_command_without_data_goes_to_its_end_at_once():
    # no oddity, test unit ready, target 3, without attention, no end
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 1, 3, 3, 0))))
    assert written(commands, 0x10) == [3]
    assert written(commands, 0x0C) == [0x01, 0xC1]
