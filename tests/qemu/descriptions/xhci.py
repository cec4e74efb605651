"""The USB controller xHCI.

Source: QEMU 7.2 hw/usb/hcd-xhci.c, hw/usb/hcd-xhci-pci.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import EXPRESS_CONFIG_SIZE, pci_constants, pci_limit
from tests.support.real_devices import Device, View, becomes
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT64,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY_TEST,
    VMSTATE_STRUCT_VARRAY_UINT32,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT32_TEST,
    VMSTATE_UINT64,
)
from vmstate.macros.devices.pci import VMSTATE_MSIX, VMSTATE_PCI_DEVICE


def _status(put: View) -> int:
    """Return the status with an error if there is a slot whose context is looked for."""
    addressed = any(put[f"/xhci.slots[{slot}].addressed"] for slot in range(64))
    return put.value | 0x1000 * addressed


def _never(state: object, version_id: int) -> bool:
    return False


vmstate_xhci_ring = VMStateDescription(
    name="xhci-ring",
    version_id=1,
    fields=(
        VMSTATE_UINT64("dequeue"),
        VMSTATE_BOOL("ccs"),
    ),
    source="QEMU 7.2 hw/usb/hcd-xhci.c",
)

vmstate_xhci_port = VMStateDescription(
    name="xhci-port",
    version_id=1,
    fields=(VMSTATE_UINT32("portsc"),),
    source="QEMU 7.2 hw/usb/hcd-xhci.c",
)

vmstate_xhci_slot = VMStateDescription(
    name="xhci-slot",
    version_id=1,
    fields=(
        VMSTATE_BOOL("enabled"),
        VMSTATE_BOOL("addressed"),
    ),
    source="QEMU 7.2 hw/usb/hcd-xhci.c",
)

vmstate_xhci_event = VMStateDescription(
    name="xhci-event",
    version_id=1,
    fields=(
        VMSTATE_UINT32("type"),
        VMSTATE_UINT32("ccode"),
        VMSTATE_UINT64("ptr"),
        VMSTATE_UINT32("length"),
        VMSTATE_UINT32("flags"),
        VMSTATE_UINT8("slotid"),
        VMSTATE_UINT8("epid"),
    ),
    source="QEMU 7.2 hw/usb/hcd-xhci.c",
)

vmstate_xhci_intr = VMStateDescription(
    name="xhci-intr",
    version_id=1,
    fields=(
        VMSTATE_UINT32("iman"),
        VMSTATE_UINT32("imod"),
        VMSTATE_UINT32("erstsz"),
        VMSTATE_UINT32("erstba_low"),
        VMSTATE_UINT32("erstba_high"),
        VMSTATE_UINT32("erdp_low"),
        VMSTATE_UINT32("erdp_high"),
        VMSTATE_BOOL("msix_used"),
        VMSTATE_BOOL("er_pcs"),
        VMSTATE_UINT64("er_start"),
        VMSTATE_UINT32("er_size"),
        VMSTATE_UINT32("er_ep_idx"),
        VMSTATE_BOOL("er_full_unused"),
        VMSTATE_UINT32_TEST("ev_buffer_put", _never),
        VMSTATE_UINT32_TEST("ev_buffer_get", _never),
        # Of 5632 events; as it is never sent, one is as good.
        VMSTATE_STRUCT_ARRAY_TEST("ev_buffer", 1, _never, 1, vmstate_xhci_event),
    ),
    source="QEMU 7.2 hw/usb/hcd-xhci.c",
)

vmstate_xhci = VMStateDescription(
    name="xhci-core",
    version_id=1,
    fields=(
        VMSTATE_STRUCT_VARRAY_UINT32("ports", "numports", 1, vmstate_xhci_port),
        VMSTATE_STRUCT_VARRAY_UINT32("slots", "numslots", 1, vmstate_xhci_slot),
        VMSTATE_STRUCT_VARRAY_UINT32("intr", "numintrs", 1, vmstate_xhci_intr),
        VMSTATE_UINT32("usbcmd"),
        VMSTATE_UINT32("usbsts"),
        VMSTATE_UINT32("dnctrl"),
        VMSTATE_UINT32("crcr_low"),
        VMSTATE_UINT32("crcr_high"),
        VMSTATE_UINT32("dcbaap_low"),
        VMSTATE_UINT32("dcbaap_high"),
        VMSTATE_UINT32("config"),
        VMSTATE_INT64("mfindex_start"),
        VMSTATE_TIMER_PTR("mfwrap_timer"),
        VMSTATE_STRUCT("cmd_ring", 1, vmstate_xhci_ring),
    ),
    source="QEMU 7.2 hw/usb/hcd-xhci.c",
)


vmstate_xhci_pci = VMStateDescription(
    name="xhci",
    version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_MSIX("parent_obj"),
        VMSTATE_STRUCT("xhci", 1, vmstate_xhci),
    ),
    source="QEMU 7.2 hw/usb/hcd-xhci-pci.c",
)


DEVICES = (
    Device(
        section="xhci",
        description=vmstate_xhci_pci,
        constants={
            **pci_constants("parent_obj", EXPRESS_CONFIG_SIZE, vectors=16),
            "xhci.numports": 8,
            "xhci.numslots": 64,
            "xhci.numintrs": 16,
        },
        limits=(pci_limit("parent_obj", EXPRESS_CONFIG_SIZE),),
        rules=(
            becomes(
                _status,
                (
                    "hw/usb/hcd-xhci.c, xhci_die: memory can't be read while the function is no "
                    "bus master"
                ),
                "xhci.usbsts",
            ),
            becomes(
                lambda put: 0,
                (
                    "hw/usb/hcd-xhci.c, usb_xhci_post_load: a slot whose context can't be read has "
                    "no port"
                ),
                "xhci.slots[].addressed",
            ),
            becomes(
                lambda put: put.value and not put["addressed"],
                "hw/usb/hcd-xhci.c, usb_xhci_post_load: a slot without a port is disabled",
                "xhci.slots[].enabled",
            ),
        ),
    ),
)
