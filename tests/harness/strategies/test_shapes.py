from __future__ import annotations

from types import SimpleNamespace as State

import pytest

from harness.strategies.kinds import Timer
from harness.strategies.shapes import NamedArray, furnished, lengths_of, place_of
from harness.strategies.steps import at, names_in, put
from tests.support.law_cases import POINT
from vmstate import VMStateDescription, save
from vmstate.info import TIMER, UINT16
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY_OF_POINTER,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BUFFER,
    VMSTATE_PARTIAL_BUFFER,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_SUB_ARRAY,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_SUB_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_SUB_ARRAY,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VBUFFER_UINT32,
)


def chip(*fields, **parts):
    return VMStateDescription(name="chip", fields=fields, **parts)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ((VMSTATE_UINT8("a.b.c"),), State(a=State(b=State(c=0)))),
        ((VMSTATE_UINT8("a[2].x"),), State(a=[None, None, State(x=0)])),
        ((VMSTATE_UINT8("a[1][1]"),), State(a=[None, [None, 0]])),
        ((VMSTATE_TIMER_PTR("t"),), State(t=Timer())),
        ((VMSTATE_BUFFER("a", 3),), State(a=bytearray(3))),
        ((VMSTATE_2DARRAY("a", 2, 3, 0, UINT16),), State(a=[[0] * 3, [0] * 3])),
        (
            (VMSTATE_UINT8_SUB_ARRAY("a", 2, 1), VMSTATE_UINT8_SUB_ARRAY("a", 0, 1)),
            State(a=[0] * 3),
        ),
        ((VMSTATE_STRUCT_SUB_ARRAY("a", 1, 1, 0, POINT),), State(a=[None, State(x=0, y=0)])),
        ((VMSTATE_ARRAY_OF_POINTER("a", 2, 0, TIMER),), State(a=[None, None])),
        ((VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16),), State(n=0, a=[])),
        ((VMSTATE_VBUFFER_UINT32("a", 0, None, "n"),), State(n=0, a=bytearray())),
    ],
)
def test_a_new_state_has_zeros_at_every_place(fields, state):
    assert furnished(chip(*fields)) == state


def test_what_is_there_stays_and_what_is_missing_is_added():
    vmsd = chip(
        VMSTATE_UINT8("a"),
        VMSTATE_STRUCT("p", 0, POINT),
        VMSTATE_UINT8("n"),
        VMSTATE_STRUCT_VARRAY_UINT8("q", "n", 0, POINT),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("r", 2, 0, POINT),
        VMSTATE_PARTIAL_BUFFER("b", 3),
    )
    given = State(a=7, p=State(y=5), n=2, q=[State(x=1)], r=[None, State(x=2)], b=bytearray(b"\1"))
    assert furnished(vmsd, given) is given
    assert given == State(
        a=7,
        p=State(x=0, y=5),
        n=2,
        q=[State(x=1, y=0), State(x=0, y=0)],
        r=[None, State(x=2, y=0)],
        b=bytearray(b"\1\0\0"),
    )
    assert save(vmsd, given).data


@pytest.mark.parametrize("is_named_first", [True, False])
def test_an_array_may_have_elements_that_fields_reach_by_name(is_named_first):
    fields = (VMSTATE_UINT32("mac[CTRL]"), VMSTATE_UINT32_SUB_ARRAY("mac", 1, 2))
    state = furnished(chip(*(fields if is_named_first else fields[::-1])))
    assert type(state.mac) is NamedArray
    assert (state.mac, state.mac.CTRL) == ([0, 0, 0], 0)
    assert repr(state.mac) == "NamedArray([0, 0, 0], {'CTRL': 0})"
    state.mac.CTRL = 5
    assert save(chip(*fields), state).data == bytes([0, 0, 0, 5]) + bytes(8)


def test_an_array_that_was_reached_by_name_is_reached_by_index():
    state = State(a=State(NAME=1))
    holder, step = place_of(state, "a[2]")
    put(holder, step, 4)
    assert (list(state.a), state.a.NAME) == ([None, None, 4], 1)


def test_steps_lead_to_what_is_there_or_to_nothing():
    assert at(State(a=1), "a") == 1
    assert at(State(), "a") is None
    assert at([5], 0) == 5
    assert at([5], 1) is None
    assert names_in("a[2].b[CTRL]") == {"a", "b", "CTRL"}


def test_lengths_are_those_of_subsections_too():
    fields = (VMSTATE_VARRAY_UINT32("b", "n", 0, UINT16), VMSTATE_VBUFFER_UINT32("c", 0, None, "m"))
    inner = VMStateDescription(name="chip/s", fields=fields)
    vmsd = chip(VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16), subsections=(inner,))
    lengths = {path: [field.name for field in of] for path, of in lengths_of(vmsd).items()}
    assert lengths == {"n": ["a", "b"], "m": ["c"]}
