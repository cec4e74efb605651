"""Intel 8254, the programmable interval timer of the PC.

Owns the three counters, their control words and the line of OUT 0.  It must not know what
OUT 0 is connected to, nor that there is a speaker.

Counting is arithmetic: nothing runs while a counter counts; what a counter holds follows
from when it was loaded and what time it is.  Only counter 0 has a timer, since only its OUT
goes anywhere.

Where QEMU's device differs from the data sheet, this one is QEMU's, so that their states
mean the same: a counter counts in binary whatever its BCD bit says; a control word leaves
the count that is running; modes 1 and 5 start when the count is loaded, for no gate ever
moves here; modes 6 and 7 are not folded into 2 and 3; OUT is inverted in modes 1, 2, 4 and 5
(mode 2 is high for one clock where it should be low, and rises at the right moment).
Where QEMU lets OUT 0 lag (a control word moves it only at the next transition), this one
moves the line at once: a line whose level followed from anything but the state would have
to be in the state.

A fast square wave is thinned out.  OUT 0 in mode 2 or 3 with a count below ``FAST_COUNT``
would move many thousand times in each millisecond; its line carries a pulse (low, high) at
the end of the first period and of every so many more, at least ``FAST_COUNT`` clocks apart,
and rests at high between them.  Which periods these are follows from the count and the time
of loading alone, so time may pass in any number of steps.

Source: Intel 82C54 data sheet (231244), "Programming the 82C54", "Mode Definitions";
QEMU 7.2 hw/timer/i8254.c and i8254_common.c.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import ClassVar

from device_models.clock import NANOSECONDS_PER_SECOND, Timer, VirtualClock
from device_models.device import Ports
from device_models.lines import Line
from vmstate import VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_INT64,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32_V,
)

#: Clock input of all three counters, in Hz.  Source: QEMU 7.2 include/hw/timer/i8254.h.
PIT_FREQ = 1_193_182
#: Below this count (about a millisecond) the line of OUT 0 carries only some of the periods.
FAST_COUNT = 1_193
#: What a count of 0 stands for.  Source: 82C54 data sheet, "Counter Latch", initial count table.
MAXIMUM_COUNT = 0x10000

_NEVER = -1
_CONTROL = 3
_READ_BACK = 3


class Access(enum.IntEnum):
    """Which byte of a counter an access moves: the RW bits of the control word."""

    NONE = 0
    LSB = 1
    MSB = 2
    #: Both bytes, and the next is the low one.
    WORD_LOW = 3
    #: Both bytes, and the next is the high one (in no control word).
    WORD_HIGH = 4


@dataclass(slots=True)
class ChannelState:
    """One counter.

    Attributes:
        irq_disabled: counter 0 only: OUT is cut off from its line and does not move it.
        count: initial count, 1 to 0x10000.
        latched_count: what a counter latch command caught.
        count_latched: which bytes of it are still to be read, an :class:`Access`.
        status_latched: 1 while *status* waits to be read.
        status: what a read-back command caught.
        read_state: which byte the next read gives.
        write_state: which byte the next write takes.
        write_latch: the low byte, while the high one is awaited.
        rw_mode: RW bits of the last control word; 0 until there was one.
        mode: its mode bits, 0 to 7.
        bcd: its BCD bit.
        gate: level of GATE.
        count_load_time: when the count was loaded, in ns.
        next_transition_time: when the timer fires next, in ns; -1 for never.
    """

    irq_disabled: int = 0
    count: int = MAXIMUM_COUNT
    latched_count: int = 0
    count_latched: int = 0
    status_latched: int = 0
    status: int = 0
    read_state: int = 0
    write_state: int = 0
    write_latch: int = 0
    rw_mode: int = 0
    mode: int = 3
    bcd: int = 0
    gate: int = 1
    count_load_time: int = 0
    next_transition_time: int = 0

    def clocks(self, now_ns: int) -> int:
        """Return how many clocks there have been since the count was loaded."""
        return (now_ns - self.count_load_time) * PIT_FREQ // NANOSECONDS_PER_SECOND

    def value(self, now_ns: int) -> int:
        """Return what the counter holds, 0 to 0xffff."""
        clocks = self.clocks(now_ns)
        if self.mode in (0, 1, 4, 5):
            return (self.count - clocks) & 0xFFFF
        step = 2 if self.mode == 3 else 1
        return (self.count - step * clocks % self.count) & 0xFFFF

    def out(self, clocks: int) -> int:
        """Return the level of OUT, *clocks* clocks after loading."""
        match self.mode:
            case 1:
                level = clocks < self.count
            case 2:
                level = clocks != 0 and clocks % self.count == 0
            case 3:
                level = clocks % self.count < self._high_clocks
            case 4 | 5:
                level = clocks == self.count
            case _:
                level = clocks >= self.count
        return int(level)

    @property
    def _high_clocks(self) -> int:
        """How long OUT is high in each period of mode 3: the longer half."""
        return (self.count + 1) // 2

    @property
    def is_fast(self) -> bool:
        """Whether the line carries only some of the periods."""
        return self.mode in (2, 3) and self.count < FAST_COUNT

    def line_level(self, clocks: int) -> int:
        """Return the level at which the line rests, *clocks* clocks after loading.

        That of OUT, but for a fast square wave, and before the first control word: the data
        sheet leaves OUT undefined there, and QEMU moves no line before the first transition.
        """
        if self.rw_mode == Access.NONE and clocks < self.count:
            return 0
        if self.is_fast:
            return int(self.mode == 3 or clocks >= self.count)
        return self.out(clocks)

    def next_edge(self, clocks: int) -> int | None:
        """Return the first clock after *clocks* at which the line moves; None if it won't."""
        if self.is_fast:
            return self._next_pulse(clocks)
        period, into = divmod(clocks, self.count)
        match self.mode:
            case 2:
                # Falls one clock after each end of a period; there is none before the first.
                falls = into == 0 and clocks != 0
                return clocks + 1 if falls else (period + 1) * self.count
            case 3:
                half = self._high_clocks
                return period * self.count + (half if into < half else self.count)
            case 4 | 5 if clocks == self.count:
                return self.count + 1
        return self.count if clocks < self.count else None

    def _next_pulse(self, clocks: int) -> int:
        if clocks < self.count:
            return self.count
        stride = self.count * -(-FAST_COUNT // self.count)
        return self.count + ((clocks - self.count) // stride + 1) * stride

    def schedule(self, now_ns: int) -> None:
        """Work out when the timer fires next.

        Times are rounded down, as QEMU's are, so the timer may fire a nanosecond before the
        clock that it waits for; it is then armed once more.
        """
        edge = self.next_edge(self.clocks(now_ns))
        if edge is None:
            self.next_transition_time = _NEVER
        else:
            moment = self.count_load_time + edge * NANOSECONDS_PER_SECOND // PIT_FREQ
            self.next_transition_time = max(moment, now_ns + 1)


@dataclass(slots=True)
class PITState:
    """All three counters, and the timer of counter 0."""

    irq_timer: Timer
    channels: list[ChannelState] = field(default_factory=list)

    def arm(self) -> None:
        """Let the timer fire when counter 0 says."""
        first = self.channels[0]
        if first.next_transition_time == _NEVER or first.irq_disabled:
            self.irq_timer.delete()
        else:
            self.irq_timer.modify(first.next_transition_time)


def _refuse_bad_count(channel: ChannelState, _version: int) -> int:
    # QEMU takes any count and divides by it later.  Nothing can count with what is refused,
    # so it is not kept either.
    if 1 <= channel.count <= MAXIMUM_COUNT:
        return 0
    channel.count = MAXIMUM_COUNT
    return -1


def _rearm(state: PITState, _version: int) -> None:
    state.arm()


CHANNEL_VMSD = VMStateDescription(
    name="pit channel",
    version_id=2,
    minimum_version_id=2,
    post_load=_refuse_bad_count,
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
    source="QEMU 7.2 hw/timer/i8254_common.c: vmstate_pit_channel",
)

I8254_VMSD = VMStateDescription(
    name="i8254",
    version_id=3,
    minimum_version_id=2,
    post_load=_rearm,
    fields=(
        VMSTATE_UINT32_V("channels[0].irq_disabled", 3),
        VMSTATE_STRUCT_ARRAY("channels", 3, 2, CHANNEL_VMSD),
        VMSTATE_INT64("channels[0].next_transition_time"),
    ),
    source="QEMU 7.2 hw/timer/i8254_common.c: vmstate_pit_common",
)


class I8254:
    """The chip at ports 0x40 to 0x43.

    Args:
        clock: the time.
        out0: driven to the level of OUT 0.
    """

    type: ClassVar[str] = "isa-pit"
    vmsd: ClassVar[VMStateDescription] = I8254_VMSD

    def __init__(self, clock: VirtualClock, out0: Line) -> None:
        self._clock = clock
        self._out0 = out0
        self._irq_timer = Timer(clock, self._on_transition)
        self.ports = (Ports("pit", 0x40, 4, self._read, self._write),)
        self.state = self._reset_state()

    def _reset_state(self) -> PITState:
        now_ns = self._clock.now_ns
        # Only GATE 2 can be moved by software on a PC, and it starts low.
        channels = [
            ChannelState(gate=int(number != 2), count_load_time=now_ns) for number in range(3)
        ]
        channels[0].schedule(now_ns)
        state = PITState(self._irq_timer, channels)
        state.arm()
        return state

    def reset(self) -> None:
        """Count from 0x10000 in mode 3, unprogrammed."""
        self.state = self._reset_state()
        self._out0.drive(self.out0_level)

    @property
    def out0_level(self) -> int:
        """The level that the line of OUT 0 rests at now; 0 while it is cut off."""
        channel = self.state.channels[0]
        if channel.irq_disabled:
            return 0
        return channel.line_level(channel.clocks(self._clock.now_ns))

    def _update_out0(self) -> None:
        """Drive the line to its level and arm the timer for its next move."""
        channel = self.state.channels[0]
        if not channel.irq_disabled:
            self._out0.drive(self.out0_level)
            channel.schedule(self._clock.now_ns)
            self.state.arm()

    def _on_transition(self) -> None:
        channel = self.state.channels[0]
        clocks = channel.clocks(self._clock.now_ns)
        if channel.is_fast and channel.next_edge(clocks - 1) == clocks:
            self._out0.drive(0)
        self._update_out0()

    def _read(self, offset: int) -> int:
        if offset == _CONTROL:
            return 0
        channel = self.state.channels[offset]
        if channel.status_latched:
            channel.status_latched = 0
            return channel.status
        if channel.count_latched:
            return self._read_latch(channel)
        value = channel.value(self._clock.now_ns)
        match channel.read_state:
            case Access.MSB:
                return value >> 8
            case Access.WORD_LOW:
                channel.read_state = Access.WORD_HIGH
            case Access.WORD_HIGH:
                channel.read_state = Access.WORD_LOW
                return value >> 8
        return value & 0xFF

    @staticmethod
    def _read_latch(channel: ChannelState) -> int:
        which = channel.count_latched
        channel.count_latched = Access.MSB if which == Access.WORD_LOW else Access.NONE
        return channel.latched_count >> 8 if which == Access.MSB else channel.latched_count & 0xFF

    def _write(self, offset: int, value: int) -> None:
        if offset != _CONTROL:
            self._write_count(offset, value)
        elif value >> 6 == _READ_BACK:
            self._read_back(value)
        else:
            self._write_control(value >> 6, value)

    def _write_count(self, number: int, value: int) -> None:
        channel = self.state.channels[number]
        match channel.write_state:
            case Access.MSB:
                self._load_count(number, value << 8)
            case Access.WORD_LOW:
                channel.write_latch = value
                channel.write_state = Access.WORD_HIGH
            case Access.WORD_HIGH:
                channel.write_state = Access.WORD_LOW
                self._load_count(number, channel.write_latch | value << 8)
            case _:
                self._load_count(number, value)

    def _load_count(self, number: int, count: int) -> None:
        channel = self.state.channels[number]
        channel.count = count or MAXIMUM_COUNT
        channel.count_load_time = self._clock.now_ns
        if number == 0:
            self._update_out0()

    def _write_control(self, number: int, value: int) -> None:
        """Take a control word or a counter latch command."""
        channel = self.state.channels[number]
        access = (value >> 4) & 3
        if access == Access.NONE:
            self._latch_count(channel)
            return
        channel.rw_mode = channel.read_state = channel.write_state = access
        channel.mode = (value >> 1) & 7
        channel.bcd = value & 1
        if number == 0:
            self._update_out0()

    def _read_back(self, value: int) -> None:
        """Latch count (bit 5 clear) and status (bit 4 clear) of the counters in bits 1 to 3."""
        for number, channel in enumerate(self.state.channels):
            if value & (2 << number):
                if not value & 0x20:
                    self._latch_count(channel)
                if not value & 0x10:
                    self._latch_status(channel)

    def _latch_count(self, channel: ChannelState) -> None:
        # What is latched stays until it is read: the second command is ignored.
        if not channel.count_latched:
            channel.latched_count = channel.value(self._clock.now_ns)
            channel.count_latched = channel.rw_mode

    def _latch_status(self, channel: ChannelState) -> None:
        # Bit 6, "null count", is always 0: a count is loaded at once.
        if not channel.status_latched:
            out = channel.out(channel.clocks(self._clock.now_ns))
            rest = channel.rw_mode << 4 | channel.mode << 1 | channel.bcd
            channel.status = (out << 7 | rest) & 0xFF
            channel.status_latched = 1
