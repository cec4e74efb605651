"""A counter of the 8254: its state, and what follows from it at any time.

Counting is arithmetic: nothing runs while a counter counts; what a counter holds, and the
level of its OUT, follow from when it was loaded and what time it is.  It must not know
ports, timers or lines.

Where QEMU's counters differ from the data sheet, these are QEMU's: they count in binary
whatever the BCD bit says; modes 1 and 5 start when the count is loaded, for no gate ever
moves here; modes 6 and 7 are not folded into 2 and 3; OUT is inverted in modes 1, 2, 4 and 5
(mode 2 is high for one clock where it should be low, and rises at the right moment).

A fast square wave is thinned out.  OUT in mode 2 or 3 with a count below ``FAST_COUNT``
would move many times in each millisecond; its line carries a pulse (low, high) at the end
of the first period and of every so many more, at least ``FAST_COUNT`` clocks apart, and
rests at high between them.  Which periods these are follows from the count and the time of
loading alone, so time may pass in any number of steps.

Source: Intel 82C54 data sheet (231244), "Mode Definitions"; QEMU 7.2 hw/timer/i8254.c and
i8254_common.c.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from device_models.clock import NANOSECONDS_PER_SECOND
from vmstate import VMStateDescription
from vmstate.macros import VMSTATE_INT32, VMSTATE_INT64, VMSTATE_UINT8, VMSTATE_UINT16

#: Clock input of all three counters, in Hz.  Source: QEMU 7.2 include/hw/timer/i8254.h.
PIT_FREQ = 1_193_182
#: Below this count (about a millisecond) the line of OUT 0 carries only some of the periods.
FAST_COUNT = 1_193
#: What a count of 0 stands for.  Source: 82C54 data sheet, "Counter Latch", initial count table.
MAXIMUM_COUNT = 0x10000
#: ``next_transition_time`` where the line won't move.
NEVER = -1


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
            self.next_transition_time = NEVER
        else:
            moment = self.count_load_time + edge * NANOSECONDS_PER_SECOND // PIT_FREQ
            self.next_transition_time = max(moment, now_ns + 1)


def _refuse_bad_count(channel: ChannelState, _version: int) -> int:
    # QEMU takes any count and divides by it later.  Nothing can count with what is refused,
    # so it is not kept either.
    if 1 <= channel.count <= MAXIMUM_COUNT:
        return 0
    channel.count = MAXIMUM_COUNT
    return -1


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
