"""The interpreter: fields in order, where each stands, what is refused and by which name.

Arrays, pointers, hooks, subsections and the like are in the files beside this one.
"""

from __future__ import annotations

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import POINT, Frozen, State, chip, header, is_on, subsection
from vmstate import EncodeError, Saved, Span, StreamError, TruncatedStreamError, load, save
from vmstate.cursor import Reader
from vmstate.info import UINT8, UINT16
from vmstate.macros import (
    VMSTATE_ARRAY,
    VMSTATE_BUFFER,
    VMSTATE_FD,
    VMSTATE_INT8,
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
    VMSTATE_VARRAY_UINT32,
)


def test_fields_stand_in_order_big_endian_without_padding(engine):
    vmsd = chip(VMSTATE_UINT8("a"), VMSTATE_UINT32("b"), VMSTATE_UINT16("c"), VMSTATE_INT8("d"))
    state = State(a=1, b=2, c=3, d=-2)
    assert engine.save(vmsd, state).data.hex() == "01000000020003fe"
    loaded = engine.load(vmsd, State(a=0, b=0, c=0, d=0), bytes.fromhex("0112345678abcdff"))
    assert vars(loaded) == {"a": 1, "b": 0x12345678, "c": 0xABCD, "d": -1}


def test_every_leaf_has_a_span(engine):
    vmsd = chip(
        VMSTATE_UINT8_ARRAY("a", 2),
        VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT),
        VMSTATE_UNUSED(3),
        subsections=(subsection("chip/more", VMSTATE_STRUCT("point", 0, POINT)),),
    )
    points = [State(x=1, y=2), State(x=3, y=4)]
    saved = engine.save(vmsd, State(a=[9, 8], points=points, point=points[0]))
    assert saved.spans == (
        Span("a[0]", "uint8", 0, 1),
        Span("a[1]", "uint8", 1, 1),
        Span("points[0].x", "uint8", 2, 1),
        Span("points[0].y", "uint8", 3, 1),
        Span("points[1].x", "uint8", 4, 1),
        Span("points[1].y", "uint8", 5, 1),
        Span("unused", "unused_buffer", 6, 3),
        Span("<chip/more>.point.x", "uint8", 24, 1),
        Span("<chip/more>.point.y", "uint8", 25, 1),
    )
    assert len(saved.data) == 26


def test_a_layout_knows_states_versions_offsets_and_sizes(engine):
    inner = subsection("chip/more", VMSTATE_STRUCT("point", 0, POINT), version_id=4)
    vmsd = chip(VMSTATE_UINT16("a"), VMSTATE_UINT8("b"), subsections=(inner,), version_id=3)
    layout = engine.save(vmsd, State(a=1, b=2, point=State(x=3, y=4)), version_id=1).layout
    assert (layout.description, layout.version_id) == (vmsd, 1)
    assert (layout.offset, layout.size) == (0, 3 + len(header("chip/more")) + 2)
    assert [(field.index, field.offset, field.sizes) for field in layout.fields] == [
        (0, 0, (2,)),
        (1, 2, (1,)),
    ]
    (more,) = layout.subsections
    assert (more.description, more.version_id, more.offset, more.size) == (inner, 4, 18, 2)
    (point,) = more.fields[0].children
    assert (point.description, point.version_id, point.offset, point.size) == (POINT, 2, 18, 2)


def test_a_field_that_is_not_there_has_no_place(engine):
    vmsd = chip(VMSTATE_UINT8("on"), VMSTATE_UINT8_TEST("a", is_on), VMSTATE_UINT8("b"))
    saved = engine.save(vmsd, State(on=0, a=1, b=2))
    assert saved.data == b"\0\2"
    assert [field.index for field in saved.layout.fields] == [0, 2]
    assert saved.spans[1] == Span("b", "uint8", 1, 1)


def test_a_field_may_reach_into_the_state(engine):
    vmsd = chip(VMSTATE_UINT8("inner.rows[1]"))
    state = State(inner=State(rows=[1, 2]))
    assert engine.save(vmsd, state).data == b"\2"
    engine.load(vmsd, state, b"\7")
    assert state.inner.rows == [1, 7]


def test_a_field_may_stand_twice(engine):
    vmsd = chip(VMSTATE_UINT8("a"), VMSTATE_UINT16("a"))
    assert engine.save(vmsd, State(a=3)).data == b"\3\0\3"
    assert engine.load(vmsd, State(a=0), b"\3\0\4").a == 4


def test_what_nobody_uses_is_zeros_out_and_anything_in(engine):
    vmsd = chip(VMSTATE_UNUSED(3), VMSTATE_UINT8("a"))
    assert engine.save(vmsd, State(a=1)).data == b"\0\0\0\1"
    assert vars(engine.load(vmsd, State(a=0), b"xyz\2")) == {"a": 2}


