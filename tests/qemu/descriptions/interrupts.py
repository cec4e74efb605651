"""Interrupt controllers.

Source: QEMU 7.2 hw/intc/apic_common.c, hw/intc/ioapic_common.c, hw/intc/i8259_common.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_INT64,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64_ARRAY,
    VMSTATE_UNUSED_V,
)

vmstate_apic_common_sipi = VMStateDescription(
    name="apic_sipi",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT32("sipi_vector"),
        VMSTATE_INT32("wait_for_sipi"),
    ),
    source="QEMU 7.2 hw/intc/apic_common.c",
)

vmstate_apic_common = VMStateDescription(
    name="apic",
    version_id=3,
    minimum_version_id=3,
    fields=(
        VMSTATE_UINT32("apicbase"),
        VMSTATE_UINT8("id"),
        VMSTATE_UINT8("arb_id"),
        VMSTATE_UINT8("tpr"),
        VMSTATE_UINT32("spurious_vec"),
        VMSTATE_UINT8("log_dest"),
        VMSTATE_UINT8("dest_mode"),
        VMSTATE_UINT32_ARRAY("isr", 8),
        VMSTATE_UINT32_ARRAY("tmr", 8),
        VMSTATE_UINT32_ARRAY("irr", 8),
        VMSTATE_UINT32_ARRAY("lvt", 6),
        VMSTATE_UINT32("esr"),
        VMSTATE_UINT32_ARRAY("icr", 2),
        VMSTATE_UINT32("divide_conf"),
        VMSTATE_INT32("count_shift"),
        VMSTATE_UINT32("initial_count"),
        VMSTATE_INT64("initial_count_load_time"),
        VMSTATE_INT64("next_time"),
        VMSTATE_INT64("timer_expiry"),
    ),
    subsections=(vmstate_apic_common_sipi,),
    source="QEMU 7.2 hw/intc/apic_common.c",
)


vmstate_ioapic_common = VMStateDescription(
    name="ioapic",
    version_id=3,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("id"),
        VMSTATE_UINT8("ioregsel"),
        VMSTATE_UNUSED_V(2, 8),
        VMSTATE_UINT32_V("irr", 2),
        VMSTATE_UINT64_ARRAY("ioredtbl", 24),
    ),
    source="QEMU 7.2 hw/intc/ioapic_common.c",
)


vmstate_pic_common = VMStateDescription(
    name="i8259",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("last_irr"),
        VMSTATE_UINT8("irr"),
        VMSTATE_UINT8("imr"),
        VMSTATE_UINT8("isr"),
        VMSTATE_UINT8("priority_add"),
        VMSTATE_UINT8("irq_base"),
        VMSTATE_UINT8("read_reg_select"),
        VMSTATE_UINT8("poll"),
        VMSTATE_UINT8("special_mask"),
        VMSTATE_UINT8("init_state"),
        VMSTATE_UINT8("auto_eoi"),
        VMSTATE_UINT8("rotate_on_auto_eoi"),
        VMSTATE_UINT8("special_fully_nested_mode"),
        VMSTATE_UINT8("init4"),
        VMSTATE_UINT8("single_mode"),
        VMSTATE_UINT8("elcr"),
    ),
    source="QEMU 7.2 hw/intc/i8259_common.c",
)


DEVICES = (
    Device(
        section="i8259",
        description=vmstate_pic_common,
    ),
    Device(
        section="i8259",
        description=vmstate_pic_common,
        instance_id=1,
    ),
    Device(
        section="ioapic",
        description=vmstate_ioapic_common,
    ),
    Device(
        section="apic",
        description=vmstate_apic_common,
    ),
)
