"""Integers that must be equal on both sides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import INT32_EQUAL, UINT8_EQUAL, UINT16_EQUAL, UINT32_EQUAL, UINT64_EQUAL

#: The codec, bytes on the wire, bounds.
CODECS = {
    "int32 equal": (INT32_EQUAL, 4, -(1 << 31), (1 << 31) - 1),
    "uint8 equal": (UINT8_EQUAL, 1, 0, 0xFF),
    "uint16 equal": (UINT16_EQUAL, 2, 0, 0xFFFF),
    "uint32 equal": (UINT32_EQUAL, 4, 0, 0xFFFFFFFF),
    "int64 equal": (UINT64_EQUAL, 8, 0, 0xFFFFFFFFFFFFFFFF),
}
ALL = pytest.mark.parametrize(("codec", "size", "low", "high"), CODECS.values(), ids=CODECS)


def saved(codec, value):
    writer = Writer()
    writer.path = "chip/lines"
    codec.save(writer, value, 0)
    return bytes(writer)


def reading(data):
    reader = Reader(data)
    reader.path = "chip/lines"
    return reader


@pytest.mark.parametrize("name", CODECS)
def test_a_codec_has_qemus_name_even_where_that_is_wrong(name):
    assert CODECS[name][0].name == name


@ALL
def test_the_bounds_are_saved_and_agree_with_themselves(codec, size, low, high):
    for value in (low, high):
        data = saved(codec, value)
        assert len(data) == size
        assert codec.load(Reader(data), value, 0) == value


@ALL
def test_one_beyond_the_bounds_is_refused(codec, size, low, high):
    for value in (low - 1, high + 1):
        with pytest.raises(EncodeError, match=f"chip/lines: can't save {value}: not an? "):
            saved(codec, value)
        with pytest.raises(StreamError, match=f"can't load into {value}: not an? "):
            codec.load(Reader(bytes(size)), value, 0)


@ALL
def test_bytes_that_end_early_are_refused(codec, size, low, high):
    with pytest.raises(TruncatedStreamError):
        codec.load(Reader(bytes(size - 1)), 0, 0)


@given(st.sampled_from(list(CODECS.values())), st.data())
def test_only_an_equal_value_is_accepted(entry, data):
    codec, _, low, high = entry
    numbers = st.integers(low, high)
    here = data.draw(numbers)
    sent = data.draw(st.one_of(st.just(here), numbers))
    if sent == here:
        assert codec.load(Reader(saved(codec, sent)), here, 0) == here
    else:
        with pytest.raises(StreamError, match="they must be equal"):
            codec.load(Reader(saved(codec, sent)), here, 0)


def test_the_local_object_is_kept():
    here = 123456
    assert UINT32_EQUAL.load(Reader(saved(UINT32_EQUAL, 123456)), here, 0) is here


def test_a_difference_shows_both_values():
    with pytest.raises(StreamError) as error:
        INT32_EQUAL.load(reading(b"\xff\xff\xff\xff"), 16, 0)
    assert str(error.value) == (
        "chip/lines at offset 0x0: -1 (-0x1) was sent, 16 (0x10) is here: they must be equal"
    )


def test_a_hint_says_what_to_look_at():
    codec = replace(UINT8_EQUAL, hint="check the number of lines")
    with pytest.raises(StreamError) as error:
        codec.load(reading(b"\4"), 5, 0)
    assert error.value.why == (
        "4 (0x4) was sent, 5 (0x5) is here: they must be equal (check the number of lines)"
    )


@pytest.mark.parametrize("here", [None, "4", 4.0])
def test_a_destination_that_holds_no_integer_is_refused(here):
    with pytest.raises(StreamError) as error:
        UINT8_EQUAL.load(reading(b"\4"), here, 0)
    assert str(error.value) == (
        f"chip/lines at offset 0x1: can't load into {here!r}: not an unsigned integer of 8 bits"
    )
