"""Modules on an IndustryPack bus.

No hook is left out here.

Source: QEMU 7.2 hw/ipack/ipack.c; QEMU 11.1 include/hw/ipack/ipack.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import VMSTATE_INT32, VMSTATE_STRUCT

vmstate_ipack_device = VMStateDescription(
    name="ipack_device",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_INT32("slot"),),
    source="QEMU 7.2 hw/ipack/ipack.c: vmstate_ipack_device",
)


def VMSTATE_IPACK_DEVICE(f: str) -> Field:
    """What every module has, from version 1 on.

    Wire: 4 bytes slot.
    Source: QEMU 11.1 include/hw/ipack/ipack.h.
    """
    return VMSTATE_STRUCT(f, 1, vmstate_ipack_device)
