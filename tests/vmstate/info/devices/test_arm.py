"""Arm's registers: the one whose zero means nothing, and the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, saved
from vmstate.errors import EncodeError
from vmstate.info.devices.arm import CPSR, FPCR, FPSCR, FPSR, POWERED_OFF


def test_a_zero_leaves_the_floating_point_status_to_a_subsection():
    assert loaded(FPSCR, "00000000", 0x1234) == 0x1234
    assert loaded(FPSCR, "00000000", None) is None


@given(st.integers(1, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF))
def test_any_other_floating_point_status_comes_back(sent, here):
    assert loaded(FPSCR, saved(FPSCR, sent), here) == sent


def test_a_floating_point_status_that_does_not_fit_is_refused():
    with pytest.raises(EncodeError, match="not an unsigned integer of 32 bits"):
        saved(FPSCR, 1 << 32)


@pytest.mark.parametrize(("byte", "is_off"), [("00", False), ("01", True), ("80", True)])
def test_a_cpu_is_off_if_the_byte_is_not_zero(byte, is_off):
    assert loaded(POWERED_OFF, byte) is is_off
    assert saved(POWERED_OFF, is_off) == bytes([is_off])


def test_what_is_no_truth_is_no_power_state():
    with pytest.raises(EncodeError, match="not a boolean"):
        saved(POWERED_OFF, 2)


def test_registers_are_as_wide_as_in_qemu():
    assert [codec.format for codec in (FPSCR, FPCR, FPSR, CPSR, POWERED_OFF)] == [
        *"IQQI",
        "B",
    ]
    assert not hasattr(FPSCR, "convert")
