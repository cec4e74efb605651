"""Owners: from a QOM path to a device and its section."""

import pytest

from harness.qemu.owners import (
    Owners,
    SectionName,
    is_cpu,
    is_hollow,
    parse_dump,
    parse_qom_tree,
    paths_of,
    realised,
)
from harness.regions import Owner, Region

BOARD = "/machine/unattached"

TREE = """\
/machine (pc-i440fx-7.2-machine)
  /fw_cfg (fw_cfg_io)
    /\\x2from@etc\\x2facpi\\x2ftables[0] (memory-region)
  /unattached (container)
    /device[0] (qemu64-x86_64-cpu)
      /lapic (apic)
      /bus master container[0] (memory-region)
    /device[10] (i8257)
    /device[4] (i8257)
      /dma-page (memory-region-portio-list)
"""


def owners(types, descriptions, sections, addresses=None, places=None):
    names = [SectionName(*section) for section in sections]
    return Owners(types, descriptions, names, (addresses or {}).get, places or {})


def test_the_tree_gives_every_object_its_type():
    assert parse_qom_tree(TREE) == {
        "/machine": "pc-i440fx-7.2-machine",
        "/machine/fw_cfg": "fw_cfg_io",
        "/machine/fw_cfg/\\x2from@etc\\x2facpi\\x2ftables[0]": "memory-region",
        f"{BOARD}": "container",
        f"{BOARD}/device[0]": "qemu64-x86_64-cpu",
        f"{BOARD}/device[0]/lapic": "apic",
        f"{BOARD}/device[0]/bus master container[0]": "memory-region",
        f"{BOARD}/device[10]": "i8257",
        f"{BOARD}/device[4]": "i8257",
        f"{BOARD}/device[4]/dma-page": "memory-region-portio-list",
    }


def test_lines_that_are_no_objects_are_passed_over():
    assert parse_qom_tree("info qom-tree\n\n/machine (none-machine)\n") == {
        "/machine": "none-machine"
    }


def test_the_dump_gives_the_name_of_each_description():
    dump = {
        "vmschkmachine": {"Name": "pc"},
        "i8257": {"Name": "i8257", "Description": {"name": "dma", "version_id": 1}},
        "odd": {"Description": {"name": 7}},
        "odder": [],
    }
    assert parse_dump(dump) == {"i8257": "dma"}


def test_devices_of_a_type_have_instance_ids_in_the_order_of_their_numbers():
    known = owners(parse_qom_tree(TREE), {"i8257": "dma"}, [("dma", 0), ("dma", 1)])
    assert known.of(f"{BOARD}/device[4]") == Owner("i8257", f"{BOARD}/device[4]", "dma", 0)
    assert known.of(f"{BOARD}/device[10]") == Owner("i8257", f"{BOARD}/device[10]", "dma", 1)


def test_devices_on_the_system_bus_have_instance_ids_in_the_order_in_which_it_got_them():
    types = {"/machine/soc/adma[0]": "zdma", "/machine/soc/gdma[0]": "zdma"}
    places = {"/machine/soc/gdma[0]": 7, "/machine/soc/adma[0]": 9}
    known = owners(types, {"zdma": "zdma"}, [("zdma", 0), ("zdma", 1)], places=places)
    assert [known.of(path).instance_id for path in types] == [1, 0]


def test_a_part_was_realised_with_what_it_is_part_of():
    types = {"/machine/a/serial": "serial", "/machine/b/serial": "serial"}
    places = {"/machine/b": 1, "/machine/a": 2}
    known = owners(types, {"serial": "serial"}, [("serial", 0), ("serial", 1)], places=places)
    assert [known.of(path).instance_id for path in types] == [1, 0]


def test_the_system_bus_says_nothing_of_devices_of_which_it_has_but_some():
    types = {"/machine/a": "uart", "/machine/b": "uart"}
    sections = [("uart", 0), ("uart", 1)]
    known = owners(types, {"uart": "uart"}, sections, places={"/machine/b": 0})
    assert [known.of(path).instance_id for path in types] == [0, 1]


def test_the_system_bus_is_asked_for_its_devices_by_number():
    bus = {"child[0]": "/machine/a", "child[3]": "/machine/b"}
    asked = []

    def qom_get(path, name):
        asked.append(name)
        return bus.get(name) if path == "/machine/unattached/sysbus" else None

    assert realised(qom_get) == {"/machine/a": 0, "/machine/b": 3}
    assert len(asked) == 20


