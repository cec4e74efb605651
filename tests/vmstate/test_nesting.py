"""Nesting: room for deep descriptions, and the recursion limit as it was before."""

from __future__ import annotations

import sys

import pytest

from vmstate.nesting import room_for


@pytest.mark.parametrize("depth", [0, 1, 20])
def test_what_is_shallow_changes_nothing(depth):
    limit = sys.getrecursionlimit()
    with room_for(depth):
        assert sys.getrecursionlimit() == limit
    assert sys.getrecursionlimit() == limit


def test_what_is_deep_has_more_room_inside_alone():
    limit = sys.getrecursionlimit()
    with room_for(21):
        assert sys.getrecursionlimit() == limit + 8 * 21
    assert sys.getrecursionlimit() == limit


def test_room_is_given_back_where_something_fails():
    limit = sys.getrecursionlimit()
    with pytest.raises(ValueError, match="inside"), room_for(500):
        raise ValueError("inside")
    assert sys.getrecursionlimit() == limit


def test_room_is_added_to_room():
    limit = sys.getrecursionlimit()
    with room_for(100):
        with room_for(50):
            assert sys.getrecursionlimit() == limit + 8 * 150
        assert sys.getrecursionlimit() == limit + 8 * 100


def test_eight_calls_for_each_level_fit():
    def call(levels):
        return 1 + call(levels - 1) if levels else 0

    with room_for(1000):
        assert call(8 * 1000) == 8000
