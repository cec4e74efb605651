"""Devices on a synchronous serial bus.

No hook is left out here.

Source: QEMU 7.2 hw/ssi/ssi.c; QEMU 11.1 include/hw/ssi/ssi.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import VMSTATE_BOOL, VMSTATE_STRUCT

vmstate_ssi_peripheral = VMStateDescription(
    name="SSISlave",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_BOOL("cs"),),
    source="QEMU 7.2 hw/ssi/ssi.c: vmstate_ssi_peripheral",
)


def VMSTATE_SSI_PERIPHERAL(f: str) -> Field:
    """What every device on the bus has.

    Wire: 1 byte: whether it is selected.
    Source: QEMU 11.1 include/hw/ssi/ssi.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_ssi_peripheral)
