"""The SCSI adapter Am53C974.

Source: QEMU 7.2 util/fifo8.c, hw/scsi/esp.c, hw/scsi/esp-pci.c.
"""

from __future__ import annotations

from typing import Any

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL_TEST,
    VMSTATE_BUFFER,
    VMSTATE_BUFFER_TEST,
    VMSTATE_BUFFER_UNSAFE,
    VMSTATE_INT32,
    VMSTATE_STATIC_BUFFER,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT8_V,
    VMSTATE_UINT32,
    VMSTATE_UINT32_TEST,
)
from vmstate.macros.devices.fifo import VMSTATE_FIFO8_TEST
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE


def _is_before_5(state: Any, version_id: int) -> bool:
    return min(version_id, state.mig_version_id) < 5


def _is_5(state: Any, version_id: int) -> bool:
    return min(version_id, state.mig_version_id) >= 5


def _is_6(state: Any, version_id: int) -> bool:
    return min(version_id, state.mig_version_id) >= 6


vmstate_esp_pdma = VMStateDescription(
    name="esp/pdma",
    fields=(VMSTATE_UINT8("pdma_cb"),),
    source="QEMU 7.2 hw/scsi/esp.c",
)

vmstate_esp = VMStateDescription(
    name="esp",
    version_id=6,
    minimum_version_id=3,
    fields=(
        VMSTATE_BUFFER("rregs", 16),
        VMSTATE_BUFFER("wregs", 16),
        VMSTATE_INT32("ti_size"),
        VMSTATE_UINT32_TEST("mig_ti_rptr", _is_before_5),
        VMSTATE_UINT32_TEST("mig_ti_wptr", _is_before_5),
        VMSTATE_BUFFER_TEST("mig_ti_buf", _is_before_5, 16),
        VMSTATE_UINT32("status"),
        VMSTATE_UINT32_TEST("mig_deferred_status", _is_before_5),
        VMSTATE_BOOL_TEST("mig_deferred_complete", _is_before_5),
        VMSTATE_UINT32("dma"),
        VMSTATE_STATIC_BUFFER("mig_cmdbuf", 0, _is_before_5, 0, 16),
        VMSTATE_STATIC_BUFFER("mig_cmdbuf", 4, _is_before_5, 16, 32 - 16),
        VMSTATE_UINT32_TEST("mig_cmdlen", _is_before_5),
        VMSTATE_UINT32("do_cmd"),
        VMSTATE_UINT32_TEST("mig_dma_left", _is_before_5),
        VMSTATE_BOOL_TEST("data_in_ready", _is_5),
        VMSTATE_UINT8_TEST("cmdfifo_cdb_offset", _is_5),
        VMSTATE_FIFO8_TEST("fifo", _is_5),
        VMSTATE_FIFO8_TEST("cmdfifo", _is_5),
        VMSTATE_UINT8_TEST("ti_cmd", _is_5),
        VMSTATE_UINT8_TEST("lun", _is_6),
    ),
    subsections=(vmstate_esp_pdma,),
    source="QEMU 7.2 hw/scsi/esp.c",
)

vmstate_sysbus_esp_scsi = VMStateDescription(
    name="sysbusespscsi",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8_V("esp.mig_version_id", 2),
        VMSTATE_STRUCT("esp", 0, vmstate_esp),
    ),
    source="QEMU 7.2 hw/scsi/esp.c",
)


vmstate_esp_pci_scsi = VMStateDescription(
    name="pciespscsi",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_BUFFER_UNSAFE("dma_regs", 0, 32),
        VMSTATE_UINT8_V("esp.mig_version_id", 2),
        VMSTATE_STRUCT("esp", 0, vmstate_esp),
    ),
    source="QEMU 7.2 hw/scsi/esp-pci.c",
)


DEVICES = (
    Device(
        section="pciespscsi",
        description=vmstate_esp_pci_scsi,
        constants={
            **pci_constants("parent_obj"),
            "esp.mig_version_id": 6,
            "esp.fifo.capacity": 16,
            "esp.cmdfifo.capacity": 32,
        },
        limits=(pci_limit("parent_obj"),),
    ),
)
