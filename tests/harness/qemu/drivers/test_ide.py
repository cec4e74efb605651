"""The IDE driver: command blocks and tables of regions."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.ide import IdeDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = IdeDriver()
MASTER = Bar(4, "io", 0xC000, 0x10)
FUNCTION = Function(Address(0, 1, 1), 0x8086, 0x7010, 0x010180, bars=(MASTER,))
LEGACY = [range(0x1F0, 0x1F8), range(0x3F6, 0x3F7), range(0x170, 0x178), range(0x376, 0x377)]


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION, LEGACY)


def test_other_functions_and_those_without_a_bus_master_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 1, 1), 0x8086, 0x7010, 0x010180))
    assert not DRIVER.fits(Function(Address(0, 4), 1, 2, 0x010601, bars=(MASTER,)))


def test_channels_in_native_mode_are_behind_their_own_registers():
    bars = tuple(
        Bar(index, "io", 0xD000 + 0x10 * index, size) for index, size in enumerate((8, 4, 8, 4))
    )
    native = Function(Address(0, 4), 0x1095, 0x0646, 0x01018F, bars=(*bars, MASTER))
    assert_lawful(DRIVER, native)
    texts = list(map(str, DRIVER.start(native, ARENA)))
    assert texts[0] == "outb 0xd012 0x0"
    assert texts[4] == "outb 0xd032 0x0"


def test_a_transfer_reads_two_sectors_by_two_regions_on_both_channels():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    memory = memory_after(commands)
    for room in (0, 0x10000):
        assert unpack("<4I", memory[room : room + 16]) == (
            *(0x108000, 300),
            *(0x108000 + 300, 0x80000000 | 724),
        )
    texts = list(map(str, commands))
    assert [text for text in texts if text.startswith("outb 0x1f")] == [
        "outb 0x1f6 0xe0",
        "outb 0x1f1 0x0",
        "outb 0x1f2 0x2",
        "outb 0x1f3 0x3",
        "outb 0x1f4 0x0",
        "outb 0x1f5 0x0",
        "outb 0x1f7 0xc8",
    ]
    assert texts[-2:] == ["outb 0xc008 0x8", "outb 0xc008 0x9"]


def test_an_extended_command_writes_the_high_bytes_first():
    # channel 0, no oddity, drive 0, sector 2^24, one sector, by DMA, READ DMA EXT
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 5, 0, 4, 2, 1))))
    writes = [str(one).split()[1:] for one in commands if 0x1F1 <= one.address <= 0x1F7]
    assert writes[1:11] == [
        *(["0x1f1", "0x0"], ["0x1f2", "0x0"], ["0x1f3", "0x1"]),
        *(["0x1f4", "0x0"], ["0x1f5", "0x0"]),
        *(["0x1f1", "0x0"], ["0x1f2", "0x1"], ["0x1f3", "0x0"]),
        *(["0x1f4", "0x0"], ["0x1f5", "0x0"]),
    ]


def test_a_packet_is_written_word_by_word():
    # channel 1, no oddity, drive 0, sector 0, packet: inquiry, no DMA, no data
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((1, 0, 0, 0, 0, 2, 0, 0, 0))))
    words = [str(one) for one in commands if one.verb == "outw"]
    assert words == [f"outw 0x170 {word:#x}" for word in (0x12, 0, 0x24, 0, 0, 0)]
