"""Hazards: which commands are not sent, and why."""

import pytest

from harness.command import Command
from harness.qemu.hazards import REGIONS, VALUES, Hazards, is_hazardous
from harness.regions import Owner, Region, RegionMap

NOBODY = Owner("unowned")
MAP = RegionMap(
    (
        Region("io", 0x60, 1, "i8042-data", 0, NOBODY),
        Region("io", 0x64, 1, "i8042-cmd", 0, NOBODY),
        Region("io", 0x92, 1, "port92", 0, NOBODY),
        Region("io", 0xCF8, 1, "pci-conf-idx", 0, NOBODY),
        Region("io", 0xCF9, 1, "piix3-reset-control", 0, NOBODY),
        Region("io", 0xCFA, 2, "pci-conf-idx", 2, NOBODY),
        Region("io", 0x5658, 1, "vmport", 0, NOBODY),
        Region("io", 0xC020, 0x20, "qxl-ioports", 0, NOBODY),
        Region("memory", 0x92, 1, "port92@0x92", 0, NOBODY),
        Region("memory", 0xFEE00000, 0x100000, "apic-msi", 0, NOBODY),
    )
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("inb 0x5658", "vmport: its handler looks at the current CPU"),
        ("inl 0x5658", "vmport: its handler looks at the current CPU"),
        ("outw 0x5657 0", "vmport: its handler looks at the current CPU"),
        ("outb 0xcf9 0x6", "piix3-reset-control: it resets the machine"),
        ("outl 0xcf8 0x80000000", "piix3-reset-control: it resets the machine"),
        ("inw 0xcf8", "piix3-reset-control: it resets the machine"),
        ("readl 0xfee00020", "apic-msi: its handler looks at the current CPU"),
        ("readq 0xfedffffc", "apic-msi: its handler looks at the current CPU"),
        ("memset 0xfedfff00 0x200 0x0", "apic-msi: its handler looks at the current CPU"),
        ("outb 0x92 0x1", "bit 0 of port 0x92: it resets the machine"),
        ("outw 0x91 0x100", "bit 0 of port 0x92: it resets the machine"),
        ("outl 0x8f 0x01000000", "bit 0 of port 0x92: it resets the machine"),
        ("write 0x90 0x3 0x000001", "bit 0 of port 0x92: it resets the machine"),
        ("memset 0x90 0x8 0x103", "bit 0 of port 0x92: it resets the machine"),
        ("outb 0x64 0xfe", "keyboard controller commands 0xf0 to 0xfe"),
        ("outl 0x61 0xf0000000", "keyboard controller commands 0xf0 to 0xfe"),
        ("outb 0xc02e 0x23", "SPICE ends QEMU: no such surface"),
        ("outl 0xc031 0x01000000", "SPICE ends QEMU: no such surface"),
    ],
)
def test_a_dangerous_command_is_named_with_its_reason(line, reason):
    found = Hazards(MAP).of(Command.parse(line))
    assert found is not None
    assert found.startswith(reason)


@pytest.mark.parametrize(
    "line",
    [
        "inb 0x64",
        "inb 0x92",
        "outb 0x92 0x2",
        "outw 0x91 0x1",
        "outw 0x92 0x102",
        "outb 0x64 0xff",
        "outb 0x64 0xaa",
        "outb 0x60 0xfe",
        "outb 0xcf8 0x0",
        "outw 0xcfa 0x8000",
        "inb 0x5657",
        "write 0x90 0x3 0x010100",
        "memset 0x90 0x8 0x2",
        "readl 0xfedffffc",
        "readb 0x5658",
        "endianness",
        "clock_step 1000",
        "irq_intercept_in vmport",
    ],
)
def test_a_harmless_command_is_not_held_back(line):
    hazards = Hazards(MAP)
    assert hazards.of(Command.parse(line)) is None
    assert hazards.of(Command.parse(line)) is None


def test_what_was_harmless_at_a_place_says_nothing_of_other_values_verbs_or_places():
    hazards = Hazards(MAP)
    for harmless, hazardous in (
        ("outb 0x92 0x2", "outb 0x92 0x1"),
        ("outb 0x91 0x0", "outw 0x91 0x100"),
        ("write 0x90 0x2 0x0101", "write 0x90 0x3 0x010101"),
        ("outb 0xcf8 0x0", "outb 0xcf9 0x6"),
    ):
        assert hazards.of(Command.parse(harmless)) is None
        assert hazards.of(Command.parse(hazardous)) is not None


def test_what_ends_qemu_without_a_cpu_is_neither_read_nor_written():
    deadly = RegionMap((Region("memory", 0x1000, 4, "gic_cpu", 0, NOBODY),))
    hazards = Hazards(MAP, deadly)
    why = "gic_cpu: only a CPU can reach it, and none runs"
    assert hazards.of(Command.parse("readl 0x1000")) == why
    assert hazards.of(Command.parse("writel 0xffe 0x0")) == why
    assert hazards.of(Command.parse("readl 0x1004")) is None


def test_a_written_byte_is_looked_for_in_the_byte_order_of_the_machine():
    big = RegionMap(MAP.regions, {"io": "big"})
    assert Hazards(big).of(Command.parse("outw 0x91 0x1")) is not None
    assert Hazards(big).of(Command.parse("outw 0x91 0x100")) is None


