"""Arrays: fixed and of variable length, parts of arrays, rows, and counts that lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import POINT, State, chip
from vmstate import VMS, EncodeError, Field, Span, StreamError, TruncatedStreamError
from vmstate.info import INT8, UINT8, UINT16
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY,
    VMSTATE_INT32,
    VMSTATE_STRUCT_2DARRAY,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_SUB_ARRAY,
    VMSTATE_STRUCT_VARRAY_POINTER_UINT16,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_SUB_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UNUSED_VARRAY_UINT32,
    VMSTATE_VARRAY_MULTIPLY,
    VMSTATE_VARRAY_UINT32,
)


def test_an_array_stands_element_by_element(engine):
    vmsd = chip(VMSTATE_ARRAY("a", 3, 0, UINT16))
    saved = engine.save(vmsd, State(a=[1, 2, 0x1234]))
    assert saved.data.hex() == "000100021234"
    assert engine.load(vmsd, State(a=[0, 0, 0]), saved.data).a == [1, 2, 0x1234]


def test_an_array_keeps_its_place_and_what_is_behind_it(engine):
    vmsd = chip(VMSTATE_ARRAY("a", 2, 0, UINT8))
    array = [0, 0, 9]
    state = engine.load(vmsd, State(a=array), b"\1\2")
    assert state.a is array
    assert array == [1, 2, 9]


def test_an_array_of_no_elements_has_no_bytes_and_needs_no_place(engine):
    vmsd = chip(VMSTATE_ARRAY("none", 0, 0, UINT16), VMSTATE_UINT8("b"))
    assert engine.save(vmsd, State(b=1)).data == b"\1"
    assert vars(engine.load(vmsd, State(b=0), b"\1")) == {"b": 1}


def test_an_array_may_be_a_bytearray(engine):
    vmsd = chip(VMSTATE_ARRAY("a", 2, 0, UINT8))
    state = engine.load(vmsd, State(a=bytearray(2)), b"\1\xff")
    assert state.a == b"\1\xff"
    assert engine.save(vmsd, state).data == b"\1\xff"


@pytest.mark.parametrize("array", [(0, 0), b"ab"])
def test_an_array_that_takes_nothing_is_refused(engine, array):
    with pytest.raises(StreamError) as error:
        engine.load(chip(VMSTATE_ARRAY("a", 2, 0, UINT8)), State(a=array), b"\1\2")
    assert error.value.path == "chip/a[0]"
    assert error.value.why == f"can't load into {array!r}: it can't take 1"


def test_an_array_that_takes_no_such_value_is_refused(engine):
    with pytest.raises(StreamError) as error:
        engine.load(chip(VMSTATE_ARRAY("a", 1, 0, INT8)), State(a=bytearray(1)), b"\xff")
    assert error.value.why == r"can't load into bytearray(b'\x00'): it can't take -1"


def test_a_part_of_an_array_leaves_the_rest_alone(engine):
    vmsd = chip(VMSTATE_SUB_ARRAY("a", 1, 2, 0, UINT8))
    state = State(a=[1, 2, 3, 4])
    saved = engine.save(vmsd, state)
    assert saved.data == b"\2\3"
    assert [span.path for span in saved.spans] == ["a[1]", "a[2]"]
    assert engine.load(vmsd, state, b"\x09\x08").a == [1, 9, 8, 4]


def test_a_part_of_an_array_of_structs(engine):
    vmsd = chip(VMSTATE_STRUCT_SUB_ARRAY("p", 1, 1, 0, POINT))
    state = State(p=[State(x=1, y=2), State(x=3, y=4), State(x=5, y=6)])
    assert engine.save(vmsd, state).data == b"\3\4"
    engine.load(vmsd, state, b"\7\x08")
    assert state.p == [State(x=1, y=2), State(x=7, y=8), State(x=5, y=6)]


def test_rows_stand_one_behind_the_other(engine):
    vmsd = chip(VMSTATE_2DARRAY("a", 2, 3, 0, UINT8))
    saved = engine.save(vmsd, State(a=[[1, 2, 3], [4, 5, 6]]))
    assert saved.data == bytes(range(1, 7))
    assert saved.spans[2:4] == (Span("a[0][2]", "uint8", 2, 1), Span("a[1][0]", "uint8", 3, 1))
    rows = [[0, 0, 0], [0, 0, 0]]
    assert engine.load(vmsd, State(a=rows), saved.data).a is rows
    assert rows == [[1, 2, 3], [4, 5, 6]]


def test_rows_of_structs(engine):
    vmsd = chip(VMSTATE_STRUCT_2DARRAY("p", 2, 1, 0, POINT))
    state = State(p=[[State(x=1, y=2)], [State(x=3, y=4)]])
    assert engine.save(vmsd, state).data == b"\1\2\3\4"
    engine.load(vmsd, state, b"\5\6\7\x08")
    assert state.p == [[State(x=5, y=6)], [State(x=7, y=8)]]


@pytest.mark.parametrize(
    ("rows", "path", "holder"),
    [
        ([[1, 2]], "chip/a[1][0]", [[1, 2]]),
        ([[1], [2, 3]], "chip/a[0][1]", [1]),
        ([7], "chip/a[0][0]", 7),
    ],
)
def test_a_row_that_is_not_there_is_named(engine, rows, path, holder):
    vmsd = chip(VMSTATE_2DARRAY("a", 2, 2, 0, UINT8))
    with pytest.raises(EncodeError) as error:
        engine.save(vmsd, State(a=rows))
    place = path.removeprefix("chip/")
    assert str(error.value) == f"{path}: can't save {holder!r}: it has no {place}"


def test_an_array_as_long_as_a_field_says(engine):
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16))
    assert engine.save(vmsd, State(n=2, a=[1, 2, 3])).data.hex() == "0000000200010002"
    state = engine.load(vmsd, State(n=0, a=[0, 0, 9]), bytes.fromhex("0000000200010002"))
    assert vars(state) == {"n": 2, "a": [1, 2, 9]}


def test_an_array_as_long_as_a_constant_of_the_device_says(engine):
    vmsd = chip(VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    assert engine.load(vmsd, State(n=1, a=[0, 9]), b"\5").a == [5, 9]


def test_structs_as_many_as_a_field_says(engine):
    vmsd = chip(VMSTATE_UINT8("n"), VMSTATE_STRUCT_VARRAY_UINT8("points", "n", 0, POINT))
    state = State(n=1, points=[State(x=1, y=2), State(x=3, y=4)])
    assert engine.save(vmsd, state).data == b"\1\1\2"
    engine.load(vmsd, state, b"\2\5\6\7\x08")
    assert state.points == [State(x=5, y=6), State(x=7, y=8)]


def test_structs_behind_a_pointer_as_many_as_a_field_says(engine):
    vmsd = chip(VMSTATE_UINT16("n"), VMSTATE_STRUCT_VARRAY_POINTER_UINT16("points", "n", POINT))
    state = State(n=1, points=[State(x=1, y=2)])
    assert engine.save(vmsd, state).data == b"\0\1\1\2"
    assert engine.save(vmsd, State(n=0, points=None)).data == b"\0\0"
    assert engine.load(vmsd, State(n=1, points=None), b"\0\0").points is None


def test_an_array_that_is_null_is_refused(engine):
    vmsd = chip(VMSTATE_UINT8("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    with pytest.raises(EncodeError) as error:
        engine.save(vmsd, State(n=1, a=None))
    assert str(error.value) == "chip/a[0]: can't save None: the pointer is null"
    with pytest.raises(StreamError) as refused:
        engine.load(vmsd, State(n=1, a=None), b"\1\1")
    assert str(refused.value) == (
        "chip/a[0] at offset 0x1: can't load into None: the pointer is null"
    )


def test_a_struct_in_an_array_may_not_be_null(engine):
    vmsd = chip(VMSTATE_STRUCT_ARRAY("p", 2, 0, POINT))
    with pytest.raises(EncodeError) as error:
        engine.save(vmsd, State(p=[State(x=1, y=2), None]))
    assert str(error.value) == "chip/p[1]: can't save None: the pointer is null"


@pytest.mark.parametrize("count", [-1, -(1 << 31), 1 << 31, 0xFFFFFFFF])
def test_a_count_that_is_negative_in_c_means_none(engine, count):
    vmsd = chip(VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8), VMSTATE_UINT8("b"))
    assert engine.save(vmsd, State(n=count, a=[1], b=2)).data == b"\2"
    assert engine.load(vmsd, State(n=count, a=[1], b=0), b"\2").a == [1]


def test_a_negative_count_that_was_loaded_means_none(engine):
    vmsd = chip(VMSTATE_INT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    assert engine.save(vmsd, State(n=-1, a=[1])).data == b"\xff" * 4
    state = engine.load(vmsd, State(n=0, a=[1]), b"\xff" * 4)
    assert (state.n, state.a) == (-1, [1])


def test_a_count_above_what_the_state_has_is_refused_where_it_ends(engine):
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    state = State(n=0, a=[1])
    why = r"chip/a\[1\] at offset 0x5: can't load into \[7\]: it has no a\[1\]"
    with pytest.raises(StreamError, match=why):
        engine.load(vmsd, state, b"\x7f\xff\xff\xff\7\7")
    assert state.a == [7]


def test_a_count_may_be_multiplied(engine):
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_MULTIPLY("a", "n", 2, UINT8))
    assert engine.save(vmsd, State(n=2, a=[1, 2, 3, 4, 5])).data == b"\0\0\0\2\1\2\3\4"
    state = engine.load(vmsd, State(n=0, a=[0, 0, 9]), b"\0\0\0\1\5\6")
    assert state.a == [5, 6, 9]


def test_a_product_that_does_not_fit_a_c_int_wraps(engine):
    vmsd = chip(VMSTATE_VARRAY_MULTIPLY("a", "n", 2, UINT8))
    assert engine.save(vmsd, State(n=(1 << 31) + 1, a=[4, 5, 6])).data == b"\4\5"
    assert engine.save(vmsd, State(n=1 << 30, a=[4, 5, 6])).data == b""


def test_bytes_that_nobody_uses_as_many_as_a_field_says(engine):
    vmsd = chip(VMSTATE_UINT8("n"), VMSTATE_UNUSED_VARRAY_UINT32(None, 0, "n", 2))
    assert engine.save(vmsd, State(n=3)).data == b"\3" + bytes(6)
    assert engine.load(vmsd, State(n=0), b"\2abcd").n == 2
    with pytest.raises(TruncatedStreamError, match=r"unused\[1\] at offset 0x3: needs 2 bytes, 1"):
        engine.load(vmsd, State(n=0), b"\2abc")


def test_elements_of_no_bytes_and_no_place_keep_nobody_busy(engine):
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_UNUSED_VARRAY_UINT32(None, 0, "n", 0))
    state = engine.load(vmsd, State(n=0), b"\x7f\xff\xff\xff")
    assert engine.save(vmsd, state).data == b"\x7f\xff\xff\xff"


@pytest.mark.parametrize(
    ("flag", "macro_num"), [(flag, 0) for flag in VMS if flag.name.startswith("VARRAY")]
)
def test_a_count_may_have_any_width(engine, flag, macro_num):
    field = Field(name="a", flags=flag, info=UINT8, num_field="n", num=macro_num)
    vmsd = chip(VMSTATE_UINT8("n"), field)
    assert engine.save(vmsd, State(n=2, a=[5, 6])).data == b"\2\5\6"
    assert engine.load(vmsd, State(n=0, a=[0, 0]), b"\2\5\6").a == [5, 6]


@given(st.lists(st.integers(0, 0xFFFF), max_size=8), st.lists(st.just(7), max_size=8))
def test_an_array_of_any_length_comes_back(engine, array, rest):
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16))
    saved = engine.save(vmsd, State(n=len(array), a=array + rest))
    assert len(saved.data) == 4 + 2 * len(array)
    state = engine.load(vmsd, State(n=0, a=[1] * len(array) + rest), saved.data)
    assert (state.n, state.a) == (len(array), array + rest)
