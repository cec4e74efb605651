"""Timers, the real-time clock and watchdogs.

Source: QEMU 7.2 hw/timer/hpet.c, hw/rtc/mc146818rtc.c, hw/timer/i8254_common.c,
hw/watchdog/wdt_i6300esb.c, hw/watchdog/wdt_ib700.c.
"""

from __future__ import annotations

from typing import Any

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, Limit, View, becomes, masked
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_INT64,
    VMSTATE_INT64_V,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_TIMER_PTR,
    VMSTATE_TIMER_PTR_V,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64,
    VMSTATE_UINT64_V,
    VMSTATE_UNUSED,
    VMSTATE_VALIDATE,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE


def _time_stands(drawn: int, before: int) -> int:
    """Return the contents of the CMOS with register B saying SET, and without PIE."""
    bit = 8 * (127 - 0x0B)
    return (drawn | 0x80 << bit) & ~(0x40 << bit)


def _jumps(put: View) -> bool:
    """Whether the clock, which stands, is before the next period or a minute behind it."""
    next_period = put["/next_periodic_time"] % 2**64
    now = put.of("timer")["/cpu_clock_offset"] % 2**64
    return now < next_period or now > (next_period + 60 * 10**9) % 2**64


def _is_in_range(state: Any, version_id: int) -> bool:
    return state.num_timers >= 3


vmstate_hpet_rtc_irq_level = VMStateDescription(
    name="hpet/rtc_irq_level",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("rtc_irq_level"),),
    source="QEMU 7.2 hw/timer/hpet.c",
)

vmstate_hpet_offset = VMStateDescription(
    name="hpet/offset",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("hpet_offset"),),
    source="QEMU 7.2 hw/timer/hpet.c",
)

vmstate_hpet_timer = VMStateDescription(
    name="hpet_timer",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("tn"),
        VMSTATE_UINT64("config"),
        VMSTATE_UINT64("cmp"),
        VMSTATE_UINT64("fsb"),
        VMSTATE_UINT64("period"),
        VMSTATE_UINT8("wrap_flag"),
        VMSTATE_TIMER_PTR("qemu_timer"),
    ),
    source="QEMU 7.2 hw/timer/hpet.c",
)

vmstate_hpet = VMStateDescription(
    name="hpet",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT64("config"),
        VMSTATE_UINT64("isr"),
        VMSTATE_UINT64("hpet_counter"),
        VMSTATE_UINT8_V("num_timers", 2),
        VMSTATE_VALIDATE("num_timers in range", _is_in_range),
        VMSTATE_STRUCT_VARRAY_UINT8("timer", "num_timers", 0, vmstate_hpet_timer),
    ),
    subsections=(
        vmstate_hpet_rtc_irq_level,
        vmstate_hpet_offset,
    ),
    source="QEMU 7.2 hw/timer/hpet.c",
)


vmstate_rtc_irq_reinject_on_ack_count = VMStateDescription(
    name="mc146818rtc/irq_reinject_on_ack_count",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT16("irq_reinject_on_ack_count"),),
    source="QEMU 7.2 hw/rtc/mc146818rtc.c",
)

vmstate_rtc = VMStateDescription(
    name="mc146818rtc",
    version_id=3,
    minimum_version_id=1,
    fields=(
        VMSTATE_BUFFER("cmos_data", 128),
        VMSTATE_UINT8("cmos_index"),
        VMSTATE_UNUSED(28),
        VMSTATE_TIMER_PTR("periodic_timer"),
        VMSTATE_INT64("next_periodic_time"),
        VMSTATE_UNUSED(24),
        VMSTATE_UINT32_V("irq_coalesced", 2),
        VMSTATE_UINT32_V("period", 2),
        VMSTATE_UINT64_V("base_rtc", 3),
        VMSTATE_UINT64_V("last_update", 3),
        VMSTATE_INT64_V("offset", 3),
        VMSTATE_TIMER_PTR_V("update_timer", 3),
        VMSTATE_UINT64_V("next_alarm_time", 3),
    ),
    subsections=(vmstate_rtc_irq_reinject_on_ack_count,),
    source="QEMU 7.2 hw/rtc/mc146818rtc.c",
)


