"""Cursors: every byte is read or written once, and running out is an error that says where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, TruncatedStreamError

sizes = st.sampled_from([1, 2, 4, 8])


def test_reading_moves_on():
    reader = Reader(b"\x01\x02\x03\x04")
    assert reader.take(1) == b"\x01"
    assert (reader.offset, reader.remaining) == (1, 3)
    assert reader.unsigned(2) == 0x0203
    assert reader.remaining == 1


def test_reading_may_begin_in_the_middle():
    reader = Reader(bytearray(b"abc"), 2)
    assert (reader.remaining, reader.take(1)) == (1, b"c")


def test_peeking_stays():
    reader = Reader(memoryview(b"abcdef"), 1)
    assert reader.peek(2) == b"bc"
    assert reader.peek(2, skip=1) == b"cd"
    assert reader.peek(9, skip=3) == b"ef"
    assert reader.peek(1, skip=99) == b""
    assert reader.offset == 1


def test_integers_are_big_endian():
    assert Reader(b"\x80\x01").unsigned(2) == 0x8001
    assert Reader(b"\x80\x01").signed(2) == -0x7FFF


def test_running_out_names_place_and_sizes_and_does_not_move():
    reader = Reader(b"\0" * 18)
    reader.offset, reader.path = 16, "i8254/count"
    with pytest.raises(TruncatedStreamError) as error:
        reader.unsigned(4)
    assert str(error.value) == "i8254/count at offset 0x10: needs 4 bytes, 2 are left"
    assert (error.value.need, error.value.have, error.value.offset) == (4, 2, 16)
    assert reader.offset == 16


@pytest.mark.parametrize("cursor", [Reader(b""), Writer()])
def test_a_path_is_owner_and_field(cursor):
    assert cursor.path == ""
    cursor.owner, cursor.field = "i8254", "channels[0].count"
    assert cursor.path == "i8254/channels[0].count"
    cursor.path = "footer"
    assert (cursor.owner, cursor.field, cursor.path) == ("footer", "", "footer")


def test_a_counted_string_has_its_length_before_it():
    assert Reader(b"\x03abcd").counted_string() == "abc"
    assert Reader(b"\0").counted_string() == ""
    assert Reader(b"\x01\xe9").counted_string() == "\xe9"


@pytest.mark.parametrize("data", [b"", b"\x03ab"])
def test_a_counted_string_may_not_end_early(data):
    with pytest.raises(TruncatedStreamError):
        Reader(data).counted_string()


def test_all_bytes_can_be_had_at_once():
    reader = Reader(b"abc", 2)
    assert (bytes(reader.data), reader.offset) == (b"abc", 2)


def test_a_writer_may_share_what_it_appends_to():
    shared = bytearray(b"ab")
    writer = Writer(shared)
    writer.put(b"c")
    shared += b"d"
    assert (bytes(writer), bytes(shared), writer.offset) == (b"abcd", b"abcd", 4)


class Seven:
    def __index__(self):
        return 7


def test_whatever_can_be_an_index_is_an_integer():
    writer = Writer()
    writer.integer(Seven(), 2)
    writer.integer(True, 1)
    assert bytes(writer) == b"\0\x07\x01"


def test_writing_appends():
    writer = Writer()
    writer.put(b"ab")
    writer.integer(0x0102, 2)
    writer.integer(-2, 4, signed=True)
    writer.counted_string("xyz")
    assert bytes(writer) == b"ab\x01\x02\xff\xff\xff\xfe\x03xyz"
    assert writer.offset == 12


@pytest.mark.parametrize(
    ("value", "signed", "why"),
    [
        (256, False, "not an unsigned integer of 8 bits"),
        (-1, False, "not an unsigned integer of 8 bits"),
        (128, True, "not a signed integer of 8 bits"),
        (None, False, "not an unsigned integer of 8 bits"),
        ("1", True, "not a signed integer of 8 bits"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_place(value, signed, why):
    writer = Writer()
    writer.owner, writer.field = "chip", "mode"
    with pytest.raises(EncodeError) as error:
        writer.integer(value, 1, signed=signed)
    assert str(error.value) == f"chip/mode: can't save {value!r}: {why}"
    assert bytes(writer) == b""


def test_a_string_of_256_bytes_is_too_long():
    with pytest.raises(EncodeError, match="can't save 256"):
        Writer().counted_string("x" * 256)


@given(st.data(), sizes, st.booleans())
def test_what_is_written_is_read(data, size, signed):
    low, high = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, 256**size - 1)
    value = data.draw(st.integers(low, high))
    writer = Writer()
    writer.integer(value, size, signed=signed)
    reader = Reader(bytes(writer))
    assert (reader.signed(size) if signed else reader.unsigned(size)) == value
    assert reader.remaining == 0


@given(st.text(st.characters(max_codepoint=255), max_size=255))
def test_a_string_that_is_written_is_read(text):
    writer = Writer()
    writer.counted_string(text)
    assert Reader(bytes(writer)).counted_string() == text
