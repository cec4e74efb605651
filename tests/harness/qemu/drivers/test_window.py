"""Windows: commands for registers and memory."""

import pytest

from harness.qemu.drivers.window import Window, fetched, filled, little, stored, window
from tests.support.driver_laws import function_of


def texts(*commands):
    return [str(command) for command in commands]


def test_ports_and_memory_have_verbs_of_their_own():
    ports, memory = Window("io", 0xC000, 8), Window("memory", 0xE0000000, 8)
    assert texts(ports.write(4, 4, 5), ports.read(7, 1)) == ["outl 0xc004 0x5", "inb 0xc007"]
    assert texts(memory.write(0, 8, 5), memory.read(6, 2)) == [
        "writeq 0xe0000000 0x5",
        "readw 0xe0000006",
    ]


def test_a_value_is_cut_to_its_width():
    assert str(Window("io", 0, 4).write(0, 1, 0x1FF)) == "outb 0x0 0xff"


@pytest.mark.parametrize(("offset", "width"), [(7, 2), (-1, 1), (8, 1)])
def test_what_lies_outside_is_refused(offset, width):
    area = Window("memory", 0x1000, 8)
    for reach in (area.read, lambda a, b: area.write(a, b, 0), area.within):
        with pytest.raises(ValueError, match="are not in 0x8"):
            reach(offset, width)


def test_a_window_in_a_window_begins_at_its_offset():
    assert Window("io", 0xC000, 64).within(16, 8) == Window("io", 0xC010, 8)


def test_a_function_gives_its_bars_as_windows():
    function = function_of(1, 2, (1, "memory", 0x1000))
    assert window(function, 1) == Window("memory", 0xE0000000, 0x1000)
    with pytest.raises(ValueError, match=r"00:03\.0 has nothing mapped at BAR 0"):
        window(function, 0)


def test_memory_is_stored_filled_and_fetched():
    assert texts(stored(0x10, b"\x01\xab"), filled(0x20, 3, 9), fetched(0x30, 4)) == [
        "write 0x10 0x2 0x01ab",
        "memset 0x20 0x3 0x9",
        "read 0x30 0x4",
    ]


def test_numbers_are_packed_with_the_low_byte_first():
    assert little(("H", 0x0102), ("I", 3)) == b"\x02\x01\x03\0\0\0"
