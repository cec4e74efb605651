"""The IPMI driver: messages byte by byte."""

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.ipmi import IpmiDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful

DRIVER = IpmiDriver()
FUNCTION = Function(Address(0, 2), 0x1234, 0x1100, 0x0C0701, bars=(Bar(0, "io", 0xC000, 8),))


def request(*drawn):
    return list(map(str, DRIVER.request(FUNCTION, ARENA, Draw(bytes(drawn)))))


def messages():
    """Return each message that is drawn, without what it is answered."""
    for choice in range(64):
        lines = [line.split() for line in request(choice, *([0xFF] * 20))]
        yield bytes(int(value, 0) for verb, port, *rest in lines for value in rest)


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 2), 0x1234, 0x1100, 0x0C0701))
    assert not DRIVER.fits(Function(Address(0, 2), 0x1234, 0x1100, 0x0C0702, bars=FUNCTION.bars))


def test_the_last_byte_of_a_message_ends_it():
    assert request(0, 0x0F) == [
        "outb 0xc001 0x61",
        "outb 0xc000 0x18",
        "outb 0xc000 0x2e",
        "outb 0xc001 0x62",
        "outb 0xc000 0xf",
    ]


def test_some_of_the_answer_is_read():
    assert request(1, 2)[-4:] == [
        "inb 0xc000",
        "outb 0xc000 0x68",
        "inb 0xc000",
        "outb 0xc000 0x68",
    ]
    assert request(1, 7)[-1] == "outb 0xc001 0x60"


def test_the_log_is_cleared_as_it_must_be_asked():
    assert any(b"CLR\x62\xaa" in message for message in messages())


def test_the_watchdog_has_no_action():
    (message,) = {one for one in messages() if one[1:3] == b"\x18\x24"}
    assert message[4] == 0
