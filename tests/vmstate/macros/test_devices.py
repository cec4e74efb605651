"""What macros of devices put on the wire: as many bytes as their docstrings say."""

from __future__ import annotations

import pytest

from tests.support.chips import chip
from tests.support.macro_table import DEVICE_MACROS
from vmstate.blank import blank
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT32
from vmstate.macros.devices import (
    acpi,
    cpu32,
    cpu64,
    fifo,
    hid,
    i2c,
    i386,
    ich9,
    ipack,
    loongarch,
    net,
    piix4,
    ppc,
    ptimer,
    sparc,
    ssi,
    unit_tests,
    usb,
    vfio,
    virtio_iommu,
)

SIZES = [
    (acpi.VMSTATE_CPU_HOTPLUG("a"), 5),
    (acpi.VMSTATE_MEMORY_HOTPLUG("a"), 4),
    (ich9.VMSTATE_GPE_ARRAY("a"), 16),
    (piix4.VMSTATE_GPE_ARRAY("a"), 2),
    (net.VMSTATE_MACADDR("a"), 6),
    (net.VMSTATE_E1000E_INTR_DELAY_TIMER("a"), 9),
    (net.VMSTATE_E1000E_INTR_DELAY_TIMER_ARRAY("a", 3), 27),
    (net.VMSTATE_IGB_INTR_DELAY_TIMER("a"), 9),
    (net.VMSTATE_IGB_INTR_DELAY_TIMER_ARRAY("a", 3), 27),
    (usb.VMSTATE_USB_DEVICE("a"), 29),
    (usb.VMSTATE_U2F_KEY("a"), 29 + 1 + 32 * 64 + 3),
    (vfio.VMSTATE_VFIO_INTX("a"), 9),
    (ptimer.VMSTATE_PTIMER("a"), 53),
    (i2c.VMSTATE_I2C_SLAVE("a"), 1),
    (i2c.VMSTATE_SMBUS_DEVICE("a"), 43),
    (i2c.VMSTATE_PMBUS_DEVICE("a"), 47),
    (hid.VMSTATE_HID_KEYBOARD_DEVICE("a"), 100),
    (hid.VMSTATE_HID_POINTER_DEVICE("a"), 269),
    (ipack.VMSTATE_IPACK_DEVICE("a"), 4),
    (ssi.VMSTATE_SSI_PERIPHERAL("a"), 1),
    (ppc.VMSTATE_SPAPR_VIO("a"), 32),
    (ppc.VMSTATE_PPC_TIMEBASE_V("a", 1), 16),
    (sparc.VMSTATE_CPU_TIMER("a"), 44),
    (cpu32.VMSTATE_UINTTL("a"), 4),
    (cpu64.VMSTATE_UINTTL("a"), 8),
    (cpu32.VMSTATE_UINTTL_ARRAY("a", 3), 12),
    (cpu64.VMSTATE_UINTTL_ARRAY("a", 3), 24),
    (fifo.VMSTATE_FIFO8("a"), 8),
    (fifo.VMSTATE_FIFO32("a"), 8),
    (i386.VMSTATE_SEGMENT("a"), 20),
    (i386.VMSTATE_SEGMENT("a", long_bits=32), 16),
    (i386.VMSTATE_SEGMENT_ARRAY("a", 6), 120),
    (i386.VMSTATE_SEGMENT_ARRAY("a", 6, long_bits=32), 96),
    (i386.VMSTATE_XMM_REGS("a", 0), 256),
    (i386.VMSTATE_XMM_REGS("a", 0, long_bits=32), 128),
    (i386.VMSTATE_YMMH_REGS_VARS("a", 0, 1), 256),
    (i386.VMSTATE_YMMH_REGS_VARS("a", 0, 1, long_bits=32), 128),
    (i386.VMSTATE_ZMMH_REGS_VARS("a", 0), 512),
    (i386.VMSTATE_ZMMH_REGS_VARS("a", 0, long_bits=32), 256),
    (i386.VMSTATE_Hi16_ZMM_REGS_VARS("a", 16), 1024),
    (i386.VMSTATE_BND_REGS("a", 4), 64),
    (i386.VMSTATE_MTRR_VARS("a", 8, 1), 128),
    (i386.VMSTATE_LBR_VARS("a", 32, 1), 768),
    (loongarch.VMSTATE_FPU_REGS("a", 0), 256),
    (loongarch.VMSTATE_LSXH_REGS("a", 0), 256),
    (loongarch.VMSTATE_LASXH_REGS("a", 0), 512),
    (VMSTATE_STRUCT("a", 0, virtio_iommu.VMSTATE_INTERVAL()), 16),
    (VMSTATE_STRUCT("a", 0, virtio_iommu.VMSTATE_MAPPING()), 12),
]


@pytest.mark.parametrize(("field", "size"), SIZES)
def test_a_macro_puts_so_many_bytes_on_the_wire(engine, field, size):
    description = chip(field, version_id=3, minimum_version_id=1)
    state = blank(description)
    assert len(engine.save(description, state).data) == size


def test_the_same_name_stands_for_other_bytes_in_another_family():
    assert ich9.VMSTATE_GPE_ARRAY("a") != piix4.VMSTATE_GPE_ARRAY("a")
    assert cpu32.VMSTATE_UINTTL("a") != cpu64.VMSTATE_UINTTL("a")


def test_the_trees_of_the_unit_test_are_those_of_the_iommu():
    # Equal but for what they say of their source.
    for name in ("VMSTATE_INTERVAL", "VMSTATE_MAPPING"):
        ours, theirs = (getattr(family, name)() for family in (unit_tests, virtio_iommu))
        assert (ours.name, ours.fields) == (theirs.name, theirs.fields)
        assert ours.source != theirs.source


@pytest.mark.parametrize(
    "entry", [entry for entry in DEVICE_MACROS if entry.made[0].vmsd], ids=lambda entry: entry.id
)
def test_a_nested_description_says_where_it_is_from(entry):
    pending = [field.vmsd for field in entry.made if field.vmsd]
    while pending:
        vmsd = pending.pop()
        assert vmsd.source.startswith("QEMU "), vmsd.name
        pending += [*vmsd.subsections, *(field.vmsd for field in vmsd.fields if field.vmsd)]


def test_a_version_gates_what_a_macro_gates(engine):
    field = cpu64.VMSTATE_UINTTL_V("a", 2)
    description = chip(field, VMSTATE_UINT32("b"), version_id=2, minimum_version_id=1)
    state = blank(description)
    assert len(engine.save(description, state, version_id=1).data) == 4
    assert len(engine.save(description, state).data) == 12
