"""The MC146818 real-time clock: time of day, alarm, periodic interrupt and 128 bytes of RAM.

The chip of a PC at ports 0x70 and 0x71, on the virtual clock.  It owns registers, timers
and interrupts; what time does to the chip is `mc146818_state`'s, how it is written into
bytes `mc146818_calendar`'s.

Where it is not QEMU's chip, on purpose:

* QEMU writes the running time into the registers before it saves even while the divider
  is held, and so loses what a guest wrote there; here a stopped clock stands still.
* QEMU moves the phase of the periodic interrupt when it loads; here it is kept.
* QEMU misreads PM hours in BCD when it looks for the next alarm, and takes impossible
  alarm bytes for other times; here an alarm comes when the bytes match, or never.
* QEMU sets UF under SET; here no update cycle, no flag.  Divider codes 3 to 5 (test
  modes) hold the divider; QEMU stops some parts of the clock and not others.
* The RESET pin clears UIE too, as the data sheet says.

PF rises only while PIE is set, as in QEMU: its section has no place for the divider's
phase otherwise.  Where a tick would change nothing, because PF and IRQF are set already,
the periodic timer rests until register C is read or A or B written; the ticks are then
counted from where it stopped.  So a second of virtual time costs a few calls at any rate.

Source: Motorola MC146818 data sheet; QEMU 7.2 hw/rtc/mc146818rtc.c.
"""

from __future__ import annotations

from typing import ClassVar

from device_models.clock import NANOSECONDS_PER_SECOND, Timer, VirtualClock
from device_models.device import Ports
from device_models.lines import Line
from device_models.pc.mc146818_calendar import ALARM_REGISTERS, CENTURY, TIME_REGISTERS
from device_models.pc.mc146818_state import (
    AF,
    AIE,
    DIVIDER,
    DIVIDER_32KHZ,
    IRQF,
    PF,
    PIE,
    RATE,
    SET,
    SQWE,
    UF,
    UIE,
    UIP,
    VMSD,
    A,
    B,
    C,
    D,
    MC146818State,
)
from vmstate import VMStateDescription

#: Where the IBM PS/2 has the century; the address latch moves on to `CENTURY`, as QEMU's.
_CENTURY_PS2 = 0x37
#: Why the PC was reset; the board clears it at a reset, unless the guest is suspended.
_SHUTDOWN_STATUS, _SUSPENDED = 0x0F, 0xFE
_FLAGS = PF | AF | UF
#: UIP rises so long before an update: 244 us, eight ticks of the crystal.
UIP_HOLD_NS = 8 * NANOSECONDS_PER_SECOND // 32768
_MASK64 = (1 << 64) - 1


