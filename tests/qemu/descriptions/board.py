"""Small parts of a PC: clock of the CPUs, firmware tables, buses, ports, EEPROMs.

Source: QEMU 7.2 softmmu/cpu-timers.c, hw/i386/kvmvapic.c, hw/nvram/fw_cfg.c, hw/pci/pci_host.c,
hw/pci/pci.c, hw/i386/port92.c, hw/i386/vmmouse.c, hw/misc/vmcoreinfo.c, hw/audio/pcspk.c,
hw/i386/acpi-build.c, hw/nvram/eeprom93xx.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device, kept, masked, with_bits
from vmstate.description import VMStateDescription
from vmstate.info import INT32, UINT16
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT32_EQUAL,
    VMSTATE_INT64,
    VMSTATE_INT64_V,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT16_EQUAL_V,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64,
    VMSTATE_UNUSED,
    VMSTATE_UNUSED_TEST,
    VMSTATE_VARRAY_INT32,
    VMSTATE_VARRAY_UINT16_UNSAFE,
)
from vmstate.macros.devices.nvram import VMSTATE_UINT16_HACK, VMSTATE_UINT16_HACK_TEST


def _is_version_1(state: object, version_id: int) -> bool:
    return version_id == 1


def _is_old(state: object, version_id: int) -> bool:
    return version_id == 20061112


vmstate_timers = VMStateDescription(
    name="timer",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT64("cpu_ticks_offset"),
        VMSTATE_UNUSED(8),
        VMSTATE_INT64_V("cpu_clock_offset", 2),
    ),
    source="QEMU 7.2 softmmu/cpu-timers.c",
)


vmstate_handlers = VMStateDescription(
    name="kvmvapic-handlers",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("set_tpr"),
        VMSTATE_UINT32("set_tpr_eax"),
        VMSTATE_UINT32_ARRAY("get_tpr", 8),
        VMSTATE_UINT32("get_tpr_stack"),
    ),
    source="QEMU 7.2 hw/i386/kvmvapic.c",
)

vmstate_guest_rom = VMStateDescription(
    name="kvmvapic-guest-rom",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UNUSED(8),
        VMSTATE_UINT32("vaddr"),
        VMSTATE_UINT32("fixup_start"),
        VMSTATE_UINT32("fixup_end"),
        VMSTATE_UINT32("vapic_vaddr"),
        VMSTATE_UINT32("vapic_size"),
        VMSTATE_UINT32("vcpu_shift"),
        VMSTATE_UINT32("real_tpr_addr"),
        VMSTATE_STRUCT("up", 0, vmstate_handlers),
        VMSTATE_STRUCT("mp", 0, vmstate_handlers),
    ),
    source="QEMU 7.2 hw/i386/kvmvapic.c",
)

vmstate_vapic = VMStateDescription(
    name="kvm-tpr-opt",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_STRUCT("rom_state", 0, vmstate_guest_rom),
        VMSTATE_UINT32("state"),
        VMSTATE_UINT32("real_tpr_addr"),
        VMSTATE_UINT32("rom_state_vaddr"),
        VMSTATE_UINT32("vapic_paddr"),
        VMSTATE_UINT32("rom_state_paddr"),
    ),
    source="QEMU 7.2 hw/i386/kvmvapic.c",
)


vmstate_fw_cfg_dma = VMStateDescription(
    name="fw_cfg/dma",
    fields=(VMSTATE_UINT64("dma_addr"),),
    source="QEMU 7.2 hw/nvram/fw_cfg.c",
)

vmstate_fw_cfg_acpi_mr = VMStateDescription(
    name="fw_cfg/acpi_mr",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT64("table_mr_size"),
        VMSTATE_UINT64("linker_mr_size"),
        VMSTATE_UINT64("rsdp_mr_size"),
    ),
    source="QEMU 7.2 hw/nvram/fw_cfg.c",
)

vmstate_fw_cfg = VMStateDescription(
    name="fw_cfg",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("cur_entry"),
        VMSTATE_UINT16_HACK("cur_offset", _is_version_1),
        VMSTATE_UINT32_V("cur_offset", 2),
    ),
    subsections=(
        vmstate_fw_cfg_dma,
        vmstate_fw_cfg_acpi_mr,
    ),
    source="QEMU 7.2 hw/nvram/fw_cfg.c",
)


vmstate_pcihost = VMStateDescription(
    name="PCIHost",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT32("config_reg"),),
    source="QEMU 7.2 hw/pci/pci_host.c",
)


vmstate_pcibus = VMStateDescription(
    name="PCIBUS",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32_EQUAL("nirq"),
        VMSTATE_VARRAY_INT32("irq_count", "nirq", 0, INT32),
    ),
    source="QEMU 7.2 hw/pci/pci.c",
)


vmstate_port92_isa = VMStateDescription(
    name="port92",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("outport"),),
    source="QEMU 7.2 hw/i386/port92.c",
)


vmstate_vmmouse = VMStateDescription(
    name="vmmouse",
    fields=(
        VMSTATE_INT32_EQUAL("queue_size"),
        VMSTATE_UINT32_ARRAY("queue", 1024),
        VMSTATE_UINT16("nb_queue"),
        VMSTATE_UINT16("status"),
        VMSTATE_UINT8("absolute"),
    ),
    source="QEMU 7.2 hw/i386/vmmouse.c",
)


vmstate_vmcoreinfo = VMStateDescription(
    name="vmcoreinfo",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_BOOL("has_vmcoreinfo"),
        VMSTATE_UINT16("vmcoreinfo.host_format"),
        VMSTATE_UINT16("vmcoreinfo.guest_format"),
        VMSTATE_UINT32("vmcoreinfo.size"),
        VMSTATE_UINT64("vmcoreinfo.paddr"),
    ),
    source="QEMU 7.2 hw/misc/vmcoreinfo.c",
)


vmstate_spk = VMStateDescription(
    name="pcspk",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("data_on"),
        VMSTATE_UINT8("dummy_refresh_clock"),
    ),
    source="QEMU 7.2 hw/audio/pcspk.c",
)


vmstate_acpi_build = VMStateDescription(
    name="acpi_build",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("patched"),),
    source="QEMU 7.2 hw/i386/acpi-build.c",
)


vmstate_eeprom = VMStateDescription(
    name="eeprom",
    version_id=20061113,
    minimum_version_id=20061112,
    fields=(
        VMSTATE_UINT8("tick"),
        VMSTATE_UINT8("address"),
        VMSTATE_UINT8("command"),
        VMSTATE_UINT8("writable"),
        VMSTATE_UINT8("eecs"),
        VMSTATE_UINT8("eesk"),
        VMSTATE_UINT8("eedo"),
        VMSTATE_UINT8("addrbits"),
        VMSTATE_UINT16_HACK_TEST("size", _is_old),
        VMSTATE_UNUSED_TEST(_is_old, 1),
        VMSTATE_UINT16_EQUAL_V("size", 20061113),
        VMSTATE_UINT16("data"),
        VMSTATE_VARRAY_UINT16_UNSAFE("contents", "size", 0, UINT16),
    ),
    source="QEMU 7.2 hw/nvram/eeprom93xx.c",
)


DEVICES = (
    Device(
        section="timer",
        description=vmstate_timers,
        limits=(
            masked(
                0xFFFFFFFFFF,
                "the virtual clock begins there: a time that no clock reaches fires timers",
                "cpu_clock_offset",
            ),
            with_bits(
                1 << 39,
                "at an early time no device had to make up for time that passed",
                "cpu_clock_offset",
            ),
        ),
    ),
    Device(
        section="kvm-tpr-opt",
        description=vmstate_vapic,
        limits=(
            kept(
                (
                    "hw/i386/kvmvapic.c, vapic_post_load: an active one looks for its ROM in guest "
                    "memory"
                ),
                "state",
                "rom_state_paddr",
            ),
        ),
    ),
    Device(
        section="fw_cfg",
        description=vmstate_fw_cfg,
        limits=(
            kept(
                (
                    "hw/nvram/fw_cfg.c, fw_cfg_acpi_mr_restore_post_load: they are the sizes of "
                    "the tables in guest memory"
                ),
                "<fw_cfg/acpi_mr>.*",
            ),
        ),
    ),
    Device(
        section="PCIHost",
        description=vmstate_pcihost,
    ),
    Device(
        section="PCIBUS",
        description=vmstate_pcibus,
        constants={"nirq": 4},
    ),
    Device(
        section="pcspk",
        description=vmstate_spk,
    ),
    Device(
        section="vmmouse",
        description=vmstate_vmmouse,
        constants={"queue_size": 1024},
    ),
    Device(
        section="port92",
        description=vmstate_port92_isa,
    ),
    Device(
        section="vmcoreinfo",
        description=vmstate_vmcoreinfo,
    ),
    Device(
        section="acpi_build",
        description=vmstate_acpi_build,
    ),
    Device(
        section="eeprom",
        description=vmstate_eeprom,
        at="04.0",
        constants={"size": 64},
    ),
)
