"""SCSI hosts that are spoken to through queues.

Source: QEMU 7.2 hw/scsi/mptsas.c, hw/scsi/megasas.c, hw/scsi/vmw_pvscsi.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import EXPRESS_CONFIG_SIZE, pci_constants, pci_limit
from tests.support.real_devices import Device, below, kept
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT32,
    VMSTATE_STRUCT_TEST,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT64,
    VMSTATE_UINT64_ARRAY,
)
from vmstate.macros.devices.pci import VMSTATE_MSIX, VMSTATE_PCI_DEVICE, vmstate_pci_device

_MPT = "hw/scsi/mptsas.c, mptsas_post_load: indices beyond their arrays are refused"


def _never(state: object, version_id: int) -> bool:
    return False


vmstate_mptsas = VMStateDescription(
    name="mptsas",
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_BOOL("msi_in_use"),
        VMSTATE_UINT32("state"),
        VMSTATE_UINT8("who_init"),
        VMSTATE_UINT8("doorbell_state"),
        VMSTATE_UINT32_ARRAY("doorbell_msg", 256),
        VMSTATE_INT32("doorbell_idx"),
        VMSTATE_INT32("doorbell_cnt"),
        VMSTATE_UINT16_ARRAY("doorbell_reply", 256),
        VMSTATE_INT32("doorbell_reply_idx"),
        VMSTATE_INT32("doorbell_reply_size"),
        VMSTATE_UINT32("diagnostic"),
        VMSTATE_UINT8("diagnostic_idx"),
        VMSTATE_UINT32("intr_status"),
        VMSTATE_UINT32("intr_mask"),
        VMSTATE_UINT32_ARRAY("request_post", 129),
        VMSTATE_UINT16("request_post_head"),
        VMSTATE_UINT16("request_post_tail"),
        VMSTATE_UINT32_ARRAY("reply_post", 129),
        VMSTATE_UINT16("reply_post_head"),
        VMSTATE_UINT16("reply_post_tail"),
        VMSTATE_UINT32_ARRAY("reply_free", 129),
        VMSTATE_UINT16("reply_free_head"),
        VMSTATE_UINT16("reply_free_tail"),
        VMSTATE_UINT16("max_buses"),
        VMSTATE_UINT16("max_devices"),
        VMSTATE_UINT16("reply_frame_size"),
        VMSTATE_UINT64("host_mfa_high_addr"),
        VMSTATE_UINT64("sense_buffer_high_addr"),
    ),
    source="QEMU 7.2 hw/scsi/mptsas.c",
)


vmstate_megasas_gen1 = VMStateDescription(
    name="megasas",
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_MSIX("parent_obj"),
        VMSTATE_UINT32("fw_state"),
        VMSTATE_UINT32("intr_mask"),
        VMSTATE_UINT32("doorbell"),
        VMSTATE_UINT64("reply_queue_pa"),
        VMSTATE_UINT64("consumer_pa"),
        VMSTATE_UINT64("producer_pa"),
    ),
    source="QEMU 7.2 hw/scsi/megasas.c",
)


vmstate_pvscsi_pcie_device = VMStateDescription(
    name="pvscsi/pcie",
    fields=(VMSTATE_PCI_DEVICE("parent_obj"),),
    source="QEMU 7.2 hw/scsi/vmw_pvscsi.c",
)

vmstate_pvscsi = VMStateDescription(
    name="pvscsi",
    fields=(
        VMSTATE_STRUCT_TEST("parent_obj", _never, 0, vmstate_pci_device),
        VMSTATE_UINT8("msi_used"),
        VMSTATE_UINT32("resetting"),
        VMSTATE_UINT64("reg_interrupt_status"),
        VMSTATE_UINT64("reg_interrupt_enabled"),
        VMSTATE_UINT64("reg_command_status"),
        VMSTATE_UINT64("curr_cmd"),
        VMSTATE_UINT32("curr_cmd_data_cntr"),
        VMSTATE_UINT32_ARRAY("curr_cmd_data", 132),
        VMSTATE_UINT8("rings_info_valid"),
        VMSTATE_UINT8("msg_ring_info_valid"),
        VMSTATE_UINT8("use_msg"),
        VMSTATE_UINT64("rings.rs_pa"),
        VMSTATE_UINT32("rings.txr_len_mask"),
        VMSTATE_UINT32("rings.rxr_len_mask"),
        VMSTATE_UINT64_ARRAY("rings.req_ring_pages_pa", 32),
        VMSTATE_UINT64_ARRAY("rings.cmp_ring_pages_pa", 32),
        VMSTATE_UINT64("rings.consumed_ptr"),
        VMSTATE_UINT64("rings.filled_cmp_ptr"),
    ),
    subsections=(vmstate_pvscsi_pcie_device,),
    source="QEMU 7.2 hw/scsi/vmw_pvscsi.c",
)


DEVICES = (
    Device(
        section="mptsas",
        description=vmstate_mptsas,
        constants=pci_constants("dev"),
        limits=(
            pci_limit("dev"),
            below(257, _MPT, "doorbell_cnt", "doorbell_reply_size"),
            kept(_MPT, "doorbell_idx", "doorbell_reply_idx"),
            below(
                129,
                _MPT,
                "request_post_head",
                "request_post_tail",
                "reply_post_head",
                "reply_post_tail",
                "reply_free_head",
                "reply_free_tail",
            ),
            below(5, _MPT, "diagnostic_idx"),
        ),
    ),
    Device(
        section="megasas",
        description=vmstate_megasas_gen1,
        constants=pci_constants("parent_obj", vectors=15),
        limits=(pci_limit("parent_obj"),),
    ),
    Device(
        section="pvscsi",
        description=vmstate_pvscsi,
        constants=pci_constants("parent_obj", EXPRESS_CONFIG_SIZE),
        limits=(pci_limit("<pvscsi/pcie>.parent_obj", EXPRESS_CONFIG_SIZE),),
    ),
)