class MC146818:
    """The real-time clock of a PC.

    Args:
        clock: the time that drives it.
        irq: its interrupt, ISA line 8.
    """

    type: ClassVar[str] = "mc146818rtc"
    vmsd: ClassVar[VMStateDescription] = VMSD

    def __init__(self, clock: VirtualClock, irq: Line) -> None:
        self._irq = irq
        self._clock = clock
        self._periodic_timer = Timer(clock, self._tick)
        self._update_timer = Timer(clock, self._update_ended)
        self.state = MC146818State(clock, self._periodic_timer, self._update_timer)
        self.state.last_update = clock.now_ns & _MASK64
        self.state.arm_update()
        self.ports = (
            Ports("rtc-index", 0x70, 1, self.read, self.write),
            Ports("rtc", 0x71, 1, self.read, self.write, offset=1),
        )

    @property
    def irq_level(self) -> int:
        """The level of the interrupt that the state stands for."""
        return self.state.cmos_data[C] >> 7

    def reset(self) -> None:
        """Take the RESET pin low: interrupts off, flags clear; the battery keeps the rest.

        Source: data sheet, "RESET": PIE, AIE, UIE, SQWE, IRQF, PF, AF, UF.  The board's part,
        the shutdown status byte, is QEMU's (rtc_reset_enter).
        """
        old = self.state
        ram = bytearray(old.cmos_data)
        ram[B] &= ~(PIE | AIE | UIE | SQWE)
        ram[C] = 0
        if ram[_SHUTDOWN_STATUS] != _SUSPENDED:
            ram[_SHUTDOWN_STATUS] = 0
        self._periodic_timer.delete()
        self._update_timer.delete()
        self.state = MC146818State(
            self._clock,
            self._periodic_timer,
            self._update_timer,
            cmos_data=ram,
            cmos_index=old.cmos_index,
            base_rtc=old.base_rtc,
            last_update=old.last_update,
            offset=old.offset,
        )
        self.state.arm_update()
        self._irq.drive(0)

    def read(self, offset: int) -> int:
        """Read a port: 0 is the address latch, which can't be read, 1 the addressed byte."""
        if offset == 0:
            return 0xFF
        state = self.state
        if state.cmos_index == _CENTURY_PS2:
            state.cmos_index = CENTURY
        if state.cmos_index in TIME_REGISTERS:
            state.refresh()
        elif state.cmos_index == A:
            return state.cmos_data[A] | self._update_in_progress()
        elif state.cmos_index == C:
            return self._acknowledge()
        # The latch has seven bits, whatever was loaded into it.
        return state.cmos_data[state.cmos_index % len(state.cmos_data)]

    def write(self, offset: int, value: int) -> None:
        """Write a port: 0 is the address latch, 1 the addressed byte."""
        state = self.state
        if offset == 0:
            state.cmos_index = value & 0x7F
            return
        if state.cmos_index == _CENTURY_PS2:
            state.cmos_index = CENTURY
        register = state.cmos_index
        if register == A:
            self._write_a(value)
        elif register == B:
            self._write_b(value)
        elif register in TIME_REGISTERS:
            # The other registers must be as old as this one when the time is taken from them.
            state.refresh()
            state.cmos_data[register] = value
            if state.running:
                state.set_time()
                state.arm_update()
        elif register not in (C, D):
            state.cmos_data[register % len(state.cmos_data)] = value
            if register in ALARM_REGISTERS:
                state.arm_update()

    def _update_in_progress(self) -> int:
        """Return UIP; once seen, it stays until the update cycle has ended."""
        state = self.state
        if not state.running:
            return 0
        due = state.update_timer.expire_ns
        if due is not None and self._clock.now_ns >= due - UIP_HOLD_NS:
            state.cmos_data[A] |= UIP
            return UIP
        return UIP if state.phase_ns >= NANOSECONDS_PER_SECOND - UIP_HOLD_NS else 0

    def _acknowledge(self) -> int:
        """Return register C and clear it: all flags have been seen."""
        state = self.state
        flags = state.cmos_data[C]
        state.cmos_data[C] = 0
        self._irq.drive(0)
        if flags & (UF | AF):
            state.arm_update()
        self._wake()
        return flags

    def _wake(self) -> None:
        """Arm the periodic timer again if it rests."""
        if self.state.current_period() and self.state.periodic_timer.expire_ns is None:
            self.state.next_tick()

    def _write_a(self, value: int) -> None:
        state = self.state
        self._wake()
        old, old_period = state.cmos_data[A], state.current_period()
        stopped = not state.divides
        if value & DIVIDER > DIVIDER_32KHZ:
            state.refresh()
            old &= ~UIP
        state.cmos_data[A] = value & ~UIP | old & UIP
        if stopped and state.divides:
            # The first update cycle comes half a second after the divider is let go.
            state.cmos_data[A] &= ~UIP
            if not state.cmos_data[B] & SET:
                state.offset = NANOSECONDS_PER_SECOND // 2
                state.set_time()
        if (old ^ value) & RATE:
            state.change_period(old_period)
        state.arm_update()

    def _write_b(self, value: int) -> None:
        state = self.state
        self._wake()
        old, old_period = state.cmos_data[B], state.current_period()
        if value & SET:
            state.refresh()
            state.cmos_data[A] &= ~UIP
            value &= ~UIE
        elif old & SET and state.divides:
            state.offset = state.phase_ns
            state.set_time()
        pending = value & state.cmos_data[C] & _FLAGS
        state.cmos_data[C] = state.cmos_data[C] & ~IRQF | (IRQF if pending else 0)
        self._irq.drive(1 if pending else 0)
        state.cmos_data[B] = value
        if (old ^ value) & PIE:
            state.change_period(old_period)
        state.arm_update()

    def _tick(self) -> None:
        """The periodic interrupt is due."""
        state = self.state
        if state.cmos_data[C] & (PF | IRQF) == PF | IRQF:
            return
        state.next_tick()
        if state.period:
            state.cmos_data[C] |= PF | IRQF
            self._irq.drive(1)

    def _update_ended(self) -> None:
        """An update cycle has ended."""
        state = self.state
        if not state.running:
            return
        state.refresh()
        state.cmos_data[A] &= ~UIP
        flags = UF | (AF if self._clock.now_ns >= state.next_alarm_time else 0)
        new = flags & ~state.cmos_data[C]
        state.cmos_data[C] |= flags
        if new & state.cmos_data[B]:
            state.cmos_data[C] |= IRQF
            self._irq.drive(1)
        state.arm_update()