vmstate_pit_channel = VMStateDescription(
    name="pit channel",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_INT32("count"),
        VMSTATE_UINT16("latched_count"),
        VMSTATE_UINT8("count_latched"),
        VMSTATE_UINT8("status_latched"),
        VMSTATE_UINT8("status"),
        VMSTATE_UINT8("read_state"),
        VMSTATE_UINT8("write_state"),
        VMSTATE_UINT8("write_latch"),
        VMSTATE_UINT8("rw_mode"),
        VMSTATE_UINT8("mode"),
        VMSTATE_UINT8("bcd"),
        VMSTATE_UINT8("gate"),
        VMSTATE_INT64("count_load_time"),
        VMSTATE_INT64("next_transition_time"),
    ),
    source="QEMU 7.2 hw/timer/i8254_common.c",
)

vmstate_pit_common = VMStateDescription(
    name="i8254",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT32_V("channels[0].irq_disabled", 3),
        VMSTATE_STRUCT_ARRAY("channels", 3, 2, vmstate_pit_channel),
        VMSTATE_INT64("channels[0].next_transition_time"),
    ),
    source="QEMU 7.2 hw/timer/i8254_common.c",
)


vmstate_i6300esb = VMStateDescription(
    name="i6300esb_wdt",
    version_id=10000,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_INT32("reboot_enabled"),
        VMSTATE_INT32("clock_scale"),
        VMSTATE_INT32("int_type"),
        VMSTATE_INT32("free_run"),
        VMSTATE_INT32("locked"),
        VMSTATE_INT32("enabled"),
        VMSTATE_TIMER_PTR("timer"),
        VMSTATE_UINT32("timer1_preload"),
        VMSTATE_UINT32("timer2_preload"),
        VMSTATE_INT32("stage"),
        VMSTATE_INT32("unlock_state"),
        VMSTATE_INT32("previous_reboot_flag"),
    ),
    source="QEMU 7.2 hw/watchdog/wdt_i6300esb.c",
)


vmstate_ib700 = VMStateDescription(
    name="ib700_wdt",
    fields=(VMSTATE_TIMER_PTR("timer"),),
    source="QEMU 7.2 hw/watchdog/wdt_ib700.c",
)


DEVICES = (
    Device(
        section="hpet",
        description=vmstate_hpet,
        constants={"num_timers": 3},
        limits=(
            masked(
                ~1,
                "hw/timer/hpet.c, hpet_pre_save: while it runs, the counter is that of the moment",
                "config",
            ),
        ),
    ),
    Device(
        section="mc146818rtc",
        description=vmstate_rtc,
        limits=(
            Limit(
                (
                    "hw/rtc/mc146818rtc.c, rtc_pre_save: unless register B says SET, the time of "
                    "day is brought up to date; with PIE, the periodic timer begins anew"
                ),
                ("cmos_data",),
                _time_stands,
            ),
        ),
        rules=(
            becomes(
                lambda put: 0,
                (
                    "hw/rtc/mc146818rtc.c, rtc_post_load: the period follows from registers A and "
                    "B, here without PIE"
                ),
                "period",
            ),
            becomes(
                lambda put: -1 if _jumps(put) else put.value,
                (
                    "hw/rtc/mc146818rtc.c, rtc_post_load: after a jump of the clock the periodic "
                    "timer is set anew, here to none"
                ),
                "periodic_timer",
            ),
            becomes(
                lambda put: 0 if _jumps(put) else put.value,
                "hw/rtc/mc146818rtc.c, periodic_timer_update: without a period nothing coalesces",
                "irq_coalesced",
            ),
        ),
    ),
    Device(
        section="i8254",
        description=vmstate_pit_common,
    ),
    Device(
        section="i6300esb_wdt",
        description=vmstate_i6300esb,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
    Device(
        section="ib700_wdt",
        description=vmstate_ib700,
    ),
)
