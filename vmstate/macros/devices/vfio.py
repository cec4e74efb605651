"""Legacy interrupts of passed-through PCI devices.

No hook is left out here.

Source: QEMU 11.1 hw/vfio/cpr.c.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import VMSTATE_BOOL, VMSTATE_INT32, VMSTATE_STRUCT, VMSTATE_UINT32

vfio_intx_vmstate = VMStateDescription(
    name="vfio-cpr-intx",
    fields=(
        VMSTATE_BOOL("pending"),
        VMSTATE_UINT32("route.mode"),
        VMSTATE_INT32("route.irq"),
    ),
    source="QEMU 11.1 hw/vfio/cpr.c: vfio_intx_vmstate",
)


def VMSTATE_VFIO_INTX(f: str) -> Field:
    """A device's legacy interrupt.

    Wire: 1 byte whether it is pending, 4 bytes mode and 4 bytes number of its route.
    Source: QEMU 11.1 hw/vfio/cpr.c, after 7.2.
    """
    return VMSTATE_STRUCT(f, 0, vfio_intx_vmstate)
