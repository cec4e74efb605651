"""Places: errors tell which member is at fault."""

from __future__ import annotations

import pytest

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.place import inside


@pytest.mark.parametrize("cursor", [Reader(b""), Writer()])
def test_members_and_elements_follow_the_field(cursor):
    cursor.owner, cursor.field = "cpu", "slb[0]"
    with inside(cursor, "esid"):
        assert cursor.path == "cpu/slb[0].esid"
        with inside(cursor, "[3]"):
            assert cursor.path == "cpu/slb[0].esid[3]"
    assert cursor.path == "cpu/slb[0]"


def test_without_a_field_the_member_follows_the_owner():
    cursor = Writer()
    cursor.path = "cpu/slb"
    with inside(cursor, "esid"):
        assert cursor.path == "cpu/slb/esid"


def test_the_place_is_left_when_something_is_raised_in_it():
    cursor = Writer()
    cursor.field = "slb"
    with pytest.raises(ZeroDivisionError), inside(cursor, "esid"):
        raise ZeroDivisionError
    assert cursor.field == "slb"
