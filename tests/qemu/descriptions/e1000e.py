"""The network card e1000e.

Source: QEMU 7.2 hw/net/e1000e.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import EXPRESS_CONFIG_SIZE, pci_constants, pci_limit
from tests.support.real_devices import Device, kept
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BOOL_ARRAY,
    VMSTATE_INT8,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_UINT16_2DARRAY,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
)
from vmstate.macros.devices.net import (
    VMSTATE_E1000E_INTR_DELAY_TIMER,
    VMSTATE_E1000E_INTR_DELAY_TIMER_ARRAY,
)
from vmstate.macros.devices.pci import VMSTATE_MSIX, VMSTATE_PCI_DEVICE

e1000e_vmstate_tx = VMStateDescription(
    name="e1000e-tx",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("sum_needed"),
        VMSTATE_UINT8("props.ipcss"),
        VMSTATE_UINT8("props.ipcso"),
        VMSTATE_UINT16("props.ipcse"),
        VMSTATE_UINT8("props.tucss"),
        VMSTATE_UINT8("props.tucso"),
        VMSTATE_UINT16("props.tucse"),
        VMSTATE_UINT8("props.hdr_len"),
        VMSTATE_UINT16("props.mss"),
        VMSTATE_UINT32("props.paylen"),
        VMSTATE_INT8("props.ip"),
        VMSTATE_INT8("props.tcp"),
        VMSTATE_BOOL("props.tse"),
        VMSTATE_BOOL("cptse"),
        VMSTATE_BOOL("skip_cp"),
    ),
    source="QEMU 7.2 hw/net/e1000e.c",
)

e1000e_vmstate = VMStateDescription(
    name="e1000e",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_MSIX("parent_obj"),
        VMSTATE_UINT32("ioaddr"),
        VMSTATE_UINT32("core.rxbuf_min_shift"),
        VMSTATE_UINT8("core.rx_desc_len"),
        VMSTATE_UINT32_ARRAY("core.rxbuf_sizes", 4),
        VMSTATE_UINT32("core.rx_desc_buf_size"),
        VMSTATE_UINT16_ARRAY("core.eeprom", 64),
        VMSTATE_UINT16_2DARRAY("core.phy", 7, 32),
        VMSTATE_UINT32_ARRAY("core.mac", 32768),
        VMSTATE_UINT8_ARRAY("core.permanent_mac", 6),
        VMSTATE_UINT32("core.delayed_causes"),
        VMSTATE_UINT16("subsys"),
        VMSTATE_UINT16("subsys_ven"),
        VMSTATE_E1000E_INTR_DELAY_TIMER("core.rdtr"),
        VMSTATE_E1000E_INTR_DELAY_TIMER("core.radv"),
        VMSTATE_E1000E_INTR_DELAY_TIMER("core.raid"),
        VMSTATE_E1000E_INTR_DELAY_TIMER("core.tadv"),
        VMSTATE_E1000E_INTR_DELAY_TIMER("core.tidv"),
        VMSTATE_E1000E_INTR_DELAY_TIMER("core.itr"),
        VMSTATE_BOOL("core.itr_intr_pending"),
        VMSTATE_E1000E_INTR_DELAY_TIMER_ARRAY("core.eitr", 5),
        VMSTATE_BOOL_ARRAY("core.eitr_intr_pending", 5),
        VMSTATE_UINT32("core.itr_guest_value"),
        VMSTATE_UINT32_ARRAY("core.eitr_guest_value", 5),
        VMSTATE_UINT16("core.vet"),
        VMSTATE_STRUCT_ARRAY("core.tx", 2, 0, e1000e_vmstate_tx),
    ),
    source="QEMU 7.2 hw/net/e1000e.c",
)


DEVICES = (
    Device(
        section="e1000e",
        description=e1000e_vmstate,
        machine="q35",
        constants=pci_constants("parent_obj", EXPRESS_CONFIG_SIZE, vectors=5),
        limits=(
            pci_limit("parent_obj", EXPRESS_CONFIG_SIZE),
            kept(
                "hw/net/e1000e.c, e1000e_post_load: another subsystem is refused",
                "subsys",
                "subsys_ven",
            ),
            kept(
                "hw/net/e1000e_core.c, e1000e_intrmgr_resume: timers that run are set anew",
                "core.rdtr.running",
                "core.radv.running",
                "core.raid.running",
                "core.tadv.running",
                "core.tidv.running",
                "core.itr.running",
                "core.eitr[].running",
            ),
        ),
    ),
)
