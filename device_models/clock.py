"""The virtual clock: the only time there is, in nanoseconds, and the timers that wait for it.

The clock moves when it is told to and never by itself.  It knows no devices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vmstate import VMStateDescription
from vmstate.macros import VMSTATE_INT64, VMSTATE_INT64_V, VMSTATE_UNUSED_V

NANOSECONDS_PER_SECOND = 1_000_000_000


class Timer:
    """Calls back once when the clock reaches a moment.

    Attributes:
        expire_ns: that moment; None while it is not armed.
    """

    __slots__ = ("_callback", "_clock", "expire_ns")

    def __init__(self, clock: VirtualClock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._callback = callback
        self.expire_ns: int | None = None
        clock.adopt(self)

    def modify(self, expire_ns: int) -> None:
        """Arm it to fire at *expire_ns*; a moment that has passed fires at the next step."""
        self.expire_ns = expire_ns

    def delete(self) -> None:
        """Disarm it."""
        self.expire_ns = None

    def fire(self) -> None:
        """Disarm it and call back."""
        self.expire_ns = None
        self._callback()

    def __repr__(self) -> str:
        return f"Timer(expire_ns={self.expire_ns})"


@dataclass(slots=True)
class ClockState:
    """What a snapshot keeps of the clock.

    Source: QEMU 7.2 softmmu/cpu-timers.c, TimersState and vmstate_timers.
    """

    #: Offset of the time stamp counter; the models have none, so it stays as it is loaded.
    cpu_ticks_offset: int = 0
    #: The time, while the clock stands.
    cpu_clock_offset: int = 0


CLOCK_VMSD = VMStateDescription(
    name="timer",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_INT64("cpu_ticks_offset"),
        VMSTATE_UNUSED_V(0, 8),
        VMSTATE_INT64_V("cpu_clock_offset", 2),
    ),
    source="QEMU 7.2 softmmu/cpu-timers.c: vmstate_timers",
)


class VirtualClock:
    """Virtual time and its timers."""

    def __init__(self) -> None:
        self.state = ClockState()
        self._timers: list[Timer] = []

    @property
    def now_ns(self) -> int:
        """The time."""
        return self.state.cpu_clock_offset

    def adopt(self, timer: Timer) -> None:
        """Let *timer* wait for this clock; of two that are due at once, the elder fires first."""
        self._timers.append(timer)

    @property
    def deadline_ns(self) -> int | None:
        """When the next timer fires; None if none is armed."""
        armed = [timer.expire_ns for timer in self._timers if timer.expire_ns is not None]
        return min(armed) if armed else None

    def advance(self, step_ns: int) -> None:
        """Let *step_ns* pass, firing what becomes due, each at its own moment."""
        end_ns = self.now_ns + step_ns
        while True:
            due = [t for t in self._timers if t.expire_ns is not None and t.expire_ns <= end_ns]
            if not due:
                break
            first = min(due, key=lambda timer: timer.expire_ns or 0)
            self.state.cpu_clock_offset = max(self.now_ns, first.expire_ns or 0)
            first.fire()
        self.state.cpu_clock_offset = end_ns
