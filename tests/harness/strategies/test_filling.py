from __future__ import annotations

from types import SimpleNamespace as State

import pytest
from hypothesis import Phase, find, given, settings

from harness.strategies.descriptions import from_description
from harness.strategies.filling import Limits
from tests.support.law_cases import POINT
from tests.support.macro_rows import KEY, Key
from vmstate import VMStateDescription, save
from vmstate.info import INT32_LE, TIMER, UINT8, UINT16, UINT32
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY_OF_POINTER,
    VMSTATE_BITMAP,
    VMSTATE_GTREE_V,
    VMSTATE_INT32,
    VMSTATE_QTAILQ_V,
    VMSTATE_SINGLE,
    VMSTATE_SINGLE_TEST,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_VARRAY_INT32,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VBUFFER_UINT32,
)

QUICK = settings(
    max_examples=300,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
)


def chip(*fields, **parts):
    return VMStateDescription(name="chip", version_id=2, fields=fields, **parts)


def smallest(vmsd, wanted=lambda _: True, **options):
    strategy = from_description(vmsd, **options)
    return find(strategy, lambda example: wanted(example.state), settings=QUICK).state


def test_the_form_of_a_field_that_is_sent_decides_what_it_holds():
    vmsd = chip(
        VMSTATE_SINGLE_TEST("a", lambda _, version: version < 2, 0, UINT8),
        VMSTATE_SINGLE("a", 2, UINT32),
    )
    assert smallest(vmsd, lambda state: state.a > 256, versions=[2]).a == 257

    @QUICK
    @given(from_description(vmsd, versions=[1]))
    def law(example):
        assert example.state.a < 256

    law()


def test_a_value_that_two_fields_send_fits_both():
    vmsd = chip(VMSTATE_SINGLE("a", 0, UINT32), VMSTATE_SINGLE("a", 0, UINT8))

    @QUICK
    @given(from_description(vmsd))
    def law(example):
        save(vmsd, example.state)

    law()


@pytest.mark.parametrize(
    ("vmsd", "reset"),
    [
        (
            chip(VMSTATE_UINT8("n"), VMSTATE_STRUCT_VARRAY_UINT8("a", "n", 0, POINT)),
            State(n=2, a=[State(x=1, y=2), State(x=3, y=4)]),
        ),
        (chip(VMSTATE_INT32("n"), VMSTATE_VARRAY_INT32("a", "n", 0, UINT16)), State(n=-1, a=[])),
        (chip(VMSTATE_ARRAY_OF_POINTER("a", 2, 0, UINT16)), State(a=[5, None])),
        (
            chip(VMSTATE_QTAILQ_V("a", 1, POINT, lambda: State(x=0, y=0))),
            State(a=[State(x=1, y=2)] * 1),
        ),
        (chip(VMSTATE_2DARRAY("a", 2, 2, 0, UINT16)), State(a=[[1, 2], [3, 4]])),
        (
            chip(
                VMSTATE_UINT16("n"), VMSTATE_VBUFFER_UINT32("a", 0, None, "n"), VMSTATE_UINT8("b")
            ),
            State(n=2, a=bytearray(b"xy"), b=1),
        ),
    ],
)
def test_nothing_is_simpler_than_the_reset_state(vmsd, reset):
    assert smallest(vmsd, reset=reset) == reset
    by_others = from_description(vmsd, reset=reset)
    assert find(by_others, lambda example: example.state != reset, settings=QUICK).state != reset


def test_lengths_are_as_long_as_the_limits_say():
    vmsd = chip(
        VMSTATE_INT32("n"),
        VMSTATE_BITMAP("a", 0, "n"),
        VMSTATE_UINT8("m"),
        VMSTATE_VBUFFER_UINT32("b", 0, None, "m"),
    )
    limits = Limits(size=3, bits=65)
    assert smallest(vmsd, lambda state: state.n > 64, limits=limits).n == 65
    assert smallest(vmsd, lambda state: state.m > 2, limits=limits).b == bytes(3)
    assert smallest(vmsd, lambda state: state.b is None, limits=limits).m == 0


def test_a_length_is_one_that_its_field_can_hold_and_may_stand_inside_a_struct():
    le = chip(VMSTATE_SINGLE("n", 0, INT32_LE), VMSTATE_VARRAY_INT32("a", "n", 0, UINT8))
    inner = VMStateDescription(name="inner", fields=(VMSTATE_UINT8("n"),))
    nested = chip(VMSTATE_STRUCT("p", 0, inner), VMSTATE_VARRAY_UINT32("a", "p.n", 0, UINT8))
    seen = set()

    @QUICK
    @given(from_description(le), from_description(nested, reset=State(p=State(n=1), a=[7])))
    def law(one, other):
        assert 0 <= one.state.n == len(one.state.a or ())
        assert other.state.p.n <= len(other.state.a or ())
        seen.add(other.state.p.n)
        save(nested, other.state)

    law()
    assert seen == {0, 1, 2, 3, 4}


def test_a_count_that_begins_like_another_field_is_the_devices_own():
    vmsd = chip(VMSTATE_UINT8("n"), VMSTATE_VARRAY_UINT32("a", "n2", 0, UINT8))
    assert smallest(vmsd, lambda state: state.n > 4, reset=State(n=0, n2=2)) == State(
        n=5, n2=2, a=[0, 0]
    )


def test_pointers_become_null_and_valid_each_by_itself():
    vmsd = chip(VMSTATE_ARRAY_OF_POINTER("a", 9, 0, TIMER))
    one = smallest(vmsd, lambda state: state.a[8] is not None).a
    assert one[:8] == [None] * 8
    assert one[8].expire_ns is None


def test_many_states_are_drawn_as_one_run_and_few_of_too_many():
    plain = chip(VMSTATE_STRUCT_ARRAY("a", 50, 0, POINT))
    mixed = VMStateDescription(name="m", fields=(VMSTATE_UINT8_ARRAY("c", 4), VMSTATE_UINT8("d")))
    state = smallest(plain, lambda state: state.a[20].y, limits=Limits(drawn=4096))
    assert [index for index, point in enumerate(state.a) if point != State(x=0, y=0)] == [20]
    few = chip(VMSTATE_STRUCT_ARRAY("a", 50, 0, mixed))
    state = smallest(few, lambda state: any(one.d for one in state.a), limits=Limits(drawn=64))
    assert sum(one != State(c=[0] * 4, d=0) for one in state.a) == 1


def test_trees_have_keys_with_a_description():
    vmsd = chip(VMSTATE_GTREE_V("a", 1, (POINT, KEY), Key, lambda: State(x=0, y=0)))
    state = smallest(vmsd, lambda state: len(state.a) == 2)
    assert sorted(key.low for key in state.a) == [0, 1]
    assert all(point == State(x=0, y=0) for point in state.a.values())
