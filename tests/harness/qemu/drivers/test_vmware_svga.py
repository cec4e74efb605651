"""The VMware SVGA driver: registers and the FIFO."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.vmware_svga import VmwareSvgaDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful

DRIVER = VmwareSvgaDriver()
BARS = (
    Bar(0, "io", 0xC000, 0x10),
    Bar(1, "memory", 0xE0000000, 0x1000000),
    Bar(2, "memory", 0xE1000000, 0x10000),
)
FUNCTION = Function(Address(0, 4), 0x15AD, 0x405, 0x030000, bars=BARS)


def stored(commands, address):
    body = next(one for one in commands if one.verb == "write" and one.address == address)
    words = bytes.fromhex(body.operands[2][2:])
    return unpack(f"<{len(words) // 4}I", words)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_half_mapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x15AD, 0x405, 0x030000, bars=BARS[:2]))
    assert not DRIVER.fits(Function(Address(0, 4), 0x15AD, 0x7C0, 0x010000, bars=BARS))


def test_a_start_empties_the_fifo_and_enables():
    commands = DRIVER.start(FUNCTION, ARENA)
    assert stored(commands, 0xE1000000) == (0x200, 0x10000, 0x200, 0x200)
    assert list(map(str, commands))[-4:] == [
        "outl 0xc000 0x1",
        "outl 0xc001 0x1",
        "outl 0xc000 0x14",
        "outl 0xc001 0x1",
    ]


def test_a_transfer_copies_a_line_of_pixels():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    assert stored(commands, 0xE1000200) == (3, 0, 0, 0, 4, 16, 1)
    assert stored(commands, 0xE1000008) == (0x21C, 0x200)
    assert list(map(str, commands))[-2:] == ["outl 0xc000 0x15", "outl 0xc001 0x1"]


def test_a_command_may_not_have_arrived_as_a_whole():
    # the FIFO, one command, a fence, of which a word is missing
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((4, 0, 3, 9, 0, 7))))
    assert stored(commands, 0xE1000200) == (30, 9)
    assert stored(commands, 0xE1000008) == (0x204, 0x200)


def test_a_cursor_comes_with_its_mask_and_image():
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((4, 0, 2, 1, 2))))
    words = stored(commands, 0xE1000200)
    assert words[:8] == (19, 1, 1, 2, 8, 8, 0, 1)
    assert len(words) == 8 + 16
