"""A deadline: how long one operation may still take.

Owns the arithmetic and its one call of the clock; knows nothing of what is waited for.
"""

from __future__ import annotations

import time


class Deadline:
    """A point in monotonic time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, never negative."""
        return max(0.0, self._end - time.monotonic())

    def passed(self) -> bool:
        """Return whether nothing is left."""
        return time.monotonic() >= self._end