def test_the_users_devices_come_after_the_boards():
    types = {"/machine/peripheral/com1": "isa-serial", f"{BOARD}/device[3]": "isa-serial"}
    known = owners(types, {"isa-serial": "serial"}, [("serial", 0), ("serial", 1)])
    assert known.of("/machine/peripheral/com1").instance_id == 1
    assert paths_of(types, "isa-serial") == (f"{BOARD}/device[3]", "/machine/peripheral/com1")


def test_types_that_share_a_description_share_the_numbering():
    types = {f"{BOARD}/device[1]": "a", f"{BOARD}/device[2]": "b"}
    known = owners(types, {"a": "x", "b": "x"}, [("x", 1), ("x", 0)])
    assert [known.of(path).instance_id for path in types] == [0, 1]


def test_a_type_without_a_description_may_have_a_section_of_its_own_name():
    known = owners(parse_qom_tree(TREE), {}, [("apic", 0)])
    assert known.of(f"{BOARD}/device[0]/lapic").section == "apic"


def test_a_device_on_a_bus_has_the_section_with_its_address():
    types = {f"{BOARD}/device[18]": "PIIX4_PM"}
    known = owners(types, {"PIIX4_PM": "piix4_pm"}, [("0000:00:01.3/piix4_pm", 0)])
    assert known.of(f"{BOARD}/device[18]").section == "0000:00:01.3/piix4_pm"


def test_several_devices_on_a_bus_are_told_apart_by_their_address():
    types = {f"/machine/peripheral/n{n}": "e1000" for n in range(3)}
    sections = [("0000:00:03.0/e1000", 0), ("0000:00:1f.2/e1000", 0), ("0000:01:09.0/e1000", 0)]
    addresses = {"/machine/peripheral/n0": 0x1F << 3 | 2, "/machine/peripheral/n1": 3 << 3}
    known = owners(types, {"e1000": "e1000"}, sections, addresses)
    assert [known.of(path).section for path in types] == [
        "0000:00:1f.2/e1000",
        "0000:00:03.0/e1000",
        "",
    ]


def test_two_sections_at_one_address_on_two_buses_are_not_guessed_between():
    sections = [("0000:00:03.0/e1000", 0), ("0000:01:03.0/e1000", 0)]
    types = {"/machine/peripheral/a": "e1000", "/machine/peripheral/b": "e1000"}
    addresses = dict.fromkeys(types, 3 << 3)
    known = owners(types, {"e1000": "e1000"}, sections, addresses)
    assert [known.of(path).section for path in types] == ["", ""]


def test_devices_on_a_bus_and_others_may_share_a_name():
    types = {f"{BOARD}/device[1]": "isa-ide", f"{BOARD}/device[2]": "piix3-ide"}
    known = owners(
        types,
        {"isa-ide": "ide", "piix3-ide": "ide"},
        [("0000:00:01.1/ide", 0), ("ide", 0)],
        {f"{BOARD}/device[2]": 1 << 3 | 1},
    )
    assert known.of(f"{BOARD}/device[1]").section == "ide"
    assert known.of(f"{BOARD}/device[2]").section == "0000:00:01.1/ide"


@pytest.mark.parametrize("sections", [[], [("dma", 0)], [("dma", n) for n in range(3)]])
def test_where_the_numbers_do_not_match_nothing_is_guessed(sections):
    known = owners(parse_qom_tree(TREE), {"i8257": "dma"}, sections)
    owner = known.of(f"{BOARD}/device[4]")
    assert (owner.type, owner.section, owner.instance_id) == ("i8257", "", 0)


def test_a_list_of_legacy_ports_belongs_to_the_device_that_it_hangs_on():
    known = owners(parse_qom_tree(TREE), {"i8257": "dma"}, [("dma", 0), ("dma", 1)])
    assert known.of(f"{BOARD}/device[4]/dma-page") == known.of(f"{BOARD}/device[4]")


def test_no_path_is_no_owner():
    known = owners({}, {}, [])
    assert known.of("") == Owner("unowned", "", "", 0)


def test_what_nobody_owns_is_a_device_by_the_name_of_its_region_and_has_no_description():
    known = owners(parse_qom_tree(TREE), {"i8257": "dma"}, [("dma", 0), ("dma", 1)])
    mbar = Owner("unowned mbar", described=False)
    assert known.of("", "mbar") == known.of("", "mbar@0x10000000") == mbar
    assert known.of("", "dma") == Owner("unowned dma", described=True)


@pytest.mark.parametrize(
    ("type_", "is_its"), [("avr5-avr-cpu", True), ("gic_cpu", False), ("avr-usart", False)]
)
def test_registers_of_a_cpu_are_told_by_its_type(type_, is_its):
    assert is_cpu(Owner(type_)) is is_its


