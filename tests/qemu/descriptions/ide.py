"""IDE controllers on PCI and ISA.

Source: QEMU 7.2 hw/ide/core.c, hw/ide/pci.c, hw/ide/isa.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, Limit, becomes, masked
from vmstate.description import VMStateDescription
from vmstate.macros import VMSTATE_INT64, VMSTATE_STRUCT_ARRAY, VMSTATE_UINT8, VMSTATE_UINT32
from vmstate.macros.devices.ide import VMSTATE_IDE_BUS, VMSTATE_IDE_BUS_ARRAY, VMSTATE_IDE_DRIVES
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

vmstate_bmdma_current = VMStateDescription(
    name="ide bmdma_current",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("cur_addr"),
        VMSTATE_UINT32("cur_prd_last"),
        VMSTATE_UINT32("cur_prd_addr"),
        VMSTATE_UINT32("cur_prd_len"),
    ),
    source="QEMU 7.2 hw/ide/pci.c",
)

vmstate_bmdma_status = VMStateDescription(
    name="ide bmdma/status",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("status"),),
    source="QEMU 7.2 hw/ide/pci.c",
)

vmstate_bmdma = VMStateDescription(
    name="ide bmdma",
    version_id=3,
    fields=(
        VMSTATE_UINT8("cmd"),
        VMSTATE_UINT8("migration_compat_status"),
        VMSTATE_UINT32("addr"),
        VMSTATE_INT64("migration_retry_sector_num"),
        VMSTATE_UINT32("migration_retry_nsector"),
        VMSTATE_UINT8("migration_retry_unit"),
    ),
    subsections=(
        vmstate_bmdma_current,
        vmstate_bmdma_status,
    ),
    source="QEMU 7.2 hw/ide/pci.c",
)

vmstate_ide_pci = VMStateDescription(
    name="ide",
    version_id=3,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_STRUCT_ARRAY("bmdma", 2, 0, vmstate_bmdma),
        VMSTATE_IDE_BUS_ARRAY("bus", 2),
        VMSTATE_IDE_DRIVES("bus[0].ifs"),
        VMSTATE_IDE_DRIVES("bus[1].ifs"),
    ),
    source="QEMU 7.2 hw/ide/pci.c",
)


vmstate_ide_isa = VMStateDescription(
    name="isa-ide",
    version_id=3,
    fields=(
        VMSTATE_IDE_BUS("bus"),
        VMSTATE_IDE_DRIVES("bus.ifs"),
    ),
    source="QEMU 7.2 hw/ide/isa.c",
)


DEVICES = (
    Device(
        section="ide",
        description=vmstate_ide_pci,
        constants=pci_constants("parent_obj"),
        limits=(
            pci_limit("parent_obj"),
            masked(
                ~0x08,
                (
                    "hw/ide/core.c, ide_drive_pio_state_needed: a transfer on the way needs a "
                    "subsection"
                ),
                "bus[].ifs[].status",
            ),
            Limit(
                (
                    "hw/ide/pci.c, ide_bmdma_post_load: what to repeat is taken over only if there "
                    "is an error"
                ),
                ("bmdma[].migration_compat_status",),
                lambda drawn, before: drawn & ~0x10 | 0x20,
            ),
        ),
        rules=(
            becomes(
                lambda put: put.value & 1,
                "hw/ide/pci.c, ide_pci_post_load: there are two units",
                "bmdma[].migration_retry_unit",
            ),
        ),
    ),
    Device(
        section="isa-ide",
        description=vmstate_ide_isa,
        limits=(
            masked(
                ~0x08,
                (
                    "hw/ide/core.c, ide_drive_pio_state_needed: a transfer on the way needs a "
                    "subsection"
                ),
                "bus.ifs[].status",
            ),
        ),
    ),
)
