"""Values of the language: they can't change, hold nothing else, and are what they were made of."""

from __future__ import annotations

import dataclasses

import pytest

from vmstate import (
    LATEST,
    VMS,
    Field,
    FieldLayout,
    SectionId,
    StateLayout,
    VMStateDescription,
)
from vmstate.info import BUFFER, UINT8, UINT8_EQUAL
from vmstate.info.capability import Capability

FIELD = Field(name="a", flags=VMS.ARRAY, info=UINT8, num=2)
CHIP = VMStateDescription(name="chip", fields=(FIELD,))
VALUES = [
    FIELD,
    CHIP,
    LATEST,
    FieldLayout(0, FIELD, 0, (1, 1)),
    StateLayout(CHIP, 0, 0, 2, (), ()),
    SectionId("chip", 0),
    UINT8,
    UINT8_EQUAL,
    BUFFER,
    Capability(frozenset({"x"})),
]
KINDS = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


@KINDS
def test_a_value_can_not_be_changed(value):
    for field in dataclasses.fields(value):
        with pytest.raises(AttributeError):
            setattr(value, field.name, None)


@KINDS
def test_a_value_holds_nothing_else(value):
    # Tens of thousands of layouts are made of one machine: a dict each would show.
    assert not hasattr(value, "__dict__")


@KINDS
def test_a_value_is_made_again_of_what_it_was_made_of(value):
    made_of = {
        field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init
    }
    again = type(value)(**made_of)
    assert again == value
    shown = repr(value)
    for field in dataclasses.fields(value):
        assert (f"{field.name}=" in shown) is (field.init and field.repr)


@pytest.mark.parametrize("kind", [Field, VMStateDescription])
def test_parts_are_given_by_their_names(kind):
    with pytest.raises(TypeError, match="positional"):
        kind("chip")


def test_what_follows_from_the_rest_is_not_shown():
    shown = repr(FIELD) + repr(CHIP)
    derived = [field.name for field in dataclasses.fields(Field) if not field.init]
    assert derived
    assert [name for name in (*derived, "depth") if f" {name}=" in shown] == []


def test_what_is_not_given_is_nothing():
    field = Field(name="a")
    given = {each.name: getattr(field, each.name) for each in dataclasses.fields(field)}
    numbers = {name: value for name, value in given.items() if type(value) is int}
    assert set(numbers.values()) == {0}
    assert (field.num_field, field.size_field, field.flags) == ("", "", VMS.NONE)
    vmsd = VMStateDescription(name="chip")
    assert (vmsd.version_id, vmsd.minimum_version_id, vmsd.minimum_version_id_old) == (0, 0, 0)
    assert (vmsd.priority, vmsd.early_setup, vmsd.unmigratable) == (2, False, False)
