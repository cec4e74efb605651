"""Doubles of a CPU: 64 bits, upper word first, whatever number they mean."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info import CPUDOUBLE


def saved(value):
    writer = Writer()
    writer.path = "cpu/fpr[0]"
    CPUDOUBLE.save(writer, value, 0)
    return bytes(writer)


def test_the_upper_word_comes_first():
    assert saved(0x0011223344556677) == bytes.fromhex("00112233 44556677")


@given(st.floats())
def test_any_double_comes_back_bit_by_bit(number):
    bits = int.from_bytes(struct.pack(">d", number))
    assert CPUDOUBLE.load(Reader(saved(bits)), None, 0) == bits


@pytest.mark.parametrize("value", [-1, 1 << 64, 1.0, None])
def test_what_is_no_64_bits_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(value)
    assert str(error.value) == (
        f"cpu/fpr[0]: can't save {value!r}: not an unsigned integer of 64 bits"
    )


def test_bytes_that_end_early_are_refused():
    with pytest.raises(TruncatedStreamError, match="needs 8 bytes, 7 are left"):
        CPUDOUBLE.load(Reader(bytes(7)), None, 0)


def test_it_has_qemus_name():
    assert (CPUDOUBLE.name, repr(CPUDOUBLE)) == ("CPU_Double_U", "CPUDOUBLE")
