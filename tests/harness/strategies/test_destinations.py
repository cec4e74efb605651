from __future__ import annotations

from types import SimpleNamespace as State

from harness.strategies.descriptions import Example
from harness.strategies.destinations import destination
from harness.strategies.kinds import Timer
from tests.support.law_cases import POINT
from vmstate import VMStateDescription, load, save
from vmstate.info import INT32_EQUAL, UINT8, UINT16
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BUFFER,
    VMSTATE_QTAILQ_V,
    VMSTATE_SINGLE,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16_TEST,
    VMSTATE_UNUSED,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VBUFFER_ALLOC_UINT32,
)


def there(fields, state, version=1, subsections=(), extra=()):
    vmsd = VMStateDescription(
        name="chip", version_id=1, fields=fields, subsections=tuple(subsections)
    )
    return destination(Example(vmsd, state, version, extra=extra))


def test_every_place_has_another_value():
    fields = (
        VMSTATE_UINT8("a"),
        VMSTATE_2DARRAY("b", 1, 2, 0, UINT16),
        VMSTATE_BUFFER("c", 2),
        VMSTATE_TIMER_PTR("d"),
        VMSTATE_UNUSED(3),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("e", 2, 0, POINT),
        VMSTATE_QTAILQ_V("f", 1, POINT, State),
    )
    state = State(
        a=1, b=[[2, 3]], c=bytearray(2), d=Timer(), e=[None, State(x=4, y=5)], f=[State(x=6, y=7)]
    )
    assert there(fields, state) == State(
        a=254,
        b=[[65533, 65532]],
        c=bytearray(b"\xff\xff"),
        d=Timer((1 << 63) - 1),
        e=[None, State(x=251, y=65530)],
        f=[],
    )
    assert state.a == 1


def test_two_fields_of_one_place_change_it_once():
    assert there((VMSTATE_UINT8("a"), VMSTATE_UINT8("a")), State(a=1)) == State(a=254)


def test_what_loading_allocates_is_null():
    state = State(n=2, a=bytearray(2))
    fields = (VMSTATE_VBUFFER_ALLOC_UINT32("a", 0, None, "n"),)
    assert there(fields, state) == State(n=2, a=None)


def test_a_length_that_is_loaded_before_it_counts_is_another_and_any_other_is_kept():
    array = VMSTATE_STRUCT_VARRAY_UINT8("a", "n", 0, POINT)
    state = State(n=1, a=[State(x=0, y=0)])
    other = [State(x=255, y=65535)]
    assert there((VMSTATE_UINT8("n"), array), state) == State(n=254, a=other)
    assert there((VMSTATE_UINT8_V("n", 1), array), state, version=0) == State(n=1, a=other)
    assert there((VMSTATE_SINGLE("n", 0, INT32_EQUAL), array), state) == State(n=1, a=other)
    assert there((array,), state) == State(n=1, a=other)
    null = there(
        (VMSTATE_UINT8("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8)), State(n=0, a=None)
    )
    assert null == State(n=255, a=None)


def test_what_decides_whether_a_field_is_there_is_kept():
    fields = (
        VMSTATE_UINT8("flag"),
        VMSTATE_UINT16_TEST("a", lambda state, _: state.flag == 1 and state.constant == 9),
    )
    sub = VMStateDescription(name="chip/s", fields=(VMSTATE_UINT16_TEST("b", lambda s, _: s.c),))
    state = State(flag=1, a=2, b=3, c=4, constant=9)
    changed = there(fields, state, subsections=[sub])
    assert changed == State(flag=1, a=65533, b=65532, c=4, constant=9)


def test_more_values_that_were_drawn_are_changed_as_far_as_one_can_tell():
    state = State(a=6, b=True, c=bytearray(b"\x01"), d="text")
    assert there((), state, extra=("a", "b", "c", "d")) == State(
        a=7, b=False, c=bytearray(b"\xfe"), d="text"
    )


def test_an_example_is_loaded_over_its_destination():
    vmsd = VMStateDescription(name="chip", fields=(VMSTATE_UINT8("a"), VMSTATE_BUFFER("b", 3)))
    state = State(a=4, b=bytearray(b"xyz"))
    over = destination(Example(vmsd, state, 0))
    load(vmsd, over, save(vmsd, state).data, 0)
    assert over == state
