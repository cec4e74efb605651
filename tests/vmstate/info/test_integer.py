"""Integers: eight types, their bounds and their bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info import INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64, Integer

TYPES = {
    "int8": (INT8, -0x80, 0x7F),
    "int16": (INT16, -0x8000, 0x7FFF),
    "int32": (INT32, -0x80000000, 0x7FFFFFFF),
    "int64": (INT64, -0x8000000000000000, 0x7FFFFFFFFFFFFFFF),
    "uint8": (UINT8, 0, 0xFF),
    "uint16": (UINT16, 0, 0xFFFF),
    "uint32": (UINT32, 0, 0xFFFFFFFF),
    "uint64": (UINT64, 0, 0xFFFFFFFFFFFFFFFF),
}


def saved(info, value):
    writer = Writer()
    writer.path = "chip/count"
    info.save(writer, value, 0)
    return bytes(writer)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_qemus_name(name):
    assert TYPES[name][0].name == name


@pytest.mark.parametrize(("info", "low", "high"), TYPES.values())
def test_the_bounds_are_saved_and_loaded(info, low, high):
    for value in (low, high, 0, 1):
        data = saved(info, value)
        assert len(data) == info.bytes_
        assert info.load(Reader(data), None, 0) == value


@pytest.mark.parametrize(("info", "low", "high"), TYPES.values())
def test_one_beyond_the_bounds_is_refused(info, low, high):
    for value in (low - 1, high + 1):
        with pytest.raises(EncodeError, match=f"chip/count: can't save {value}: not an? "):
            saved(info, value)


@pytest.mark.parametrize(("info", "low", "high"), TYPES.values())
def test_what_it_holds_lies_within_the_bounds(info, low, high):
    assert [info.holds(value) for value in (low - 1, low, high, high + 1)] == [
        False,
        True,
        True,
        False,
    ]
    assert not info.holds(1.0)


def test_bytes_are_big_endian():
    assert saved(UINT32, 0x01020304) == b"\1\2\3\4"
    assert saved(INT16, -2) == b"\xff\xfe"


def test_what_is_no_integer_is_refused():
    with pytest.raises(EncodeError, match="can't save None"):
        saved(UINT8, None)


@pytest.mark.parametrize(("info", "low", "high"), TYPES.values())
def test_bytes_that_end_early_are_refused(info, low, high):
    with pytest.raises(TruncatedStreamError):
        info.load(Reader(bytes(info.bytes_ - 1)), None, 0)


@given(st.sampled_from(list(TYPES.values())), st.data())
def test_any_value_within_the_bounds_comes_back(bounds, data):
    info, low, high = bounds
    value = data.draw(st.integers(low, high))
    assert info.load(Reader(saved(info, value)), None, 0) == value


def test_equal_types_are_equal():
    assert Integer(1, signed=False) == UINT8 != INT8
