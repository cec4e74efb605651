"""Bytes that come in pieces: waiting for them, looking at them, taking them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.errors import TruncatedStreamError
from vmstate.stream.input import Input


def filled(*pieces):
    source = Input()
    for piece in pieces:
        source.push(piece)
    return source


def test_pieces_are_taken_as_if_they_were_one():
    source = filled(b"ab", b"", b"cdef", b"g")
    assert len(source) == 7
    assert source.take(3) == b"abc"
    assert source.byte() == ord("d")
    assert source.peek(2) == b"de"
    assert source.offset == 3
    assert source.view(4) == b"defg"
    assert (len(source), source.offset) == (0, 7)
    assert not source


def test_what_is_looked_at_stays():
    source = filled(b"ab", b"cd")
    assert source.look(1) == b"ab"
    assert source.look(3)[:3] == b"abc"
    assert source.look(9) == b"abcd"
    assert source.peek(9) == b"abcd"
    source.skip(1)
    assert source.byte() == ord("b")
    assert source.offset == 1


def test_what_lies_in_one_piece_is_not_copied():
    piece = bytearray(b"abcdef")
    source = filled(piece, b"gh")
    view = source.view(4)
    piece[0] = ord("z")
    assert view == b"zbcd"
    # Only what lies across two pieces is joined, and no further than it reaches.
    assert source.look(3) == b"efg"
    assert source.take(3) == b"efg"
    assert source.take(1) == b"h"


def test_any_kind_of_buffer_is_bytes_here():
    numbers = memoryview(bytes(range(8))).cast("I")
    assert filled(numbers).take(8) == bytes(range(8))


def test_whoever_needs_more_waits():
    source = filled(b"ab")
    waiting = source.need(3, "x")
    assert next(waiting, "done") is None
    source.push(b"c")
    assert next(waiting, "done") == "done"
    wanting = source.want(4)
    assert next(wanting, "done") is None
    source.is_closed = True
    assert next(wanting, "done") == "done"


def test_what_never_comes_is_said_with_its_place():
    source = Input(0x10)
    source.push(b"abc")
    source.skip(1)
    source.is_closed = True
    with pytest.raises(TruncatedStreamError) as caught:
        list(source.need(5, "something"))
    assert str(caught.value) == "something at offset 0x11: needs 5 bytes, 2 are left"


@given(st.lists(st.binary(max_size=9), max_size=9), st.data())
def test_however_it_is_taken_it_is_what_was_pushed(pieces, data):
    source = filled(*pieces)
    taken = b""
    while source:
        size = data.draw(st.integers(1, len(source)))
        assert source.peek(size) == source.look(size)[:size].tobytes()
        taken += data.draw(st.sampled_from([source.take, source.view]))(size)
        assert source.offset == len(taken)
    assert taken == b"".join(pieces)
