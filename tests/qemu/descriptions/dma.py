"""The DMA controllers of a PC.

Source: QEMU 7.2 hw/dma/i8257.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_INT32_ARRAY,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16_ARRAY,
)

vmstate_i8257_regs = VMStateDescription(
    name="dma_regs",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32_ARRAY("now", 2),
        VMSTATE_UINT16_ARRAY("base", 2),
        VMSTATE_UINT8("mode"),
        VMSTATE_UINT8("page"),
        VMSTATE_UINT8("pageh"),
        VMSTATE_UINT8("dack"),
        VMSTATE_UINT8("eop"),
    ),
    source="QEMU 7.2 hw/dma/i8257.c",
)

vmstate_i8257 = VMStateDescription(
    name="dma",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("command"),
        VMSTATE_UINT8("mask"),
        VMSTATE_UINT8("flip_flop"),
        VMSTATE_INT32("dshift"),
        VMSTATE_STRUCT_ARRAY("regs", 4, 1, vmstate_i8257_regs),
    ),
    source="QEMU 7.2 hw/dma/i8257.c",
)


DEVICES = (
    Device(
        section="dma",
        description=vmstate_i8257,
    ),
    Device(
        section="dma",
        description=vmstate_i8257,
        instance_id=1,
    ),
)
