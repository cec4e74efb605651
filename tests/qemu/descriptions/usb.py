"""USB controllers and devices, apart from xHCI.

Source: QEMU 7.2 hw/usb/bus.c, hw/usb/hcd-uhci.c, hw/usb/hcd-ohci.c, hw/usb/hcd-ohci-pci.c,
hw/usb/dev-hid.c, hw/usb/dev-hub.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, becomes
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT32,
    VMSTATE_INT64,
    VMSTATE_INT64_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_EQUAL,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64,
)
from vmstate.macros.devices.hid import VMSTATE_HID_KEYBOARD_DEVICE, VMSTATE_HID_POINTER_DEVICE
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE
from vmstate.macros.devices.usb import VMSTATE_USB_DEVICE

vmstate_uhci_port = VMStateDescription(
    name="uhci port",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT16("ctrl"),),
    source="QEMU 7.2 hw/usb/hcd-uhci.c",
)

vmstate_uhci = VMStateDescription(
    name="uhci",
    version_id=3,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_UINT8_EQUAL("num_ports_vmstate"),
        VMSTATE_STRUCT_ARRAY("ports", 2, 1, vmstate_uhci_port),
        VMSTATE_UINT16("cmd"),
        VMSTATE_UINT16("status"),
        VMSTATE_UINT16("intr"),
        VMSTATE_UINT16("frnum"),
        VMSTATE_UINT32("fl_base_addr"),
        VMSTATE_UINT8("sof_timing"),
        VMSTATE_UINT8("status2"),
        VMSTATE_TIMER_PTR("frame_timer"),
        VMSTATE_INT64_V("expire_time", 2),
        VMSTATE_UINT32_V("pending_int_mask", 3),
    ),
    source="QEMU 7.2 hw/usb/hcd-uhci.c",
)


vmstate_ohci_state_port = VMStateDescription(
    name="ohci-core/port",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT32("ctrl"),),
    source="QEMU 7.2 hw/usb/hcd-ohci.c",
)

vmstate_ohci_eof_timer = VMStateDescription(
    name="ohci-core/eof-timer",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_TIMER_PTR("eof_timer"),),
    source="QEMU 7.2 hw/usb/hcd-ohci.c",
)

vmstate_ohci_state = VMStateDescription(
    name="ohci-core",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT64("sof_time"),
        VMSTATE_UINT32("ctl"),
        VMSTATE_UINT32("status"),
        VMSTATE_UINT32("intr_status"),
        VMSTATE_UINT32("intr"),
        VMSTATE_UINT32("hcca"),
        VMSTATE_UINT32("ctrl_head"),
        VMSTATE_UINT32("ctrl_cur"),
        VMSTATE_UINT32("bulk_head"),
        VMSTATE_UINT32("bulk_cur"),
        VMSTATE_UINT32("per_cur"),
        VMSTATE_UINT32("done"),
        VMSTATE_INT32("done_count"),
        VMSTATE_UINT16("fsmps"),
        VMSTATE_UINT8("fit"),
        VMSTATE_UINT16("fi"),
        VMSTATE_UINT8("frt"),
        VMSTATE_UINT16("frame_number"),
        VMSTATE_UINT16("padding"),
        VMSTATE_UINT32("pstart"),
        VMSTATE_UINT32("lst"),
        VMSTATE_UINT32("rhdesc_a"),
        VMSTATE_UINT32("rhdesc_b"),
        VMSTATE_UINT32("rhstatus"),
        VMSTATE_STRUCT_ARRAY("rhport", 15, 0, vmstate_ohci_state_port),
        VMSTATE_UINT32("hstatus"),
        VMSTATE_UINT32("hmask"),
        VMSTATE_UINT32("hreset"),
        VMSTATE_UINT32("htest"),
        VMSTATE_UINT32("old_ctl"),
        VMSTATE_UINT8_ARRAY("usb_buf", 8192),
        VMSTATE_UINT32("async_td"),
        VMSTATE_BOOL("async_complete"),
    ),
    subsections=(vmstate_ohci_eof_timer,),
    source="QEMU 7.2 hw/usb/hcd-ohci.c",
)


vmstate_ohci = VMStateDescription(
    name="ohci",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_STRUCT("state", 1, vmstate_ohci_state),
    ),
    source="QEMU 7.2 hw/usb/hcd-ohci-pci.c",
)


vmstate_usb_ptr = VMStateDescription(
    name="usb-ptr",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_USB_DEVICE("dev"),
        VMSTATE_HID_POINTER_DEVICE("hid"),
    ),
    source="QEMU 7.2 hw/usb/dev-hid.c",
)

vmstate_usb_kbd = VMStateDescription(
    name="usb-kbd",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_USB_DEVICE("dev"),
        VMSTATE_HID_KEYBOARD_DEVICE("hid"),
    ),
    source="QEMU 7.2 hw/usb/dev-hid.c",
)


vmstate_usb_hub_port = VMStateDescription(
    name="usb-hub-port",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("wPortStatus"),
        VMSTATE_UINT16("wPortChange"),
    ),
    source="QEMU 7.2 hw/usb/dev-hub.c",
)

vmstate_usb_hub_port_timer = VMStateDescription(
    name="usb-hub/port-timer",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_TIMER_PTR("port_timer"),),
    source="QEMU 7.2 hw/usb/dev-hub.c",
)

vmstate_usb_hub = VMStateDescription(
    name="usb-hub",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_USB_DEVICE("dev"),
        VMSTATE_STRUCT_ARRAY("ports", 8, 0, vmstate_usb_hub_port),
    ),
    subsections=(vmstate_usb_hub_port_timer,),
    source="QEMU 7.2 hw/usb/dev-hub.c",
)


vmstate_ehci = VMStateDescription(
    name="ehci-core",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("usbcmd"),
        VMSTATE_UINT32("usbsts"),
        VMSTATE_UINT32_V("usbsts_pending", 2),
        VMSTATE_UINT32_V("usbsts_frindex", 2),
        VMSTATE_UINT32("usbintr"),
        VMSTATE_UINT32("frindex"),
        VMSTATE_UINT32("ctrldssegment"),
        VMSTATE_UINT32("periodiclistbase"),
        VMSTATE_UINT32("asynclistaddr"),
        VMSTATE_UINT32("configflag"),
        VMSTATE_UINT32("portsc[0]"),
        VMSTATE_UINT32("portsc[1]"),
        VMSTATE_UINT32("portsc[2]"),
        VMSTATE_UINT32("portsc[3]"),
        VMSTATE_UINT32("portsc[4]"),
        VMSTATE_UINT32("portsc[5]"),
        VMSTATE_TIMER_PTR("frame_timer"),
        VMSTATE_UINT64("last_run_ns"),
        VMSTATE_UINT32("async_stepdown"),
        VMSTATE_UINT32("astate"),
        VMSTATE_UINT32("pstate"),
        VMSTATE_UINT32("a_fetch_addr"),
        VMSTATE_UINT32("p_fetch_addr"),
    ),
    source="QEMU 7.2 hw/usb/hcd-ehci.c",
)

vmstate_ehci_pci = VMStateDescription(
    name="ehci",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("pcidev"),
        VMSTATE_STRUCT("ehci", 2, vmstate_ehci),
    ),
    source="QEMU 7.2 hw/usb/hcd-ehci-pci.c",
)


DEVICES = (
    Device(
        section="uhci",
        description=vmstate_uhci,
        constants={**pci_constants("dev"), "num_ports_vmstate": 2},
        limits=(pci_limit("dev"),),
    ),
    Device(
        section="ohci",
        description=vmstate_ohci,
        constants=pci_constants("parent_obj"),
        limits=(pci_limit("parent_obj"),),
    ),
    Device(
        section="usb-kbd",
        description=vmstate_usb_kbd,
    ),
    Device(
        section="usb-hub",
        description=vmstate_usb_hub,
    ),
    Device(
        section="usb-ptr",
        description=vmstate_usb_ptr,
    ),
    Device(
        section="ehci",
        description=vmstate_ehci_pci,
        machine="q35",
        constants=pci_constants("pcidev"),
        limits=(pci_limit("pcidev"),),
        rules=(
            becomes(
                lambda put: put.value & ~7,
                "hw/usb/hcd-ehci.c, usb_ehci_pre_save: the frame is rounded down",
                "ehci.frindex",
            ),
            becomes(
                lambda put: put.value - (put["frindex"] & 7) * 125000,
                "hw/usb/hcd-ehci.c, usb_ehci_pre_save: so is the time of the frame",
                "ehci.last_run_ns",
            ),
        ),
    ),
)
