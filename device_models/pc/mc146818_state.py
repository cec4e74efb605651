"""The MC146818's state: registers, timers and the time of day, and how they are saved.

It owns what time does to the chip; what the guest does to it, and the interrupts, are
`mc146818`'s.

Source: Motorola MC146818 data sheet; QEMU 7.2 hw/rtc/mc146818rtc.c.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from device_models.clock import NANOSECONDS_PER_SECOND, Timer, VirtualClock
from device_models.pc.mc146818_calendar import (
    Format,
    registers_from_seconds,
    seconds_from_registers,
    seconds_to_alarm,
)
from vmstate import VMStateDescription
from vmstate.macros import (
    VMSTATE_BUFFER,
    VMSTATE_INT64,
    VMSTATE_INT64_V,
    VMSTATE_TIMER_PTR,
    VMSTATE_TIMER_PTR_V,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64_V,
    VMSTATE_UNUSED,
)

A, B, C, D = 0x0A, 0x0B, 0x0C, 0x0D

# Register A.
UIP = 0x80
DIVIDER, DIVIDER_32KHZ = 0x70, 0x20
RATE = 0x0F
# Register B; register C has the flags in the places of their enables.
SET, PIE, AIE, UIE, SQWE, DM, HOURS24 = 0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02
IRQF, PF, AF, UF = 0x80, 0x40, 0x20, 0x10
# Register D.
_VALID_RAM_AND_TIME = 0x80

_CRYSTAL_HZ = 32768
_MASK64 = (1 << 64) - 1
#: 2020-01-01 00:00:00, where QEMU starts under ``-rtc base=2020-01-01T00:00:00,clock=vm``.
START = 1577836800


def _new_ram() -> bytearray:
    ram = bytearray(128)
    ram[A], ram[B], ram[D] = DIVIDER_32KHZ | 6, HOURS24, _VALID_RAM_AND_TIME
    for register, byte in registers_from_seconds(START, Format(binary=False, hours24=True)).items():
        ram[register] = byte
    return ram


def _ticks(time_ns: int) -> int:
    """Return the whole ticks of the crystal until *time_ns*."""
    return time_ns * _CRYSTAL_HZ // NANOSECONDS_PER_SECOND


def _tick_ns(ticks: int) -> int:
    """Return the first nanosecond after tick *ticks*, within 63 bits."""
    return (ticks * NANOSECONDS_PER_SECOND // _CRYSTAL_HZ + 1) & _MASK64 >> 1


@dataclass(slots=True)
class MC146818State:
    """All that the chip remembers; times are virtual nanoseconds.

    Attributes:
        clock: wiring, in no description: where the time is read.
        periodic_timer: the next periodic interrupt.
        update_timer: the next update cycle, or the next one that can change something.
        cmos_data: registers and RAM; the time as of the last access that needed it.
        cmos_index: the address latch.
        next_periodic_time: when the periodic interrupt is due, or was last.
        irq_coalesced: lost ticks, always 0 under QEMU's default policy.
        period: ticks of the crystal between periodic interrupts; 0 for none.
        base_rtc: seconds since 1970 at `last_update`.
        last_update: when the time was set.
        offset: nanoseconds to add.
        next_alarm_time: the update cycle that matches the alarm; all ones for none.
        irq_reinject_on_ack_count: as irq_coalesced.
    """

    clock: VirtualClock = field(repr=False, compare=False)
    periodic_timer: Timer
    update_timer: Timer
    cmos_data: bytearray = field(default_factory=_new_ram)
    cmos_index: int = 0
    next_periodic_time: int = 0
    irq_coalesced: int = 0
    period: int = 0
    base_rtc: int = START
    last_update: int = 0
    offset: int = 0
    next_alarm_time: int = 0
    irq_reinject_on_ack_count: int = 0

    @property
    def layout(self) -> Format:
        """How register B says that time is written."""
        return Format(bool(self.cmos_data[B] & DM), bool(self.cmos_data[B] & HOURS24))

    @property
    def divides(self) -> bool:
        """Whether the divider runs (DV2 to DV0 select a crystal)."""
        return self.cmos_data[A] & DIVIDER <= DIVIDER_32KHZ

    @property
    def running(self) -> bool:
        """Whether there are update cycles."""
        return self.divides and not self.cmos_data[B] & SET

    @property
    def _time_ns(self) -> int:
        elapsed = self.clock.now_ns - self.last_update + self.offset
        return (self.base_rtc * NANOSECONDS_PER_SECOND + elapsed) & _MASK64

    @property
    def phase_ns(self) -> int:
        """How far into the current second the time is."""
        return self._time_ns % NANOSECONDS_PER_SECOND

    @property
    def seconds(self) -> int:
        """The time, since 1970.  64 bits of nanoseconds reach from 1677 to 2262, then wrap."""
        time_ns = self._time_ns
        if time_ns <= _MASK64 >> 1:
            return time_ns // NANOSECONDS_PER_SECOND
        return -(((1 << 64) - time_ns) // NANOSECONDS_PER_SECOND)

    def refresh(self) -> None:
        """Bring the time registers up to date, if the clock runs."""
        if self.running:
            for register, byte in registers_from_seconds(self.seconds, self.layout).items():
                self.cmos_data[register] = byte

    def set_time(self) -> None:
        """Let time go on from what the registers say."""
        self.base_rtc = seconds_from_registers(self.cmos_data, self.layout) & _MASK64
        self.last_update = self.clock.now_ns & _MASK64

    def arm_update(self) -> None:
        """Arm the update timer for the next cycle that can change anything."""
        if not self.running:
            self.update_timer.delete()
            return
        self.refresh()
        ahead = seconds_to_alarm(self.cmos_data, self.seconds, self.layout)
        next_update = self.clock.now_ns + NANOSECONDS_PER_SECOND - self.phase_ns
        if ahead is None:
            self.next_alarm_time = _MASK64
        else:
            self.next_alarm_time = next_update + (ahead - 1) * NANOSECONDS_PER_SECOND & _MASK64
        flags = self.cmos_data[C]
        if self.cmos_data[A] & UIP or not flags & UF:
            # A latched UIP must fall at the end of this very cycle.
            self.update_timer.modify(next_update & _MASK64)
        elif flags & AF or ahead is None:
            self.update_timer.delete()
        else:
            self.update_timer.modify(self.next_alarm_time)

    def current_period(self) -> int:
        """Return the ticks between periodic interrupts that A and B select; 0 for none.

        Source: data sheet, table 5 (rates 1 and 2 repeat 8 and 9 with a 32 kHz crystal).
        """
        rate = self.cmos_data[A] & RATE
        if not self.cmos_data[B] & PIE or rate == 0:
            return 0
        return 1 << (rate - 1 if rate > 2 else rate + 6)

    def next_tick(self) -> None:
        """Arm the periodic timer for the first of its ticks that is still to come."""
        self.period = self.current_period()
        if self.period == 0:
            self.irq_coalesced = 0
            self.periodic_timer.delete()
            return
        last, now = _ticks(self.next_periodic_time), _ticks(self.clock.now_ns)
        passed = max(1, (now - last) // self.period + 1)
        self.next_periodic_time = _tick_ns(last + passed * self.period)
        self.periodic_timer.modify(self.next_periodic_time)

    def change_period(self, old_period: int) -> None:
        """Arm the periodic timer for a new rate; ticks since the last interrupt count."""
        self.period = self.current_period()
        if self.period == 0:
            self.irq_coalesced = 0
            self.periodic_timer.delete()
            return
        now, waited = _ticks(self.clock.now_ns), 0
        if old_period:
            last = _ticks(self.next_periodic_time) - old_period
            waited = min(max(0, now - last), self.period)
        self.next_periodic_time = _tick_ns(now + self.period - waited)
        self.periodic_timer.modify(self.next_periodic_time)


def _pre_save(state: MC146818State) -> None:
    state.refresh()


def _post_load(state: MC146818State, version_id: int) -> None:
    if version_id < 3:
        # Older streams have the time in its registers only.
        state.set_time()
        state.offset = 0
        state.arm_update()
    if version_id < 2:
        state.period = state.current_period()


def _reinjected(state: MC146818State) -> bool:
    return state.irq_reinject_on_ack_count != 0


VMSD = VMStateDescription(
    name="mc146818rtc",
    version_id=3,
    minimum_version_id=1,
    pre_save=_pre_save,
    post_load=_post_load,
    fields=(
        VMSTATE_BUFFER("cmos_data", 128),
        VMSTATE_UINT8("cmos_index"),
        VMSTATE_UNUSED(7 * 4),
        VMSTATE_TIMER_PTR("periodic_timer"),
        VMSTATE_INT64("next_periodic_time"),
        VMSTATE_UNUSED(3 * 8),
        VMSTATE_UINT32_V("irq_coalesced", 2),
        VMSTATE_UINT32_V("period", 2),
        VMSTATE_UINT64_V("base_rtc", 3),
        VMSTATE_UINT64_V("last_update", 3),
        VMSTATE_INT64_V("offset", 3),
        VMSTATE_TIMER_PTR_V("update_timer", 3),
        VMSTATE_UINT64_V("next_alarm_time", 3),
    ),
    subsections=(
        VMStateDescription(
            name="mc146818rtc/irq_reinject_on_ack_count",
            version_id=1,
            minimum_version_id=1,
            needed=_reinjected,
            fields=(VMSTATE_UINT16("irq_reinject_on_ack_count"),),
        ),
    ),
    source="QEMU 7.2 hw/rtc/mc146818rtc.c: vmstate_rtc",
)
