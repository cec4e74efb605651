"""PowerPC's registers: one file of vector-scalar registers, sent in three parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, saved
from vmstate.errors import EncodeError
from vmstate.info.devices.ppc import AVR, FPR, SLBE, VSCR, VSR, SlbEntry


@given(st.integers(0, (1 << 128) - 1))
def test_a_register_comes_back_from_its_halves_as_it_does_whole(value):
    halves = loaded(VSR, saved(VSR, value), loaded(FPR, saved(FPR, value), 0))
    assert halves == value == loaded(AVR, saved(AVR, value))


def test_the_floating_point_register_is_the_upper_half():
    assert saved(FPR, 0x3FF0 << 112) == bytes.fromhex("3ff0000000000000")
    assert saved(VSR, 0x3FF0 << 112) == bytes(8)
    assert saved(AVR, 0x3FF0 << 112) == bytes(8) + bytes.fromhex("3ff0000000000000")


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1))
def test_a_segment_comes_back_into_its_entry(esid, vsid):
    entry = SlbEntry()
    assert loaded(SLBE, saved(SLBE, SlbEntry(esid, vsid)), entry) is entry
    assert entry == SlbEntry(esid, vsid)


def test_a_segment_that_does_not_fit_is_named():
    with pytest.raises(EncodeError) as error:
        saved(SLBE, SlbEntry(vsid=1 << 64))
    assert str(error.value) == (
        f"chip/field.vsid: can't save {1 << 64}: not an unsigned integer of 64 bits"
    )


def test_the_status_has_32_bits():
    assert saved(VSCR, 0x10000) == b"\0\1\0\0"
