"""Postponed: what was caught and takes long to shrink, put off until nothing easier is left.

What is found meanwhile is often behind it, and it is met no more.
"""

from __future__ import annotations

from harness.round import Caught

#: What more commands than this lead to takes long.
_EASY = 24


class Postponed:
    """What is to be followed up later, the hardest last."""

    def __init__(self) -> None:
        self._waiting: list[Caught] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def takes(self, caught: Caught) -> bool:
        """Put *caught* off if it is a hard one; say whether it is."""
        is_hard = _length(caught) > _EASY
        if is_hard:
            self._waiting.append(caught)
            self._waiting.sort(key=_length, reverse=True)
        return is_hard

    def easiest(self) -> Caught:
        """Return the easiest of what waits, which waits no more.

        Raises:
            IndexError: nothing waits.
        """
        return self._waiting.pop()


def _length(caught: Caught) -> int:
    """Return how many commands stand before its first cycle."""
    return len(caught.trace.segments[0])
