"""PCI devices: configuration space, interrupt lines, MSI-X.

The configuration space is an object with ``config`` and its masks, the lines are an int of
four bits, MSI-X is an object with ``table`` and ``pba``, or None.  How long each is, the
destination knows.  Left out are the hooks that hide and show the status register's bit of a
pending interrupt.

Source: QEMU 7.2 hw/pci/pci.c, hw/pci/msix.c.
"""

from __future__ import annotations

from typing import Any

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.flags import VMS
from vmstate.info.devices.msix import MSIX
from vmstate.info.devices.pci import (
    CONFIG_SIZE,
    EXPRESS_CONFIG_SIZE,
    PCI_CONFIG,
    PCI_IRQ_STATE,
)
from vmstate.macros import (
    VMSTATE_BUFFER_UNSAFE_INFO,
    VMSTATE_BUFFER_UNSAFE_INFO_TEST,
    VMSTATE_INT32_POSITIVE_LE,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_STRUCT_TEST,
)


def _is_express(state: Any, version_id: int) -> bool:  # noqa: ANN401, ARG001 (a state is any object)
    return len(state.config.config) > CONFIG_SIZE


def _is_not_express(state: Any, version_id: int) -> bool:  # noqa: ANN401 (a state is any object)
    return not _is_express(state, version_id)


vmstate_pci_device = VMStateDescription(
    name="PCIDevice",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32_POSITIVE_LE("version_id"),
        VMSTATE_BUFFER_UNSAFE_INFO_TEST("config", _is_not_express, 0, PCI_CONFIG, CONFIG_SIZE),
        VMSTATE_BUFFER_UNSAFE_INFO_TEST("config", _is_express, 0, PCI_CONFIG, EXPRESS_CONFIG_SIZE),
        VMSTATE_BUFFER_UNSAFE_INFO("irq_state", 2, PCI_IRQ_STATE, 16),
    ),
    source="QEMU 7.2 hw/pci/pci.c: vmstate_pci_device",
)

vmstate_msix = VMStateDescription(
    name="msix",
    fields=(Field(name="msix", flags=VMS.SINGLE, info=MSIX),),
    source="QEMU 7.2 hw/pci/msix.c: vmstate_msix",
)


def VMSTATE_PCI_DEVICE(f: str) -> Field:
    """What every PCI device has.

    Wire: 4 bytes version, 256 bytes of configuration space (4096 of PCI Express), 16 bytes of
        interrupt lines.
    Source: QEMU 11.1 include/hw/pci/pci_device.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_pci_device)


def VMSTATE_PCI_DEVICE_POINTER(f: str) -> Field:
    """What every PCI device has, behind a pointer.

    Wire: 4 bytes version, 256 bytes of configuration space (4096 of PCI Express), 16 bytes of
        interrupt lines.
    Source: QEMU 11.1 include/hw/pci/pci_device.h.
    """
    return VMSTATE_STRUCT_POINTER(f, vmstate_pci_device)


def VMSTATE_MSIX_TEST(f: str, test: FieldTest | None) -> Field:
    """A device's MSI-X, if *test* says so.

    Wire: 16 bytes for each vector, then a bit for each in whole bytes; nothing without MSI-X.
    Source: QEMU 11.1 include/hw/pci/msix.h.
    """
    return VMSTATE_STRUCT_TEST(f, test, 0, vmstate_msix)


def VMSTATE_MSIX(f: str) -> Field:
    """A device's MSI-X.

    Wire: 16 bytes for each vector, then a bit for each in whole bytes; nothing without MSI-X.
    Source: QEMU 11.1 include/hw/pci/msix.h.
    """
    return VMSTATE_MSIX_TEST(f, None)
