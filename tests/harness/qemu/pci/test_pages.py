"""Configuration pages: whose functions are, and pages in the place of one region for all."""

from dataclasses import replace

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


def owner_of(path):
    return Owner(TYPES[path], path)


def test_each_function_has_a_page_in_the_place_of_the_one_for_all():
    uart = Region("memory", 0x1000, 16, "uart", 0, Owner("pl011"))
    ports = Region("io", 0xB000_0000, 16, "ports", 0, Owner("pl011"))
    everything = Region("memory", 0xB000_0000, 1 << 28, "pcie-mmcfg-mmio", 0, Owner("mch"))
    functions = [replace(function(1, 2, 3), path=PLUGGED), function(0, 5)]
    found = with_pages([uart, ports, everything], Pages(0xB000_0000), functions, owner_of)
    page = Region("memory", 0xB011_3000, 256, "config", 0, Owner("e1000", PLUGGED))
    assert found == (uart, ports, page)


def test_what_is_reached_through_a_pair_has_no_pages():
    region = Region("io", 0xCF8, 4, "pci-conf-idx", 0, Owner("i440FX-pcihost"))
    functions = [replace(function(0, 2), path=PLUGGED)]
    assert with_pages([region], Pair("io", 0xCF8, 0xCFC), functions, owner_of) == (region,)
