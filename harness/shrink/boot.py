"""The boot: what of a firmware's work a failing trace needs.

A trace found on a guest that has been booted is not whole by itself.  Here it gets what it
needs in front: the smallest part of the boot without any one group of which it passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.command import Command

Group = tuple[Command, ...]


def needed(groups: Sequence[Group], fails: Callable[[Sequence[Group]], bool]) -> list[Group]:
    """Return those of *groups* that are needed to fail, in order.

    Larger parts are left out first, then single groups (delta debugging), over and over
    until none can be: what one group was needed for may go with another.

    Args:
        groups: all of them; with all of them it must fail.
        fails: whether the trace fails behind some of them, from scratch.
    """
    left = list(groups)
    size = len(left)
    while size:
        before = len(left)
        start = 0
        while start < len(left):
            without = left[:start] + left[start + size :]
            if fails(without):
                left = without
            else:
                start += size
        if size > 1 or len(left) == before:
            size //= 2
    return left
