"""Places: where a machine says that its PCI functions are."""

from harness.qemu.pci.places import PciPlace, places_in


def test_functions_are_found_on_every_bus_and_behind_bridges():
    card = {"bus": 2, "slot": 3, "function": 1, "qdev_id": "dut"}
    inner = {"bus": 1, "slot": 0, "function": 0, "pci_bridge": {"bus": {}, "devices": [card]}}
    outer = {"bus": 0, "slot": 4, "function": 0, "pci_bridge": {"bus": {}, "devices": [inner]}}
    other = {"bus": 8, "slot": 0, "function": 0}
    answer = [{"bus": 0, "devices": [outer]}, {"bus": 8, "devices": [other]}]
    assert list(places_in(answer)) == [
        PciPlace(0, 4, 0, ""),
        PciPlace(1, 0, 0, ""),
        PciPlace(2, 3, 1, "dut"),
        PciPlace(8, 0, 0, ""),
    ]


def test_a_machine_without_a_bus_has_no_functions():
    assert list(places_in([])) == []
