"""The nested descriptions of device macros are those that a real QEMU says that it has."""

from __future__ import annotations

import struct

import pytest

from harness.qemu.binaries import dump_vmstate, find_one
from vmstate.macros.devices import (
    acpi,
    ahci,
    fifo,
    hid,
    i2c,
    ide,
    ipack,
    net,
    pci,
    scsi,
    usb,
)

pytestmark = pytest.mark.qemu

DESCRIPTIONS = (
    acpi.vmstate_acpi_pcihp_pci_status,
    acpi.vmstate_cpu_hotplug,
    acpi.vmstate_memory_hotplug,
    ahci.vmstate_ahci,
    fifo.vmstate_fifo8,
    hid.vmstate_hid_keyboard_device,
    hid.vmstate_hid_ptr_device,
    i2c.vmstate_i2c_slave,
    i2c.vmstate_smbus_device,
    ide.vmstate_ide_bus,
    ide.vmstate_ide_drive,
    ipack.vmstate_ipack_device,
    net.e1000e_vmstate_intr_timer,
    pci.vmstate_msix,
    pci.vmstate_pci_device,
    scsi.vmstate_scsi_device,
    usb.vmstate_u2f_key,
    usb.vmstate_usb_device,
)


@pytest.fixture(scope="module")
def dumped():
    """Return all descriptions inside others that QEMU dumps, by name."""
    found = {}
    _collect(dump_vmstate(find_one().path), found)
    return found


def _collect(item, found):
    if isinstance(item, dict):
        if "Description" in item:
            found.setdefault(item["Description"]["name"], item["Description"])
        for part in item.values():
            _collect(part, found)
    elif isinstance(item, list):
        for part in item:
            _collect(part, found)


def _dumped_outline(vmsd):
    """Return what a dump says of a description that ours must say, too."""
    fields = [
        (
            field["field"],
            field["version_id"],
            field["field_exists"],
            _dumped_outline(field["Description"]) if "Description" in field else field["size"],
        )
        for field in vmsd.get("Fields", ())
    ]
    subsections = [_dumped_outline(part) for part in vmsd.get("Subsections", ())]
    return vmsd["name"], vmsd["version_id"], vmsd["minimum_version_id"], fields, subsections


def _outline(vmsd, dumped):
    """Return the same of ours; a size that our codec does not know is the dump's."""
    theirs = [field["size"] for field in dumped.get("Fields", ())]
    inside = [field.get("Description", {}) for field in dumped.get("Fields", ())]
    fields = [
        (
            field.name,
            field.version_id,
            field.field_exists is not None,
            _outline(field.vmsd, inner) if field.vmsd else _size(field, size),
        )
        for field, size, inner in zip(vmsd.fields, theirs, inside, strict=True)
    ]
    subsections = [
        _outline(ours, theirs)
        for ours, theirs in zip(vmsd.subsections, dumped.get("Subsections", ()), strict=True)
    ]
    return vmsd.name, vmsd.version_id, vmsd.minimum_version_id, fields, subsections


def _size(field, dumped):
    layout = getattr(field.info, "format", "")
    if layout:
        return struct.calcsize(f">{layout}")
    return field.size or dumped


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda one: one.name)
def test_a_nested_description_is_what_qemu_dumps(description, dumped):
    theirs = dumped[description.name]
    assert _outline(description, theirs) == _dumped_outline(theirs)