def test_a_path_that_is_not_in_the_tree_is_an_owner_of_unknown_type():
    assert owners({}, {}, []).of("/machine/gone") == Owner("unknown", "/machine/gone", "", 0)


def test_a_type_that_is_not_there_has_no_paths():
    assert paths_of({}, "ioapic") == ()


def test_a_part_that_is_called_like_the_description_of_the_whole_takes_no_number():
    types = {
        f"{BOARD}/device[2]": "serial-mm",
        f"{BOARD}/device[2]/serial": "serial",
        f"{BOARD}/device[19]": "isa-serial",
        f"{BOARD}/device[19]/serial": "serial",
    }
    described = {"serial-mm": "serial", "isa-serial": "serial"}
    known = owners(types, described, [("serial", 0), ("serial", 1)])
    assert known.of(f"{BOARD}/device[2]").instance_id == 0
    assert known.of(f"{BOARD}/device[19]").instance_id == 1
    assert known.of(f"{BOARD}/device[19]/serial") == known.of(f"{BOARD}/device[19]")


def test_what_nobody_owns_is_the_one_devices_whose_description_is_called_so():
    types = {f"{BOARD}/device[2]": "piix4-ide", f"{BOARD}/device[3]": "i8257"}
    known = owners(types, {"piix4-ide": "ide", "i8257": "dma"}, [("pci:0a.1/ide", 0)])
    assert known.of("", "ide@0x1f0").path == f"{BOARD}/device[2]"
    assert known.of("", "ioport80") == Owner("unowned ioport80", described=False)
    twice = owners({**types, f"{BOARD}/device[4]": "piix4-ide"}, {"piix4-ide": "ide"}, [])
    assert twice.of("", "ide") == Owner("unowned ide")


def test_an_owner_says_whether_anything_describes_it():
    types = {f"{BOARD}/device[2]": "uart", f"{BOARD}/device[3]": "pl011", f"{BOARD}/cpu": "cpu"}
    known = owners(types, {"pl011": "pl011"}, [("cpu", 0)])
    paths = (f"{BOARD}/device[2]", f"{BOARD}/device[3]", f"{BOARD}/cpu", "", "/nowhere")
    assert [known.of(path).described for path in paths] == [False, True, True, True, True]


def test_a_part_without_a_description_belongs_to_the_device_around_it():
    i2c = f"{BOARD}/device[2]"
    types = {
        "/machine": "virt-machine",
        BOARD: "container",
        i2c: "aspeed.i2c",
        f"{i2c}/bus[0]": "aspeed.i2c.bus",
        f"{i2c}/bus[0]/pool": "pool",
        f"{BOARD}/device[3]": "gicv2m",
        "/machine/soc": "npcm7xx",
        "/machine/soc/ohci": "sysbus-ohci",
    }
    known = owners(types, {"aspeed.i2c": "aspeed.i2c"}, [("aspeed.i2c", 0)])
    whole = Owner("aspeed.i2c", i2c, "aspeed.i2c", 0)
    for path in (i2c, f"{i2c}/bus[0]", f"{i2c}/bus[0]/pool"):
        assert known.of(path) == whole
    for path in (f"{BOARD}/device[3]", "/machine/soc/ohci", "/machine", "/nowhere/at/all"):
        assert known.of(path).path == path


def test_a_pci_function_is_no_part_of_its_host_bridge():
    bridge = f"{BOARD}/device[2]"
    root = f"{bridge}/root"
    types = {
        BOARD: "container",
        bridge: "xilinx-pcie-host",
        root: "xilinx-pcie-root",
        f"{root}/window": "memory-region",
    }
    known = owners(types, {"xilinx-pcie-host": "PCIHost"}, [("PCIHost", 0)], {root: 0})
    assert known.of(bridge).section == "PCIHost"
    for path in (root, f"{root}/window"):
        assert known.of(path) == Owner("xilinx-pcie-root", root, described=False)


@pytest.mark.parametrize(
    ("type_", "name", "is_its"),
    [
        ("unimplemented-device", "spi", True),
        ("pl011", "pl011", False),
        ("raven-pcihost", "pci-io-non-contiguous", True),
        ("raven-pcihost", "pci-conf-idx", False),
    ],
)
def test_a_place_that_no_device_is_behind_is_hollow(type_, name, is_its):
    assert is_hollow(Region("memory", 0, 4, name, 0, Owner(type_, "/machine/one"))) is is_its