def test_suspects_are_the_regions_with_anything_hazardous_in_them():
    names = {region.name for region in Hazards(MAP).suspects.regions}
    assert names == {region.name for region in MAP.regions} - {"i8042-data", "pci-conf-idx"}


def test_hazardous_regions_are_known_by_name_with_or_without_address():
    hazardous = {region.name for region in MAP.regions if is_hazardous(region)}
    assert hazardous == {"piix3-reset-control", "vmport", "apic-msi"}
    assert is_hazardous(Region("io", 0x604, 2, "acpi-cnt@0x604", 0, NOBODY))


def test_every_entry_gives_a_reason():
    assert all(len(reason.split()) >= 3 for reason in REGIONS.values())
    assert all(len(entry.reason.split()) >= 3 for entry in VALUES)


def test_a_value_hazard_follows_its_register_within_a_larger_region():
    """The register counts from its region's start, also where only a part is mapped."""
    part = RegionMap((Region("io", 0x100, 4, "port92", 1, NOBODY),))
    assert Hazards(part).of(Command.parse("outb 0x100 0x1")) is None


VIRTIO = RegionMap(
    (
        Region("io", 0xC000, 0x40, "virtio-pci", 0, Owner("virtio-net-pci")),
        Region("memory", 0x1000, 0x1000, "virtio-pci-common-virtio-net", 0, NOBODY),
        Region("memory", 0x2000, 0x1000, "virtio-pci-common", 0, NOBODY),
        Region("memory", 0x3000, 0x1000, "virtio-pci-isr-virtio-net", 0, NOBODY),
        Region("memory", 0xA000000, 0x200, "virtio-mmio@0xa000000", 0, NOBODY),
    )
)


@pytest.mark.parametrize(
    "line",
    [
        "outl 0xc004 0x20000000",
        "outb 0xc007 0x3f",
        "writel 0x100c 0xffffffff",
        "writeq 0x1008 0x2000000000000000",
        "writeb 0x200f 0x20",
        "writel 0xa000020 0x20000000",
    ],
)
def test_no_virtio_driver_accepts_event_indices(line):
    why = Hazards(VIRTIO).of(Command.parse(line))
    assert why is not None
    assert why.startswith("VIRTIO_F_EVENT_IDX: after loading")


@pytest.mark.parametrize(
    "line",
    [
        "outl 0xc004 0x220000",
        "outb 0xc006 0x20",
        "outw 0xc006 0x1fff",
        "writel 0x100c 0xffffff",
        "writeb 0x100e 0x3f",
        "writel 0xa000020 0x200000",
    ],
)
def test_no_virtio_driver_offers_to_announce_its_guest(line):
    why = Hazards(VIRTIO).of(Command.parse(line))
    assert why is not None
    assert why.startswith("VIRTIO_NET_F_GUEST_ANNOUNCE: after loading")


@pytest.mark.parametrize(
    "line",
    [
        "inl 0xc004",
        "outl 0xc004 0xdfdfffff",
        "outl 0xc000 0x20200000",
        "writel 0x100c 0x1fdfffff",
        "writeb 0x100c 0x20",
        "writeb 0x100d 0x20",
        "writeb 0x300f 0x20",
        "writel 0xa000024 0x20000000",
    ],
)
def test_every_other_feature_may_be_accepted(line):
    assert Hazards(VIRTIO).of(Command.parse(line)) is None


PAGES = RegionMap(
    (
        Region("memory", 0xB0000000, 256, "config", 0, Owner("mch")),
        Region("memory", 0xB0008000, 256, "config", 0, Owner("e1000")),
        Region("memory", 0xB00F8000, 256, "config", 0, Owner("ICH9-LPC")),
    )
)


@pytest.mark.parametrize(
    "line",
    [
        "writel 0xb0008010 0x0",
        "writeb 0xb0008033 0x0",
        "writel 0xb000800d 0x0",
        "writel 0xb0000060 0x0",
        "writeb 0xb0000067 0x1",
        "writel 0xb00f8040 0x0",
        "writeb 0xb00f8044 0x0",
        "writew 0xb00f80f2 0x0",
    ],
)
def test_what_moves_registers_is_not_written(line):
    why = Hazards(PAGES).of(Command.parse(line))
    assert why == "it moves registers away from where the map says"


@pytest.mark.parametrize(
    "line",
    [
        "readl 0xb0008010",
        "writel 0xb0008004 0x7",
        "writeb 0xb000800f 0x0",
        "writeb 0xb0008034 0x0",
        "writel 0xb0008060 0x0",
        "writel 0xb0008040 0x0",
        "writeb 0xb000005f 0x0",
        "writel 0xb0000040 0x0",
        "writeb 0xb00f8045 0x0",
    ],
)
def test_what_moves_nothing_in_its_device_is_written(line):
    assert Hazards(PAGES).of(Command.parse(line)) is None


def test_a_big_endian_guest_writes_its_highest_byte_first():
    turned = RegionMap(MAP.regions, {"memory": "big"})
    assert Hazards(turned).of(Command.parse("writew 0x91 0x100")) is None
    assert "port 0x92" in Hazards(turned).of(Command.parse("writew 0x91 0x1"))
