"""General purpose events of the PIIX4: two bytes, read through a pointer to bytes.

Source: QEMU 11.1 hw/acpi/piix4.c.
"""

from __future__ import annotations

from vmstate.description import Field
from vmstate.flags import VMS
from vmstate.info import UINT16


def VMSTATE_GPE_ARRAY(f: str) -> Field:
    """The first two event registers as one number in the host's order.

    Wire: 2 bytes.
    Source: QEMU 11.1 hw/acpi/piix4.c.
    """
    return Field(name=f, flags=VMS.SINGLE | VMS.POINTER, info=UINT16)
