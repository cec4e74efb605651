"""The south bridge ICH9: LPC, power management, SMBus.

Source: QEMU 7.2 hw/acpi/tco.c, hw/acpi/ich9.c, hw/i2c/smbus_ich9.c, hw/isa/lpc_ich9.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.qemu.descriptions.piix4 import vmstate_apm
from tests.qemu.descriptions.smbus import pmsmb_vmstate
from tests.support.real_devices import Device, nonzero
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL_TEST,
    VMSTATE_INT64,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_TEST,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)
from vmstate.macros.devices.acpi import (
    VMSTATE_CPU_HOTPLUG,
    VMSTATE_MEMORY_HOTPLUG,
    VMSTATE_PCI_HOTPLUG,
)
from vmstate.macros.devices.ich9 import VMSTATE_GPE_ARRAY
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE


def _always(state: object, version_id: int) -> bool:
    return True


vmstate_tco_io_sts = VMStateDescription(
    name="tco io device status",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("tco.rld"),
        VMSTATE_UINT8("tco.din"),
        VMSTATE_UINT8("tco.dout"),
        VMSTATE_UINT16("tco.sts1"),
        VMSTATE_UINT16("tco.sts2"),
        VMSTATE_UINT16("tco.cnt1"),
        VMSTATE_UINT16("tco.cnt2"),
        VMSTATE_UINT8("tco.msg1"),
        VMSTATE_UINT8("tco.msg2"),
        VMSTATE_UINT8("tco.wdcnt"),
        VMSTATE_UINT16("tco.tmr"),
        VMSTATE_UINT8("sw_irq_gen"),
        VMSTATE_TIMER_PTR("tco_timer"),
        VMSTATE_INT64("expire_time"),
        VMSTATE_UINT8("timeouts_no"),
    ),
    source="QEMU 7.2 hw/acpi/tco.c",
)


vmstate_memhp_state = VMStateDescription(
    name="ich9_pm/memhp",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_MEMORY_HOTPLUG("acpi_memory_hotplug"),),
    source="QEMU 7.2 hw/acpi/ich9.c",
)

vmstate_tco_io_state = VMStateDescription(
    name="ich9_pm/tco",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_STRUCT("tco_regs", 1, vmstate_tco_io_sts),),
    source="QEMU 7.2 hw/acpi/ich9.c",
)

vmstate_cpuhp_state = VMStateDescription(
    name="ich9_pm/cpuhp",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_CPU_HOTPLUG("cpuhp_state"),),
    source="QEMU 7.2 hw/acpi/ich9.c",
)

vmstate_pcihp_state = VMStateDescription(
    name="ich9_pm/pcihp",
    version_id=1,
    minimum_version_id=1,
    fields=(*VMSTATE_PCI_HOTPLUG("acpi_pci_hotplug", None, None),),
    source="QEMU 7.2 hw/acpi/ich9.c",
)

vmstate_ich9_pm = VMStateDescription(
    name="ich9_pm",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("acpi_regs.pm1.evt.sts"),
        VMSTATE_UINT16("acpi_regs.pm1.evt.en"),
        VMSTATE_UINT16("acpi_regs.pm1.cnt.cnt"),
        VMSTATE_TIMER_PTR("acpi_regs.tmr.timer"),
        VMSTATE_INT64("acpi_regs.tmr.overflow_time"),
        VMSTATE_GPE_ARRAY("acpi_regs.gpe.sts"),
        VMSTATE_GPE_ARRAY("acpi_regs.gpe.en"),
        VMSTATE_UINT32("smi_en"),
        VMSTATE_UINT32("smi_sts"),
    ),
    subsections=(
        vmstate_memhp_state,
        vmstate_tco_io_state,
        vmstate_cpuhp_state,
        vmstate_pcihp_state,
    ),
    source="QEMU 7.2 hw/acpi/ich9.c",
)


vmstate_ich9_smbus = VMStateDescription(
    name="ich9_smb",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_BOOL_TEST("irq_enabled", _always),
        VMSTATE_STRUCT_TEST("smb", _always, 1, pmsmb_vmstate),
    ),
    source="QEMU 7.2 hw/i2c/smbus_ich9.c",
)


vmstate_ich9_rst_cnt = VMStateDescription(
    name="ICH9LPC/rst_cnt",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("rst_cnt"),),
    source="QEMU 7.2 hw/isa/lpc_ich9.c",
)

vmstate_ich9_smi_feat = VMStateDescription(
    name="ICH9LPC/smi_feat",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8_ARRAY("smi_guest_features_le", 8),
        VMSTATE_UINT8("smi_features_ok"),
        VMSTATE_UINT64("smi_negotiated_features"),
    ),
    source="QEMU 7.2 hw/isa/lpc_ich9.c",
)

vmstate_ich9_lpc = VMStateDescription(
    name="ICH9LPC",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("d"),
        VMSTATE_STRUCT("apm", 0, vmstate_apm),
        VMSTATE_STRUCT("pm", 0, vmstate_ich9_pm),
        VMSTATE_UINT8_ARRAY("chip_config", 16384),
        VMSTATE_UINT32("sci_level"),
    ),
    subsections=(
        vmstate_ich9_rst_cnt,
        vmstate_ich9_smi_feat,
    ),
    source="QEMU 7.2 hw/isa/lpc_ich9.c",
)


DEVICES = (
    Device(
        section="ICH9LPC",
        description=vmstate_ich9_lpc,
        machine="q35",
        constants={
            **pci_constants("d"),
            "pm.acpi_memory_hotplug.dev_count": 2,
            "pm.cpuhp_state.dev_count": 4,
        },
        extra=frozenset({"ich9_pm/cpuhp", "ICH9LPC/rst_cnt"}),
        limits=(
            pci_limit("d"),
            nonzero(
                "hw/isa/lpc_ich9.c, ich9_rst_cnt_needed: zero is not sent", "<ICH9LPC/rst_cnt>.*"
            ),
        ),
    ),
    Device(
        section="ich9_smb",
        description=vmstate_ich9_smbus,
        machine="q35",
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
)
