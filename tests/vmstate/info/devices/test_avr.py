"""AVR's registers: extensions of addresses stand from bit 16 on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info.devices.avr import EIND, RAMPD, RAMPX, RAMPY, RAMPZ, SREG

SEGMENTS = pytest.mark.parametrize("codec", [RAMPD, RAMPX, RAMPY, RAMPZ, EIND], ids=repr)


@given(st.integers(0, 0xFFFFFFFF))
def test_of_any_value_only_eight_bits_come_back(value):
    assert saved(RAMPD, value) == bytes([value >> 16 & 0xFF])
    assert loaded(RAMPD, saved(RAMPD, value)) == value & 0xFF0000


@SEGMENTS
def test_a_segment_is_one_byte(codec):
    assert saved(codec, 0x7F0000) == b"\x7f"
    assert codec.convert(0x7F) == loaded(codec, "7f") == 0x7F0000


@SEGMENTS
@pytest.mark.parametrize("value", [-1, 1 << 32, None])
def test_what_is_no_integer_of_32_bits_is_refused(codec, value):
    with pytest.raises(EncodeError) as error:
        saved(codec, value)
    assert str(error.value) == (
        f"chip/field: can't save {value!r}: not an unsigned integer of 32 bits"
    )


@SEGMENTS
def test_no_byte_is_an_error(codec):
    with pytest.raises(TruncatedStreamError):
        codec.load(reading(b""), None, 0)


def test_the_status_is_its_byte():
    assert saved(SREG, 0x80) == b"\x80"
