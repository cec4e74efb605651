"""Network cards: MAC addresses, and the interrupt delay timers of Intel's.

No hook is left out here.

Source: QEMU 11.1 include/net/net.h, hw/net/igb.c; QEMU 7.2 hw/net/e1000e.c.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
)

e1000e_vmstate_intr_timer = VMStateDescription(
    name="e1000e-intr-timer",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_TIMER_PTR("timer"), VMSTATE_BOOL("running")),
    source="QEMU 7.2 hw/net/e1000e.c: e1000e_vmstate_intr_timer",
)

igb_vmstate_intr_timer = VMStateDescription(
    name="igb-intr-timer",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_TIMER_PTR("timer"), VMSTATE_BOOL("running")),
    source="QEMU 11.1 hw/net/igb.c: igb_vmstate_intr_timer",
)


def VMSTATE_MACADDR(f: str) -> Field:
    """A MAC address.

    Wire: 6 bytes as they are.
    Source: QEMU 11.1 include/net/net.h.
    """
    return VMSTATE_BUFFER(f, 6)


def VMSTATE_E1000E_INTR_DELAY_TIMER(f: str) -> Field:
    """An interrupt delay timer of the e1000e.

    Wire: 8 bytes timer, 1 byte whether it runs.
    Source: QEMU 11.1 hw/net/e1000e.c.
    """
    return VMSTATE_STRUCT(f, 0, e1000e_vmstate_intr_timer)


def VMSTATE_E1000E_INTR_DELAY_TIMER_ARRAY(f: str, num: int) -> Field:
    """*num* interrupt delay timers of the e1000e.

    Wire: *num* times 9 bytes: timer, whether it runs.
    Source: QEMU 11.1 hw/net/e1000e.c.
    """
    return VMSTATE_STRUCT_ARRAY(f, num, 0, e1000e_vmstate_intr_timer)


def VMSTATE_IGB_INTR_DELAY_TIMER(f: str) -> Field:
    """An interrupt delay timer of the igb.

    Wire: 8 bytes timer, 1 byte whether it runs.
    Source: QEMU 11.1 hw/net/igb.c, after 7.2.
    """
    return VMSTATE_STRUCT(f, 0, igb_vmstate_intr_timer)


def VMSTATE_IGB_INTR_DELAY_TIMER_ARRAY(f: str, num: int) -> Field:
    """*num* interrupt delay timers of the igb.

    Wire: *num* times 9 bytes: timer, whether it runs.
    Source: QEMU 11.1 hw/net/igb.c, after 7.2.
    """
    return VMSTATE_STRUCT_ARRAY(f, num, 0, igb_vmstate_intr_timer)
