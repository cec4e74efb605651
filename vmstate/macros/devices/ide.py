"""IDE buses and drives.

Left out are the hooks that turn a transfer's pointers and function into the numbers that
are sent and back, and the one that marks the medium of a drive older than version 3 as
changed, which no nested drive is.

Source: QEMU 7.2 hw/ide/core.c, include/hw/ide/internal.h.
"""

from __future__ import annotations

from typing import Any

from vmstate.description import Field, VMStateDescription
from vmstate.info import UINT8
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER_TEST,
    VMSTATE_INT32,
    VMSTATE_INT64_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT32,
    VMSTATE_UINT32_V,
    VMSTATE_VARRAY_INT32,
)

#: The drive wants data (DRQ_STAT); the bus must repeat a transfer (IDE_RETRY_PIO).
_DATA_REQUEST, _RETRY_PIO = 0x08, 0x10


def _is_identify_set(state: Any, version_id: int) -> bool:  # noqa: ANN401, ARG001 (a state is any object)
    return bool(state.identify_set)


def _transfers(state: Any) -> bool:  # noqa: ANN401 (a state is any object)
    # A drive that hangs on no bus can have nothing to repeat.
    bus = getattr(state, "bus", None)
    must_repeat = bus is not None and bool(bus.error_status & _RETRY_PIO)
    return bool(state.status & _DATA_REQUEST) or must_repeat


def _has_tray_state(state: Any) -> bool:  # noqa: ANN401 (a state is any object)
    return bool(state.tray_open or state.tray_locked)


def _has_event(state: Any) -> bool:  # noqa: ANN401 (a state is any object)
    return bool(state.events.new_media or state.events.eject_request)


def _has_error(state: Any) -> bool:  # noqa: ANN401 (a state is any object)
    return bool(state.error_status)


vmstate_ide_drive_pio_state = VMStateDescription(
    name="ide_drive/pio_state",
    version_id=1,
    minimum_version_id=1,
    needed=_transfers,
    fields=(
        VMSTATE_INT32("req_nb_sectors"),
        # The count is the size of the drive's buffer, which nothing carries.
        VMSTATE_VARRAY_INT32("io_buffer", "io_buffer_total_len", 1, UINT8),
        VMSTATE_INT32("cur_io_buffer_offset"),
        VMSTATE_INT32("cur_io_buffer_len"),
        VMSTATE_UINT8("end_transfer_fn_idx"),
        VMSTATE_INT32("elementary_transfer_size"),
        VMSTATE_INT32("packet_transfer_size"),
    ),
    source="QEMU 7.2 hw/ide/core.c: vmstate_ide_drive_pio_state",
)

vmstate_ide_tray_state = VMStateDescription(
    name="ide_drive/tray_state",
    version_id=1,
    minimum_version_id=1,
    needed=_has_tray_state,
    fields=(VMSTATE_BOOL("tray_open"), VMSTATE_BOOL("tray_locked")),
    source="QEMU 7.2 hw/ide/core.c: vmstate_ide_tray_state",
)

vmstate_ide_atapi_gesn_state = VMStateDescription(
    name="ide_drive/atapi/gesn_state",
    version_id=1,
    minimum_version_id=1,
    needed=_has_event,
    fields=(VMSTATE_BOOL("events.new_media"), VMSTATE_BOOL("events.eject_request")),
    source="QEMU 7.2 hw/ide/core.c: vmstate_ide_atapi_gesn_state",
)

vmstate_ide_drive = VMStateDescription(
    name="ide_drive",
    version_id=3,
    minimum_version_id=0,
    fields=(
        VMSTATE_INT32("mult_sectors"),
        VMSTATE_INT32("identify_set"),
        VMSTATE_BUFFER_TEST("identify_data", _is_identify_set, 512),
        VMSTATE_UINT8("feature"),
        VMSTATE_UINT8("error"),
        VMSTATE_UINT32("nsector"),
        VMSTATE_UINT8("sector"),
        VMSTATE_UINT8("lcyl"),
        VMSTATE_UINT8("hcyl"),
        VMSTATE_UINT8("hob_feature"),
        VMSTATE_UINT8("hob_sector"),
        VMSTATE_UINT8("hob_nsector"),
        VMSTATE_UINT8("hob_lcyl"),
        VMSTATE_UINT8("hob_hcyl"),
        VMSTATE_UINT8("select"),
        VMSTATE_UINT8("status"),
        VMSTATE_UINT8("lba48"),
        VMSTATE_UINT8("sense_key"),
        VMSTATE_UINT8("asc"),
        VMSTATE_UINT8_V("cdrom_changed", 3),
    ),
    subsections=(
        vmstate_ide_drive_pio_state,
        vmstate_ide_tray_state,
        vmstate_ide_atapi_gesn_state,
    ),
    source="QEMU 7.2 hw/ide/core.c: vmstate_ide_drive",
)

vmstate_ide_error_status = VMStateDescription(
    name="ide_bus/error",
    version_id=2,
    minimum_version_id=1,
    needed=_has_error,
    fields=(
        VMSTATE_INT32("error_status"),
        VMSTATE_INT64_V("retry_sector_num", 2),
        VMSTATE_UINT32_V("retry_nsector", 2),
        VMSTATE_UINT8_V("retry_unit", 2),
    ),
    source="QEMU 7.2 hw/ide/core.c: vmstate_ide_error_status",
)

vmstate_ide_bus = VMStateDescription(
    name="ide_bus",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("cmd"), VMSTATE_UINT8("unit")),
    subsections=(vmstate_ide_error_status,),
    source="QEMU 7.2 hw/ide/core.c: vmstate_ide_bus",
)


def VMSTATE_IDE_BUS(f: str) -> Field:
    """A bus, from version 1 on.

    Wire: 1 byte command, 1 byte unit; then maybe ``ide_bus/error``.
    Source: QEMU 11.1 hw/ide/ide-internal.h.
    """
    return VMSTATE_STRUCT(f, 1, vmstate_ide_bus)


def VMSTATE_IDE_BUS_ARRAY(f: str, num: int) -> Field:
    """*num* buses, from version 1 on.

    Wire: *num* times: 1 byte command, 1 byte unit; then maybe ``ide_bus/error``.
    Source: QEMU 11.1 hw/ide/ide-internal.h.
    """
    return VMSTATE_STRUCT_ARRAY(f, num, 1, vmstate_ide_bus)


def VMSTATE_IDE_DRIVES(f: str) -> Field:
    """The two drives of a bus, from version 3 on.

    Wire: 2 times a drive with its subsections: 28 bytes, or 540 with what IDENTIFY tells.
    Source: QEMU 11.1 hw/ide/ide-internal.h.
    """
    return VMSTATE_STRUCT_ARRAY(f, 2, 3, vmstate_ide_drive)


def VMSTATE_IDE_DRIVE(f: str) -> Field:
    """A drive, from version 1 on.

    Wire: a drive with its subsections: 28 bytes, or 540 with what IDENTIFY tells.
    Source: QEMU 11.1 hw/ide/ide-internal.h.
    """
    return VMSTATE_STRUCT(f, 1, vmstate_ide_drive)
