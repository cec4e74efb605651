"""Catalogues: what is read from ``-device help`` and from answers about properties."""

import pytest

from harness.errors import ConfigError
from harness.qemu.discovery.catalogue import (
    Catalogue,
    DeviceType,
    Property,
    read_help,
    read_properties,
)

HELP = """\
Storage devices:
name "floppy", bus floppy-bus, desc "virtual floppy drive"
name "ich9-ahci", bus PCI, alias "ahci"

Network devices:
name "e1000", bus PCI, alias "e1000-82540em", desc "a bus, of sorts"
name "floppy", bus floppy-bus

CPU devices:
name "486-x86_64-cpu"

Uncategorized devices:
name "pc-dimm", desc "DIMM memory module"
"""


def test_a_type_has_its_heading_and_its_bus():
    assert read_help(HELP) == (
        DeviceType("floppy", "Storage", "floppy-bus"),
        DeviceType("ich9-ahci", "Storage", "PCI"),
        DeviceType("e1000", "Network", "PCI"),
        DeviceType("pc-dimm", "Uncategorized"),
    )


def test_a_bus_in_a_description_is_none():
    assert read_help('Misc devices:\nname "a", desc "on, bus ISA"\n')[0].bus == ""


@pytest.mark.parametrize(
    ("text", "printed"),
    [("", "nothing"), ("\n", "nothing"), ("unknown option\nbye", "unknown option")],
)
def test_a_list_without_a_device_is_refused_with_what_was_printed(text, printed):
    with pytest.raises(ConfigError) as caught:
        read_help(text)
    assert str(caught.value) == (
        f"-device help lists no device: it printed {printed!r}\n"
        "  name a whole qemu-system-* binary with --qemu PATH"
    )


def test_properties_are_sorted_and_may_lack_a_description():
    answer = [
        {"name": "drive", "type": "str", "description": "Node name"},
        {"name": "addr", "type": "int32", "default-value": -1},
    ]
    assert read_properties(answer) == (
        Property("addr", "int32"),
        Property("drive", "str", "Node name"),
    )


def test_ancestry_goes_all_the_way_up_and_ends():
    types = Catalogue({}, {"PCIE": "PCI", "PCI": "bus", "bus": "object", "odd": "odd"})
    assert types.is_a("PCIE", "PCI")
    assert types.is_a("PCIE", "object")
    assert types.is_a("unheard-of", "unheard-of")
    assert not types.is_a("PCI", "PCIE")
    assert not types.is_a("odd", "PCI")


def test_a_device_that_is_not_there_is_refused():
    types = Catalogue({"e1000": DeviceType("e1000", "Network")}, {})
    assert types.device("e1000").category == "Network"
    with pytest.raises(ConfigError) as caught:
        types.device("e1001")
    assert str(caught.value) == (
        "there is no device 'e1001' in this binary\n"
        "  vmstate qemu devices lists those that there are"
    )
