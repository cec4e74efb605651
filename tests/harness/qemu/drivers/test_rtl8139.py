"""The RTL8139C+ driver: four transmit registers and a ring of bytes."""

from harness.qemu.drivers.rtl8139 import Rtl8139
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

PORTS = 0xC000
FUNCTION = function_of(0x10EC, 0x8139, (0, "io", 0x100), (1, "memory", 0x100))


def values(commands, verb, offset):
    return [c.value for c in commands if c.verb == verb and c.address == PORTS + offset]


def test_it_drives_the_card_by_the_laws():
    assert_lawful(Rtl8139(), FUNCTION)
    assert not Rtl8139().fits(function_of(0x10EC, 0x8029, (0, "io", 0x100)))
    assert not Rtl8139().fits(function_of(0x10EC, 0x8139))


def test_a_start_never_touches_what_switches_the_advanced_mode_on():
    commands = Rtl8139().start(FUNCTION, ARENA)
    assert values(commands, "outw", 0xE0) == []
    assert values(commands, "outb", 0x37) == [0x10, 0x0C]
    assert values(commands, "outl", 0x40) == [3 << 17]


def test_eight_frames_fill_the_ring_exactly():
    transfer = Rtl8139().transfer(FUNCTION, ARENA)
    sizes = [v for slot in range(4) for v in values(transfer.commands, "outl", 0x10 + 4 * slot)]
    assert len(sizes) == 8
    # Four bytes of header before each, and four of check sequence behind.
    assert sum(size + 8 for size in sizes) == 0x2000
    assert values(transfer.commands, "outw", 0x38) == [0x1000 - 16, 0x10000 - 16]
    headers = [check for check in transfer.checks if check.mask == 0xFFFF0001]
    assert [check.command.address - ARENA.base for check in headers] == list(
        range(0x4000, 0x6000, 0x400)
    )


def test_half_of_the_requests_are_in_the_advanced_mode():
    advanced = [bool(values(one, "outw", 0xE0)) for one in requests(Rtl8139(), FUNCTION)]
    assert 5 < sum(advanced) < 35
    polled = [bool(values(one, "outb", 0xD9)) for one in requests(Rtl8139(), FUNCTION)]
    assert any(polled)
    assert all(mode for mode, poll in zip(advanced, polled, strict=True) if poll)


def test_the_counters_are_dumped_now_and_then():
    dumps = [v for one in requests(Rtl8139(), FUNCTION) for v in values(one, "outl", 0x10)]
    assert ARENA.base + 0x9000 | 8 in dumps
