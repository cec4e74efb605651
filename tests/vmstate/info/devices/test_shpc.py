"""SHPC: as many registers as the destination has slots."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.shpc import MOST_SLOTS, SHPC, size_of


def test_a_bridge_with_all_slots_has_these_bytes():
    # As measured on a pci-bridge of QEMU 7.2.
    assert size_of(MOST_SLOTS) == 160


@given(st.integers(1, MOST_SLOTS), st.data())
def test_any_registers_come_back_into_the_bytearray(slots, data):
    size = size_of(slots)
    sent = data.draw(st.binary(min_size=size, max_size=size))
    here = bytearray(size)
    assert loaded(SHPC, saved(SHPC, bytearray(sent)), here) is here
    assert here == sent


@pytest.mark.parametrize(
    "value", [None, bytes(40), bytearray(36), bytearray(41), bytearray(164), bytearray()]
)
def test_what_are_no_registers_is_refused(value):
    why = "not the registers of 1 to 31 slots: a bytearray of 40 to 160 bytes, 4 for each slot"
    with pytest.raises(EncodeError) as error:
        saved(SHPC, value)
    assert error.value.why == why
    with pytest.raises(StreamError) as error:
        SHPC.load(reading(bytes(200)), value, 0)
    assert error.value.why.endswith(why)


def test_bytes_that_end_early_leave_the_registers_alone():
    here = bytearray(range(40))
    with pytest.raises(TruncatedStreamError):
        SHPC.load(reading(bytes(39)), here, 0)
    assert here == bytes(range(40))
