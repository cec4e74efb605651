"""The AHCI controller of ICH9, as QEMU describes it.

Source: QEMU 7.2 hw/ide/ahci.c, hw/ide/ich.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, kept, masked
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT32,
    VMSTATE_INT32_EQUAL,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_VARRAY_POINTER_INT32,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)
from vmstate.macros.devices.ahci import VMSTATE_AHCI
from vmstate.macros.devices.ide import VMSTATE_IDE_BUS, VMSTATE_IDE_DRIVE
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

vmstate_ncq_tfs = VMStateDescription(
    name="ncq state",
    version_id=1,
    fields=(
        VMSTATE_UINT32("sector_count"),
        VMSTATE_UINT64("lba"),
        VMSTATE_UINT8("tag"),
        VMSTATE_UINT8("cmd"),
        VMSTATE_UINT8("slot"),
        VMSTATE_BOOL("used"),
        VMSTATE_BOOL("halt"),
    ),
    source="QEMU 7.2 hw/ide/ahci.c",
)

vmstate_ahci_device = VMStateDescription(
    name="ahci port",
    version_id=1,
    fields=(
        VMSTATE_IDE_BUS("port"),
        VMSTATE_IDE_DRIVE("port.ifs[0]"),
        VMSTATE_UINT32("port_state"),
        VMSTATE_UINT32("finished"),
        VMSTATE_UINT32("port_regs.lst_addr"),
        VMSTATE_UINT32("port_regs.lst_addr_hi"),
        VMSTATE_UINT32("port_regs.fis_addr"),
        VMSTATE_UINT32("port_regs.fis_addr_hi"),
        VMSTATE_UINT32("port_regs.irq_stat"),
        VMSTATE_UINT32("port_regs.irq_mask"),
        VMSTATE_UINT32("port_regs.cmd"),
        VMSTATE_UINT32("port_regs.tfdata"),
        VMSTATE_UINT32("port_regs.sig"),
        VMSTATE_UINT32("port_regs.scr_stat"),
        VMSTATE_UINT32("port_regs.scr_ctl"),
        VMSTATE_UINT32("port_regs.scr_err"),
        VMSTATE_UINT32("port_regs.scr_act"),
        VMSTATE_UINT32("port_regs.cmd_issue"),
        VMSTATE_BOOL("done_first_drq"),
        VMSTATE_INT32("busy_slot"),
        VMSTATE_BOOL("init_d2h_sent"),
        VMSTATE_STRUCT_ARRAY("ncq_tfs", 32, 1, vmstate_ncq_tfs),
    ),
    source="QEMU 7.2 hw/ide/ahci.c",
)

vmstate_ahci = VMStateDescription(
    name="ahci",
    version_id=1,
    fields=(
        VMSTATE_STRUCT_VARRAY_POINTER_INT32("dev", "ports", vmstate_ahci_device),
        VMSTATE_UINT32("control_regs.cap"),
        VMSTATE_UINT32("control_regs.ghc"),
        VMSTATE_UINT32("control_regs.irqstatus"),
        VMSTATE_UINT32("control_regs.impl"),
        VMSTATE_UINT32("control_regs.version"),
        VMSTATE_UINT32("idp_index"),
        VMSTATE_INT32_EQUAL("ports"),
    ),
    source="QEMU 7.2 hw/ide/ahci.c",
)


vmstate_ich9_ahci = VMStateDescription(
    name="ich9_ahci",
    version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_AHCI("ahci"),
    ),
    source="QEMU 7.2 hw/ide/ich.c",
)


DEVICES = (
    Device(
        section="ich9_ahci",
        description=vmstate_ich9_ahci,
        machine="q35",
        constants={**pci_constants("parent_obj"), "ahci.ports": 6},
        limits=(
            pci_limit("parent_obj"),
            masked(
                ~0xC011,
                "hw/ide/ahci.c, ahci_state_post_load: engines that run are started in guest memory",
                "ahci.dev[].port_regs.cmd",
            ),
            kept(
                (
                    "hw/ide/ahci.c, ahci_state_post_load: commands on their way are read from "
                    "guest memory"
                ),
                "ahci.dev[].ncq_tfs[].used",
                "ahci.dev[].ncq_tfs[].halt",
                "ahci.dev[].busy_slot",
            ),
            masked(
                ~0x08,
                (
                    "hw/ide/core.c, ide_drive_pio_state_needed: a transfer on the way needs a "
                    "subsection"
                ),
                "ahci.dev[].port.ifs[].status",
            ),
        ),
    ),
)
