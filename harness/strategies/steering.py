"""Steering: small changes to a state after which given tests answer as they are wanted to.

A subsection is sent if a test of the state says so; states at random would reach many sets
of subsections never.  Steering reads what a test asks for, and tries there what is likely.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import NamedTuple

from harness.strategies.reads import Reads

#: How many places are looked at for one test, and how many changes to two of them at once.
_PLACES, _PAIRS = 64, 4096


@dataclass(frozen=True)
class Place:
    """A place in a state that may be changed by itself.

    Attributes:
        names: the attributes through which it is reached.
        get: returns its value as an integer.
        put: gives it the value of an integer.
        low, high: the ends of what *put* takes.
    """

    names: frozenset[str]
    get: Callable[[], int]
    put: Callable[[int], None]
    low: int
    high: int

    def candidates(self, constants: Sequence[int]) -> list[int]:
        """Return what to try, the likeliest first; *constants* are what a test compares with."""
        value = self.get()
        tried: list[int] = []
        for constant in constants:
            tried += [constant, constant + 1, constant - 1, value | constant, value & ~constant]
            if constant > 0:
                # As near to what was drawn as a limit lets it be.
                tried.insert(0, value % (constant + 1))
        tried += [0, 1, value ^ 1, self.low, self.high]
        legal = dict.fromkeys(one for one in tried if self.low <= one <= self.high)
        return [one for one in legal if one != value]


class Demand(NamedTuple):
    """A test of a state and the answer that is wanted of it.

    Attributes:
        ask: asks the test.
        wanted: the answer.
        reads: says what the test may read.
    """

    ask: Callable[[], bool]
    wanted: bool
    reads: Callable[[], Reads]

    @property
    def is_met(self) -> bool:
        """Whether the test answers so now."""
        return self.ask() == self.wanted


def steer(demands: Sequence[Demand], places: Sequence[Place]) -> bool:
    """Change values at *places* until all *demands* are met; return whether they are.

    Demands that can't be met leave no trace: every change that is kept meets one more.
    """
    # Meeting one may have cost another, at the price of a third.
    for unmet in [*demands, *demands]:
        if unmet.is_met:
            continue
        reads = unmet.reads()
        near = [place for place in places if reads.touches(place.names)][:_PLACES]
        _try(demands, _edits(near, reads.constants))
    return all(one.is_met for one in demands)


Edit = tuple[tuple[Place, int], ...]


def _edits(places: list[Place], constants: Sequence[int]) -> Iterator[Edit]:
    """Yield changes of one place, then of two."""
    choices = [[(place, value) for value in place.candidates(constants)] for place in places]
    for choice in choices:
        yield from ((one,) for one in choice)
    pairs = (pair for first, second in combinations(choices, 2) for pair in product(first, second))
    yield from islice(pairs, _PAIRS)


def _try(demands: Sequence[Demand], edits: Iterator[Edit]) -> None:
    """Keep the first edit after which more of *demands* are met."""
    met = sum(one.is_met for one in demands)
    for edit in edits:
        before = [(place, place.get()) for place, _ in edit]
        for place, value in edit:
            place.put(value)
        if sum(one.is_met for one in demands) > met:
            return
        for place, value in reversed(before):
            place.put(value)
