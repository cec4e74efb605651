"""Chipsets: what is written to a board's own functions."""

from dataclasses import replace

import pytest

from harness.qemu.pci import chipset
from harness.qemu.pci.config import Pages, Pair
from harness.qemu.pci.function import Address, Function

PORTS = Pair("io", 0xCF8, 0xCFC)
PM = Function(Address(0, 1, 3), 0x8086, 0x7113, 0x068000)
MCH = Function(Address(0, 0), 0x8086, 0x29C0, 0x060000)


def lines(function):
    return [[str(one) for one in group] for group in chipset.commands(function, PORTS)]


def test_power_management_of_a_pc_gets_an_address_and_is_switched_on():
    assert lines(PM) == [
        ["outl 0xcf8 0x80000b40", "outl 0xcfc 0x601"],
        ["outl 0xcf8 0x80000b80", "outl 0xcfc 0x1"],
    ]


@pytest.mark.parametrize(
    ("device_id", "offsets"), [(0x7113, [0x40, 0x80]), (0x2918, [0x40, 0x44]), (0x2930, [0x40])]
)
def test_what_has_a_base_address_register_is_none_of_its_business(device_id, offsets):
    found = lines(replace(PM, address=Address(0, 0), device_id=device_id))
    assert [int(group[0].split()[2], 16) & 0xFF for group in found] == offsets


def test_the_pages_of_q35_are_switched_on_with_their_whole_address_in_place():
    assert lines(MCH) == [
        ["outl 0xcf8 0x80000064", "outl 0xcfc 0x0"],
        ["outl 0xcf8 0x80000060", "outl 0xcfc 0xb0000001"],
    ]


@pytest.mark.parametrize(
    "stranger", [replace(MCH, vendor_id=0x1AF4), replace(MCH, device_id=0x1237)]
)
def test_a_function_that_is_not_known_is_left_alone(stranger):
    assert lines(stranger) == []
    assert chipset.pages((PM, stranger)) is None


def test_the_pages_are_there_where_their_bridge_is():
    assert chipset.pages((PM, MCH)) == Pages(0xB000_0000, 12)
    assert chipset.pages(()) is None


def test_ports_that_are_there_from_the_start_are_read_from_configuration_space():
    space = bytes(0x90) + bytes([0x01, 0xB1]) + bytes(0x6E)
    assert chipset.ports(0x8086, 0x7113, space) == (4, 0xB100, 64)
    assert chipset.ports(0x8086, 0x7113, bytes(0x100)) is None
    assert chipset.ports(0x8086, 0x29C0, space) is None
    assert chipset.ports(0x1AF4, 0x7113, space) is None
