"""Vector registers: whole ones, and halves that leave the other half alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.vector import HalfVector, Vector

WHOLE = Vector("WHOLE", "whole")
UPPER, LOWER = HalfVector("UPPER", "upper", 64), HalfVector("LOWER", "lower", 0)
VALUE = 0x00112233445566778899AABBCCDDEEFF
VALUES = st.integers(0, (1 << 128) - 1)


def test_the_lower_half_comes_first():
    assert saved(WHOLE, VALUE).hex() == "8899aabbccddeeff0011223344556677"
    assert saved(UPPER, VALUE).hex() == "0011223344556677"
    assert saved(LOWER, VALUE).hex() == "8899aabbccddeeff"


@given(VALUES)
def test_any_register_comes_back(value):
    assert loaded(WHOLE, saved(WHOLE, value)) == value


@given(VALUES, VALUES)
def test_a_half_leaves_the_other_alone(sent, here):
    upper = loaded(UPPER, saved(UPPER, sent), here)
    assert (upper >> 64, upper & (1 << 64) - 1) == (sent >> 64, here & (1 << 64) - 1)
    assert loaded(LOWER, saved(LOWER, sent), upper) == sent


def test_each_bit_belongs_to_one_half():
    ones = (1 << 128) - 1
    assert loaded(UPPER, bytes(8), ones) == (1 << 64) - 1
    assert loaded(LOWER, bytes(8), ones) == ones >> 64 << 64
    assert saved(UPPER, ones) == saved(LOWER, ones) == b"\xff" * 8
    assert loaded(WHOLE, saved(WHOLE, ones)) == ones


@pytest.mark.parametrize("codec", [WHOLE, UPPER, LOWER])
@pytest.mark.parametrize("value", [-1, 1 << 128, None])
def test_what_is_no_register_is_refused(codec, value):
    with pytest.raises(EncodeError) as error:
        saved(codec, value)
    assert str(error.value) == (
        f"chip/field: can't save {value!r}: not an unsigned integer of 128 bits"
    )


@pytest.mark.parametrize("codec", [UPPER, LOWER])
def test_a_half_needs_a_register_to_go_into(codec):
    with pytest.raises(StreamError) as error:
        codec.load(reading(bytes(8)), None, 0)
    assert str(error.value) == (
        "chip/field at offset 0x8: can't load into None: not an unsigned integer of 128 bits"
    )


@pytest.mark.parametrize(("codec", "size"), [(WHOLE, 16), (UPPER, 8), (LOWER, 8)])
def test_bytes_that_end_early_are_refused(codec, size):
    with pytest.raises(TruncatedStreamError):
        codec.load(reading(bytes(size - 1)), 0, 0)


def test_only_a_whole_register_is_made_of_its_numbers_alone():
    assert [(codec.name, codec.format, repr(codec)) for codec in (WHOLE, UPPER)] == [
        ("whole", "QQ", "WHOLE"),
        ("upper", "Q", "UPPER"),
    ]
    assert not hasattr(UPPER, "convert")
