"""The Cirrus driver: registers of the blitter."""

from struct import unpack

from harness.qemu.drivers.cirrus import CirrusDriver
from harness.qemu.drivers.driver import Draw
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful

DRIVER = CirrusDriver()
BARS = (Bar(0, "memory", 0xE0000000, 0x2000000), Bar(1, "memory", 0xE2000000, 0x1000))
FUNCTION = Function(Address(0, 4), 0x1013, 0xB8, 0x030000, bars=BARS)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_half_mapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1013, 0xB8, 0x030000, bars=BARS[:1]))
    assert not DRIVER.fits(Function(Address(0, 4), 0x1013, 0xBC, 0x030000, bars=BARS))


def test_a_transfer_moves_a_line():
    pattern, target, colours, sizes, *rest = DRIVER.transfer(FUNCTION, ARENA).commands
    assert pattern.address == 0xE0001000
    assert str(target) == "memset 0xe0008000 0x40 0xa5"
    assert colours.address == 0xE2000100
    assert sizes.address == 0xE2000108
    assert unpack("<HHHHII", bytes.fromhex(sizes.operands[2][2:])) == (
        *(63, 0, 0x100, 0x100),
        *(0x8000, 0x1000),
    )
    assert list(map(str, rest)) == [
        "writeb 0xe2000118 0x0",
        "writeb 0xe200011a 0xd",
        "writeb 0xe200011b 0x0",
        "writew 0xe200011c 0x0",
        "writeb 0xe2000140 0x2",
    ]


def test_a_move_from_the_processor_may_lack_data():
    # eight by four bytes, plain, to 0x10000, a word of eight
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((5, 1, 1, 0, 0, 0, 1))))
    assert "writeb 0xe2000118 0x4" in map(str, commands)
    assert [str(one) for one in commands if one.address == 0xE0000000] == ["writel 0xe0000000 0x0"]
