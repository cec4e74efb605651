"""The LSI53C8xx driver: its program."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.lsi import LsiDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = LsiDriver()
BARS = (Bar(0, "io", 0xC000, 0x100), Bar(1, "memory", 0xE0000000, 0x400))
FUNCTION = Function(Address(0, 4), 0x1000, 0x12, 0x010000, bars=BARS)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1000, 0x12, 0x010000))
    assert not DRIVER.fits(Function(Address(0, 4), 0x1000, 0x54, 0x010000, bars=BARS))
    assert not DRIVER.fits(Function(Address(0, 4), 0x1022, 0x12, 0x010000, bars=BARS))


def test_each_phase_leads_to_its_move_and_back():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    memory = memory_after(commands)
    program = unpack("<64I", memory[:256])

    def at(address):
        return program[(address - ARENA.base) // 4 :][:4]

    assert program[:2] == (0x41000008, ARENA.base + 8)
    served = {}
    for place in range(2, 12, 2):
        condition, target = program[place : place + 2]
        assert condition & 0xF8FFFFFF == 0x800B0000
        move, address, jump, back = at(target)
        served[condition >> 24 & 7] = (move >> 24 & 7, move & 0xFFFFFF, address)
        assert (jump, back) == (0x80080000, ARENA.base + 8)
    assert served == {
        6: (6, 1, 0x101000),
        2: (2, 6, 0x101010),
        0: (0, 36, 0x110000),
        1: (1, 36, 0x110000),
        3: (3, 1, 0x101020),
    }
    assert str(commands[-1]) == "writel 0xe000002c 0x100000"


def test_a_message_leads_to_a_wait_or_to_the_end():
    memory = memory_after(DRIVER.transfer(FUNCTION, ARENA).commands)
    program = unpack("<64I", memory[:256])
    place = (program[13] - ARENA.base) // 4
    assert program[12] == 0x870B0000
    assert program[place : place + 2] == (0x07000001, 0x101030)
    gone, complete = program[place + 2 : place + 6 : 2], program[place + 3 : place + 7 : 2]
    assert gone == (0x800C0004, 0x800C0000)
    waiting, ending = ((address - ARENA.base) // 4 for address in complete)
    assert program[waiting : waiting + 5 : 2] == (0x60000040, 0x48000000, 0x50000000)
    assert program[ending : ending + 9] == (
        *(0x60000040, 0, 0x48000000, 0),
        *(0xC0000001, 0x101020, 0x101040),
        *(0x98080000, 0x600D),
    )


def test_a_command_is_written_with_the_data_it_sends():
    # no oddity, target 3, mode select
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 3, 10))))
    memory = memory_after(commands)
    assert unpack("<I", memory[:4]) == (0x41030008,)
    assert memory[0x1010:0x1016].hex() == "150000001800"
    assert f"write 0x110000 0x18 0x{'00' * 24}" in map(str, commands)
