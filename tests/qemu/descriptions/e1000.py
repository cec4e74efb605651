"""The network card e1000.

Source: QEMU 7.2 hw/net/e1000.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_INT8,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT32_SUB_ARRAY,
    VMSTATE_UNUSED,
    VMSTATE_UNUSED_TEST,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE


def _is_version_1(state: object, version_id: int) -> bool:
    return version_id == 1


vmstate_e1000_mit_state = VMStateDescription(
    name="e1000/mit_state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("mac_reg[RDTR]"),
        VMSTATE_UINT32("mac_reg[RADV]"),
        VMSTATE_UINT32("mac_reg[TADV]"),
        VMSTATE_UINT32("mac_reg[ITR]"),
        VMSTATE_BOOL("mit_irq_level"),
    ),
    source="QEMU 7.2 hw/net/e1000.c",
)

vmstate_e1000_full_mac_state = VMStateDescription(
    name="e1000/full_mac_state",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT32_ARRAY("mac_reg", 0x8000),),
    source="QEMU 7.2 hw/net/e1000.c",
)

vmstate_e1000_tx_tso_state = VMStateDescription(
    name="e1000/tx_tso_state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("tx.tso_props.ipcss"),
        VMSTATE_UINT8("tx.tso_props.ipcso"),
        VMSTATE_UINT16("tx.tso_props.ipcse"),
        VMSTATE_UINT8("tx.tso_props.tucss"),
        VMSTATE_UINT8("tx.tso_props.tucso"),
        VMSTATE_UINT16("tx.tso_props.tucse"),
        VMSTATE_UINT32("tx.tso_props.paylen"),
        VMSTATE_UINT8("tx.tso_props.hdr_len"),
        VMSTATE_UINT16("tx.tso_props.mss"),
        VMSTATE_INT8("tx.tso_props.ip"),
        VMSTATE_INT8("tx.tso_props.tcp"),
    ),
    source="QEMU 7.2 hw/net/e1000.c",
)

vmstate_e1000 = VMStateDescription(
    name="e1000",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_UNUSED_TEST(_is_version_1, 4),
        VMSTATE_UNUSED(4),
        VMSTATE_UINT32("rxbuf_size"),
        VMSTATE_UINT32("rxbuf_min_shift"),
        VMSTATE_UINT32("eecd_state.val_in"),
        VMSTATE_UINT16("eecd_state.bitnum_in"),
        VMSTATE_UINT16("eecd_state.bitnum_out"),
        VMSTATE_UINT16("eecd_state.reading"),
        VMSTATE_UINT32("eecd_state.old_eecd"),
        VMSTATE_UINT8("mig_props.ipcss"),
        VMSTATE_UINT8("mig_props.ipcso"),
        VMSTATE_UINT16("mig_props.ipcse"),
        VMSTATE_UINT8("mig_props.tucss"),
        VMSTATE_UINT8("mig_props.tucso"),
        VMSTATE_UINT16("mig_props.tucse"),
        VMSTATE_UINT32("mig_props.paylen"),
        VMSTATE_UINT8("mig_props.hdr_len"),
        VMSTATE_UINT16("mig_props.mss"),
        VMSTATE_UINT16("tx.size"),
        VMSTATE_UINT16("tx.tso_frames"),
        VMSTATE_UINT8("tx.sum_needed"),
        VMSTATE_INT8("mig_props.ip"),
        VMSTATE_INT8("mig_props.tcp"),
        VMSTATE_BUFFER("tx.header", 256),
        VMSTATE_BUFFER("tx.data", 65536),
        VMSTATE_UINT16_ARRAY("eeprom_data", 64),
        VMSTATE_UINT16_ARRAY("phy_reg", 0x20),
        VMSTATE_UINT32("mac_reg[CTRL]"),
        VMSTATE_UINT32("mac_reg[EECD]"),
        VMSTATE_UINT32("mac_reg[EERD]"),
        VMSTATE_UINT32("mac_reg[GPRC]"),
        VMSTATE_UINT32("mac_reg[GPTC]"),
        VMSTATE_UINT32("mac_reg[ICR]"),
        VMSTATE_UINT32("mac_reg[ICS]"),
        VMSTATE_UINT32("mac_reg[IMC]"),
        VMSTATE_UINT32("mac_reg[IMS]"),
        VMSTATE_UINT32("mac_reg[LEDCTL]"),
        VMSTATE_UINT32("mac_reg[MANC]"),
        VMSTATE_UINT32("mac_reg[MDIC]"),
        VMSTATE_UINT32("mac_reg[MPC]"),
        VMSTATE_UINT32("mac_reg[PBA]"),
        VMSTATE_UINT32("mac_reg[RCTL]"),
        VMSTATE_UINT32("mac_reg[RDBAH]"),
        VMSTATE_UINT32("mac_reg[RDBAL]"),
        VMSTATE_UINT32("mac_reg[RDH]"),
        VMSTATE_UINT32("mac_reg[RDLEN]"),
        VMSTATE_UINT32("mac_reg[RDT]"),
        VMSTATE_UINT32("mac_reg[STATUS]"),
        VMSTATE_UINT32("mac_reg[SWSM]"),
        VMSTATE_UINT32("mac_reg[TCTL]"),
        VMSTATE_UINT32("mac_reg[TDBAH]"),
        VMSTATE_UINT32("mac_reg[TDBAL]"),
        VMSTATE_UINT32("mac_reg[TDH]"),
        VMSTATE_UINT32("mac_reg[TDLEN]"),
        VMSTATE_UINT32("mac_reg[TDT]"),
        VMSTATE_UINT32("mac_reg[TORH]"),
        VMSTATE_UINT32("mac_reg[TORL]"),
        VMSTATE_UINT32("mac_reg[TOTH]"),
        VMSTATE_UINT32("mac_reg[TOTL]"),
        VMSTATE_UINT32("mac_reg[TPR]"),
        VMSTATE_UINT32("mac_reg[TPT]"),
        VMSTATE_UINT32("mac_reg[TXDCTL]"),
        VMSTATE_UINT32("mac_reg[WUFC]"),
        VMSTATE_UINT32("mac_reg[VET]"),
        VMSTATE_UINT32_SUB_ARRAY("mac_reg", 5376, 32),
        VMSTATE_UINT32_SUB_ARRAY("mac_reg", 5248, 128),
        VMSTATE_UINT32_SUB_ARRAY("mac_reg", 5504, 128),
    ),
    subsections=(
        vmstate_e1000_mit_state,
        vmstate_e1000_full_mac_state,
        vmstate_e1000_tx_tso_state,
    ),
    source="QEMU 7.2 hw/net/e1000.c",
)


DEVICES = (
    Device(
        section="e1000",
        description=vmstate_e1000,
        constants=pci_constants("parent_obj"),
        without=frozenset({"e1000/full_mac_state"}),
        limits=(pci_limit("parent_obj"),),
    ),
)
