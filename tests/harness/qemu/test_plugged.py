"""What was plugged in: whose registers count, and which sections."""

from dataclasses import replace

import pytest

from harness.qemu.drivers.driver import Arena
from harness.qemu.pci.function import Address, Bar, Function
from harness.qemu.plugged import PATH, Inventory, arena_in, claimed, plugged
from harness.regions import Owner, Region

BRIDGE, CHILD, ALIKE = f"{PATH}0", f"{PATH}/core", "/machine/unattached/dut"
NIC = Function(
    Address(1, 0),
    0x8086,
    0x100E,
    0x020000,
    bars=(Bar(0, "memory", 0xC000_0000, 1 << 17), Bar(1, "io", 0xC000, 64)),
    path=PATH,
    type="e1000",
)


def region(path, start=0, type_="card"):
    return Region("memory", start, 16, "registers", 0, Owner(type_, path))


def inventory(**changes):
    values = {
        "types": {PATH: "e1000", BRIDGE: "bridge", CHILD: "core", "/machine/pit": "pit"},
        "regions": (),
        "homes": {},
        "functions": (),
        "arena": Arena(0, 1 << 20),
    }
    return Inventory(**(values | changes))


def nothing_added():
    return ()


def unasked():
    raise AssertionError("it has a section of its own")


def test_a_machine_without_a_device_under_test_has_none():
    assert plugged(inventory(types={"/machine/pit": "pit"}), unasked) is None


def test_the_device_says_what_it_is():
    found = plugged(inventory(), nothing_added)
    assert (found.type, found.path) == ("e1000", "/machine/peripheral/dut")
    assert (found.regions, found.sections) == ((), ())
    assert (found.works, found.memory) == ((), ())


def test_its_registers_and_those_of_its_parts_count():
    own, core, bridge = region(PATH), region(CHILD, 16), region(BRIDGE, 32)
    others = (region("/machine/pit", 48), region("", 64), region(ALIKE, 80))
    found = plugged(inventory(regions=(own, core, bridge, *others)), nothing_added)
    assert found.regions == (own, core)


def test_a_device_without_registers_is_reached_through_what_it_sits_on():
    bridge, pit = region(BRIDGE, 32), region("/machine/pit", 48)
    found = plugged(inventory(regions=(bridge, pit)), nothing_added)
    assert found.regions == (bridge,)


def test_a_device_that_a_driver_reaches_needs_no_registers_of_others():
    hub = replace(NIC, path=BRIDGE)
    found = plugged(inventory(regions=(region(BRIDGE, 32),), functions=(hub,)), nothing_added)
    assert found.regions == ()
    assert [work.name for work in found.works] == ["e1000"]


def test_what_was_put_there_to_reach_a_device_is_used_for_it():
    port, hub = region(f"{PATH}-speaker", 32), replace(NIC, path=BRIDGE)
    machine = inventory(regions=(region(BRIDGE, 48), port), functions=(hub,))
    found = plugged(machine, nothing_added)
    assert found.regions == (port,)
    own = region(PATH)
    assert plugged(replace(machine, regions=(own, port)), nothing_added).regions == (own,)


FW_CFG = Region("io", 0x514, 8, "fwcfg.dma", 0, Owner("fw_cfg_io", "/machine/fw_cfg"))


def test_what_sits_on_no_bus_is_told_by_the_guest():
    homes, where = {PATH: ("ramfb-dev", 0)}, "/machine/unattached"
    types = {PATH: "ramfb", where: "container"}
    ide = replace(NIC, path=f"{where}/device[3]")
    known = {"types": types, "regions": (FW_CFG,), "functions": (ide,), "host": where}
    found = plugged(inventory(homes=homes, **known), unasked)
    assert [work.name for work in found.works] == ["fw_cfg"]
    assert found.regions == ()
    assert found.memory
    assert plugged(inventory(homes=homes, arena=None, **known), unasked).works == ()


def test_what_has_no_state_is_told_nothing():
    assert plugged(inventory(regions=(FW_CFG,)), nothing_added).works == ()


def test_its_sections_are_its_own_and_those_of_its_parts():
    homes = {
        PATH: ("01:00.0/e1000", 0),
        CHILD: ("core", 0),
        BRIDGE: ("00:01.0/bridge", 0),
        "/machine/pit": ("i8254", 0),
    }
    found = plugged(inventory(homes=homes), unasked)
    assert found.sections == (("01:00.0/e1000", 0), ("core", 0))


def test_where_it_owns_no_section_it_is_what_came_with_it():
    homes = {BRIDGE: ("00:01.0/bridge", 0), "/machine/pit": ("i8254", 0)}
    came = [("z", 0), ("00:01.0/bridge", 0), ("a", 1), ("a", 0)]
    found = plugged(inventory(homes=homes), lambda: came)
    assert found.sections == (("a", 0), ("a", 1), ("z", 0))