def test_a_field_test_sees_what_was_loaded_before_it(engine):
    vmsd = chip(VMSTATE_UINT8("on"), VMSTATE_UINT8_TEST("a", is_on), VMSTATE_UINT8("b"))
    state = State(on=0, a=0, b=0)
    engine.load(vmsd, state, b"\1\5\6")
    assert vars(state) == {"on": 1, "a": 5, "b": 6}
    engine.load(vmsd, state, b"\0\7")
    assert vars(state) == {"on": 0, "a": 5, "b": 7}


def test_a_cursor_is_read_from_where_it_is_and_left_behind_the_state(engine):
    reader = Reader(b"\1\2\3\4", 1)
    assert engine.load(chip(VMSTATE_UINT16("a")), State(a=0), reader).a == 0x0203
    assert reader.offset == 3


def test_bytes_that_are_left_over_are_an_error(engine):
    state = State(a=0)
    with pytest.raises(StreamError) as error:
        engine.load(chip(VMSTATE_UINT8("a")), state, b"\1\2\3")
    assert str(error.value) == "chip at offset 0x1: 2 bytes are left over"
    assert state.a == 1


def test_bytes_that_end_early_name_the_field(engine):
    vmsd = chip(VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT))
    state = State(points=[State(x=0, y=0), State(x=0, y=0)])
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(vmsd, state, b"\1\2\3")
    assert str(error.value) == "point/y at offset 0x3: needs 1 bytes, 0 are left"
    assert (error.value.need, error.value.have) == (1, 0)
    # What came before stays loaded, what would come after is left alone.
    assert state.points == [State(x=1, y=2), State(x=3, y=0)]


@pytest.mark.parametrize("length", range(8))
def test_what_was_whole_before_the_end_is_loaded_and_nothing_behind_it(engine, length):
    vmsd = chip(VMSTATE_UINT16("a"), VMSTATE_UINT32("b"), VMSTATE_UINT16("c"))
    state = State(a=0, b=0, c=0)
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(vmsd, state, bytes.fromhex("1111222222223333")[:length])
    whole = {0: (0, 0), 1: (0x1111, 0)}.get((length >= 2) + (length >= 6), (0x1111, 0x22222222))
    assert vars(state) == {"a": whole[0], "b": whole[1], "c": 0}
    name, start, need = [("a", 0, 2), ("b", 2, 4), ("c", 6, 2)][(length >= 2) + (length >= 6)]
    assert (error.value.path, error.value.offset) == (f"chip/{name}", start)
    assert (error.value.need, error.value.have) == (need, length - start)


PLACES = [
    (VMSTATE_UINT8("none"), "none", "none"),
    (VMSTATE_UINT8("deep.none"), "deep.none", "deep.none"),
    (VMSTATE_UINT8_ARRAY("a", 2), "a[1]", "a[1]"),
    (VMSTATE_UINT8_ARRAY("none", 2), "none", "none"),
    (VMSTATE_STRUCT("none", 0, POINT), "none", "none"),
    (VMSTATE_VARRAY_UINT32("a", "none", 0, UINT8), "a", "none"),
    (VMSTATE_VARRAY_UINT32("a", "word", 0, UINT8), "a", "word"),
]


@pytest.mark.parametrize(("field", "place", "missing"), PLACES)
def test_a_place_that_the_state_has_not_is_named(engine, field, place, missing):
    state = State(a=[1], word="x")
    holder = state.a if place == "a[1]" else state
    with pytest.raises(EncodeError) as error:
        engine.save(chip(field), state)
    assert str(error.value) == f"chip/{place}: can't save {holder!r}: it has no {missing}"
    with pytest.raises(StreamError) as refused:
        engine.load(chip(field), state, bytes(8))
    assert refused.value.path == f"chip/{place}"
    assert refused.value.why == f"can't load into {holder!r}: it has no {missing}"


@pytest.mark.parametrize(
    "field", [VMSTATE_STRUCT("a", 0, POINT), VMSTATE_STRUCT_POINTER("a", POINT)]
)
def test_a_struct_that_is_null_is_refused(engine, field):
    with pytest.raises(EncodeError) as error:
        engine.save(chip(field), State(a=None))
    assert str(error.value) == "chip/a: can't save None: the pointer is null"
    with pytest.raises(StreamError) as refused:
        engine.load(chip(field), State(a=None), bytes(8))
    assert str(refused.value) == "chip/a at offset 0x0: can't load into None: the pointer is null"


