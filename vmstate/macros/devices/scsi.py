"""SCSI devices: sense data and requests that are not done.

What a bus and a device add to a request is a matter of the codec of ``requests``.  No hook
is left out.

Source: QEMU 7.2 hw/scsi/scsi-bus.c, include/hw/scsi/scsi.h.
"""

from __future__ import annotations

from typing import Any

from vmstate.description import Field, VMStateDescription
from vmstate.info import Info
from vmstate.info.devices.scsi_requests import SCSI_REQUESTS
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_SINGLE,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT8_SUB_ARRAY,
    VMSTATE_UINT32,
)

#: Bytes of sense data, and how many of them are always sent (SCSI_SENSE_BUF_SIZE, _OLD).
SENSE_SIZE, OLD_SENSE_SIZE = 252, 96


def _has_long_sense(state: Any) -> bool:  # noqa: ANN401 (a state is any object)
    return bool(state.sense_len > OLD_SENSE_SIZE)


vmstate_scsi_sense_state = VMStateDescription(
    name="SCSIDevice/sense",
    version_id=1,
    minimum_version_id=1,
    needed=_has_long_sense,
    fields=(VMSTATE_UINT8_SUB_ARRAY("sense", OLD_SENSE_SIZE, SENSE_SIZE - OLD_SENSE_SIZE),),
    source="QEMU 7.2 hw/scsi/scsi-bus.c: vmstate_scsi_sense_state",
)


def scsi_device(requests: Info) -> VMStateDescription:
    """Return the description of a device whose requests have the codec *requests*."""
    return VMStateDescription(
        name="SCSIDevice",
        version_id=1,
        minimum_version_id=1,
        fields=(
            VMSTATE_UINT8("unit_attention.key"),
            VMSTATE_UINT8("unit_attention.asc"),
            VMSTATE_UINT8("unit_attention.ascq"),
            VMSTATE_BOOL("sense_is_ua"),
            VMSTATE_UINT8_SUB_ARRAY("sense", 0, OLD_SENSE_SIZE),
            VMSTATE_UINT32("sense_len"),
            VMSTATE_SINGLE("requests", 0, requests),
        ),
        subsections=(vmstate_scsi_sense_state,),
        source="QEMU 7.2 hw/scsi/scsi-bus.c: vmstate_scsi_device",
    )


#: A device whose requests are nothing but their command blocks.
vmstate_scsi_device = scsi_device(SCSI_REQUESTS)


def VMSTATE_SCSI_DEVICE(f: str, *, vmsd: VMStateDescription = vmstate_scsi_device) -> Field:
    """What every SCSI device has; *vmsd* is one of ``scsi_device``.

    Wire: 3 bytes unit attention, 1 byte whether sense is one, 96 bytes sense, 4 bytes its
        length, requests each behind a 1 or 2, the byte 0; then maybe ``SCSIDevice/sense``.
    Source: QEMU 11.1 include/hw/scsi/scsi.h.
    """
    return VMSTATE_STRUCT(f, 0, vmsd)
