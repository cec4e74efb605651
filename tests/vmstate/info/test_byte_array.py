"""Byte arrays: as long as the stream says, as far as the stream goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import G_BYTE_ARRAY


def saved(value):
    writer = Writer()
    writer.path = "chip/queue"
    G_BYTE_ARRAY.save(writer, value, 0)
    return bytes(writer)


def test_the_length_comes_first():
    assert saved(b"abc") == b"\0\0\0\3abc"
    assert saved(bytearray()) == b"\0\0\0\0"


@given(st.binary(), st.binary())
def test_bytes_take_the_place_of_what_was_there(data, before):
    queue = bytearray(before)
    reader = Reader(saved(data) + b"rest")
    assert G_BYTE_ARRAY.load(reader, queue, 0) is queue
    assert queue == data
    assert reader.remaining == 4


@pytest.mark.parametrize("value", [None, "abc", [1]])
def test_what_is_no_bytearray_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(value)
    assert str(error.value) == f"chip/queue: can't save {value!r}: not a bytearray"


@pytest.mark.parametrize("value", [None, b"abc"])
def test_a_destination_that_is_no_bytearray_is_refused(value):
    with pytest.raises(StreamError) as error:
        G_BYTE_ARRAY.load(Reader(b"\0\0\0\0"), value, 0)
    assert error.value.why == f"can't load into {value!r}: not a bytearray"


@pytest.mark.parametrize("data", [b"\0\0\0", b"\0\0\0\4abc", b"\xff\xff\xff\xffabc"])
def test_a_length_that_lies_is_refused_before_anything_is_made(data):
    queue = bytearray(b"old")
    with pytest.raises(TruncatedStreamError):
        G_BYTE_ARRAY.load(Reader(data), queue, 0)
    assert queue == b"old"


def test_it_has_qemus_name():
    assert (G_BYTE_ARRAY.name, repr(G_BYTE_ARRAY)) == ("GByteArray", "G_BYTE_ARRAY")
