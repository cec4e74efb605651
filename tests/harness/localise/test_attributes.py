"""Attributes: what differs between two live objects."""

import pytest

from harness.localise import changed_attributes


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({}, {}, []),
        ({"a": 1, "b": [1, 2]}, {"a": 1, "b": [1, 2]}, []),
        ({"a": 1}, {"a": 2}, ["a"]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, ["a.c"]),
        ({"a": [1, {"b": 2}, 3]}, {"a": [1, {"b": 9}, 4]}, ["a[1].b", "a[2]"]),
        ({"a": [1, 2]}, {"a": [1]}, ["a"]),
        ({"a": b"\x00\x01"}, {"a": b"\x00\x02"}, ["a"]),
        ({"b": 1, "a": 1}, {"a": 2, "b": 2}, ["b", "a"]),
        ({"a": 1}, {"a": 1, "new": 0}, ["new"]),
        ({"a": 1, "old": 0}, {"a": 1}, ["old"]),
        ({"a": None}, {"a": 5}, ["a"]),
        ({"a": {"b": 1}}, {"a": 1}, ["a"]),
        ({"a": "x"}, {"a": "y"}, ["a"]),
    ],
)
def test_what_differs_is_named_by_its_path_in_order(before, after, paths):
    assert changed_attributes(before, after) == paths
