"""Intel 8254, the programmable interval timer of the PC.

Owns the registers (control words, access to the counters byte by byte, latches) and the
line of OUT 0; how a counter counts is ``i8254_counter``'s.  It must not know what OUT 0 is
connected to, nor that there is a speaker.  Only counter 0 has a timer, since only its OUT
goes anywhere.

Where QEMU's device differs from the data sheet, this one is QEMU's, so that their states
mean the same: a control word leaves the count that is running; a count is loaded at once,
so that "null count" is never reported.  Where QEMU lets OUT 0 lag (a control word moves it
only at the next transition), this one moves the line at once: a line whose level followed
from anything but the state would have to be in the state.

Source: Intel 82C54 data sheet (231244), "Programming the 82C54", "Read Operations";
QEMU 7.2 hw/timer/i8254.c and i8254_common.c.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from device_models.clock import Timer, VirtualClock
from device_models.device import Ports
from device_models.lines import Line
from device_models.pc.i8254_counter import (
    CHANNEL_VMSD,
    MAXIMUM_COUNT,
    NEVER,
    Access,
    ChannelState,
)
from vmstate import VMStateDescription
from vmstate.macros import VMSTATE_INT64, VMSTATE_STRUCT_ARRAY, VMSTATE_UINT32_V

_CONTROL = 3
_READ_BACK = 3


@dataclass(slots=True)
class PITState:
    """All three counters, and the timer of counter 0."""

    irq_timer: Timer
    channels: list[ChannelState] = field(default_factory=list)

    def arm(self) -> None:
        """Let the timer fire when counter 0 says."""
        first = self.channels[0]
        if first.next_transition_time == NEVER or first.irq_disabled:
            self.irq_timer.delete()
        else:
            self.irq_timer.modify(first.next_transition_time)


def _rearm(state: PITState, _version: int) -> None:
    state.arm()


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
