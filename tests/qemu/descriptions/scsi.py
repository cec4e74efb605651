"""A SCSI disk, and the SCSI adapter LSI53C895A.

Source: QEMU 7.2 hw/scsi/scsi-bus.c, hw/scsi/scsi-disk.c, hw/scsi/lsi53c895a.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, below, with_bits
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_BUFFER_UNSAFE,
    VMSTATE_INT32,
    VMSTATE_UINT8,
    VMSTATE_UINT8_SUB_ARRAY,
    VMSTATE_UINT8_V,
    VMSTATE_UINT32,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE
from vmstate.macros.devices.scsi import VMSTATE_SCSI_DEVICE

vmstate_scsi_sense_state = VMStateDescription(
    name="SCSIDevice/sense",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8_SUB_ARRAY("sense", 96, 156),),
    source="QEMU 7.2 hw/scsi/scsi-bus.c",
)

vmstate_scsi_device = VMStateDescription(
    name="SCSIDevice",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("unit_attention.key"),
        VMSTATE_UINT8("unit_attention.asc"),
        VMSTATE_UINT8("unit_attention.ascq"),
        VMSTATE_BOOL("sense_is_ua"),
        VMSTATE_UINT8_SUB_ARRAY("sense", 0, 96),
        VMSTATE_UINT32("sense_len"),
    ),
    subsections=(vmstate_scsi_sense_state,),
    source="QEMU 7.2 hw/scsi/scsi-bus.c",
)


vmstate_scsi_disk_state = VMStateDescription(
    name="scsi-disk",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_SCSI_DEVICE("qdev"),
        VMSTATE_BOOL("media_changed"),
        VMSTATE_BOOL("media_event"),
        VMSTATE_BOOL("eject_request"),
        VMSTATE_BOOL("tray_open"),
        VMSTATE_BOOL("tray_locked"),
    ),
    source="QEMU 7.2 hw/scsi/scsi-disk.c",
)


vmstate_lsi_scsi = VMStateDescription(
    name="lsiscsi",
    version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_INT32("carry"),
        VMSTATE_INT32("status"),
        VMSTATE_INT32("msg_action"),
        VMSTATE_INT32("msg_len"),
        VMSTATE_BUFFER("msg", 8),
        VMSTATE_INT32("waiting"),
        VMSTATE_UINT32("dsa"),
        VMSTATE_UINT32("temp"),
        VMSTATE_UINT32("dnad"),
        VMSTATE_UINT32("dbc"),
        VMSTATE_UINT8("istat0"),
        VMSTATE_UINT8("istat1"),
        VMSTATE_UINT8("dcmd"),
        VMSTATE_UINT8("dstat"),
        VMSTATE_UINT8("dien"),
        VMSTATE_UINT8("sist0"),
        VMSTATE_UINT8("sist1"),
        VMSTATE_UINT8("sien0"),
        VMSTATE_UINT8("sien1"),
        VMSTATE_UINT8("mbox0"),
        VMSTATE_UINT8("mbox1"),
        VMSTATE_UINT8("dfifo"),
        VMSTATE_UINT8("ctest2"),
        VMSTATE_UINT8("ctest3"),
        VMSTATE_UINT8("ctest4"),
        VMSTATE_UINT8("ctest5"),
        VMSTATE_UINT8("ccntl0"),
        VMSTATE_UINT8("ccntl1"),
        VMSTATE_UINT32("dsp"),
        VMSTATE_UINT32("dsps"),
        VMSTATE_UINT8("dmode"),
        VMSTATE_UINT8("dcntl"),
        VMSTATE_UINT8("scntl0"),
        VMSTATE_UINT8("scntl1"),
        VMSTATE_UINT8("scntl2"),
        VMSTATE_UINT8("scntl3"),
        VMSTATE_UINT8("sstat0"),
        VMSTATE_UINT8("sstat1"),
        VMSTATE_UINT8("scid"),
        VMSTATE_UINT8("sxfer"),
        VMSTATE_UINT8("socl"),
        VMSTATE_UINT8("sdid"),
        VMSTATE_UINT8("ssid"),
        VMSTATE_UINT8("sfbr"),
        VMSTATE_UINT8("stest1"),
        VMSTATE_UINT8("stest2"),
        VMSTATE_UINT8("stest3"),
        VMSTATE_UINT8("sidl"),
        VMSTATE_UINT8("stime0"),
        VMSTATE_UINT8("respid0"),
        VMSTATE_UINT8("respid1"),
        VMSTATE_UINT8_V("sbcl", 1),
        VMSTATE_UINT32("mmrs"),
        VMSTATE_UINT32("mmws"),
        VMSTATE_UINT32("sfs"),
        VMSTATE_UINT32("drs"),
        VMSTATE_UINT32("sbms"),
        VMSTATE_UINT32("dbms"),
        VMSTATE_UINT32("dnad64"),
        VMSTATE_UINT32("pmjad1"),
        VMSTATE_UINT32("pmjad2"),
        VMSTATE_UINT32("rbc"),
        VMSTATE_UINT32("ua"),
        VMSTATE_UINT32("ia"),
        VMSTATE_UINT32("sbc"),
        VMSTATE_UINT32("csbc"),
        VMSTATE_BUFFER_UNSAFE("scratch", 0, 72),
        VMSTATE_UINT8("sbr"),
        VMSTATE_BUFFER_UNSAFE("script_ram", 0, 8192),
    ),
    source="QEMU 7.2 hw/scsi/lsi53c895a.c",
)


DEVICES = (
    Device(
        section="scsi-disk",
        description=vmstate_scsi_disk_state,
        extra=frozenset({"SCSIDevice/sense"}),
        limits=(
            with_bits(
                128,
                "hw/scsi/scsi-bus.c, scsi_sense_state_needed: more than 96 bytes of sense data",
                "qdev.sense_len",
            ),
        ),
    ),
    Device(
        section="lsiscsi",
        description=vmstate_lsi_scsi,
        constants=pci_constants("parent_obj"),
        limits=(
            pci_limit("parent_obj"),
            below(
                9, "hw/scsi/lsi53c895a.c, lsi_post_load: a message has at most 8 bytes", "msg_len"
            ),
        ),
    ),
)
