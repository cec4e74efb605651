"""Registers behind a base address register, and commands for memory."""

import pytest

from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.pci.function import Address, Bar, Function

FUNCTION = Function(
    Address(0, 3), 1, 2, 3, bars=(Bar(0, "io", 0xC000, 0x20), Bar(1, "memory", 0xE0000000, 0x100))
)


def test_ports_and_memory_have_their_own_verbs():
    ports, memory = Registers.of(FUNCTION, 0), Registers.of(FUNCTION, 1)
    assert str(ports.write(4, -1, 2)) == "outw 0xc004 0xffff"
    assert str(ports.read(0x1F, 1)) == "inb 0xc01f"
    assert str(memory.write(0xF8, 5, 8)) == "writeq 0xe00000f8 0x5"
    assert str(memory.read(8)) == "readl 0xe0000008"


@pytest.mark.parametrize(("offset", "size"), [(0x1D, 4), (-1, 1)])
def test_what_is_not_in_the_region_is_refused(offset, size):
    ports = Registers.of(FUNCTION, 0)
    for access in (lambda: ports.read(offset, size), lambda: ports.write(offset, 0, size)):
        with pytest.raises(ValueError, match=r"bytes at -?0x1d?.* are not in BAR 0 of 0x20 bytes"):
            access()


def test_a_register_without_an_address_is_refused():
    with pytest.raises(ValueError, match=r"00:03\.0 has no BAR 2 with an address"):
        Registers.of(FUNCTION, 2)
    assert not has_bar(FUNCTION, 2, 1)
    assert has_bar(FUNCTION, 1, 0x100)
    assert not has_bar(FUNCTION, 1, 0x101)


def test_memory_is_written_filled_and_read():
    assert str(store(0x100000, b"\x01\xff")) == "write 0x100000 0x2 0x01ff"
    assert str(fill(0x100000, 16, 0xA5)) == "memset 0x100000 0x10 0xa5"
    assert str(fetch(0x100000, 16)) == "read 0x100000 0x10"
