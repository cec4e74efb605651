"""Targets with one register of this kind."""

from __future__ import annotations

from tests.support.cursors import saved
from vmstate.info.devices.small_targets import ALPHA_FPCR, MICROBLAZE_MSR, OR1K_SR


def test_they_are_as_wide_as_in_qemu():
    assert saved(ALPHA_FPCR, 1) == b"\0\0\0\0\0\0\0\1"
    assert saved(OR1K_SR, 1) == saved(MICROBLAZE_MSR, 1) == b"\0\0\0\1"


def test_they_have_qemus_names():
    assert [codec.name for codec in (ALPHA_FPCR, OR1K_SR, MICROBLAZE_MSR)] == ["fpcr", "sr", "msr"]
