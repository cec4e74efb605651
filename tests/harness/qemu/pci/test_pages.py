"""Configuration pages: whose functions are, and pages in the place of one region for all."""

from dataclasses import replace

import pytest

from harness.command import Command
from harness.qemu.pci.config import Pages, Pair
from harness.qemu.pci.function import Address, Function
from harness.qemu.pci.pages import named, with_pages
from harness.qemu.pci.places import PciPlace
from harness.regions import Owner, Region

PLUGGED, ANONYMOUS, BUILT_IN = (
    "/machine/peripheral/dut",
    "/machine/peripheral-anon/device[0]",
    "/machine/unattached/device[7]",
)
TYPES = {PLUGGED: "e1000", ANONYMOUS: "rtl8139", BUILT_IN: "piix3-ide"}


def function(bus, device, number=0):
    return Function(Address(bus, device, number), 0x8086, 0x100E, 0x020000)


def test_a_device_with_an_id_is_found_wherever_it_is():
    (found,) = named(
        [function(3, 0)], [PciPlace(0, 0, 0, "other"), PciPlace(3, 0, 0, "dut")], {}, TYPES
    )
    assert (found.path, found.type) == (PLUGGED, "e1000")


def test_a_device_without_an_id_is_found_by_its_number():
    found = named(
        [function(0, 1, 1), function(0, 4)],
        [PciPlace(0, 1, 1, ""), PciPlace(0, 4, 0, "")],
        {BUILT_IN: 0x09, ANONYMOUS: 0x20, PLUGGED: 0x20},
        TYPES,
    )
    assert [(one.path, one.type) for one in found] == [
        (BUILT_IN, "piix3-ide"),
        (ANONYMOUS, "rtl8139"),
    ]


def test_nothing_is_guessed():
    both = {BUILT_IN: 0x20, ANONYMOUS: 0x20}
    assert named([function(0, 4)], [], both, TYPES) == (function(0, 4),)
    assert named([function(1, 4)], [], {BUILT_IN: 0x20}, TYPES) == (function(1, 4),)
    assert named([function(0, 4)], [], {}, TYPES) == (function(0, 4),)
    unknown = [PciPlace(0, 4, 0, "gone")]
    assert named([function(0, 4)], unknown, {}, TYPES) == (function(0, 4),)


def test_of_several_bridges_with_the_same_numbers_each_has_its_own():
    hosts = "/machine/unattached/device[2]", "/machine/unattached/device[3]"
    roots = {f"{host}/root": 0 for host in hosts}
    types = dict.fromkeys(roots, "xilinx-pcie-root") | {PLUGGED: "e1000"}
    places = [PciPlace(0, 0, 0, ""), PciPlace(0, 0, 0, ""), PciPlace(0, 1, 0, "dut")]
    for host in hosts:
        found = named([function(0, 0)], places, roots, types, host)
        assert [(one.path, one.type) for one in found] == [(f"{host}/root", "xilinx-pcie-root")]
    ambiguous = [*places, PciPlace(0, 1, 0, "other")]
    assert named([function(0, 1)], ambiguous, roots, types, hosts[0])[0].path == ""


def owner_of(path):
    return Owner(TYPES[path], path)


def test_each_function_has_a_page_in_the_place_of_the_one_for_all():
    uart = Region("memory", 0x1000, 16, "uart", 0, Owner("pl011"))
    ports = Region("io", 0xB000_0000, 16, "ports", 0, Owner("pl011"))
    everything = Region("memory", 0xB000_0000, 1 << 28, "pcie-mmcfg-mmio", 0, Owner("mch"))
    functions = [replace(function(1, 2, 3), path=PLUGGED), function(0, 5)]
    found = with_pages([uart, ports, everything], Pages(0xB000_0000), functions, owner_of, {})
    page = Region("memory", 0xB011_3000, 256, "config", 0, Owner("e1000", PLUGGED))
    assert found == (uart, ports, page)


INDEX = Region("io", 0xCF8, 4, "pci-conf-idx", 0, Owner("i440FX-pcihost"))
DATA = Region("io", 0xCFC, 4, "pci-conf-data@0xcfc", 0, Owner("i440FX-pcihost"))
PORTS = Pair("io", 0xCF8, 0xCFC)


def test_a_page_that_a_pair_reaches_takes_the_place_of_what_transfers():
    functions = [replace(function(1, 2, 3), path=PLUGGED), function(0, 5)]
    index, page = with_pages([INDEX, DATA], PORTS, functions, owner_of, {})
    assert index == INDEX
    assert page.owner == Owner("e1000", PLUGGED)
    assert (page.space, page.size, page.name) == ("io", 256, "config")
    read = Command("inw", (page.start + 0x42,))
    assert page.lowered(read) == PORTS.read(Address(1, 2, 3), 0x42, 2)


def test_a_pair_that_reaches_nobody_known_stays():
    functions = [function(0, 5)]
    assert with_pages([INDEX, DATA], PORTS, functions, owner_of, {}) == (INDEX, DATA)


def test_a_pair_beside_other_registers_leaves_them():
    bridge = Region("memory", 0xCFC, 4, "gt64120-isd", 0, Owner("gt64120"))
    functions = [replace(function(0, 1), path=PLUGGED)]
    pair = Pair("memory", 0xCF8, 0xCFC)
    left, page = with_pages([bridge], pair, functions, owner_of, {})
    assert left == bridge
    assert page.space == "memory"


@pytest.mark.parametrize(
    ("is_turned", "orders", "selected"),
    [
        (False, {}, 0x8000_0840),
        (True, {}, 0x4008_0080),
        (False, {"memory": "big"}, 0x4008_0080),
        (True, {"memory": "big"}, 0x8000_0840),
    ],
)
def test_what_is_selected_is_spelt_for_the_guest(is_turned, orders, selected):
    functions = [replace(function(0, 1), path=PLUGGED)]
    pair = Pair("memory", 0xCF8, 0xCFC, is_turned)
    (page,) = with_pages([], pair, functions, owner_of, orders)
    select, _ = page.lowered(Command("readl", (page.start + 0x40,)))
    assert select == Command("writel", (0xCF8, selected))
