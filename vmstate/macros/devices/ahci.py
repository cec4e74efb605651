"""AHCI controllers: their registers, and those of each port with its bus and drive.

Left out is the hook that builds the ports' commands from guest memory again.

Source: QEMU 7.2 hw/ide/ahci.c, hw/ide/ahci_internal.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT32,
    VMSTATE_INT32_EQUAL,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_VARRAY_POINTER_INT32,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)
from vmstate.macros.devices.ide import VMSTATE_IDE_BUS, VMSTATE_IDE_DRIVE

#: Commands that a port can have at once (AHCI_MAX_CMDS).
MOST_COMMANDS = 32

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
    source="QEMU 7.2 hw/ide/ahci.c: vmstate_ncq_tfs",
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
        VMSTATE_STRUCT_ARRAY("ncq_tfs", MOST_COMMANDS, 1, vmstate_ncq_tfs),
    ),
    source="QEMU 7.2 hw/ide/ahci.c: vmstate_ahci_device",
)

vmstate_ahci = VMStateDescription(
    name="ahci",
    version_id=1,
    fields=(
        # Both sides know the number of ports; it is compared when all have been loaded.
        VMSTATE_STRUCT_VARRAY_POINTER_INT32("dev", "ports", vmstate_ahci_device),
        VMSTATE_UINT32("control_regs.cap"),
        VMSTATE_UINT32("control_regs.ghc"),
        VMSTATE_UINT32("control_regs.irqstatus"),
        VMSTATE_UINT32("control_regs.impl"),
        VMSTATE_UINT32("control_regs.version"),
        VMSTATE_UINT32("idp_index"),
        VMSTATE_INT32_EQUAL("ports"),
    ),
    source="QEMU 7.2 hw/ide/ahci.c: vmstate_ahci",
)


def VMSTATE_AHCI(f: str) -> Field:
    """A controller.

    Wire: ``ports`` times a port with bus, drive and 32 commands; then 28 bytes: six registers
        and the number of ports.
    Source: QEMU 11.1 hw/ide/ahci-internal.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_ahci)
