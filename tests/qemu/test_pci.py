"""PCI without firmware, on real machines: what is mapped is where the firmware says."""

import pytest

from harness.command import Command
from harness.qemu import mtree
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.pci.function import CAP_EXPRESS, CAP_MSIX
from harness.qemu.session import Session

pytestmark = pytest.mark.qemu

CARDS = (
    *("-device", "e1000,id=nic"),
    *("-device", "pcie-root-port,id=first,chassis=1,addr=6"),
    *("-device", "pcie-root-port,id=second,chassis=2,addr=7"),
    *("-device", "qemu-xhci,id=behind,bus=first"),
)


@pytest.fixture(scope="module")
def q35():
    with QemuGuest(GuestOptions(machine="q35", devices=CARDS)) as guest:
        yield guest


def decoded(guest):
    """Return what QEMU itself decodes after the guest's boot, in a process of its own."""
    session = Session(guest.machine, 10)
    try:
        lines = [str(command) for group in guest.boot for command in group]
        session.exchange(lines, "mapping PCI functions")
        return mtree.parse(session.hmp(mtree.COMMAND, "reading the memory tree"))
    finally:
        session.close()


def assert_mapped(guest):
    ranges = decoded(guest)
    bars = [(one.path, bar) for one in guest.functions for bar in one.bars]
    for path, bar in bars:
        # A register of which a part decodes nothing is still where its first range begins.
        inside = [
            found
            for found in ranges
            if found.space == bar.space and bar.address <= found.start < bar.address + bar.size
        ]
        assert inside, f"{path} {bar}"
        assert all(f"{found.owner_path}/".startswith(f"{path}/") for found in inside)
        assert all(found.start + found.size <= bar.address + bar.size for found in inside)
    return bars


def test_every_register_of_q35_is_where_the_firmware_says(q35):
    bars = assert_mapped(q35)
    paths = {path for path, _ in bars}
    assert {"/machine/peripheral/nic", "/machine/peripheral/behind"} <= paths
    assert [bar.space for path, bar in bars if path == "/machine/peripheral/nic"] == [
        "memory",
        "io",
    ]
    assert {region.name for region in q35.map.regions} >= {"e1000-mmio", "capabilities", "pm-smbus"}


def test_every_register_of_a_pc_is_where_the_firmware_says():
    with QemuGuest(GuestOptions(devices=("-device", "e1000"))) as guest:
        bars = assert_mapped(guest)
        nic = next(one for one in guest.functions if one.type == "e1000")
        assert [bar.size for path, bar in bars if path == nic.path] == [128 * 1024, 64]
        assert guest.map.region_at("io", 0x600).owner.type == "PIIX4_PM"


def test_a_device_behind_a_port_is_known_by_its_id(q35):
    behind = next(one for one in q35.functions if one.type == "qemu-xhci")
    assert behind.path == "/machine/peripheral/behind"
    assert behind.address.bus > 0
    assert behind.capability(CAP_EXPRESS) is not None
    assert behind.capability(CAP_MSIX) is not None


def test_a_page_holds_the_configuration_of_its_function(q35):
    pages = {region.owner.path: region for region in q35.map.regions if region.name == "config"}
    assert {one.path for one in q35.functions} == pages.keys()
    assert {"/machine/q35/mch", "/machine/peripheral/behind"} < pages.keys()
    q35.restart()
    for one in q35.functions:
        page = pages[one.path]
        (observation,) = q35.execute([Command("readl", (page.start,))])
        assert observation.answer == one.device_id << 16 | one.vendor_id


def test_behind_a_pair_of_ports_each_function_has_its_page_too():
    with QemuGuest(GuestOptions(devices=("-device", "e1000,id=nic"))) as guest:
        pages = {one.owner.path: one for one in guest.map.regions if one.name == "config"}
        assert {one.path for one in guest.functions} == pages.keys()
        assert guest.map.region_at("io", 0xCFC) is None
        for one in guest.functions:
            sent = guest.map.lowered([Command("inl", (pages[one.path].start,))])
            assert guest.execute(sent)[-1].answer == one.device_id << 16 | one.vendor_id


def test_a_bare_restart_leaves_the_registers_unmapped(q35):
    nic = next(one for one in q35.functions if one.type == "e1000")
    status = Command("readl", (nic.bars[0].address + 8,))
    q35.restart(bare=True)
    (before,) = q35.execute([status])
    q35.execute([command for group in q35.boot for command in group])
    (after,) = q35.execute([status])
    q35.restart()
    assert q35.execute([status]) == [after]
    assert before.answer in {0, 0xFFFF_FFFF}
    assert after.answer not in {0, 0xFFFF_FFFF}


def test_a_machine_without_pci_has_nothing_to_map():
    binary = find_one()
    with QemuGuest(GuestOptions(machine="isapc", binary=binary)) as guest:
        assert guest.boot == ()
        assert guest.functions == ()
        assert guest.machine == Machine(binary.path, "isapc")
