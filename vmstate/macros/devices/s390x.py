"""Channel devices of s390x, and addresses of indicators.

A pointer to an indicator is an object with ``len`` and ``addr``, of length 0 where QEMU's is
null.  The hooks that carry both over are here; left out are those that register a loaded
subchannel under its number.

Source: QEMU 7.2 hw/s390x/ccw-device.c, hw/s390x/css.c, include/hw/s390x/css.h.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_EQUAL,
    VMSTATE_UINT16,
    VMSTATE_UINT16_EQUAL,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
    VMSTATE_WITH_TMP,
)

#: Command information words of a subchannel (MAX_CIWS).
MOST_CIWS = 62

vmstate_scsw = VMStateDescription(
    name="s390_scsw",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("flags"),
        VMSTATE_UINT16("ctrl"),
        VMSTATE_UINT32("cpa"),
        VMSTATE_UINT8("dstat"),
        VMSTATE_UINT8("cstat"),
        VMSTATE_UINT16("count"),
    ),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_scsw",
)

vmstate_pmcw = VMStateDescription(
    name="s390_pmcw",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("intparm"),
        VMSTATE_UINT16("flags"),
        VMSTATE_UINT16("devno"),
        VMSTATE_UINT8("lpm"),
        VMSTATE_UINT8("pnom"),
        VMSTATE_UINT8("lpum"),
        VMSTATE_UINT8("pim"),
        VMSTATE_UINT16("mbi"),
        VMSTATE_UINT8("pom"),
        VMSTATE_UINT8("pam"),
        VMSTATE_UINT8_ARRAY("chpid", 8),
        VMSTATE_UINT32("chars"),
    ),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_pmcw",
)

vmstate_schib = VMStateDescription(
    name="s390_schib",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_STRUCT("pmcw", 0, vmstate_pmcw),
        VMSTATE_STRUCT("scsw", 0, vmstate_scsw),
        VMSTATE_UINT64("mba"),
        VMSTATE_UINT8_ARRAY("mda", 4),
    ),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_schib",
)

vmstate_ccw1 = VMStateDescription(
    name="s390_ccw1",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("cmd_code"),
        VMSTATE_UINT8("flags"),
        VMSTATE_UINT16("count"),
        VMSTATE_UINT32("cda"),
    ),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_ccw1",
)

vmstate_ciw = VMStateDescription(
    name="s390_ciw",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("type"), VMSTATE_UINT8("command"), VMSTATE_UINT16("count")),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_ciw",
)

vmstate_sense_id = VMStateDescription(
    name="s390_sense_id",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("reserved"),
        VMSTATE_UINT16("cu_type"),
        VMSTATE_UINT8("cu_model"),
        VMSTATE_UINT16("dev_type"),
        VMSTATE_UINT8("dev_model"),
        VMSTATE_UINT8("unused"),
        VMSTATE_STRUCT_ARRAY("ciw", MOST_CIWS, 0, vmstate_ciw),
    ),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_sense_id",
)

vmstate_orb = VMStateDescription(
    name="s390_orb",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("intparm"),
        VMSTATE_UINT16("ctrl0"),
        VMSTATE_UINT8("lpm"),
        VMSTATE_UINT8("ctrl1"),
        VMSTATE_UINT32("cpa"),
    ),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_orb",
)

#: Sent by every machine but the oldest, s390-ccw-virtio-2.9 and before.
vmstate_schdev_orb = VMStateDescription(
    name="s390_subch_dev/orb",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_STRUCT("orb", 1, vmstate_orb),),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_schdev_orb",
)

vmstate_subch_dev = VMStateDescription(
    name="s390_subch_dev",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8_EQUAL("cssid"),
        VMSTATE_UINT8_EQUAL("ssid"),
        VMSTATE_UINT16("migrated_schid"),
        VMSTATE_UINT16_EQUAL("devno"),
        VMSTATE_BOOL("thinint_active"),
        VMSTATE_STRUCT("curr_status", 0, vmstate_schib),
        VMSTATE_UINT8_ARRAY("sense_data", 32),
        VMSTATE_UINT64("channel_prog"),
        VMSTATE_STRUCT("last_cmd", 0, vmstate_ccw1),
        VMSTATE_BOOL("last_cmd_valid"),
        VMSTATE_STRUCT("id", 0, vmstate_sense_id),
        VMSTATE_BOOL("ccw_fmt_1"),
        VMSTATE_UINT8("ccw_no_data_cnt"),
    ),
    subsections=(vmstate_schdev_orb,),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_subch_dev",
)

vmstate_ccw_dev = VMStateDescription(
    name="s390_ccw_dev",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_STRUCT_POINTER("sch", vmstate_subch_dev),),
    source="QEMU 7.2 hw/s390x/ccw-device.c: vmstate_ccw_dev",
)


@dataclass(slots=True)
class IndicatorTmp:
    """What is sent of a pointer to an indicator.

    Attributes:
        parent: the pointer.
        len: bytes of the indicator; 0 if the pointer is null.
        addr: where it is in guest memory.
    """

    parent: Any = None
    len: int = 0
    addr: int = 0


def _read_pointer(tmp: IndicatorTmp) -> None:
    tmp.len = tmp.parent.len
    tmp.addr = tmp.parent.addr if tmp.len else 0


def _set_pointer(tmp: IndicatorTmp, version_id: int) -> None:  # noqa: ARG001 (a hook's parameter)
    tmp.parent.len = tmp.len
    tmp.parent.addr = tmp.addr if tmp.len else 0


vmstate_ind_addr_tmp = VMStateDescription(
    name="s390_ind_addr_tmp",
    pre_save=_read_pointer,
    post_load=_set_pointer,
    fields=(VMSTATE_INT32("len"), VMSTATE_UINT64("addr")),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_ind_addr_tmp",
)

#: Of the same name as what is inside it, as in QEMU.
vmstate_ind_addr = VMStateDescription(
    name="s390_ind_addr_tmp",
    fields=(VMSTATE_WITH_TMP(IndicatorTmp, vmstate_ind_addr_tmp),),
    source="QEMU 7.2 hw/s390x/css.c: vmstate_ind_addr",
)


def VMSTATE_CCW_DEVICE(f: str) -> Field:
    """What every channel device has, from version 1 on.

    Wire: a subchannel with its subsection: numbers, status, sense data, commands.
    Source: QEMU 11.1 hw/s390x/ccw-device.h.
    """
    return VMSTATE_STRUCT(f, 1, vmstate_ccw_dev)


def VMSTATE_PTR_TO_IND_ADDR(f: str) -> Field:
    """A pointer to an indicator, from version 1 on.

    Wire: 4 bytes length, 0 if it is null; 8 bytes address.
    Source: QEMU 11.1 include/hw/s390x/css.h.
    """
    return VMSTATE_STRUCT(f, 1, vmstate_ind_addr)
