"""Allocation: what loading makes anew, what it keeps, and lengths that lie."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.support.chips import POINT, Frozen, State, chip
from vmstate import VMS, Field, StreamError, TruncatedStreamError
from vmstate.info import UINT8, UINT16
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_STRUCT_VARRAY_ALLOC,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_VARRAY_INT32_ALLOC,
    VMSTATE_VARRAY_UINT32_ALLOC,
    VMSTATE_VBUFFER_ALLOC_UINT32,
)

NUMBERS = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32_ALLOC("a", "n", 0, UINT16))
BUFFER = chip(VMSTATE_UINT32("n"), VMSTATE_VBUFFER_ALLOC_UINT32("a", 0, None, "n"))


def point():
    return State(x=0, y=0)


STRUCTS = chip(VMSTATE_INT32("n"), VMSTATE_STRUCT_VARRAY_ALLOC("p", "n", 0, POINT, point))


@pytest.mark.parametrize("old", [None, [1], [1, 2, 3, 4]])
def test_a_new_array_takes_the_place_of_the_old_one(engine, old):
    state = engine.load(NUMBERS, State(n=0, a=old), b"\0\0\0\2\0\7\0\x08")
    assert state.a == [7, 8]
    assert state.a is not old
    assert old in (None, [1], [1, 2, 3, 4])


def test_an_allocated_array_is_saved_as_any_other(engine):
    assert engine.save(NUMBERS, State(n=1, a=[7, 8])).data == b"\0\0\0\1\0\7"


def test_new_structs_are_made_one_for_each_element(engine):
    old = [State(x=9, y=9)]
    state = engine.load(STRUCTS, State(n=0, p=old), b"\0\0\0\2\1\2\3\4")
    assert state.p == [State(x=1, y=2), State(x=3, y=4)]
    assert old == [State(x=9, y=9)]
    assert engine.save(STRUCTS, state).data == b"\0\0\0\2\1\2\3\4"


@pytest.mark.parametrize("old", [None, [1, 2]])
def test_nothing_new_is_made_of_no_elements(engine, old):
    state = State(n=9, a=old)
    engine.load(NUMBERS, state, bytes(4))
    assert (state.n, state.a) == (0, old)
    assert state.a is old


def test_a_new_buffer_takes_the_place_of_the_old_one(engine):
    old = bytearray(b"old one")
    state = engine.load(BUFFER, State(n=0, a=old), b"\0\0\0\3abc")
    assert state.a == b"abc"
    assert isinstance(state.a, bytearray)
    assert old == b"old one"


@pytest.mark.parametrize("old", [None, bytearray(b"old")])
def test_nothing_new_is_made_of_no_bytes(engine, old):
    state = State(n=9, a=old)
    engine.load(BUFFER, state, bytes(4))
    assert (state.n, state.a) == (0, old)
    assert state.a is old


def test_an_array_that_could_not_be_loaded_stays_as_far_as_it_came(engine):
    state = State(n=0, a=None)
    with pytest.raises(TruncatedStreamError):
        engine.load(NUMBERS, state, b"\0\0\0\2\0\7\0")
    assert state.a == [7, None]


def test_new_pointers_are_null_until_their_marker_says_otherwise(engine):
    pointers = VMS.VARRAY_UINT8 | VMS.POINTER | VMS.ALLOC | VMS.ARRAY_OF_POINTER
    makes = pointers | VMS.ARRAY_OF_POINTER_AUTO_ALLOC
    vmsd = chip(
        VMSTATE_UINT8("n"),
        Field(name="p", flags=makes | VMS.STRUCT, vmsd=POINT, num_field="n", make=point),
    )
    state = engine.load(vmsd, State(n=0, p=[point()]), b"\2\x31\1\2\x30")
    assert state.p == [State(x=1, y=2), None]
    unmarked = chip(VMSTATE_UINT8("n"), Field(name="p", flags=pointers, info=UINT8, num_field="n"))
    assert engine.load(unmarked, State(n=0, p=[5]), b"\1\x30").p == [None]


def test_a_single_struct_may_be_made_anew(engine):
    flags = VMS.STRUCT | VMS.POINTER | VMS.ALLOC
    vmsd = chip(Field(name="p", flags=flags, vmsd=POINT, make=point))
    old = State(x=9, y=9)
    state = engine.load(vmsd, State(p=old), b"\1\2")
    assert (state.p, old) == (State(x=1, y=2), State(x=9, y=9))
    assert engine.load(vmsd, State(p=None), b"\1\2").p == State(x=1, y=2)


def test_a_single_value_needs_nothing_to_be_made(engine):
    vmsd = chip(Field(name="a", flags=VMS.SINGLE | VMS.POINTER | VMS.ALLOC, info=UINT8))
    assert engine.load(vmsd, State(a=1), b"\7").a == 7


@pytest.mark.parametrize("count", [0x00000005, 0x7FFFFFFF])
@pytest.mark.parametrize(
    ("vmsd", "name"), [(NUMBERS, "a"), (STRUCTS, "p")], ids=["numbers", "structs"]
)
def test_a_count_above_the_bytes_that_are_left_is_refused_before_it_costs(
    engine, vmsd, name, count
):
    old = [1, 2]
    state = State(n=0, **{name: old})
    data = count.to_bytes(4) + bytes(4)
    tracemalloc.start()
    try:
        with pytest.raises(StreamError) as error:
            engine.load(vmsd, state, data)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert str(error.value) == (
        f"chip/{name} at offset 0x4: {count} elements can't be in the 4 bytes that are left"
    )
    assert getattr(state, name) is old


def test_as_many_elements_as_there_are_bytes_are_tried(engine):
    state = State(n=0, a=None)
    with pytest.raises(TruncatedStreamError, match=r"chip/a\[2\] at offset 0x8: needs 2 bytes, 0"):
        engine.load(NUMBERS, state, b"\0\0\0\4" + bytes(4))
    assert state.a == [0, 0, None, None]


@pytest.mark.parametrize("size", [5, 0x7FFFFFFF])
def test_a_size_above_the_bytes_that_are_left_is_refused_before_it_costs(engine, size):
    old = bytearray(b"old")
    state = State(n=0, a=old)
    tracemalloc.start()
    try:
        with pytest.raises(TruncatedStreamError) as error:
            engine.load(BUFFER, state, size.to_bytes(4) + b"abcd")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert str(error.value) == f"chip/a at offset 0x4: needs {size} bytes, 4 are left"
    assert state.a is old


def test_a_size_of_some_of_the_bytes_leaves_the_rest(engine):
    vmsd = chip(*BUFFER.fields, VMSTATE_UINT8("end"))
    state = engine.load(vmsd, State(n=0, a=None, end=0), b"\0\0\0\2abc")
    assert (state.a, state.end) == (b"ab", ord("c"))


def test_a_size_of_all_the_bytes_that_are_left_is_right(engine):
    assert engine.load(BUFFER, State(n=0, a=None), b"\0\0\0\4abcd").a == b"abcd"


def test_a_negative_count_can_not_be_allocated(engine):
    vmsd = chip(VMSTATE_INT32("n"), VMSTATE_VARRAY_INT32_ALLOC("a", "n", 0, UINT8))
    # Saving stops at none, as of any array.
    assert engine.save(vmsd, State(n=-1, a=None)).data == b"\xff" * 4
    state = State(n=0, a=[1])
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, state, b"\xff" * 4)
    assert str(error.value) == (
        "chip/a at offset 0x4: can't load into -1: the count of what is to be allocated is negative"
    )
    assert state.a == [1]


def test_a_state_that_takes_nothing_new_is_refused(engine):
    vmsd = chip(Field(name="a", flags=VMS.ARRAY | VMS.POINTER | VMS.ALLOC, info=UINT8, num=1))
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, Frozen(), b"\1")
    assert error.value.path == "chip/a"
    assert error.value.why.endswith(": it can't take [None]")
