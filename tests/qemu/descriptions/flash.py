"""Flash memory of the CFI kind.

Source: QEMU 7.2 hw/block/pflash_cfi01.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT32, VMSTATE_UINT64, VMSTATE_VBUFFER_UINT32

vmstate_pflash_blk_write = VMStateDescription(
    name="pflash_cfi01_blk_write",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_VBUFFER_UINT32("blk_bytes", 0, None, "writeblock_size"),
        VMSTATE_UINT32("blk_offset"),
    ),
    source="QEMU 7.2 hw/block/pflash_cfi01.c",
)

vmstate_pflash = VMStateDescription(
    name="pflash_cfi01",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("wcycle"),
        VMSTATE_UINT8("cmd"),
        VMSTATE_UINT8("status"),
        VMSTATE_UINT64("counter"),
    ),
    subsections=(vmstate_pflash_blk_write,),
    source="QEMU 7.2 hw/block/pflash_cfi01.c",
)


DEVICES = (
    Device(
        section="pflash_cfi01",
        description=vmstate_pflash,
        machine="q35",
    ),
)
