"""General purpose events of the ICH9: a byte for each of 16 registers.

Source: QEMU 11.1 hw/acpi/ich9.c; include/hw/i386/ich9.h (ICH9_PMIO_GPE0_LEN).
"""

from __future__ import annotations

from vmstate.description import Field
from vmstate.flags import VMS
from vmstate.info import UINT8

#: Bytes of event registers (ICH9_PMIO_GPE0_LEN).
GPE0_LEN = 16


def VMSTATE_GPE_ARRAY(f: str) -> Field:
    """The event registers behind a pointer.

    Wire: 16 times 1 byte.
    Source: QEMU 11.1 hw/acpi/ich9.c.
    """
    return Field(name=f, flags=VMS.ARRAY | VMS.POINTER, num=GPE0_LEN, info=UINT8)
