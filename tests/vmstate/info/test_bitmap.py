"""Bitmaps: words of 64 bits, lowest word first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info import BITMAP


def saved(value, bits):
    writer = Writer()
    writer.path = "chip/pending"
    BITMAP.save(writer, value, bits)
    return bytes(writer)


@pytest.mark.parametrize(
    ("value", "bits", "data"),
    [
        (0, 0, ""),
        (1, 1, "0000000000000001"),
        (1 << 63, 64, "8000000000000000"),
        (1 << 64, 65, "0000000000000000 0000000000000001"),
        ((0x0123 << 64) | 0x4567, 128, "0000000000004567 0000000000000123"),
    ],
)
def test_the_lowest_word_comes_first(value, bits, data):
    assert saved(value, bits) == bytes.fromhex(data)
    assert BITMAP.load(Reader(bytes.fromhex(data)), None, bits) == value


@given(st.integers(0, 300), st.data())
def test_any_bitmap_comes_back_with_what_fills_its_last_word(bits, data):
    words = (bits + 63) // 64
    value = data.draw(st.integers(0, (1 << (64 * words)) - 1))
    wire = saved(value, bits)
    assert len(wire) == 8 * words
    reader = Reader(wire + b"rest")
    assert BITMAP.load(reader, None, bits) == value
    assert reader.remaining == 4


@pytest.mark.parametrize("value", [-1, 1 << 64, None, b"\0"])
def test_what_is_no_such_bitmap_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(value, 64)
    assert str(error.value) == f"chip/pending: can't save {value!r}: not a bitmap of 64 bits"


def test_of_an_empty_bitmap_no_bit_can_be_saved():
    with pytest.raises(EncodeError, match="not a bitmap of 0 bits"):
        saved(1, 0)


@pytest.mark.parametrize("bits", [1, 64])
def test_bytes_that_end_early_are_refused(bits):
    with pytest.raises(TruncatedStreamError, match="needs 8 bytes, 7 are left"):
        BITMAP.load(Reader(bytes(7)), 0, bits)


def test_a_size_that_lies_makes_nothing():
    with pytest.raises(TruncatedStreamError, match="needs 268435456 bytes, 8 are left"):
        BITMAP.load(Reader(bytes(8)), 0, (1 << 31) - 1)


def test_it_has_qemus_name():
    assert (BITMAP.name, repr(BITMAP)) == ("bitmap", "BITMAP")