def test_a_state_that_takes_no_value_is_refused(engine):
    with pytest.raises(StreamError) as error:
        engine.load(chip(VMSTATE_UINT8("a")), Frozen(), b"\2")
    assert error.value.path == "chip/a"
    assert error.value.why.startswith("can't load into <")
    assert error.value.why.endswith(": it can't take 2")


def test_a_value_that_does_not_fit_is_named(engine):
    vmsd = chip(VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT))
    state = State(points=[State(x=0, y=0), State(x=0, y=256)])
    with pytest.raises(EncodeError, match=r"^point/y: can.t save 256: not an unsigned int"):
        engine.save(vmsd, state)
    with pytest.raises(EncodeError, match="chip/ram: can't save b'ab': not 3 bytes"):
        engine.save(chip(VMSTATE_BUFFER("ram", 3)), State(ram=b"ab"))


def test_descriptors_go_beside_the_bytes(engine):
    vmsd = chip(VMSTATE_FD("a"), VMSTATE_UINT8("b"), VMSTATE_FD("c"))
    saved = engine.save(vmsd, State(a=7, b=1, c=5))
    assert (saved.data, saved.descriptors) == (b" \1 ", (7, 5))
    reader = Reader(saved.data)
    reader.descriptors = deque(saved.descriptors)
    assert vars(engine.load(vmsd, State(a=0, b=0, c=0), reader)) == {"a": 7, "b": 1, "c": 5}


def test_equal_states_are_saved_equal(engine):
    vmsd = chip(VMSTATE_UINT8("a"))
    assert engine.save(vmsd, State(a=1)) == engine.save(vmsd, State(a=1))
    assert engine.save(vmsd, State(a=1)) != engine.save(vmsd, State(a=2))


def test_the_functions_of_the_package_are_the_interpreter():
    vmsd = chip(VMSTATE_UINT8("a"), version_id=2)
    saved = save(vmsd, State(a=1))
    assert isinstance(saved, Saved)
    assert (saved.data, saved.layout.version_id, saved.descriptors) == (b"\1", 2, ())
    state = State(a=0)
    load(vmsd, state, saved.data, 2)
    assert state.a == 1
    assert "layout" not in repr(saved)


EVERYTHING = chip(
    VMSTATE_UINT8("on"),
    VMSTATE_UINT8_TEST("a", is_on),
    VMSTATE_INT32("b"),
    VMSTATE_BUFFER("ram", 3),
    VMSTATE_ARRAY("row", 2, 0, UINT16),
    VMSTATE_UNUSED(2),
    VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT),
    subsections=(subsection("chip/c", VMSTATE_UINT16("c"), needed=is_on),),
)
points = st.builds(State, x=st.integers(0, 255), y=st.integers(0, 255))
states = st.builds(
    State,
    on=st.integers(0, 1),
    a=st.integers(0, 255),
    b=st.integers(-(1 << 31), (1 << 31) - 1),
    ram=st.binary(min_size=3, max_size=3).map(bytearray),
    row=st.lists(st.integers(0, 0xFFFF), min_size=2, max_size=2),
    points=st.lists(points, min_size=2, max_size=2),
    c=st.integers(0, 0xFFFF),
)


@given(states, states)
def test_what_is_saved_is_loaded_into_any_state(engine, state, other):
    saved = engine.save(EVERYTHING, state)
    kept = other.a, other.c
    engine.load(EVERYTHING, other, saved.data)
    if not state.on:
        # Not sent, so the destination keeps its own.
        assert (other.a, other.c) == kept
        state.a, state.c = kept
    assert other == state
    assert engine.save(EVERYTHING, other) == saved


@given(states)
def test_the_spans_cover_every_byte_that_is_no_header(engine, state):
    saved = engine.save(EVERYTHING, state)
    covered = [range(span.offset, span.offset + span.size) for span in saved.spans]
    places = [place for span in covered for place in span]
    assert places == sorted({*places})
    assert len(saved.data) - len(places) == (len(header("chip/c")) if state.on else 0)


@given(states, st.integers(0, 40))
def test_a_stream_that_is_cut_is_refused(engine, state, length):
    whole = engine.save(EVERYTHING, state).data
    # Without its subsection the stream of a state that is on would be whole too.
    if length < len(whole) and not (state.on and length == len(whole) - 2 - len(header("chip/c"))):
        with pytest.raises(StreamError):
            engine.load(EVERYTHING, state, whole[:length])


@given(states, states, st.binary(max_size=40))
def test_any_bytes_are_loaded_or_refused(engine, state, other, data):
    try:
        engine.load(EVERYTHING, state, data)
    except StreamError:
        return
    saved = engine.save(EVERYTHING, state)
    engine.load(EVERYTHING, other, saved.data)
    assert engine.save(EVERYTHING, other) == saved
