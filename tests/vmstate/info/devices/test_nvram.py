"""Numbers that became wider: read, never saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info.devices.nvram import HACK_UINT16_FROM_UINT8, HACK_UINT32_AS_UINT16


@given(st.integers(0, 0xFFFF))
def test_an_offset_of_32_bits_was_sent_in_16(offset):
    assert loaded(HACK_UINT32_AS_UINT16, offset.to_bytes(2)) == offset


@given(st.integers(0, 0xFF))
def test_a_number_of_16_bits_was_sent_in_8(number):
    assert loaded(HACK_UINT16_FROM_UINT8, bytes([number])) == number


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        (HACK_UINT32_AS_UINT16, "int32_as_uint16"),
        (HACK_UINT16_FROM_UINT8, "uint16_from_uint8"),
    ],
)
def test_they_are_not_saved(codec, name):
    with pytest.raises(EncodeError) as error:
        saved(codec, 1)
    assert str(error.value) == (
        f"chip/field: can't save 1: {name} is read from old streams only, never saved"
    )
    assert not hasattr(codec, "format")


@pytest.mark.parametrize(
    ("codec", "size"), [(HACK_UINT32_AS_UINT16, 2), (HACK_UINT16_FROM_UINT8, 1)]
)
def test_bytes_that_end_early_are_refused(codec, size):
    with pytest.raises(TruncatedStreamError):
        codec.load(reading(bytes(size - 1)), None, 0)
