"""Nesting: how deep descriptions may hold each other.

Saving and loading call themselves once for each level.  CPython keeps the frames of
Python functions on the heap, so that depth costs memory only; its recursion limit is
raised for as long as a deep description is walked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: Levels that fit under CPython's own limit, wherever a caller stands.
_SHALLOW = 20
#: Frames that one level takes at most, with the hooks and codecs below it.
_FRAMES = 8


def is_deep(depth: int) -> bool:
    """Whether *depth* levels of descriptions need more room than there is."""
    return depth > _SHALLOW


@contextmanager
def room_for(depth: int) -> Iterator[None]:
    """Let *depth* levels of descriptions be walked inside the block."""
    if not is_deep(depth):
        yield
        return
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(limit + _FRAMES * depth)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
