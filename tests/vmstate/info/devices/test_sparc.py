"""SPARC's registers: one is as wide as the target, one has another's name."""

from __future__ import annotations

from tests.support.cursors import saved
from vmstate.info import UINT32
from vmstate.info.devices.sparc import CWP, FSR, FSR32, PSR, XCC


def test_the_floating_point_status_is_as_wide_as_a_register():
    assert saved(FSR, 0x12) == bytes.fromhex("0000000000000012")
    assert saved(FSR32, 0x12) == bytes.fromhex("00000012")
    assert FSR.name == FSR32.name == "fsr"
    assert repr(FSR32) == "SPARC_FSR32"


def test_the_rest_has_32_bits():
    assert [saved(codec, 1) for codec in (PSR, XCC, CWP)] == [b"\0\0\0\1"] * 3


def test_the_window_has_the_name_of_a_plain_integer():
    assert CWP.name == UINT32.name