def test_what_came_with_it_but_is_another_devices_describes_it_not():
    """A PCI expander bridge brings a bridge, which the machine holds; it sends nothing itself."""
    homes = {"/machine/unattached/device[9]": ("0a:00.0/pci_bridge", 0)}
    found = plugged(inventory(homes=homes), lambda: [("0a:00.0/pci_bridge", 0), ("PCIBUS", 1)])
    assert found.sections == (("PCIBUS", 1),)


def test_drivers_work_with_its_functions_alone():
    other = replace(NIC, address=Address(0, 3), path="/machine/peripheral/other")
    found = plugged(inventory(functions=(other, NIC)), nothing_added)
    (work,) = found.works
    assert work.name == "e1000"
    assert work.start
    reached = {command.address for command in work.start if command.space == "memory"}
    assert any(0xC000_0000 <= address < 0xC002_0000 for address in reached)


def test_what_drivers_leave_in_memory_is_looked_at():
    arena = Arena(0x100000, 1 << 20)
    found = plugged(inventory(functions=(NIC,), arena=arena), nothing_added)
    assert [str(command) for command in found.memory] == [
        "read 0x100000 0x4000",
        "read 0x110000 0x4000",
    ]
    assert plugged(inventory(arena=arena), nothing_added).memory == ()


def test_without_memory_to_fill_there_are_no_drivers():
    found = plugged(inventory(functions=(NIC,), arena=None), nothing_added)
    assert (found.works, found.memory) == ((), ())


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([(0, 0xC0000), (0x100000, 0x300000)], Arena(0x100000, 0x2F0000)),
        ([(0x40000000, 1 << 22), (0, 1 << 21)], Arena(0x40000000, (1 << 22) - 0x10000)),
        # It begins at a multiple of 64 KiB.
        ([(0x1234, 1 << 21)], Arena(0x10000, (1 << 21) - (0x10000 - 0x1234) - 0x10000)),
        ([(0, (1 << 20) + 0x10000)], Arena(0, 1 << 20)),
        ([(0, (1 << 20) + 0xFFFF)], None),
        ([(0, 0xC0000)], None),
        # 32 bits of address reach no further.
        ([(1 << 32, 1 << 27), (0, 1 << 22)], Arena(0, (1 << 22) - 0x10000)),
        ([(1 << 32, 1 << 27), (0, 1 << 20)], Arena(1 << 32, (1 << 27) - 0x10000)),
        ([], None),
    ],
)
def test_the_largest_run_of_memory_is_for_drivers(runs, expected):
    assert arena_in(runs) == expected


def test_drivers_speak_in_the_guests_byte_order():
    (little,) = plugged(inventory(functions=(NIC,)), nothing_added).works
    turned = inventory(functions=(NIC,), orders={"memory": "big"})
    (big,) = plugged(turned, nothing_added).works
    pairs = zip(little.start, big.start, strict=True)
    assert all(
        int.from_bytes(one.value.to_bytes(4, "little")) == other.value
        for one, other in pairs
        if one.verb == "writel"
    )
    assert little.start != big.start


def test_a_device_without_registers_is_seen_where_it_sits():
    bus, other = region("/machine/smbus"), region("/machine/pit", 16)
    found = plugged(inventory(regions=(bus, other), host="/machine/smbus"), nothing_added)
    assert found.regions == (bus,)
    own = region(PATH, 32)
    found = plugged(inventory(regions=(bus, own), host="/machine/smbus"), nothing_added)
    assert found.regions == (own,)


def test_a_disk_is_put_to_work_by_its_controller():
    host = replace(NIC, path="/machine/ahci")
    found = plugged(inventory(functions=(host,), host="/machine/ahci"), nothing_added)
    assert [work.name for work in found.works] == ["e1000"]


def test_what_is_nobodys_and_came_with_the_device_is_its():
    dut = Owner("ipmi", PATH)
    before, new, own = region("", 0), region("", 16), region("/machine/pit", 32)
    claims = claimed((before, new, own), lambda: (before,), dut)
    assert claims == (before, replace(new, owner=dut), own)
    assert claimed((own,), unasked, dut) == (own,)


def test_what_lies_behind_a_function_is_its_and_not_that_of_what_it_speaks_to():
    dut, card = Owner("bmc", PATH), Owner("e1000", f"{PATH}-interface")
    ports = Region("io", 0xC010, 2, "kcs", 0, Owner("unowned"))
    elsewhere = replace(ports, start=0xC040)
    claims = claimed((ports, elsewhere), tuple, dut, [(NIC, card)])
    assert [one.owner for one in claims] == [card, dut]
