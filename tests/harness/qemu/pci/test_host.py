"""Host bridges: lines of QEMU's form, as each family of boards prints them."""

from harness.command import Command
from harness.qemu.pci.config import Pages, Pair
from harness.qemu.pci.host import PC_MEMORY, PC_PORTS, Host, Window, find_hosts

BRIDGE = "/machine/unattached/device[5]"


def row(start, size, what, owner=BRIDGE, kind="i/o", depth=2):
    owned = f" owner:{{dev path={owner}}}" if owner else " parent:{obj path=/machine/unattached}"
    span = f"{start:016x}-{start + size - 1:016x}"
    return f"{'  ' * depth}{span} (prio 0, {kind}): {what}{owned}"


def alias(start, size, name, target, at, **more):
    what = f"alias {name} @{target} {at:016x}-{at + size - 1:016x}"
    return row(start, size, what, kind="container", **more)


def space(name, *rows):
    root = row(0, 1 << 64, "root", owner="", kind="container", depth=1)
    return "\n".join([f"address-space: {name}", root, *rows, "", ""])


PAIR = (
    row(0xCF8, 4, "pci-conf-idx", "/machine/q35"),
    row(0xCFC, 4, "pci-conf-data", "/machine/q35"),
)
VIRT = (
    row(0x9000000, 4096, "pl011", "/machine/unattached/device[3]"),
    alias(0x10000000, 0x2EFF0000, "pcie-mmio", "gpex_mmio_window", 0x10000000),
    row(0x3EFF0000, 0x10000, "gpex_ioport_window"),
    row(0x3EFF0000, 0x10000, "gpex_ioport", depth=3),
    alias(0x4010000000, 0x10000000, "pcie-ecam", "pcie-mmcfg-mmio", 0),
    alias(0x8000000000, 0x8000000000, "pcie-mmio-high", "gpex_mmio_window", 0x8000000000),
)


def the_host(text):
    (found,) = find_hosts(text)
    return found


def test_a_pc_has_its_pair_among_the_ports_and_room_as_its_firmware_gives_it():
    text = space("memory", row(0xFEC00000, 4096, "ioapic", "/machine/q35/ioapic"))
    assert the_host(text + space("I/O", *PAIR)) == Host(
        Pair("io", 0xCF8, 0xCFC), PC_MEMORY, PC_PORTS, path="/machine/q35"
    )


def test_virt_has_pages_and_windows():
    assert the_host(space("memory", *VIRT)) == Host(
        Pages(0x4010000000, 12),
        Window("memory", 0x10000000, 0x10000000, 0x2EFF0000),
        Window("memory", 0x3EFF4000, 0x4000, 0xC000),
        path=BRIDGE,
    )


def test_versatile_has_small_pages_and_a_window_that_the_bus_sees_elsewhere():
    text = space(
        "memory",
        row(0x10001000, 4096, "pci-vpb-regs"),
        row(0x41000000, 1 << 24, "pci-vpb-selfconfig"),
        row(0x42000000, 1 << 24, "pci-vpb-config"),
        row(0x43000000, 1 << 32, "pci_io"),
        alias(0x44000000, 0xC000000, "pci-vbp-window", "pci_mem", 0),
        alias(0x50000000, 0x10000000, "pci-vbp-window", "pci_mem", 0),
        alias(0x60000000, 0x10000000, "pci-vbp-window", "pci_mem", 0),
    )
    assert the_host(text) == Host(
        Pages(0x42000000, 8),
        Window("memory", 0x50000000, 0, 0x10000000),
        Window("memory", 0x43004000, 0x4000, 0xC000),
        path=BRIDGE,
    )


def test_malta_has_its_pair_in_memory():
    text = space(
        "memory",
        alias(0x10000000, 0x2000000, "pci0-io", "io", 0),
        alias(0x12000000, 0x2000000, "pci0-mem0", "pci0-mem", 0x12000000),
        row(0x14000000, 4096, "gt64120-isd"),
        row(0x14000CF8, 4, "pci-conf-idx", depth=3),
        row(0x14000CFC, 4, "pci-conf-data", depth=3),
        alias(0xF2000000, 0x2000000, "pci0-mem1", "pci0-mem", 0xF2000000),
    )
    assert the_host(text) == Host(
        Pair("memory", 0x14000CF8, 0x14000CFC),
        Window("memory", 0x12000000, 0x12000000, 0x2000000),
        Window("memory", 0x10004000, 0x4000, 0xC000),
        (Command("writel", (0x14000C00, 0x10001)),),
        BRIDGE,
    )


def test_where_there_are_no_ports_beyond_the_legacy_ones_there_is_no_window():
    text = space(
        "memory",
        alias(0x10000000, 0x2000, "pci0-io", "io", 0),
        row(0x14000CF8, 4, "pci-conf-idx"),
        row(0x14000CFC, 4, "pci-conf-data"),
    )
    assert the_host(text).ports is None


def test_a_board_without_a_bridge_has_none():
    assert find_hosts(space("memory", row(0x9000000, 4096, "pl011"))) == ()
    assert find_hosts("") == ()


def test_a_register_that_selects_is_of_no_use_alone():
    assert find_hosts(space("I/O", PAIR[0])) == ()
    assert find_hosts(space("I/O", PAIR[1])) == ()


def test_only_what_the_processor_reaches_counts():
    assert find_hosts(space("gpex-root", *VIRT)) == ()
    assert find_hosts(space("memory") + "memory-region: pci0\n" + "\n".join(VIRT)) == ()


def test_a_tree_may_stand_below_several_spaces():
    tree = space("memory", *VIRT)
    expected = the_host(tree)
    assert the_host("address-space: cpu-memory-0\n" + tree) == expected
    assert the_host(tree.replace("\n", "\naddress-space: gpex-root\n", 1)) == expected


def test_a_space_ends_where_the_next_begins():
    assert find_hosts(space("memory") + space("cpu-smm-0", *VIRT)) == ()


def test_a_window_must_be_the_bridges_own_and_be_reached_with_32_bits():
    pages = alias(0x4010000000, 0x10000000, "pcie-ecam", "pcie-mmcfg-mmio", 0)
    foreign = alias(0x10000000, 1 << 28, "mmio", "mmio", 0, owner="/machine/other")
    high = alias(0x10000000, 1 << 28, "pcie-mmio", "window", 0xFFF00000)
    small = alias(0x10000000, 1 << 16, "pcie-mmio", "window", 0)
    ram = alias(0x10000000, 1 << 28, "low", "ram", 0)
    assert the_host(space("memory", pages, foreign, high, small, ram)) == Host(
        Pages(0x4010000000, 12), None, None, path=BRIDGE
    )


def test_each_region_of_pages_is_a_bridge_of_its_own():
    second = "/machine/unattached/device[6]"
    rows = [
        row(0x10000000, 0x2000000, "pcie-mmcfg-mmio"),
        row(0x12000000, 0x2000000, "pcie-mmcfg-mmio", owner=second),
    ]
    # A tree that stands below another space, too, has the same ones.
    text = space("memory", *rows) + space("I/O", *PAIR[:1]) + space("memory", *rows)
    assert [(host.access, host.path) for host in find_hosts(space("memory", *rows))] == [
        (Pages(0x10000000), BRIDGE),
        (Pages(0x12000000), second),
    ]
    assert len(find_hosts(text)) == 2
