"""The clipboard of a guest's agent: at most three, or none at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.vdagent import CBINFOS, Clipboard, Content

CLIPBOARDS = st.builds(
    Clipboard,
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.booleans(),
    st.integers(0, 0xFFFFFFFF),
    st.lists(st.builds(Content, st.booleans(), st.booleans(), st.binary()), min_size=1, max_size=1),
)


@given(st.lists(CLIPBOARDS, max_size=3), st.lists(CLIPBOARDS, max_size=3))
def test_any_clipboards_take_the_place_of_those_that_are_there(sent, here):
    before = here
    assert loaded(CBINFOS, saved(CBINFOS, sent), here) is before
    assert here == sent


def test_an_agent_that_shares_none_sends_nothing():
    assert saved(CBINFOS, None) == b""
    assert loaded(CBINFOS, b"") is None


def test_each_is_its_selection_serial_and_content():
    clipboard = Clipboard(2, True, 0x11, [Content(False, True, b"text")])
    assert saved(CBINFOS, [clipboard]) == bytes.fromhex(
        "00000001 00000002 01 00000011 00 01 00000004 74657874"
    )


def test_a_clipboard_begins_empty():
    assert saved(CBINFOS, [Clipboard()]) == b"\0\0\0\1" + bytes(15)


def test_more_than_there_is_room_for_are_refused():
    with pytest.raises(StreamError) as error:
        CBINFOS.load(reading("00000004"), [], 0)
    assert str(error.value) == ("chip/field at offset 0x0: 4 clipboards were sent: expected 0 to 3")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (5, ": can't save 5: not a list of 0 to 3 clipboards"),
        ([None], "[0]: can't save None: not a Clipboard with 1 type"),
        (
            [Clipboard(selection=1 << 31)],
            "[0].selection: can't save 2147483648: not a signed integer of 32 bits",
        ),
        ([Clipboard(has_serial=2)], "[0].has_serial: can't save 2: not a boolean"),
        ([Clipboard(serial=-1)], "[0].serial: can't save -1: not an unsigned integer of 32 bits"),
        ([Clipboard(types=[5])], "[0].types[0]: can't save 5: not a Content"),
        (
            [Clipboard(), Clipboard(types=[Content(requested=None)])],
            "[1].types[0].requested: can't save None: not a boolean",
        ),
        ([Clipboard(types=[Content(data=5)])], "[0].types[0]: can't save 5: not bytes"),
    ],
)
def test_what_can_not_be_saved_is_named(value, message):
    with pytest.raises(EncodeError) as error:
        saved(CBINFOS, value)
    assert str(error.value) == f"chip/field{message}"


@pytest.mark.parametrize("value", [[Clipboard()] * 4, [Clipboard(types=[])]])
def test_too_many_clipboards_and_too_few_types_are_refused(value):
    with pytest.raises(EncodeError, match=r"not a list of 0 to 3|not a Clipboard with 1 type"):
        saved(CBINFOS, value)


def test_clipboards_need_a_list_to_go_into():
    with pytest.raises(StreamError, match="can't load into 5: not a list"):
        CBINFOS.load(reading(bytes(4)), 5, 0)


def test_a_length_that_lies_leaves_the_clipboards_alone():
    here = [Clipboard(serial=7)]
    with pytest.raises(TruncatedStreamError) as error:
        CBINFOS.load(reading("00000001 00000000 00 00000000 00 00 ffffffff"), here, 0)
    assert error.value.path == "chip/field[0].types[0]"
    assert here == [Clipboard(serial=7)]
