"""Bit fields: members that share a number."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Writer
from vmstate.errors import EncodeError
from vmstate.info.devices.bit_fields import field, pack, unpack

FIELDS = (field("low", 0, 3), field("flag", 4), field("cut", 8, 3, loaded=2))


def writing():
    writer = Writer()
    writer.path = "chip/field"
    return writer


def test_each_member_stands_in_its_bits():
    state = SimpleNamespace(low=5, flag=1, cut=7)
    assert pack(writing(), state, FIELDS) == 0b111_0001_0101


@given(st.integers(0, 7), st.integers(0, 1), st.integers(0, 7))
def test_what_is_loaded_is_what_was_saved_but_for_bits_that_are_cut(low, flag, cut):
    word = pack(writing(), SimpleNamespace(low=low, flag=flag, cut=cut), FIELDS)
    state = SimpleNamespace()
    unpack(state, FIELDS, word | 1 << 3)
    assert state == SimpleNamespace(low=low, flag=flag, cut=cut & 3)


@pytest.mark.parametrize(
    ("member", "value", "bits"),
    [("low", 8, "3 bits"), ("low", -1, "3 bits"), ("flag", 2, "1 bit"), ("flag", None, "1 bit")],
)
def test_a_member_that_does_not_fit_is_named(member, value, bits):
    state = SimpleNamespace(low=0, flag=0, cut=0)
    setattr(state, member, value)
    with pytest.raises(EncodeError) as error:
        pack(writing(), state, FIELDS)
    assert str(error.value) == (
        f"chip/field/{member}: can't save {value!r}: not an unsigned integer of {bits}"
    )
