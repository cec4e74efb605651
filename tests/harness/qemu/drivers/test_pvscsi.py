"""The PVSCSI driver: rings and their entries."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.pvscsi import PvscsiDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = PvscsiDriver()
FUNCTION = Function(
    Address(0, 4), 0x15AD, 0x7C0, 0x010000, bars=(Bar(0, "memory", 0xE0000000, 0x8000),)
)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x15AD, 0x7C0, 0x010000))
    assert not DRIVER.fits(Function(Address(0, 4), 0x15AD, 0x7B0, 0x010000, bars=FUNCTION.bars))


def test_a_start_sets_up_rings_of_a_page_and_leaves_no_entry_invalid():
    commands = DRIVER.start(FUNCTION, ARENA)
    writes = [
        (one.address & 0xFF, one.value)
        for one in commands
        if one.is_write and one.address in (0xE0000000, 0xE0000004)
    ]
    assert writes[0] == (0, 3)
    words = [value for offset, value in writes[1:133] if offset == 4]
    assert len(words) == 132
    assert words[:6] == [1, 1, 0x100, 0, 0x101, 0]
    assert words[68:70] == [0x102, 0]
    assert writes[133] == (0, 8)
    memory = memory_after(commands)
    for place in range(32):
        entry = memory[0x1000 + 128 * place :][:128]
        assert entry[40:46].hex() == "120000002400"


def test_a_transfer_is_the_first_entry_of_new_rings():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    memory = memory_after(commands)
    assert unpack("<I", memory[:4]) == (1,)
    context, address, length, sense, sense_length, flags = unpack("<4QII", memory[0x1000:0x1028])
    assert (context, address, length) == (1, 0x110000, 36)
    assert (sense, sense_length, flags) == (0x105000, 18, 8)
    assert memory[0x1038] == 6
    assert "writel 0xe0003014 0x0" in map(str, commands)


def test_data_may_be_in_regions_of_a_list():
    # no oddity, entry 4, target 0, inquiry, whole, listed, producer at 5, kick
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 4, 0, 0, 0, 1, 5, 1))))
    memory = memory_after(commands)
    assert unpack("<QIIQII", memory[0x4000:0x4020]) == (0x110000, 24, 0, 0x110018, 12, 0)
    entry = memory[0x1200:0x1280]
    assert unpack("<4QII", entry[:40])[1] == 0x104000
    assert unpack("<4QII", entry[:40])[5] == 9
    assert unpack("<I", memory[:4]) == (5,)
    assert str(commands[-1]) == "writel 0xe0004018 0x0"
