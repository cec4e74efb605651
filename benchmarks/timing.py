"""Timing: how long something takes, as ratios between things that take turns.

The machine may be busy: only what ran in the same moments is compared, and of all turns
the median counts.  What happens in this process is timed by the processor time it takes.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as long one thing took as another.

    Attributes:
        each: the ratio of each turn.
        slow_s: seconds of the one, the median.
        fast_s: seconds of the other.
    """

    each: tuple[float, ...]
    slow_s: float
    fast_s: float

    @property
    def median(self) -> float:
        return statistics.median(self.each)

    def __str__(self) -> str:
        turns = ", ".join(f"{ratio:.1f}" for ratio in self.each)
        times = f"{_shown(self.slow_s)} against {_shown(self.fast_s)}"
        return f"ratio {self.median:.1f} ({times}; turns: {turns})"


def _shown(seconds: float) -> str:
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.2f} {unit}"
    return f"{seconds * 1e6:.2f} us"


def seconds_of(work: Work, least_s: float, clock: Callable[[], float]) -> float:
    """Return the seconds that *work* takes, done again for at least *least_s*."""
    count, total = 0, 0.0
    step = 1
    while total < least_s:
        started = clock()
        for _ in range(step):
            work()
        total += clock() - started
        count += step
        step *= 2
    return total / count


def compare(
    slow: Work,
    fast: Work,
    *,
    turns: int = 9,
    least_s: float = 0.02,
    clock: Callable[[], float] = time.process_time,
) -> Ratio:
    """Return how many times as long *slow* takes as *fast*.

    Args:
        slow: the one.
        fast: the other.
        turns: how often they take turns.
        least_s: seconds of each in a turn, at least.
        clock: by what time; ``time.perf_counter`` where other processes work, too.
    """
    slow()
    fast()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        pairs = [
            (seconds_of(slow, least_s, clock), seconds_of(fast, least_s, clock))
            for _ in range(turns)
        ]
    finally:
        if was_enabled:
            gc.enable()
        gc.collect()
    slow_s, fast_s = (statistics.median(column) for column in zip(*pairs, strict=True))
    return Ratio(tuple(one / other for one, other in pairs), slow_s, fast_s)
