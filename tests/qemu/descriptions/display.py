"""Graphics cards.

Source: QEMU 7.2 hw/display/vga.c, hw/display/vga-pci.c, hw/display/cirrus_vga.c,
hw/display/vmware_vga.c, hw/display/bochs-display.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import EXPRESS_CONFIG_SIZE, pci_constants, pci_limit
from tests.support.real_devices import Device, kept
from vmstate.description import VMStateDescription
from vmstate.info import UINT32
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_BUFFER_START_MIDDLE,
    VMSTATE_INT32,
    VMSTATE_INT32_EQUAL,
    VMSTATE_PARTIAL_BUFFER,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT8_EQUAL,
    VMSTATE_UINT16,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
    VMSTATE_VARRAY_INT32,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

vmstate_vga_endian = VMStateDescription(
    name="vga.endian",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_BOOL("big_endian_fb"),),
    source="QEMU 7.2 hw/display/vga.c",
)

vmstate_vga_common = VMStateDescription(
    name="vga",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT32("latch"),
        VMSTATE_UINT8("sr_index"),
        VMSTATE_PARTIAL_BUFFER("sr", 8),
        VMSTATE_UINT8("gr_index"),
        VMSTATE_PARTIAL_BUFFER("gr", 16),
        VMSTATE_UINT8("ar_index"),
        VMSTATE_BUFFER("ar", 21),
        VMSTATE_INT32("ar_flip_flop"),
        VMSTATE_UINT8("cr_index"),
        VMSTATE_BUFFER("cr", 256),
        VMSTATE_UINT8("msr"),
        VMSTATE_UINT8("fcr"),
        VMSTATE_UINT8("st00"),
        VMSTATE_UINT8("st01"),
        VMSTATE_UINT8("dac_state"),
        VMSTATE_UINT8("dac_sub_index"),
        VMSTATE_UINT8("dac_read_index"),
        VMSTATE_UINT8("dac_write_index"),
        VMSTATE_BUFFER("dac_cache", 3),
        VMSTATE_BUFFER("palette", 768),
        VMSTATE_INT32("bank_offset"),
        VMSTATE_UINT8_EQUAL("is_vbe_vmstate"),
        VMSTATE_UINT16("vbe_index"),
        VMSTATE_UINT16_ARRAY("vbe_regs", 10),
        VMSTATE_UINT32("vbe_start_addr"),
        VMSTATE_UINT32("vbe_line_offset"),
        VMSTATE_UINT32("vbe_bank_mask"),
    ),
    subsections=(vmstate_vga_endian,),
    source="QEMU 7.2 hw/display/vga.c",
)


vmstate_vga_pci = VMStateDescription(
    name="vga",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_STRUCT("vga", 0, vmstate_vga_common),
    ),
    source="QEMU 7.2 hw/display/vga-pci.c",
)


vmstate_cirrus_vga = VMStateDescription(
    name="cirrus_vga",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("vga.latch"),
        VMSTATE_UINT8("vga.sr_index"),
        VMSTATE_BUFFER("vga.sr", 256),
        VMSTATE_UINT8("vga.gr_index"),
        VMSTATE_UINT8("cirrus_shadow_gr0"),
        VMSTATE_UINT8("cirrus_shadow_gr1"),
        VMSTATE_BUFFER_START_MIDDLE("vga.gr", 2, 256),
        VMSTATE_UINT8("vga.ar_index"),
        VMSTATE_BUFFER("vga.ar", 21),
        VMSTATE_INT32("vga.ar_flip_flop"),
        VMSTATE_UINT8("vga.cr_index"),
        VMSTATE_BUFFER("vga.cr", 256),
        VMSTATE_UINT8("vga.msr"),
        VMSTATE_UINT8("vga.fcr"),
        VMSTATE_UINT8("vga.st00"),
        VMSTATE_UINT8("vga.st01"),
        VMSTATE_UINT8("vga.dac_state"),
        VMSTATE_UINT8("vga.dac_sub_index"),
        VMSTATE_UINT8("vga.dac_read_index"),
        VMSTATE_UINT8("vga.dac_write_index"),
        VMSTATE_BUFFER("vga.dac_cache", 3),
        VMSTATE_BUFFER("vga.palette", 768),
        VMSTATE_INT32("vga.bank_offset"),
        VMSTATE_UINT8("cirrus_hidden_dac_lockindex"),
        VMSTATE_UINT8("cirrus_hidden_dac_data"),
        VMSTATE_UINT32("vga.hw_cursor_x"),
        VMSTATE_UINT32("vga.hw_cursor_y"),
    ),
    source="QEMU 7.2 hw/display/cirrus_vga.c",
)

vmstate_pci_cirrus_vga = VMStateDescription(
    name="cirrus_vga",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_STRUCT("cirrus_vga", 0, vmstate_cirrus_vga),
    ),
    source="QEMU 7.2 hw/display/cirrus_vga.c",
)


vmstate_vmware_vga_internal = VMStateDescription(
    name="vmware_vga_internal",
    fields=(
        VMSTATE_INT32_EQUAL("new_depth"),
        VMSTATE_INT32("enable"),
        VMSTATE_INT32("config"),
        VMSTATE_INT32("cursor.id"),
        VMSTATE_INT32("cursor.x"),
        VMSTATE_INT32("cursor.y"),
        VMSTATE_INT32("cursor.on"),
        VMSTATE_INT32("index"),
        VMSTATE_VARRAY_INT32("scratch", "scratch_size", 0, UINT32),
        VMSTATE_INT32("new_width"),
        VMSTATE_INT32("new_height"),
        VMSTATE_UINT32("guest"),
        VMSTATE_UINT32("svgaid"),
        VMSTATE_INT32("syncing"),
        VMSTATE_UNUSED(4),
    ),
    source="QEMU 7.2 hw/display/vmware_vga.c",
)

vmstate_vmware_vga = VMStateDescription(
    name="vmware_vga",
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_STRUCT("chip", 0, vmstate_vmware_vga_internal),
    ),
    source="QEMU 7.2 hw/display/vmware_vga.c",
)


vmstate_bochs_display = VMStateDescription(
    name="bochs-display",
    fields=(
        VMSTATE_PCI_DEVICE("pci"),
        VMSTATE_UINT16_ARRAY("vbe_regs", 10),
        VMSTATE_BOOL("big_endian_fb"),
    ),
    source="QEMU 7.2 hw/display/bochs-display.c",
)


DEVICES = (
    Device(
        section="cirrus_vga",
        description=vmstate_pci_cirrus_vga,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
    Device(
        section="vga",
        description=vmstate_vga_pci,
        machine="q35",
        constants={**pci_constants("dev"), "vga.is_vbe_vmstate": 1},
        limits=(
            pci_limit("dev"),
            kept(
                (
                    "hw/display/vga.c, vbe_update_vgaregs: while VBE is on, it sets the registers "
                    "of VGA"
                ),
                "vga.vbe_regs[]",
            ),
        ),
    ),
    Device(
        section="vmware_vga",
        description=vmstate_vmware_vga,
        constants={
            **pci_constants("parent_obj"),
            "chip.new_depth": 32,
            "chip.scratch_size": 0x8000,
        },
        limits=(pci_limit("parent_obj"),),
    ),
    Device(
        section="bochs-display",
        description=vmstate_bochs_display,
        machine="q35",
        constants=pci_constants("pci", EXPRESS_CONFIG_SIZE),
        limits=(pci_limit("pci", EXPRESS_CONFIG_SIZE),),
    ),
)
