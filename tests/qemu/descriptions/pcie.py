"""PCI Express ports and bridges.

Source: QEMU 7.2 hw/pci/pcie_aer.c, hw/pci-bridge/gen_pcie_root_port.c, hw/pci-bridge/ioh3420.c,
hw/pci-bridge/i82801b11.c, hw/i386/intel_iommu.c.
"""

from __future__ import annotations

from typing import Any

from tests.qemu.descriptions.pci_parts import EXPRESS_CONFIG_SIZE, pci_constants, pci_limit
from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.info.devices.msix import Msix
from vmstate.macros import (
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_VARRAY_POINTER_UINT16,
    VMSTATE_UINT16,
    VMSTATE_UINT16_EQUAL,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_VALIDATE,
)
from vmstate.macros.devices.pci import VMSTATE_MSIX_TEST, VMSTATE_PCI_DEVICE


def _fits(state: Any, version_id: int) -> bool:
    return state.log_num <= state.log_max


def _has_msix(state: object, version_id: int) -> bool:
    return True


vmstate_pcie_aer_err = VMStateDescription(
    name="PCIE_AER_ERROR",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("status"),
        VMSTATE_UINT16("source_id"),
        VMSTATE_UINT16("flags"),
        VMSTATE_UINT32_ARRAY("header", 4),
        VMSTATE_UINT32_ARRAY("prefix", 4),
    ),
    source="QEMU 7.2 hw/pci/pcie_aer.c",
)

vmstate_pcie_aer_log = VMStateDescription(
    name="PCIE_AER_ERROR_LOG",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("log_num"),
        VMSTATE_UINT16_EQUAL("log_max"),
        VMSTATE_VALIDATE("log_num <= log_max", _fits),
        VMSTATE_STRUCT_VARRAY_POINTER_UINT16("log", "log_num", vmstate_pcie_aer_err),
    ),
    source="QEMU 7.2 hw/pci/pcie_aer.c",
)


vmstate_rp_dev = VMStateDescription(
    name="pcie-root-port",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj.parent_obj.parent_obj"),
        VMSTATE_STRUCT("parent_obj.parent_obj.parent_obj.exp.aer_log", 0, vmstate_pcie_aer_log),
        VMSTATE_MSIX_TEST("parent_obj.parent_obj.parent_obj.parent_obj", _has_msix),
    ),
    source="QEMU 7.2 hw/pci-bridge/gen_pcie_root_port.c",
)


vmstate_ioh3420 = VMStateDescription(
    name="ioh-3240-express-root-port",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj.parent_obj.parent_obj"),
        VMSTATE_STRUCT("parent_obj.parent_obj.parent_obj.exp.aer_log", 0, vmstate_pcie_aer_log),
    ),
    source="QEMU 7.2 hw/pci-bridge/ioh3420.c",
)


i82801b11_bridge_dev_vmstate = VMStateDescription(
    name="i82801b11_bridge",
    fields=(VMSTATE_PCI_DEVICE("parent_obj"),),
    source="QEMU 7.2 hw/pci-bridge/i82801b11.c",
)


vmstate_xio3130_upstream = VMStateDescription(
    name="xio3130-express-upstream-port",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj.parent_obj"),
        VMSTATE_STRUCT("parent_obj.parent_obj.exp.aer_log", 0, vmstate_pcie_aer_log),
    ),
    source="QEMU 7.2 hw/pci-bridge/xio3130_upstream.c",
)


DEVICES = (
    Device(
        section="pcie-root-port",
        description=vmstate_rp_dev,
        machine="q35",
        constants={
            **pci_constants("parent_obj.parent_obj.parent_obj", EXPRESS_CONFIG_SIZE),
            "parent_obj.parent_obj.parent_obj.exp.aer_log.log_max": 8,
            "parent_obj.parent_obj.parent_obj.exp.aer_log.log_num": 3,
            "parent_obj.parent_obj.parent_obj.parent_obj.msix": lambda: Msix.blank(1),
        },
        limits=(pci_limit("parent_obj.parent_obj.parent_obj", EXPRESS_CONFIG_SIZE),),
    ),
    Device(
        section="ioh-3240-express-root-port",
        description=vmstate_ioh3420,
        machine="q35",
        constants={
            **pci_constants("parent_obj.parent_obj.parent_obj", EXPRESS_CONFIG_SIZE),
            "parent_obj.parent_obj.parent_obj.exp.aer_log.log_max": 8,
            "parent_obj.parent_obj.parent_obj.exp.aer_log.log_num": 3,
        },
        limits=(pci_limit("parent_obj.parent_obj.parent_obj", EXPRESS_CONFIG_SIZE),),
    ),
    Device(
        section="xio3130-express-upstream-port",
        description=vmstate_xio3130_upstream,
        machine="q35",
        constants={
            **pci_constants("parent_obj.parent_obj", EXPRESS_CONFIG_SIZE),
            "parent_obj.parent_obj.exp.aer_log.log_max": 8,
            "parent_obj.parent_obj.exp.aer_log.log_num": 3,
        },
        limits=(pci_limit("parent_obj.parent_obj", EXPRESS_CONFIG_SIZE),),
    ),
    Device(
        section="i82801b11_bridge",
        description=i82801b11_bridge_dev_vmstate,
        machine="q35",
        constants=pci_constants("parent_obj"),
        limits=(pci_limit("parent_obj"),),
    ),
)
