"""Delta debugging: the smallest sets of things that are at fault.

Knows nothing of what they are: fields of a state, bits of a field, commands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")

#: Says whether so many of the things are enough to fail.
Fails = Callable[[tuple[_T, ...]], bool]


def minimal(things: Sequence[_T], fails: Fails[_T]) -> tuple[_T, ...]:
    """Return a smallest part of *things* that fails: without any one of it, it does not.

    Where more never fails less, it takes some ``k * log(n / k)`` questions for *k* of *n* things;
    where it does, some more, and the answer holds all the same.

    Args:
        things: fail, together.
        fails: asked of some of them, in the order they have here.

    Raises:
        ValueError: *things* do not fail.

    Source: U. Junker, QuickXplain, AAAI 2004; A. Zeller and R. Hildebrandt, Simplifying and
    Isolating Failure-Inducing Input, IEEE TSE 28(2), 2002, for what is left to do then.
    """
    places = range(len(things))
    answers: dict[tuple[int, ...], bool] = {}

    def asked(chosen: Sequence[int]) -> bool:
        key = tuple(sorted(chosen))
        if key not in answers:
            answers[key] = fails(tuple(things[at] for at in key))
        return answers[key]

    if not asked(places):
        raise ValueError("all of them together do not fail")
    found = [] if asked(()) else _explained([], [*places], asked, has_grown=False)
    if not asked(found):
        # It takes more than was thought: something else of it keeps these from failing.
        found = [*places]
    return tuple(things[at] for at in sorted(_without_needless(found, asked)))


def culprits(things: Sequence[_T], fails: Fails[_T]) -> tuple[tuple[_T, ...], ...]:
    """Return smallest parts of *things*, each of which fails, so that the rest does not.

    Args:
        things: fail, together.
        fails: asked of some of them, in the order they have here.

    Raises:
        ValueError: *things* do not fail, or nothing at all does.
    """
    found = [minimal(things, fails)]
    left = list(things)
    while found[-1]:
        left = [one for one in left if one not in found[-1]]
        if not fails(tuple(left)):
            return tuple(found)
        found.append(minimal(left, fails))
    raise ValueError("it fails with none of them")


def _explained(
    background: list[int],
    things: list[int],
    fails: Callable[[Sequence[int]], bool],
    *,
    has_grown: bool,
) -> list[int]:
    """Return the part of *things* that it takes, on top of *background*, to fail."""
    if has_grown and fails(background):
        return []
    if len(things) == 1:
        return things
    half = len(things) // 2
    first, second = things[:half], things[half:]
    of_second = _explained([*background, *first], second, fails, has_grown=True)
    of_first = _explained([*background, *of_second], first, fails, has_grown=bool(of_second))
    return [*of_first, *of_second]


def _without_needless(found: list[int], fails: Callable[[Sequence[int]], bool]) -> list[int]:
    """Return what is left of *found* once halves, and then single things, have been left out."""
    size = max(1, len(found) // 2)
    while found:
        for start in range(0, len(found), size):
            rest = found[:start] + found[start + size :]
            if fails(rest):
                found = rest
                break
        else:
            if size == 1:
                return found
            size = max(1, size // 2)
    return found
