"""Hotplug of CPUs, memory and PCI devices over ACPI.

No hook is left out here.

Source: QEMU 7.2 and 11.1 hw/acpi/cpu.c, hw/acpi/memory_hotplug.c, hw/acpi/pcihp.c.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY_TEST,
    VMSTATE_STRUCT_VARRAY_POINTER_UINT32,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT32_TEST,
)

#: How many buses can have hotplug (ACPI_PCIHP_MAX_HOTPLUG_BUS).
MAX_HOTPLUG_BUS = 256

vmstate_cpuhp_sts = VMStateDescription(
    name="CPU hotplug device state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_BOOL("is_inserting"),
        VMSTATE_BOOL("is_removing"),
        VMSTATE_UINT32("ost_event"),
        VMSTATE_UINT32("ost_status"),
    ),
    source="QEMU 7.2 hw/acpi/cpu.c: vmstate_cpuhp_sts",
)

vmstate_cpu_hotplug = VMStateDescription(
    name="CPU hotplug state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("selector"),
        VMSTATE_UINT8("command"),
        # The count is a constant of the machine's, which nothing carries.
        VMSTATE_STRUCT_VARRAY_POINTER_UINT32("devs", "dev_count", vmstate_cpuhp_sts),
    ),
    source="QEMU 7.2 hw/acpi/cpu.c: vmstate_cpu_hotplug",
)

vmstate_memhp_sts = VMStateDescription(
    name="memory hotplug device state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_BOOL("is_enabled"),
        VMSTATE_BOOL("is_inserting"),
        VMSTATE_UINT32("ost_event"),
        VMSTATE_UINT32("ost_status"),
    ),
    source="QEMU 7.2 hw/acpi/memory_hotplug.c: vmstate_memhp_sts",
)

vmstate_memory_hotplug = VMStateDescription(
    name="memory hotplug state",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("selector"),
        VMSTATE_STRUCT_VARRAY_POINTER_UINT32("devs", "dev_count", vmstate_memhp_sts),
    ),
    source="QEMU 7.2 hw/acpi/memory_hotplug.c: vmstate_memory_hotplug",
)

vmstate_acpi_pcihp_pci_status = VMStateDescription(
    name="acpi_pcihp_pci_status",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT32("up"), VMSTATE_UINT32("down")),
    source="QEMU 7.2 hw/acpi/pcihp.c: vmstate_acpi_pcihp_pci_status",
)


def VMSTATE_CPU_HOTPLUG(cpuhp: str) -> Field:
    """Hotplug of CPUs, from version 1 on.

    Wire: 4 bytes selector, 1 byte command, then 10 bytes for each of ``dev_count`` CPUs.
    Source: QEMU 11.1 include/hw/acpi/cpu.h.
    """
    return VMSTATE_STRUCT(cpuhp, 1, vmstate_cpu_hotplug)


def VMSTATE_MEMORY_HOTPLUG(memhp: str) -> Field:
    """Hotplug of memory, from version 1 on.

    Wire: 4 bytes selector, then 10 bytes for each of ``dev_count`` slots.
    Source: QEMU 11.1 include/hw/acpi/memory_hotplug.h.
    """
    return VMSTATE_STRUCT(memhp, 1, vmstate_memory_hotplug)


def VMSTATE_PCI_HOTPLUG(
    pcihp: str, test_pcihp: FieldTest | None, test_acpi_index: FieldTest | None
) -> tuple[Field, Field, Field]:
    """Hotplug of PCI devices: three fields of *pcihp*, two tests.

    Wire: 4 bytes selector and 256 times 8 bytes of status if *test_pcihp* says so; 4 bytes of
        ACPI index if *test_acpi_index* says so.
    Source: QEMU 11.1 include/hw/acpi/pcihp.h.
    """
    return (
        VMSTATE_UINT32_TEST(f"{pcihp}.hotplug_select", test_pcihp),
        VMSTATE_STRUCT_ARRAY_TEST(
            f"{pcihp}.acpi_pcihp_pci_status",
            MAX_HOTPLUG_BUS,
            test_pcihp,
            1,
            vmstate_acpi_pcihp_pci_status,
        ),
        VMSTATE_UINT32_TEST(f"{pcihp}.acpi_index", test_acpi_index),
    )
