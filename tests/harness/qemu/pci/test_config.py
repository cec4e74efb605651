"""Configuration space: the commands that reach it, by both mechanisms."""

import pytest

from harness.qemu.pci.config import Pages, Pair
from harness.qemu.pci.function import Address

PORTS = Pair("io", 0xCF8, 0xCFC)
PLACE = Address(1, 2, 3)


def lines(commands):
    return [str(command) for command in commands]


def test_a_pair_selects_and_then_transfers():
    assert lines(PORTS.read(PLACE, 0x10)) == ["outl 0xcf8 0x80011310", "inl 0xcfc"]
    assert lines(PORTS.write(PLACE, 0x10, 0xC0000000)) == [
        "outl 0xcf8 0x80011310",
        "outl 0xcfc 0xc0000000",
    ]


@pytest.mark.parametrize(
    ("offset", "size", "read", "written"),
    [
        (0x04, 2, "inw 0xcfc", "outw 0xcfc 0x7"),
        (0x06, 2, "inw 0xcfe", "outw 0xcfe 0x7"),
        (0x81, 1, "inb 0xcfd", "outb 0xcfd 0x7"),
        (0x83, 1, "inb 0xcff", "outb 0xcff 0x7"),
    ],
)
def test_what_is_narrow_goes_to_its_place_in_the_double_word(offset, size, read, written):
    select = f"outl 0xcf8 {0x80011300 | offset & 0xFC:#x}"
    assert lines(PORTS.read(PLACE, offset, size)) == [select, read]
    assert lines(PORTS.write(PLACE, offset, 7, size)) == [select, written]


def test_a_pair_may_lie_in_memory():
    pair = Pair("memory", 0x1BE00CF8, 0x1BE00CFC)
    assert lines(pair.read(Address(0, 0), 2, 2)) == [
        "writel 0x1be00cf8 0x80000000",
        "readw 0x1be00cfe",
    ]
    assert lines(pair.write(Address(0, 0), 4, 7, 1)) == [
        "writel 0x1be00cf8 0x80000004",
        "writeb 0x1be00cfc 0x7",
    ]


@pytest.mark.parametrize(("shift", "page"), [(12, 0xB011_3000), (8, 0xB001_1300)])
def test_every_function_has_a_page(shift, page):
    pages = Pages(0xB000_0000, shift)
    assert pages.page(PLACE) == page
    assert lines(pages.read(PLACE, 0x40)) == [f"readl {page + 0x40:#x}"]
    assert lines(pages.read(PLACE, 0x41, 1)) == [f"readb {page + 0x41:#x}"]
    assert lines(pages.write(PLACE, 0x04, 7, 2)) == [f"writew {page + 4:#x} 0x7"]


def test_the_register_that_selects_may_be_big_endian():
    pair = Pair("memory", 0x8000, 0x8004, is_turned=True)
    assert lines(pair.write(PLACE, 0x10, 0xC0000000)) == [
        "writel 0x8000 0x10130180",
        "writel 0x8004 0xc0000000",
    ]
