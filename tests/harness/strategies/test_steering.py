from __future__ import annotations

from types import SimpleNamespace as State

import pytest

from harness.strategies.kinds import Timer
from harness.strategies.places import places_of
from harness.strategies.reads import reads_of
from harness.strategies.shapes import furnished
from harness.strategies.steering import Demand, steer
from tests.support.law_cases import POINT
from vmstate import VMStateDescription
from vmstate.info import UINT16
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BUFFER,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT32,
)

VMSD = VMStateDescription(
    name="chip",
    version_id=1,
    fields=(
        VMSTATE_UINT32("mode"),
        VMSTATE_UINT8("level"),
        VMSTATE_UINT8_ARRAY("cells", 3),
        VMSTATE_2DARRAY("grid", 2, 2, 0, UINT16),
        VMSTATE_BUFFER("data", 4),
        VMSTATE_TIMER_PTR("timer"),
        VMSTATE_STRUCT("inner", 0, POINT),
        VMSTATE_UINT8("n"),
        VMSTATE_STRUCT_VARRAY_UINT8("points", "n", 0, POINT),
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("corners", 2, 0, POINT),
        VMSTATE_QTAILQ_V("queue", 1, POINT, lambda: State(x=0, y=0)),
        VMSTATE_GTREE_DIRECT_KEY_V("tree", 1, POINT, lambda: State(x=0, y=0)),
    ),
    subsections=(VMStateDescription(name="chip/s", fields=(VMSTATE_UINT8("extra"),)),),
)


def steered(*wishes):
    """Return the state that was steered, whether all *wishes* came true, and the answers."""
    state = furnished(VMSD)
    demands = [
        Demand(lambda test=test: bool(test(state)), wanted, lambda test=test: reads_of(test, state))
        for test, wanted in wishes
    ]
    return state, steer(demands, places_of(VMSD, state, 4))


@pytest.mark.parametrize(
    "test",
    [
        lambda state: state.mode == 0xDEADBEEF,
        lambda state: state.mode & 0x80 and not state.mode & 0x40,
        lambda state: state.level > 200,
        lambda state: state.cells[2] == 9,
        lambda state: state.grid[1][0] > 5,
        lambda state: state.timer.expire_ns is not None,
        lambda state: state.inner.y == 77,
        lambda state: state.n > 2,
        lambda state: any(point.x for point in state.points) or state.n,
        lambda state: len(state.queue) > 0,
        lambda state: state.extra == 3,
        lambda state: state.level == 5 and state.mode == 6,
    ],
    ids=map(str, range(12)),
)
def test_a_test_is_steered_to_either_answer(test):
    state, is_met = steered((test, True))
    assert is_met
    assert test(state)
    assert steered((test, False))[1]


def test_as_little_is_changed_as_will_do():
    state, _ = steered((lambda state: state.level > 200, True))
    untouched = furnished(VMSD)
    untouched.level = state.level
    assert state == untouched


def test_a_value_that_is_limited_stays_as_near_as_it_can():
    state = furnished(VMSD)
    state.mode = 1003
    wish = Demand(
        lambda: state.mode <= 16, True, lambda: reads_of(lambda state: state.mode <= 16, state)
    )
    assert steer([wish], places_of(VMSD, state, 4))
    assert state.mode == 1003 % 17


def test_wishes_that_pull_at_one_place_are_met_together_or_leave_no_trace():
    assert steered((lambda s: s.level > 3, True), (lambda s: s.level > 7, False))[1]
    state, is_met = steered((lambda s: s.level > 3, True), (lambda s: s.level > 2, False))
    assert not is_met
    assert state == furnished(VMSD)
    assert not steered((lambda _: False, True))[1]


def test_a_longer_count_brings_its_elements():
    state, _ = steered((lambda state: state.n > 2, True))
    assert state.points == [State(x=0, y=0)] * state.n
    assert state.timer == Timer()
