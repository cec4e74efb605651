"""The HD Audio driver: rings of verbs and lists of buffers."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.hda import HdaDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = HdaDriver()
FUNCTION = Function(
    Address(0, 4), 0x8086, 0x2668, 0x040300, bars=(Bar(0, "memory", 0xE0000000, 0x4000),)
)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x8086, 0x2668, 0x040300))
    assert not DRIVER.fits(Function(Address(0, 4), 0x8086, 0x2415, 0x040100, bars=FUNCTION.bars))


def test_a_transfer_begins_both_rings_anew():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    assert unpack("<I", memory_after(commands)[4:8]) == (0x000F0000,)
    assert list(map(str, commands))[1:] == [
        "writeb 0xe000004c 0x0",
        "writeb 0xe000005c 0x0",
        "writeb 0xe000005d 0x5",
        "writew 0xe0000048 0x0",
        "writew 0xe000004a 0x8000",
        "writew 0xe000004a 0x0",
        "writew 0xe0000058 0x8000",
        "write 0x100004 0x4 0x00000f00",
        "writeb 0xe000005c 0x3",
        "writeb 0xe000004c 0x2",
        "writew 0xe0000048 0x1",
    ]


def test_a_stream_gets_buffers_that_follow_each_other_and_its_number():
    # a stream: the fifth of all, begun, three buffers of 256 bytes
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((9, 1, 0, 2, 1))))
    memory = memory_after(commands)
    assert unpack("<QIIQIIQII", memory[0x3400:0x3430]) == (
        *(0x130000, 0x100, 1),
        *(0x130100, 0x100, 1),
        *(0x130200, 0x100, 1),
    )
    texts = list(map(str, commands))
    assert "writel 0xe0000108 0x300" in texts
    assert "writew 0xe000010c 0x2" in texts
    assert texts[-1] == "writel 0xe0000100 0x50001e"
    assert unpack("<3I", memory[4:16])[:2] == (0x00220011, 0x00270650)


def test_a_stream_may_be_stopped():
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((9, 0, 2))))
    assert list(map(str, commands)) == ["writel 0xe0000080 0x0", "writeb 0xe0000083 0x1c"]
