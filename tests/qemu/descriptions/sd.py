"""SD host controllers and cards.

Source: QEMU 7.2 hw/sd/sdhci.c, hw/sd/sd.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device, masked
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BITMAP,
    VMSTATE_BOOL,
    VMSTATE_INT32,
    VMSTATE_PARTIAL_BUFFER,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT64,
    VMSTATE_UNUSED_V,
    VMSTATE_VBUFFER_UINT32,
)

sdhci_pending_insert_vmstate = VMStateDescription(
    name="sdhci/pending-insert",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_BOOL("pending_insert_state"),),
    source="QEMU 7.2 hw/sd/sdhci.c",
)

sdhci_vmstate = VMStateDescription(
    name="sdhci",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("sdmasysad"),
        VMSTATE_UINT16("blksize"),
        VMSTATE_UINT16("blkcnt"),
        VMSTATE_UINT32("argument"),
        VMSTATE_UINT16("trnmod"),
        VMSTATE_UINT16("cmdreg"),
        VMSTATE_UINT32_ARRAY("rspreg", 4),
        VMSTATE_UINT32("prnsts"),
        VMSTATE_UINT8("hostctl1"),
        VMSTATE_UINT8("pwrcon"),
        VMSTATE_UINT8("blkgap"),
        VMSTATE_UINT8("wakcon"),
        VMSTATE_UINT16("clkcon"),
        VMSTATE_UINT8("timeoutcon"),
        VMSTATE_UINT8("admaerr"),
        VMSTATE_UINT16("norintsts"),
        VMSTATE_UINT16("errintsts"),
        VMSTATE_UINT16("norintstsen"),
        VMSTATE_UINT16("errintstsen"),
        VMSTATE_UINT16("norintsigen"),
        VMSTATE_UINT16("errintsigen"),
        VMSTATE_UINT16("acmd12errsts"),
        VMSTATE_UINT16("data_count"),
        VMSTATE_UINT64("admasysaddr"),
        VMSTATE_UINT8("stopped_state"),
        VMSTATE_VBUFFER_UINT32("fifo_buffer", 1, None, "buf_maxsz"),
        VMSTATE_TIMER_PTR("insert_timer"),
        VMSTATE_TIMER_PTR("transfer_timer"),
    ),
    subsections=(sdhci_pending_insert_vmstate,),
    source="QEMU 7.2 hw/sd/sdhci.c",
)


sd_ocr_vmstate = VMStateDescription(
    name="sd-card/ocr-state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("ocr"),
        VMSTATE_TIMER_PTR("ocr_power_timer"),
    ),
    source="QEMU 7.2 hw/sd/sd.c",
)

sd_vmstate = VMStateDescription(
    name="sd-card",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT32("mode"),
        VMSTATE_INT32("state"),
        VMSTATE_UINT8_ARRAY("cid", 16),
        VMSTATE_UINT8_ARRAY("csd", 16),
        VMSTATE_UINT16("rca"),
        VMSTATE_UINT32("card_status"),
        VMSTATE_PARTIAL_BUFFER("sd_status", 1),
        VMSTATE_UINT32("vhs"),
        VMSTATE_BITMAP("wp_group_bmap", 0, "wp_group_bits"),
        VMSTATE_UINT32("blk_len"),
        VMSTATE_UINT32("multi_blk_cnt"),
        VMSTATE_UINT32("erase_start"),
        VMSTATE_UINT32("erase_end"),
        VMSTATE_UINT8_ARRAY("pwd", 16),
        VMSTATE_UINT32("pwd_len"),
        VMSTATE_UINT8_ARRAY("function_group", 6),
        VMSTATE_UINT8("current_cmd"),
        VMSTATE_BOOL("expecting_acmd"),
        VMSTATE_UINT32("blk_written"),
        VMSTATE_UINT64("data_start"),
        VMSTATE_UINT32("data_offset"),
        VMSTATE_UINT8_ARRAY("data", 512),
        VMSTATE_UNUSED_V(1, 512),
        VMSTATE_BOOL("enable"),
    ),
    subsections=(sd_ocr_vmstate,),
    source="QEMU 7.2 hw/sd/sd.c",
)


DEVICES = (
    Device(
        section="sdhci",
        description=sdhci_vmstate,
        constants={"buf_maxsz": 512},
    ),
    Device(
        section="sd-card",
        description=sd_vmstate,
        machine="q35",
        constants={"wp_group_bits": 129},
        limits=(
            masked(
                ~(1 << 31),
                "hw/sd/sd.c, sd_ocr_vmstate_needed: of a card that is powered up it is not sent",
                "<sd-card/ocr-state>.ocr",
            ),
        ),
    ),
)
