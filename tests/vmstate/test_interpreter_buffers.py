"""Buffers and bitmaps: sizes that other fields give, products, null pointers to nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import State, chip
from vmstate import EncodeError, Span, StreamError, TruncatedStreamError
from vmstate.macros import (
    VMSTATE_BITMAP,
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
    VMSTATE_VBUFFER,
    VMSTATE_VBUFFER_MULTIPLY,
    VMSTATE_VBUFFER_UINT32,
    VMSTATE_VBUFFER_UINT64,
)

SIZED = chip(VMSTATE_INT32("n"), VMSTATE_VBUFFER("a", 0, None, "n"), VMSTATE_UINT8("end"))
BITS = chip(VMSTATE_INT32("n"), VMSTATE_BITMAP("a", 0, "n"))


def test_a_buffer_is_loaded_in_place(engine):
    buffer = bytearray(b"xyz")
    vmsd = chip(VMSTATE_BUFFER("a", 3))
    assert engine.save(vmsd, State(a=buffer)).data == b"xyz"
    assert engine.load(vmsd, State(a=buffer), b"abc").a is buffer
    assert buffer == b"abc"


def test_a_buffer_as_large_as_a_field_says(engine):
    saved = engine.save(SIZED, State(n=2, a=bytearray(b"abcd"), end=7))
    assert saved.data == b"\0\0\0\2ab\7"
    assert saved.spans[1] == Span("a", "buffer", 4, 2)
    buffer = bytearray(b"wxyz")
    state = engine.load(SIZED, State(n=0, a=buffer, end=0), saved.data)
    assert (state.n, bytes(buffer), state.end) == (2, b"abyz", 7)


def test_the_size_that_was_just_loaded_counts(engine):
    state = State(n=4, a=bytearray(4), end=0)
    engine.load(SIZED, state, b"\0\0\0\1a\7")
    assert (state.a, state.end) == (b"a\0\0\0", 7)


@pytest.mark.parametrize("buffer", [None, bytearray(), bytearray(b"ab")])
def test_a_buffer_of_no_bytes_may_be_anything_and_stays_it(engine, buffer):
    saved = engine.save(SIZED, State(n=0, a=buffer, end=7))
    assert saved.data == b"\0\0\0\0\7"
    assert saved.spans[1] == Span("a", "buffer", 4, 0)
    state = engine.load(SIZED, State(n=9, a=buffer, end=0), saved.data)
    assert state.a is buffer
    assert state.end == 7


def test_a_bitmap_of_no_bits_may_be_null(engine):
    assert engine.save(BITS, State(n=0, a=None)).data == bytes(4)
    assert engine.load(BITS, State(n=0, a=None), bytes(4)).a is None


def test_a_buffer_of_some_bytes_may_not_be_null(engine):
    with pytest.raises(EncodeError) as error:
        engine.save(SIZED, State(n=1, a=None, end=7))
    assert str(error.value) == "chip/a: can't save None: the pointer is null"
    with pytest.raises(StreamError) as refused:
        engine.load(SIZED, State(n=0, a=None, end=0), b"\0\0\0\1a\7")
    assert str(refused.value) == "chip/a at offset 0x4: can't load into None: the pointer is null"


def test_a_buffer_that_is_too_small_is_refused(engine):
    with pytest.raises(EncodeError, match=r"chip/a: can.t save .*: not 3 bytes"):
        engine.save(SIZED, State(n=3, a=bytearray(2), end=0))
    with pytest.raises(StreamError, match=r"chip/a at offset 0x7: can.t load into .* 3 bytes"):
        engine.load(SIZED, State(n=0, a=bytearray(2), end=0), b"\0\0\0\3abc\7")


@pytest.mark.parametrize("size", [-1, 1 << 31, 0xFFFFFFFF])
def test_a_size_that_is_negative_in_c_is_refused(engine, size):
    vmsd = chip(VMSTATE_VBUFFER_UINT32("a", 0, None, "n"))
    state = State(n=size, a=bytearray(2))
    with pytest.raises(EncodeError) as error:
        engine.save(vmsd, state)
    negative = size if size < 0 else size - (1 << 32)
    assert str(error.value) == f"chip/a: can't save {negative}: the size is negative"
    with pytest.raises(StreamError) as refused:
        engine.load(vmsd, state, b"ab")
    assert str(refused.value) == (
        f"chip/a at offset 0x0: can't load into {negative}: the size is negative"
    )


def test_a_size_that_is_no_number_is_refused(engine):
    vmsd = chip(VMSTATE_VBUFFER_UINT32("a", 0, None, "n"))
    with pytest.raises(EncodeError, match=r"^chip/a: can't save .*: it has no n$"):
        engine.save(vmsd, State(a=bytearray(2)))


def test_of_a_size_of_64_bits_the_lower_half_counts(engine):
    vmsd = chip(VMSTATE_UINT64("n"), VMSTATE_VBUFFER_UINT64("a", 0, None, "n"))
    size = (1 << 32) + 2
    saved = engine.save(vmsd, State(n=size, a=bytearray(b"abc")))
    assert saved.data == size.to_bytes(8) + b"ab"
    assert engine.load(vmsd, State(n=0, a=bytearray(3)), saved.data).a == b"ab\0"


def test_a_size_may_be_multiplied(engine):
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VBUFFER_MULTIPLY("a", 0, None, "n", 3))
    saved = engine.save(vmsd, State(n=2, a=bytearray(b"abcdefgh")))
    assert saved.data == b"\0\0\0\2abcdef"
    assert engine.load(vmsd, State(n=0, a=bytearray(7)), saved.data).a == b"abcdef\0"


def test_a_product_that_does_not_fit_a_c_int_wraps(engine):
    vmsd = chip(VMSTATE_VBUFFER_MULTIPLY("a", 0, None, "n", 4))
    assert engine.save(vmsd, State(n=(1 << 30) + 1, a=bytearray(b"abcd"))).data == b"abcd"
    with pytest.raises(EncodeError, match="can't save -2147483648: the size is negative"):
        engine.save(vmsd, State(n=1 << 29, a=bytearray(1)))


def test_the_words_of_a_bitmap_begin_with_the_lowest(engine):
    saved = engine.save(BITS, State(n=65, a=(1 << 64) | 0x8000000000000001))
    assert saved.data == b"\0\0\0\x41" + bytes.fromhex("8000000000000001 0000000000000001")
    assert engine.load(BITS, State(n=0, a=0), saved.data).a == (1 << 64) | 0x8000000000000001


def test_a_bitmap_that_ends_early_names_the_field(engine):
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(BITS, State(n=0, a=5), b"\0\0\0\x41" + bytes(15))
    assert str(error.value) == "chip/a at offset 0x4: needs 16 bytes, 15 are left"


@given(st.binary(max_size=20), st.binary(max_size=4))
def test_a_buffer_of_any_size_comes_back(engine, data, rest):
    saved = engine.save(SIZED, State(n=len(data), a=bytearray(data + rest), end=7))
    assert saved.data == len(data).to_bytes(4) + data + b"\7"
    state = engine.load(SIZED, State(n=0, a=bytearray(len(data)) + rest, end=0), saved.data)
    assert state.a == data + rest
