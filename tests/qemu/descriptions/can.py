"""A CAN controller on a PCI card.

Source: QEMU 7.2 hw/net/can/can_sja1000.c, hw/net/can/can_kvaser_pci.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, kept
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BUFFER,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

vmstate_qemu_can_filter = VMStateDescription(
    name="qemu_can_filter",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("can_id"),
        VMSTATE_UINT32("can_mask"),
    ),
    source="QEMU 7.2 hw/net/can/can_sja1000.c",
)

vmstate_can_sja = VMStateDescription(
    name="can_sja",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("mode"),
        VMSTATE_UINT8("status_pel"),
        VMSTATE_UINT8("interrupt_pel"),
        VMSTATE_UINT8("interrupt_en"),
        VMSTATE_UINT8("rxmsg_cnt"),
        VMSTATE_UINT8("rxbuf_start"),
        VMSTATE_UINT8("clock"),
        VMSTATE_BUFFER("code_mask", 8),
        VMSTATE_BUFFER("tx_buff", 13),
        VMSTATE_BUFFER("rx_buff", 64),
        VMSTATE_UINT32("rx_ptr"),
        VMSTATE_UINT32("rx_cnt"),
        VMSTATE_UINT8("control"),
        VMSTATE_UINT8("status_bas"),
        VMSTATE_UINT8("interrupt_bas"),
        VMSTATE_UINT8("code"),
        VMSTATE_UINT8("mask"),
        VMSTATE_STRUCT_ARRAY("filter", 4, 0, vmstate_qemu_can_filter),
    ),
    source="QEMU 7.2 hw/net/can/can_sja1000.c",
)


vmstate_kvaser_pci = VMStateDescription(
    name="kvaser_pci",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_UINT32("s5920_intcsr"),
        VMSTATE_STRUCT("sja_state", 0, vmstate_can_sja),
    ),
    source="QEMU 7.2 hw/net/can/can_kvaser_pci.c",
)


DEVICES = (
    Device(
        section="kvaser_pci",
        description=vmstate_kvaser_pci,
        constants=pci_constants("dev"),
        limits=(
            pci_limit("dev"),
            kept(
                (
                    "hw/net/can/can_sja1000.c, can_sja_post_load: the interrupt line is driven "
                    "anew, which here keeps it low"
                ),
                "dev.irq_state",
                "sja_state.interrupt_en",
                "sja_state.control",
            ),
        ),
    ),
)
