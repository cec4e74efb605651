from __future__ import annotations

from functools import partial
from operator import attrgetter

import pytest

from harness.strategies.reads import reads_of

LIMIT = 40


class Chip:
    """A state with methods."""

    flag = 0

    @property
    def is_on(self):
        return self.power_bit == 1

    def is_ready(self, level):
        return self.ready_level > level


def deep(state):
    return state.inner.value < LIMIT


def around(state):
    return deep(state) or state.other == 7


class Above:
    def __init__(self, level):
        self.level = level

    def __call__(self, state):
        return state.reading > self.level


def of_two(state, least, *, most=9):
    return least < state.both < most


def made(limit):
    def inside(state):
        return any(state.cells[index] > limit for index in range(2))

    return inside


def knot():
    def again(state):
        return state.depth and again(state)

    return again


@pytest.mark.parametrize(
    ("test", "names", "constants"),
    [
        (lambda state: state.mode == 0x1234, {"mode"}, {0x1234}),
        (lambda state: getattr(state, "hidden") & 4, {"hidden"}, {4}),  # noqa: B009 (that is the case)
        (lambda state: state.level in (3, 5), {"level"}, {3, 5}),
        (around, {"inner", "value", "other"}, {LIMIT, 7}),
        (Above(30), {"reading"}, {30}),
        (partial(of_two, least=2), {"both"}, {2}),
        (partial(of_two, 3), {"both"}, {3}),
        (made(11), {"cells"}, {11, 2}),
        (knot(), {"depth"}, set()),
        (Above(8).__call__, {"reading"}, set()),
        (lambda chip: chip.is_on, {"power_bit"}, {1}),
        (lambda chip: chip.is_ready(6), {"ready_level"}, {6}),
    ],
)
def test_what_a_test_reads_follows_from_its_code(test, names, constants):
    reads = reads_of(test, Chip())
    assert reads.is_complete
    assert names <= reads.names
    assert constants <= set(reads.constants)
    assert reads.touches([*names][:1])
    assert not reads.touches(["elsewhere"])


@pytest.mark.parametrize("test", [attrgetter("flag"), bool, partial(attrgetter("flag"))])
def test_what_is_written_in_c_may_read_anything(test):
    reads = reads_of(test, Chip())
    assert not reads.is_complete
    assert reads.touches(["elsewhere"])
