"""Idle: why a device that was tested was not brought away from power-on.

Most are so for no reason but that nobody drives them yet.  What can't be helped is said here:
devices that only the world outside of QEMU moves, and fields that never change.  Values only.
"""

from __future__ import annotations

#: What moves a device's state and is not there, by its type.
#:
#: Source: QEMU 7.2 and 11.1 hw/usb/host-libusb.c, hw/usb/redirect.c,
#: hw/usb/ccid-card-passthru.c, hw/display/ati.c, hw/acpi/vmgenid.c (vmgenid_post_load),
#: hw/acpi/vmclock.c, hw/pci-bridge/pci_expander_bridge.c (pxb_host_class_init).
_NEEDS: dict[str, str] = {
    "usb-host": "it needs a USB device of the host",
    "usb-redir": "it needs a peer at its character device that speaks usbredir",
    "ccid-card-passthru": "it needs a peer at its character device that has a smart card",
    "ati-vga": "it has no description; what has one is a monitor behind lines of its own",
    "vmgenid": "once the guest has told its place, loading changes memory there, as it should",
    "vmclock": "its only field is an address that never changes",
    "pxb-pcie": "its own function has no description; its bus has a field that nothing reaches",
    "pxb-cxl": "its own function has no description; its bus has a field that nothing reaches",
}


def why_idle(device: str) -> str:
    """Return why no field of a device of that type moves; empty if nobody knows."""
    return _NEEDS.get(device, "")
