"""The SMBus driver: messages."""

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.smbus import SmbusDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful

DRIVER = SmbusDriver()
FUNCTION = Function(Address(0, 31, 3), 0x8086, 0x2930, 0x0C0500, bars=(Bar(4, "io", 0xC040, 64),))


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 31, 3), 0x8086, 0x2930, 0x0C0500))
    assert not DRIVER.fits(
        Function(Address(0, 31, 3), 0x8086, 0x2930, 0x0C0501, bars=FUNCTION.bars)
    )


def test_the_power_management_of_a_pc_has_a_controller_without_its_class():
    piix4 = Function(Address(0, 1, 3), 0x8086, 0x7113, 0x068000, bars=(Bar(4, "io", 0xB100, 64),))
    assert DRIVER.fits(piix4)
    assert not DRIVER.fits(Function(Address(0, 1, 3), 0x8086, 0x7113, 0x068000))


def test_a_message_is_started_last():
    # to 0x50, a read, byte data, command 3 of few
    drawn = Draw(bytes((0, 1, 1, 0, 0x13, 5, 6, 0, 0)))
    assert list(map(str, DRIVER.request(FUNCTION, ARENA, drawn))) == [
        "outb 0xc040 0xff",
        "outb 0xc044 0xa1",
        "outb 0xc043 0x3",
        "outb 0xc045 0x5",
        "outb 0xc046 0x6",
        "outb 0xc042 0x48",
        "inb 0xc040",
    ]


def test_a_block_brings_its_bytes():
    # to 0, a write, block, its length, a command of few, no buffer of the host's
    drawn = Draw(bytes((0, 0, 0, 3, 1, 2, 3, 4, 0, 0, 9, 8, 7, 6, 1, 6)))
    assert list(map(str, DRIVER.request(FUNCTION, ARENA, drawn)))[-7:] == [
        "inb 0xc042",
        "outb 0xc047 0x9",
        "outb 0xc047 0x8",
        "outb 0xc047 0x7",
        "outb 0xc047 0x6",
        "outb 0xc042 0x55",
        "outb 0xc042 0x34",
    ]


def test_there_is_no_transfer_to_check():
    assert DRIVER.transfer(FUNCTION, ARENA) is None
