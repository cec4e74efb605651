"""The NVMe driver: queues and entries."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.nvme import NvmeDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = NvmeDriver()
FUNCTION = Function(
    Address(0, 4), 0x1B36, 0x10, 0x010802, bars=(Bar(0, "memory", 0xE0000000, 0x4000),)
)


def entry(memory, place):
    body = bytes(memory[place : place + 64])
    return unpack("<BBHIQQQQ6I", body)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1B36, 0x10, 0x010802))
    assert not DRIVER.fits(Function(Address(0, 4), 1, 2, 0x010601, bars=FUNCTION.bars))


def test_a_start_creates_a_pair_of_queues_and_leaves_no_entry_invalid():
    start = DRIVER.start(FUNCTION, ARENA)
    memory = memory_after(start)
    completion, submission = entry(memory, 0), entry(memory, 64)
    assert (completion[0], completion[6], completion[8:10]) == (5, 0x103000, (0xF0001, 3))
    assert (submission[0], submission[6], submission[8:10]) == (1, 0x101000, (0xF0001, 0x10001))
    assert {entry(memory, 64 * n)[0] for n in range(2, 16)} == {6}
    assert {entry(memory, 0x1000 + 64 * n)[0] for n in range(16)} == {2}
    assert str(start[-1]) == "writel 0xe0001000 0x2"


def test_a_request_rings_the_doorbell_of_its_queue():
    # I/O queue, entry 5, READ, sector 8, 64 sectors by a list, namespace 1, head to 5
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 5, 0, 2, 4, 0, 0, 5))))
    read = entry(memory_after(commands), 0x1000 + 5 * 64)
    assert (read[0], read[3], read[6], read[7]) == (2, 1, 0x110000, 0x104000)
    assert read[8:11] == (8, 0, 63)
    assert list(map(str, commands[-2:])) == ["writel 0xe0001008 0x6", "writel 0xe000100c 0x5"]


def test_pages_behind_a_read_follow_each_other():
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 2, 3))))
    memory = memory_after(commands)
    assert entry(memory, 0x1000)[6:8] == (0x110000, 0x111000)
    assert unpack("<2Q", memory[0x4000:0x4010]) == (0x110000, 0x111000)
