"""Keyboards and pointers, as USB and Bluetooth devices share them.

Left out is the hook that sets the idle timer of a loaded device.

Source: QEMU 7.2 hw/input/hid.c; QEMU 11.1 include/hw/input/hid.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
)

#: How many events a device remembers (QUEUE_LENGTH).
QUEUE_LENGTH = 16

vmstate_hid_ptr_queue = VMStateDescription(
    name="HIDPointerEventQueue",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32("xdx"),
        VMSTATE_INT32("ydy"),
        VMSTATE_INT32("dz"),
        VMSTATE_INT32("buttons_state"),
    ),
    source="QEMU 7.2 hw/input/hid.c: vmstate_hid_ptr_queue",
)

vmstate_hid_ptr_device = VMStateDescription(
    name="HIDPointerDevice",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_STRUCT_ARRAY("ptr.queue", QUEUE_LENGTH, 0, vmstate_hid_ptr_queue),
        VMSTATE_UINT32("head"),
        VMSTATE_UINT32("n"),
        VMSTATE_INT32("protocol"),
        VMSTATE_UINT8("idle"),
    ),
    source="QEMU 7.2 hw/input/hid.c: vmstate_hid_ptr_device",
)

vmstate_hid_keyboard_device = VMStateDescription(
    name="HIDKeyboardDevice",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32_ARRAY("kbd.keycodes", QUEUE_LENGTH),
        VMSTATE_UINT32("head"),
        VMSTATE_UINT32("n"),
        VMSTATE_UINT16("kbd.modifiers"),
        VMSTATE_UINT8("kbd.leds"),
        VMSTATE_UINT8_ARRAY("kbd.key", 16),
        VMSTATE_INT32("kbd.keys"),
        VMSTATE_INT32("protocol"),
        VMSTATE_UINT8("idle"),
    ),
    source="QEMU 7.2 hw/input/hid.c: vmstate_hid_keyboard_device",
)


def VMSTATE_HID_KEYBOARD_DEVICE(f: str) -> Field:
    """A keyboard.

    Wire: 100 bytes: 16 key codes of 4 bytes, their ring, modifiers, lights, 16 keys, mode.
    Source: QEMU 11.1 include/hw/input/hid.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_hid_keyboard_device)


def VMSTATE_HID_POINTER_DEVICE(f: str) -> Field:
    """A mouse or tablet.

    Wire: 269 bytes: 16 events of 16 bytes, their ring, mode.
    Source: QEMU 11.1 include/hw/input/hid.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_hid_ptr_device)
