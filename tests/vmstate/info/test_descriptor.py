"""File descriptors: handed over beside the bytes, or by number in them."""

from __future__ import annotations

from collections import deque
from errno import EIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import FD


def writing(*, descriptors):
    writer = Writer()
    writer.path = "vhost/fd"
    writer.descriptors = descriptors
    return writer


def reading(data, *, descriptors):
    reader = Reader(data)
    reader.path = "vhost/fd"
    reader.descriptors = descriptors
    return reader


@given(st.lists(st.integers(0, 1 << 20)))
def test_descriptors_go_beside_the_bytes_in_order(numbers):
    writer = writing(descriptors=deque())
    for number in numbers:
        FD.save(writer, number, 0)
    assert bytes(writer) == b" " * len(numbers)
    reader = reading(bytes(writer), descriptors=writer.descriptors)
    assert [FD.load(reader, None, 0) for _ in numbers] == numbers
    assert not reader.descriptors


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_where_a_process_replaces_itself_the_number_is_in_the_bytes(number):
    writer = writing(descriptors=None)
    FD.save(writer, number, 0)
    assert bytes(writer) == number.to_bytes(4, signed=True)
    assert FD.load(reading(bytes(writer), descriptors=None), None, 0) == number


def test_a_number_without_a_descriptor_is_an_error_of_the_channel():
    with pytest.raises(StreamError) as error:
        FD.load(reading(b" ", descriptors=deque()), 3, 0)
    assert str(error.value) == (
        "vhost/fd at offset 0x0: no file descriptor: no descriptor came with it"
    )
    assert error.value.number == EIO


def test_another_byte_is_an_error_and_takes_no_descriptor():
    waiting = deque([7])
    with pytest.raises(StreamError) as error:
        FD.load(reading(b"\0", descriptors=waiting), 3, 0)
    assert str(error.value) == (
        "vhost/fd at offset 0x0: no file descriptor: byte 0x00 was sent: expected 0x20"
    )
    assert error.value.number == EIO
    assert waiting == deque([7])


@pytest.mark.parametrize("value", [-1, None, "3"])
def test_what_can_not_be_handed_over_is_refused(value):
    with pytest.raises(EncodeError) as error:
        FD.save(writing(descriptors=deque()), value, 0)
    assert str(error.value) == f"vhost/fd: can't save {value!r}: not a file descriptor"


def test_a_number_of_more_than_32_bits_is_refused():
    with pytest.raises(EncodeError, match="not a signed integer of 32 bits"):
        FD.save(writing(descriptors=None), 1 << 31, 0)


@pytest.mark.parametrize(("data", "descriptors"), [(b"", deque([3])), (b"\0\0\0", None)])
def test_bytes_that_end_early_are_refused(data, descriptors):
    with pytest.raises(TruncatedStreamError):
        FD.load(reading(data, descriptors=descriptors), None, 0)


def test_it_has_qemus_name():
    assert (FD.name, repr(FD)) == ("fd", "FD")
