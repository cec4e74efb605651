"""Keyboard and mouse of the PS/2 kind, and their controller.

Source: QEMU 7.2 hw/input/ps2.c, hw/input/pckbd.c, hw/input/hid.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device, becomes, masked
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_INT32_V,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
)

_PS2 = "hw/input/ps2.c, ps2_common_post_load: the pointers follow from a count of at most 16"


vmstate_ps2_common = VMStateDescription(
    name="PS2 Common State",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_INT32("write_cmd"),
        VMSTATE_INT32("queue.rptr"),
        VMSTATE_INT32("queue.wptr"),
        VMSTATE_INT32("queue.count"),
        VMSTATE_BUFFER("queue.data", 256),
    ),
    source="QEMU 7.2 hw/input/ps2.c",
)

vmstate_ps2_keyboard_ledstate = VMStateDescription(
    name="ps2kbd/ledstate",
    version_id=3,
    minimum_version_id=2,
    fields=(VMSTATE_INT32("ledstate"),),
    source="QEMU 7.2 hw/input/ps2.c",
)

vmstate_ps2_keyboard_need_high_bit = VMStateDescription(
    name="ps2kbd/need_high_bit",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_BOOL("need_high_bit"),),
    source="QEMU 7.2 hw/input/ps2.c",
)

vmstate_ps2_keyboard_cqueue = VMStateDescription(
    name="ps2kbd/command_reply_queue",
    fields=(VMSTATE_INT32("parent_obj.queue.cwptr"),),
    source="QEMU 7.2 hw/input/ps2.c",
)

vmstate_ps2_keyboard = VMStateDescription(
    name="ps2kbd",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_STRUCT("parent_obj", 0, vmstate_ps2_common),
        VMSTATE_INT32("scan_enabled"),
        VMSTATE_INT32("translate"),
        VMSTATE_INT32_V("scancode_set", 3),
    ),
    subsections=(
        vmstate_ps2_keyboard_ledstate,
        vmstate_ps2_keyboard_need_high_bit,
        vmstate_ps2_keyboard_cqueue,
    ),
    source="QEMU 7.2 hw/input/ps2.c",
)

vmstate_ps2_mouse = VMStateDescription(
    name="ps2mouse",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_STRUCT("parent_obj", 0, vmstate_ps2_common),
        VMSTATE_UINT8("mouse_status"),
        VMSTATE_UINT8("mouse_resolution"),
        VMSTATE_UINT8("mouse_sample_rate"),
        VMSTATE_UINT8("mouse_wrap"),
        VMSTATE_UINT8("mouse_type"),
        VMSTATE_UINT8("mouse_detect_state"),
        VMSTATE_INT32("mouse_dx"),
        VMSTATE_INT32("mouse_dy"),
        VMSTATE_INT32("mouse_dz"),
        VMSTATE_UINT8("mouse_buttons"),
    ),
    source="QEMU 7.2 hw/input/ps2.c",
)


vmstate_kbd_outport = VMStateDescription(
    name="pckbd_outport",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("outport"),),
    source="QEMU 7.2 hw/input/pckbd.c",
)

vmstate_kbd_extended_state = VMStateDescription(
    name="pckbd/extended_state",
    fields=(
        VMSTATE_UINT32("migration_flags"),
        VMSTATE_UINT32("obsrc"),
        VMSTATE_UINT8("obdata"),
        VMSTATE_UINT8("cbdata"),
    ),
    source="QEMU 7.2 hw/input/pckbd.c",
)

vmstate_kbd = VMStateDescription(
    name="pckbd",
    version_id=3,
    minimum_version_id=3,
    fields=(
        VMSTATE_UINT8("write_cmd"),
        VMSTATE_UINT8("status"),
        VMSTATE_UINT8("mode"),
        VMSTATE_UINT8("pending_tmp"),
    ),
    subsections=(
        vmstate_kbd_outport,
        vmstate_kbd_extended_state,
    ),
    source="QEMU 7.2 hw/input/pckbd.c",
)

vmstate_kbd_mmio = VMStateDescription(
    name="pckbd-mmio",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_STRUCT("kbd", 0, vmstate_kbd),),
    source="QEMU 7.2 hw/input/pckbd.c",
)

vmstate_kbd_isa = VMStateDescription(
    name="pckbd",
    version_id=3,
    minimum_version_id=3,
    fields=(VMSTATE_STRUCT("kbd", 0, vmstate_kbd),),
    source="QEMU 7.2 hw/input/pckbd.c",
)


DEVICES = (
    Device(
        section="ps2kbd",
        description=vmstate_ps2_keyboard,
        rules=(
            becomes(lambda put: put.value & 0xFF, _PS2, "parent_obj.queue.rptr"),
            becomes(lambda put: min(max(put.value, 0), 16), _PS2, "parent_obj.queue.count"),
            becomes(
                lambda put: put["rptr"] + min(max(put["count"], 0), 16) & 0xFF,
                _PS2,
                "parent_obj.queue.wptr",
            ),
        ),
    ),
    Device(
        section="ps2mouse",
        description=vmstate_ps2_mouse,
        rules=(
            becomes(lambda put: put.value & 0xFF, _PS2, "parent_obj.queue.rptr"),
            becomes(lambda put: min(max(put.value, 0), 16), _PS2, "parent_obj.queue.count"),
            becomes(
                lambda put: put["rptr"] + min(max(put["count"], 0), 16) & 0xFF,
                _PS2,
                "parent_obj.queue.wptr",
            ),
        ),
    ),
    Device(
        section="pckbd",
        description=vmstate_kbd_isa,
        limits=(
            masked(
                ~1,
                "hw/input/pckbd.c, kbd_extended_state_post_load: a pending timer is fired at once",
                "kbd.<pckbd/extended_state>.migration_flags",
            ),
        ),
        rules=(
            becomes(
                lambda put: put.value & 0x3C,
                "hw/input/pckbd.c, kbd_post_load: unused flags are cleared",
                "kbd.pending_tmp",
            ),
            becomes(
                lambda put: 0,
                (
                    "hw/input/pckbd.c, kbd_extended_state_pre_save: the flags are made anew, here "
                    "of a timer that is not pending"
                ),
                "kbd.<pckbd/extended_state>.migration_flags",
            ),
        ),
    ),
)
