"""Pointers: null markers, markers of valid pointers, and the traps of arrays of pointers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import POINT, State, chip
from vmstate import LATEST, VMS, Field, Release, Span, StreamError, TruncatedStreamError
from vmstate.info import INT32, UINT8
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_POINTER,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_UINT8,
    VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC,
    VMSTATE_VARRAY_OF_POINTER_UINT32,
)

POINTERS = chip(VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("p", 3, 0, POINT))
NUMBERS = chip(VMSTATE_ARRAY_OF_POINTER("p", 3, 0, INT32))


def point():
    return State(x=0, y=0)


MADE = chip(
    VMSTATE_UINT8("n"),
    VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC("p", "n", 0, POINT, point),
)


def test_a_pointer_to_a_value_is_the_value(engine):
    vmsd = chip(VMSTATE_POINTER("a", 0, UINT8), VMSTATE_STRUCT_POINTER("p", POINT))
    state = State(a=1, p=State(x=2, y=3))
    assert engine.save(vmsd, state).data == b"\1\2\3"
    engine.load(vmsd, state, b"\4\5\6")
    assert (state.a, state.p) == (4, State(x=5, y=6))


def test_a_pointer_to_a_value_may_not_be_null(engine):
    with pytest.raises(StreamError) as error:
        engine.load(chip(VMSTATE_POINTER("a", 0, UINT8)), State(a=None), b"\1")
    assert str(error.value) == "chip/a at offset 0x0: can't load into None: the pointer is null"


def test_pointers_have_no_markers_where_none_is_null(engine):
    state = State(p=[State(x=1, y=2), State(x=3, y=4), State(x=5, y=6)])
    assert engine.save(POINTERS, state).data == bytes(range(1, 7))
    engine.load(POINTERS, state, bytes(range(7, 13)))
    assert state.p == [State(x=7, y=8), State(x=9, y=10), State(x=11, y=12)]


def test_a_null_pointer_is_one_byte(engine):
    saved = engine.save(POINTERS, State(p=[State(x=1, y=2), None, State(x=5, y=6)]))
    assert saved.data == b"\1\2\x30\5\6"
    state = State(p=[point(), None, point()])
    engine.load(POINTERS, state, saved.data)
    assert state.p == [State(x=1, y=2), None, State(x=5, y=6)]


def test_a_null_pointer_to_a_number_is_one_byte(engine):
    saved = engine.save(NUMBERS, State(p=[None, -1, None]))
    assert saved.data == b"\x30\xff\xff\xff\xff\x30"
    assert engine.load(NUMBERS, State(p=[None, 5, None]), saved.data).p == [None, -1, None]


def test_a_layout_tells_null_from_valid_and_from_unmarked(engine):
    saved = engine.save(POINTERS, State(p=[None, State(x=1, y=2), None]))
    (field,) = saved.layout.fields
    assert (field.markers, field.sizes, len(field.children)) == ("0.0", (1, 2, 1), 1)
    assert saved.spans == (
        Span("p[0]", "ptr-marker", 0, 1),
        Span("p[1].x", "uint8", 1, 1),
        Span("p[1].y", "uint8", 2, 1),
        Span("p[2]", "ptr-marker", 3, 1),
    )


@pytest.mark.parametrize(
    ("release", "type_"),
    [("7.2", "uint64"), ("9.2", "uint64"), ("10.0", "nullptr"), ("11.0", "nullptr")],
)
def test_the_marker_of_a_null_pointer_is_named_by_the_release(engine, release, type_):
    saved = engine.save(NUMBERS, State(p=[None, 1, 2]), release=Release.parse(release))
    assert saved.spans[0] == Span("p[0]", type_, 0, 1)
    assert saved.data[0] == 0x30


@pytest.mark.parametrize("byte", [0x31, 0x00, 0x2F])
@pytest.mark.parametrize("release", [LATEST, Release(7, 2)])
def test_a_pointer_that_is_null_on_this_side_alone_is_refused(engine, byte, release):
    state = State(p=[point(), None, point()])
    with pytest.raises(StreamError) as error:
        engine.load(POINTERS, state, b"\1\2" + bytes([byte]) + b"\0\0\5\6", release=release)
    assert str(error.value) == (
        f"chip/p[1] at offset 0x2: marker {byte:#04x}: the pointer is null on this side"
    )
    assert state.p == [State(x=1, y=2), None, point()]


def test_a_pointer_without_markers_is_not_made_even_where_it_could_be(engine):
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER
    vmsd = chip(Field(name="p", flags=flags, info=UINT8, num=1, make=int))
    with pytest.raises(StreamError, match="marker 0x31: the pointer is null on this side"):
        engine.load(vmsd, State(p=[None]), b"\x31\7")


def test_a_pointer_that_is_null_on_the_other_side_alone_takes_the_marker_for_data(engine):
    state = State(p=[point(), point(), point()])
    with pytest.raises(TruncatedStreamError, match="point/y at offset 0x5"):
        engine.load(POINTERS, state, b"\1\2\x30\5\6")
    assert state.p[1] == State(x=0x30, y=5)


def test_a_marker_that_is_missing_names_the_pointer(engine):
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(NUMBERS, State(p=[1, None, None]), bytes(4))
    assert str(error.value) == "chip/p[1] at offset 0x4: needs 1 bytes, 0 are left"


def test_pointers_as_many_as_a_field_says(engine):
    vmsd = chip(VMSTATE_UINT8("n"), VMSTATE_VARRAY_OF_POINTER_UINT32("p", "n", 0, UINT8))
    assert engine.save(vmsd, State(n=2, p=[7, None, 3])).data == b"\2\7\x30"
    assert engine.load(vmsd, State(n=0, p=[1, None, 3]), b"\2\7\x30").p == [7, None, 3]


def test_pointers_that_loading_makes_have_a_marker_each(engine):
    saved = engine.save(MADE, State(n=3, p=[State(x=1, y=2), None, State(x=5, y=6)]))
    assert saved.data == b"\3\x31\1\2\x30\x31\5\6"
    state = engine.load(MADE, State(n=0, p=[None, None, None]), saved.data)
    assert state.p == [State(x=1, y=2), None, State(x=5, y=6)]
    assert state.p[0] is not state.p[2]


def test_a_layout_has_the_markers_of_pointers_that_loading_makes(engine):
    saved = engine.save(MADE, State(n=2, p=[State(x=1, y=2), None]))
    field = saved.layout.fields[1]
    assert (field.markers, field.sizes, field.offset) == ("10", (3, 1), 1)
    assert saved.spans[1:] == (
        Span("p[0].x", "uint8", 2, 1),
        Span("p[0].y", "uint8", 3, 1),
        Span("p[1]", "ptr-marker", 4, 1),
    )


def test_a_number_behind_a_marker_is_a_leaf_without_it(engine):
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER | VMS.ARRAY_OF_POINTER_AUTO_ALLOC
    vmsd = chip(Field(name="p", flags=flags, info=UINT8, num=2, make=int))
    saved = engine.save(vmsd, State(p=[7, None]))
    assert saved.data == b"\x31\7\x30"
    assert saved.spans == (Span("p[0]", "uint8", 1, 1), Span("p[1]", "ptr-marker", 2, 1))
    assert engine.load(vmsd, State(p=[None, None]), saved.data).p == [7, None]


def test_a_pointer_that_loading_makes_must_be_null_before(engine):
    with pytest.raises(StreamError) as error:
        engine.load(MADE, State(n=0, p=[point()]), b"\1\x31\1\2")
    assert error.value.path == "chip/p[0]"
    assert error.value.offset == 1
    assert error.value.why.endswith("the pointer must be null before it is loaded")


@pytest.mark.parametrize("byte", [0x00, 0x2F, 0x32, 0xFF])
def test_a_marker_that_is_none_is_refused(engine, byte):
    state = State(n=0, p=[None, None])
    why = rf"chip/p\[1\] at offset 0x4: marker {byte:#04x}: the pointer"
    with pytest.raises(StreamError, match=why):
        engine.load(MADE, state, b"\2\x31\1\2" + bytes([byte]) + b"\5\6")
    assert state.p == [State(x=1, y=2), None]


def test_what_was_made_stays_where_loading_it_fails(engine):
    state = State(n=0, p=[None])
    with pytest.raises(TruncatedStreamError, match="point/y at offset 0x3"):
        engine.load(MADE, state, b"\1\x31\7")
    assert state.p == [State(x=7, y=0)]


@given(st.lists(st.none() | st.integers(0, 255), min_size=1, max_size=8))
def test_any_pattern_of_null_pointers_comes_back(engine, values):
    vmsd = chip(VMSTATE_ARRAY_OF_POINTER("p", len(values), 0, UINT8))
    saved = engine.save(vmsd, State(p=values))
    assert len(saved.data) == len(values)
    blank = [None if value is None else 0 for value in values]
    assert engine.load(vmsd, State(p=blank), saved.data).p == values
    assert saved.layout.fields[0].markers == "".join("0" if v is None else "." for v in values)
