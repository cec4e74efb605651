"""The AC'97 driver: mixer and engines."""

from struct import unpack

from harness.qemu.drivers.ac97 import Ac97Driver
from harness.qemu.drivers.driver import Draw
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = Ac97Driver()
BARS = (Bar(0, "io", 0xC000, 0x400), Bar(1, "io", 0xC400, 0x100))
FUNCTION = Function(Address(0, 4), 0x8086, 0x2415, 0x040100, bars=BARS)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_half_mapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x8086, 0x2415, 0x040100, bars=BARS[:1]))
    assert not DRIVER.fits(Function(Address(0, 4), 0x8086, 0x2668, 0x040100, bars=BARS))


def test_a_transfer_sets_an_engine_off_with_a_list():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    memory = memory_after(commands)
    assert unpack("<4I", memory[:16]) == (0x110000, 0x80000400, 0x114000, 0x80000400)
    assert list(map(str, commands))[-4:] == [
        "outb 0xc40b 0x2",
        "outl 0xc400 0x100000",
        "outb 0xc405 0x3",
        "outb 0xc40b 0x1d",
    ]


def test_rates_are_rates():
    # a register of the mixer: the front DAC's rate
    (command,) = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 19, 1))))
    assert str(command) == "outw 0xc02c 0xac44"
