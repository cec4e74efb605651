"""Integers that may be less than the local value, not more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import INT32_LE

INTEGERS = st.integers(-(1 << 31), (1 << 31) - 1)


def saved(value):
    writer = Writer()
    writer.path = "chip/version"
    INT32_LE.save(writer, value, 0)
    return bytes(writer)


def test_it_is_big_endian_whatever_its_name_says():
    assert saved(2) == b"\0\0\0\2"
    assert saved(-2) == b"\xff\xff\xff\xfe"


@given(INTEGERS, INTEGERS)
def test_what_is_accepted_lies_between_zero_and_the_local_value(sent, here):
    if 0 <= sent <= here:
        assert INT32_LE.load(Reader(saved(sent)), here, 0) == sent
    else:
        with pytest.raises(StreamError, match=f"expected 0 to {here},"):
            INT32_LE.load(Reader(saved(sent)), here, 0)


@pytest.mark.parametrize(("sent", "is_accepted"), [(-1, False), (0, True), (2, True), (3, False)])
def test_both_bounds_are_accepted(sent, is_accepted):
    reader = Reader(saved(sent))
    reader.path = "chip/version"
    if is_accepted:
        assert INT32_LE.load(reader, 2, 0) == sent
        return
    with pytest.raises(StreamError) as error:
        INT32_LE.load(reader, 2, 0)
    assert str(error.value) == (
        f"chip/version at offset 0x0: {sent} was sent: expected 0 to 2, the value that is here"
    )


def test_what_is_no_integer_of_32_bits_is_refused():
    with pytest.raises(EncodeError, match="not a signed integer of 32 bits"):
        saved(1 << 31)
    for here in (None, 1 << 31):
        with pytest.raises(StreamError, match=r"can't load into .*: not a signed integer of 32"):
            INT32_LE.load(Reader(bytes(4)), here, 0)


def test_bytes_that_end_early_are_refused():
    with pytest.raises(TruncatedStreamError):
        INT32_LE.load(Reader(bytes(3)), 5, 0)


def test_it_has_qemus_name():
    assert (INT32_LE.name, repr(INT32_LE)) == ("int32 le", "INT32_LE")
