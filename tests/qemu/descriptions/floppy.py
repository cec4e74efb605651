"""The floppy controller.

Source: QEMU 7.2 hw/block/fdc.c, hw/block/fdc-isa.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.info import UINT8
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_EQUAL,
    VMSTATE_UINT32,
    VMSTATE_VARRAY_INT32,
)

vmstate_fdrive_media_changed = VMStateDescription(
    name="fdrive/media_changed",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("media_changed"),),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdrive_media_rate = VMStateDescription(
    name="fdrive/media_rate",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("media_rate"),),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdrive_perpendicular = VMStateDescription(
    name="fdrive/perpendicular",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("perpendicular"),),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdrive = VMStateDescription(
    name="fdrive",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("head"),
        VMSTATE_UINT8("track"),
        VMSTATE_UINT8("sect"),
    ),
    subsections=(
        vmstate_fdrive_media_changed,
        vmstate_fdrive_media_rate,
        vmstate_fdrive_perpendicular,
    ),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdc_reset_sensei = VMStateDescription(
    name="fdc/reset_sensei",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_INT32("reset_sensei"),),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdc_result_timer = VMStateDescription(
    name="fdc/result_timer",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_TIMER_PTR("result_timer"),),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdc_phase = VMStateDescription(
    name="fdc/phase",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("phase"),),
    source="QEMU 7.2 hw/block/fdc.c",
)

vmstate_fdc = VMStateDescription(
    name="fdc",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT8("sra"),
        VMSTATE_UINT8("srb"),
        VMSTATE_UINT8("dor_vmstate"),
        VMSTATE_UINT8("tdr"),
        VMSTATE_UINT8("dsr"),
        VMSTATE_UINT8("msr"),
        VMSTATE_UINT8("status0"),
        VMSTATE_UINT8("status1"),
        VMSTATE_UINT8("status2"),
        VMSTATE_VARRAY_INT32("fifo", "fifo_size", 0, UINT8),
        VMSTATE_UINT32("data_pos"),
        VMSTATE_UINT32("data_len"),
        VMSTATE_UINT8("data_state"),
        VMSTATE_UINT8("data_dir"),
        VMSTATE_UINT8("eot"),
        VMSTATE_UINT8("timer0"),
        VMSTATE_UINT8("timer1"),
        VMSTATE_UINT8("precomp_trk"),
        VMSTATE_UINT8("config"),
        VMSTATE_UINT8("lock"),
        VMSTATE_UINT8("pwrd"),
        VMSTATE_UINT8_EQUAL("num_floppies"),
        VMSTATE_STRUCT_ARRAY("drives", 2, 1, vmstate_fdrive),
    ),
    subsections=(
        vmstate_fdc_reset_sensei,
        vmstate_fdc_result_timer,
        vmstate_fdc_phase,
    ),
    source="QEMU 7.2 hw/block/fdc.c",
)


vmstate_isa_fdc = VMStateDescription(
    name="fdc",
    version_id=2,
    minimum_version_id=2,
    fields=(VMSTATE_STRUCT("state", 0, vmstate_fdc),),
    source="QEMU 7.2 hw/block/fdc-isa.c",
)


DEVICES = (
    Device(
        section="fdc",
        description=vmstate_isa_fdc,
        constants={"state.fifo_size": 512, "state.num_floppies": 2},
    ),
)
