"""Buffers: exactly as many bytes as the field says; and bytes that nobody uses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info import BUFFER, UNUSED_BUFFER


def saved(info, value, size):
    writer = Writer()
    writer.path = "chip/ram"
    info.save(writer, value, size)
    return bytes(writer)


@given(st.binary())
def test_bytes_come_back_as_a_bytearray(data):
    reader = Reader(saved(BUFFER, data, len(data)) + b"rest")
    loaded = BUFFER.load(reader, None, len(data))
    assert loaded == data
    assert isinstance(loaded, bytearray)
    assert reader.remaining == 4


@pytest.mark.parametrize("value", [b"ab", b"abcd", None, "abc", [1, 2, 3]])
def test_a_buffer_of_another_length_or_type_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(BUFFER, value, 3)
    assert str(error.value) == f"chip/ram: can't save {value!r}: not 3 bytes"


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
    assert (BUFFER.name, repr(BUFFER)) == ("buffer", "BUFFER")
    assert (UNUSED_BUFFER.name, repr(UNUSED_BUFFER)) == ("unused_buffer", "UNUSED_BUFFER")
