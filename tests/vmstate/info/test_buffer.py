"""Buffers: exactly as many bytes as the field says; and bytes that nobody uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import BUFFER, PARTIAL_BUFFER, UNUSED_BUFFER, Buffer


def saved(info, value, size):
    writer = Writer()
    writer.path = "chip/ram"
    info.save(writer, value, size)
    return bytes(writer)


@given(st.binary())
def test_bytes_come_back_into_the_bytearray(data):
    reader = Reader(saved(BUFFER, data, len(data)) + b"rest")
    ram = bytearray(len(data))
    assert BUFFER.load(reader, ram, len(data)) is ram
    assert ram == data
    assert reader.remaining == 4


@pytest.mark.parametrize("value", [b"ab", b"abcd", None, "abc", [1, 2, 3]])
def test_a_buffer_of_another_length_or_type_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(BUFFER, value, 3)
    assert str(error.value) == f"chip/ram: can't save {value!r}: not 3 bytes"


@pytest.mark.parametrize("value", [bytearray(2), bytearray(4), None, b"abc"])
def test_a_destination_of_another_length_or_type_is_refused(value):
    with pytest.raises(StreamError) as error:
        BUFFER.load(Reader(b"abc"), value, 3)
    assert error.value.why == f"can't load into {value!r}: not a bytearray of 3 bytes"


def test_of_a_partial_buffer_the_rest_stays():
    ram = bytearray(b"abcdef")
    middle = Buffer(start=1, is_partial=True)
    middle.load(Reader(b"xyz"), ram, 3)
    assert ram == b"axyzef"
    assert saved(middle, ram, 3) == b"xyz"
    assert saved(PARTIAL_BUFFER, ram, 2) == b"ax"
    with pytest.raises(EncodeError, match="not 8 bytes or more"):
        saved(middle, ram, 7)


def test_the_end_of_a_buffer_is_sent_from_its_start_on():
    ram = bytearray(b"abcdef")
    Buffer(start=4).load(Reader(b"yz"), ram, 2)
    assert ram == b"abcdyz"
    with pytest.raises(EncodeError, match="not 5 bytes"):
        saved(Buffer(start=4), ram, 1)


@pytest.mark.parametrize("info", [BUFFER, UNUSED_BUFFER])
def test_bytes_that_end_early_are_refused(info):
    with pytest.raises(TruncatedStreamError, match="needs 4 bytes, 3 are left"):
        info.load(Reader(b"abc"), None, 4)


def test_what_nobody_uses_is_saved_as_zeros_whatever_is_there():
    assert saved(UNUSED_BUFFER, b"xyz", 3) == bytes(3)
    assert saved(UNUSED_BUFFER, None, 0) == b""


def test_what_nobody_uses_is_skipped():
    reader = Reader(b"xyz!")
    assert UNUSED_BUFFER.load(reader, None, 3) is None
    assert reader.take(1) == b"!"


def test_they_have_qemus_names():
    assert BUFFER.name == "buffer"
    assert (UNUSED_BUFFER.name, repr(UNUSED_BUFFER)) == ("unused_buffer", "UNUSED_BUFFER")
