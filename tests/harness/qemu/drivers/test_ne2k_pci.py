"""The RTL8029 driver: frames through a port."""

from harness.qemu.drivers.ne2k_pci import Ne2kPci
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

PORTS = 0xC000
FUNCTION = function_of(0x10EC, 0x8029, (0, "io", 0x100))


def test_it_drives_the_card_by_the_laws():
    assert_lawful(Ne2kPci(), FUNCTION)
    assert not Ne2kPci().fits(function_of(0x10EC, 0x8139, (0, "io", 0x100)))
    assert not Ne2kPci().fits(function_of(0x10EC, 0x8029))


def test_it_needs_no_guest_memory():
    for commands in requests(Ne2kPci(), FUNCTION):
        assert all(command.space == "io" for command in commands)


def test_a_page_of_one_pattern_is_read_back_however_often():
    transfer = Ne2kPci().transfer(FUNCTION, ARENA)
    texts = [str(command) for command in transfer.commands]
    assert texts.count(f"outl {PORTS + 16:#x} 0x69963c5a") == 64
    # The ring is one page.
    assert texts[:2] == [f"outb {PORTS + 1:#x} 0x40", f"outb {PORTS + 2:#x} 0x41"]
    reads = [check for check in transfer.checks if check.command.address == PORTS + 16]
    assert [check.expected for check in reads] == [0x69963C5A, 0x69963C5A]


def test_as_many_bytes_are_announced_as_are_written():
    for commands in requests(Ne2kPci(), FUNCTION):
        announced = {8: 0, 9: 0, 10: 0, 11: 0}
        written = 0
        wanted = None
        for command in commands:
            offset = command.address - PORTS
            if offset == 0 and command.is_write:
                if wanted is not None:
                    assert written == wanted
                    wanted = None
                if command.value & 0x10:
                    wanted, written = announced[10] | announced[11] << 8, 0
            elif offset in announced and command.is_write:
                announced[offset] = command.value
            elif offset == 16 and command.is_write:
                written += 4
