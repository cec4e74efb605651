"""Registers: unsigned integers under the names that QEMU gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info import devices
from vmstate.info.devices.register import Register

#: Each register and its bits.
REGISTERS = {
    repr(codec): (codec, {"B": 8, "I": 32, "Q": 64}[codec.format])
    for codec in vars(devices).values()
    if isinstance(codec, Register)
}
ALL = pytest.mark.parametrize(("codec", "bits"), REGISTERS.values(), ids=REGISTERS)


def test_there_are_so_many():
    assert len(REGISTERS) == 3 + 1 + 5 + 1 + 3 + 1


@given(st.sampled_from(list(REGISTERS.values())), st.data())
def test_any_register_comes_back(entry, data):
    codec, bits = entry
    value = data.draw(st.integers(0, (1 << bits) - 1))
    assert saved(codec, value) == value.to_bytes(bits // 8)
    assert loaded(codec, saved(codec, value)) == value


@ALL
def test_one_beyond_the_bounds_is_refused(codec, bits):
    for value in (-1, 1 << bits):
        with pytest.raises(EncodeError) as error:
            saved(codec, value)
        assert str(error.value) == (
            f"chip/field: can't save {value}: not an unsigned integer of {bits} bits"
        )


@ALL
def test_bytes_that_end_early_are_refused(codec, bits):
    with pytest.raises(TruncatedStreamError):
        codec.load(reading(bytes(bits // 8 - 1)), None, 0)


@ALL
def test_what_is_read_is_the_value(codec, bits):
    assert codec.convert is None
