"""Slots: a place that a type declares is there, whether or not it holds anything."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace

import pytest

from tests.support.recorded_states import both_load, both_save
from tests.support.slotted_states import (
    WITH_X,
    WITHOUT_X,
    Alias,
    Computed,
    Foreign,
    Point,
    Slots,
)
from vmstate import VMS, Field, StreamError, VMStateDescription
from vmstate.info import BOOL, INT32, QTAILQ, TIMER, UINT8, UINT8_EQUAL, UNUSED_BUFFER
from vmstate.info.devices import AVR_RAMPD
from vmstate.slots import has_slot, is_put, is_slot


@pytest.mark.parametrize("kind", WITH_X)
def test_a_slot_is_known_by_its_declaration(kind):
    assert has_slot(kind, "x")


@pytest.mark.parametrize("kind", WITHOUT_X)
def test_what_hides_a_slot_or_only_looks_like_one_is_none(kind):
    assert not has_slot(kind, "x")


@pytest.mark.parametrize(
    ("kind", "name"),
    [(SimpleNamespace, "x"), (deque, "maxlen"), (partial, "func"), (slice, "stop")],
)
def test_other_attributes_are_no_slots(kind, name):
    assert not has_slot(kind, name)


@pytest.mark.parametrize(
    "slots", ["x", ("x",), ["x"], {"x": "the first"}, {"x"}, frozenset({"x"})], ids=repr
)
def test_slots_may_be_declared_in_any_form_that_lasts(slots):
    assert has_slot(type("Kind", (), {"__slots__": slots}), "x")


def test_slots_whose_declaration_is_used_up_are_not_known():
    kind = type("Kind", (), {"__slots__": iter(["x"])})
    kind().x = 1
    assert not has_slot(kind, "x")


def test_a_dataclass_declares_its_fields():
    @dataclass(slots=True)
    class Channel:
        count: int

    assert has_slot(Channel, "count")


def single(codec, flags=VMS.SINGLE, **parts):
    return Field(name="x", flags=flags, info=codec, **parts)


@pytest.mark.parametrize("codec", [UINT8, INT32, BOOL, AVR_RAMPD], ids=repr)
def test_a_number_is_put_whatever_was_there(codec):
    assert is_put(single(codec))


@pytest.mark.parametrize(
    "field",
    [
        single(UINT8_EQUAL),
        single(TIMER),
        single(UNUSED_BUFFER),
        single(UINT8, VMS.SINGLE | VMS.POINTER),
        single(UINT8, VMS.ARRAY, num=2),
        single(UINT8, whole=True),
        single(QTAILQ, VMS.NONE, vmsd=VMStateDescription(name="inner"), make=Slots),
        single(None, VMS.STRUCT, vmsd=VMStateDescription(name="inner")),
    ],
    ids=lambda field: f"{field.info} {field.flags}",
)
def test_whatever_asks_for_a_value_is_not_put(field):
    assert not is_put(field)


def test_a_way_leads_to_a_slot():
    state = SimpleNamespace(points=[Point()], number=1)
    assert is_slot(Point(), "x")
    assert is_slot(state, "points[0].y")
    assert not is_slot(state, "points[0].z")
    assert not is_slot(state, "points[0]")
    for path, error in (("gone.x", AttributeError), ("points[1].x", IndexError)):
        with pytest.raises(error):
            is_slot(state, path)


def described(codec, *more):
    return VMStateDescription(name="chip", fields=(single(codec), *more))


@pytest.mark.parametrize("kind", WITH_X)
@pytest.mark.parametrize("codec", [UINT8, BOOL, AVR_RAMPD], ids=repr)
def test_a_number_is_loaded_into_an_empty_slot(codec, kind):
    outcome = both_load(described(codec), kind(), b"\0")
    assert outcome["result"] is None
    if kind is Point:
        assert outcome["state"] == (
            "Point",
            repr(Point(x=codec.convert(0) if codec.convert else 0)),
        )


@pytest.mark.parametrize("kind", [Slots, Computed, Foreign, Alias])
@pytest.mark.parametrize("codec", [UINT8, BOOL, AVR_RAMPD], ids=repr)
def test_any_other_place_must_hold_something(codec, kind):
    outcome = both_load(described(codec), kind(), b"\0")
    assert outcome["result"][0] is StreamError
    assert outcome["result"][1] == f"chip/x at offset 0x0: can't load into {kind()!r}: it has no x"


@pytest.mark.parametrize("codec", [UINT8, BOOL, AVR_RAMPD], ids=repr)
def test_a_slot_that_was_emptied_is_loaded_into(codec):
    state = Point(x=1)
    del state.x
    assert both_load(described(codec), state, b"\1")["result"] is None


@pytest.mark.parametrize(
    "field",
    [
        single(UINT8_EQUAL),
        single(TIMER),
        single(UINT8, VMS.SINGLE | VMS.POINTER),
        single(UINT8, VMS.ARRAY, num=2),
        single(UINT8, VMS.VARRAY_UINT8, num_field="y"),
        single(None, VMS.STRUCT, vmsd=described(UINT8)),
    ],
    ids=lambda field: f"{field.info} {field.flags}",
)
def test_a_codec_that_asks_for_a_value_misses_it_in_an_empty_slot(field):
    vmsd = VMStateDescription(
        name="chip", fields=(Field(name="y", flags=VMS.SINGLE, info=UINT8), field)
    )
    outcome = both_load(vmsd, Point(), b"\2" + bytes(8))
    assert outcome["result"][1].endswith(f"can't load into {Point(y=2)!r}: it has no x")


@pytest.mark.parametrize("codec", [UINT8, BOOL, AVR_RAMPD], ids=repr)
def test_nothing_is_saved_from_an_empty_slot(codec):
    outcome = both_save(described(codec), Point())
    assert outcome["result"][1].endswith("it has no x")
