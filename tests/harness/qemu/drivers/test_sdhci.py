"""The SDHCI driver: commands, simple DMA and ADMA2."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.sdhci import SdhciDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = SdhciDriver()
FUNCTION = Function(Address(0, 4), 0x1B36, 7, 0x080501, bars=(Bar(0, "memory", 0xE0000000, 0x100),))


def sent(commands):
    """The numbers of the commands to the card."""
    return [one.value >> 24 for one in commands if one.address == 0xE000000C]


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1B36, 7, 0x080501))
    assert not DRIVER.fits(Function(Address(0, 4), 1, 2, 0x080001, bars=FUNCTION.bars))


def test_a_start_brings_the_card_to_transfer_state_and_signals_nothing():
    start = DRIVER.start(FUNCTION, ARENA)
    assert sent(start) == [0, 8, 55, 41, 2, 3, 7, 24, 7, 12, 16]
    assert "writel 0xe0000038 0x0" in map(str, start)


def test_a_transfer_sets_the_address_while_there_is_nothing_to_move():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    assert sent(commands) == [6, 17]
    moves = [
        (one.address & 0xFF, one.value)
        for one in commands
        if one.address in range(0xE0000000, 0xE0000008)
    ]
    assert moves == [
        *((4, 0), (0, 0x110000), (4, 0x17040)),
        *((4, 0), (0, 0x120000), (4, 0x17200)),
    ]


def test_a_table_ends_with_its_last_line():
    # READ_MULTIPLE, two blocks, sector 0, no automatic stop, by ADMA2 in steps of 512
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 1, 1, 0, 0, 1, 0, 0))))
    memory = memory_after(commands)
    assert unpack("<HHIHHI", memory[:16]) == (
        *(0x21, 512, 0x110000),
        *(0x23, 512, 0x110200),
    )
    assert sent(commands) == [18]
    assert str(commands[-1]) == "writel 0xe000000c 0x123a0033"


def test_a_block_is_written_word_by_word():
    # WRITE_BLOCK, sector 0, by the buffer port, 128 words
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 2, 0, 2, 3))))
    words = [one.value for one in commands if one.address == 0xE0000020]
    assert words == list(range(128))


def test_an_application_command_comes_after_its_announcement():
    # an application command: of the seeded card, the bus's width
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((11, 1, 0))))
    assert sent(commands) == [55, 6]
    assert str(commands[0]) == "writel 0xe0000008 0x6adf0000"
