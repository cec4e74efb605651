"""Power management of PIIX4.

Source: QEMU 7.2 hw/isa/apm.c, hw/acpi/piix4.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.qemu.descriptions.smbus import pmsmb_vmstate
from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_INT64,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_TEST,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
)
from vmstate.macros.devices.acpi import (
    VMSTATE_CPU_HOTPLUG,
    VMSTATE_MEMORY_HOTPLUG,
    VMSTATE_PCI_HOTPLUG,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE
from vmstate.macros.devices.piix4 import VMSTATE_GPE_ARRAY


def _always(state: object, version_id: int) -> bool:
    return True


def _never(state: object, version_id: int) -> bool:
    return False


vmstate_apm = VMStateDescription(
    name="APM State",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("apmc"),
        VMSTATE_UINT8("apms"),
    ),
    source="QEMU 7.2 hw/isa/apm.c",
)


vmstate_gpe = VMStateDescription(
    name="gpe",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_GPE_ARRAY("sts"),
        VMSTATE_GPE_ARRAY("en"),
    ),
    source="QEMU 7.2 hw/acpi/piix4.c",
)

vmstate_pci_status = VMStateDescription(
    name="pci_status",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("up"),
        VMSTATE_UINT32("down"),
    ),
    source="QEMU 7.2 hw/acpi/piix4.c",
)

vmstate_memhp_state = VMStateDescription(
    name="piix4_pm/memhp",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_MEMORY_HOTPLUG("acpi_memory_hotplug"),),
    source="QEMU 7.2 hw/acpi/piix4.c",
)

vmstate_cpuhp_state = VMStateDescription(
    name="piix4_pm/cpuhp",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_CPU_HOTPLUG("cpuhp_state"),),
    source="QEMU 7.2 hw/acpi/piix4.c",
)

vmstate_acpi = VMStateDescription(
    name="piix4_pm",
    version_id=3,
    minimum_version_id=3,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_UINT16("ar.pm1.evt.sts"),
        VMSTATE_UINT16("ar.pm1.evt.en"),
        VMSTATE_UINT16("ar.pm1.cnt.cnt"),
        VMSTATE_STRUCT("apm", 0, vmstate_apm),
        VMSTATE_STRUCT_TEST("smb", None, 3, pmsmb_vmstate),
        VMSTATE_TIMER_PTR("ar.tmr.timer"),
        VMSTATE_INT64("ar.tmr.overflow_time"),
        VMSTATE_STRUCT("ar.gpe", 2, vmstate_gpe),
        VMSTATE_STRUCT_TEST(
            "acpi_pci_hotplug.acpi_pcihp_pci_status[0]", _never, 2, vmstate_pci_status
        ),
        *VMSTATE_PCI_HOTPLUG("acpi_pci_hotplug", _always, _always),
    ),
    subsections=(
        vmstate_memhp_state,
        vmstate_cpuhp_state,
    ),
    source="QEMU 7.2 hw/acpi/piix4.c",
)


DEVICES = (
    Device(
        section="piix4_pm",
        description=vmstate_acpi,
        constants={
            **pci_constants("parent_obj"),
            "acpi_memory_hotplug.dev_count": 2,
            "cpuhp_state.dev_count": 4,
        },
        extra=frozenset({"piix4_pm/cpuhp"}),
        limits=(pci_limit("parent_obj"),),
    ),
)
