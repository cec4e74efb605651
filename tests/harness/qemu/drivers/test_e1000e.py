"""The 82574L driver: what is sent comes back."""

from harness.qemu.drivers.e1000e import E1000e
from tests.support.driver_laws import ARENA, assert_lawful, function_of

FUNCTION = function_of(0x8086, 0x10D3, (0, "memory", 0x20000), (1, "memory", 0x20000))


def test_it_drives_the_card_by_the_laws():
    assert_lawful(E1000e(), FUNCTION)
    assert not E1000e().fits(function_of(0x8086, 0x100E, (0, "memory", 0x20000)))


def test_each_frame_that_is_sent_is_expected_in_a_receive_buffer():
    transfer = E1000e().transfer(FUNCTION, ARENA)
    received = [check for check in transfer.checks if check.command.verb == "read"]
    assert [check.command.address - ARENA.base for check in received] == [
        0x8000 + 0x800 * n for n in range(8)
    ]
    assert len({check.expected for check in received}) == 8
    assert f"memset {ARENA.base + 0x8000:#x} 0x4000 0xa5" in map(str, transfer.commands)


def test_the_card_is_in_loopback_mode():
    mode = [c for c in E1000e().start(FUNCTION, ARENA) if c.address == 0xE0000100][-1]
    assert mode.value & 0x40
