"""Records: a row of numbers, loaded into the object that is there."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.record import Record

POINT = Record("POINT", "point", "BH", ("x", "y"))


def test_members_stand_in_their_order():
    assert saved(POINT, SimpleNamespace(y=0x0203, x=1)) == b"\1\2\3"


@given(st.integers(0, 0xFF), st.integers(0, 0xFFFF))
def test_any_members_come_back_into_the_object(x, y):
    point = SimpleNamespace(x=None, y=None, z="stays")
    assert loaded(POINT, saved(POINT, SimpleNamespace(x=x, y=y)), point) is point
    assert point == SimpleNamespace(x=x, y=y, z="stays")


def test_a_member_that_does_not_fit_is_named():
    with pytest.raises(EncodeError) as error:
        saved(POINT, SimpleNamespace(x=1, y=0x10000))
    assert str(error.value) == (
        "chip/field.y: can't save 65536: not an unsigned integer of 16 bits"
    )


def test_members_that_are_lacking_are_named():
    with pytest.raises(EncodeError) as error:
        saved(POINT, None)
    assert str(error.value) == "chip/field: can't save None: it has no x, y"
    with pytest.raises(StreamError) as error:
        POINT.load(reading("010203"), SimpleNamespace(x=1), 0)
    assert str(error.value) == (
        "chip/field at offset 0x0: can't load into namespace(x=1): it has no y"
    )


def test_bytes_that_end_early_leave_the_object_alone():
    point = SimpleNamespace(x=7, y=8)
    with pytest.raises(TruncatedStreamError):
        POINT.load(reading("0102"), point, 0)
    assert point == SimpleNamespace(x=7, y=8)


def test_it_has_the_name_that_it_is_given():
    assert (POINT.name, repr(POINT)) == ("point", "POINT")
