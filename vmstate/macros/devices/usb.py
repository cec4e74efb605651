"""USB devices, and FIDO keys among them.

Left out is the hook that checks a loaded device's setup lengths.

Source: QEMU 7.2 hw/usb/bus.c, hw/usb/u2f.c, hw/usb/u2f.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT8_2DARRAY,
    VMSTATE_UINT8_ARRAY,
)

vmstate_usb_device = VMStateDescription(
    name="USBDevice",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("addr"),
        VMSTATE_INT32("state"),
        VMSTATE_INT32("remote_wakeup"),
        VMSTATE_INT32("setup_state"),
        VMSTATE_INT32("setup_len"),
        VMSTATE_INT32("setup_index"),
        VMSTATE_UINT8_ARRAY("setup_buf", 8),
    ),
    source="QEMU 7.2 hw/usb/bus.c: vmstate_usb_device",
)


def VMSTATE_USB_DEVICE(f: str) -> Field:
    """What every USB device has.

    Wire: 29 bytes: address, five times 4 bytes of state and lengths, 8 bytes of setup.
    Source: QEMU 11.1 include/hw/usb/usb.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_usb_device)


vmstate_u2f_key = VMStateDescription(
    name="u2f-key",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_USB_DEVICE("dev"),
        VMSTATE_UINT8("idle"),
        VMSTATE_UINT8_2DARRAY("pending_in", 32, 64),
        VMSTATE_UINT8("pending_in_start"),
        VMSTATE_UINT8("pending_in_end"),
        VMSTATE_UINT8("pending_in_num"),
    ),
    source="QEMU 7.2 hw/usb/u2f.c: vmstate_u2f_key",
)


def VMSTATE_U2F_KEY(f: str) -> Field:
    """A FIDO key.

    Wire: 29 bytes of the USB device, 1 byte idle, 32 times 64 bytes of packets, 3 bytes of
        their ring.
    Source: QEMU 11.1 hw/usb/u2f.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_u2f_key)
