from __future__ import annotations

from types import SimpleNamespace as State

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import Unsatisfiable

from harness.strategies.demands import sent_subsections, with_subsections
from harness.strategies.descriptions import from_description
from vmstate import VMStateDescription, save
from vmstate.macros import VMSTATE_UINT8, VMSTATE_VALIDATE

QUICK = settings(
    max_examples=100,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
)


def doubled(state):
    state.twice = 2 * state.n


VMSD = VMStateDescription(
    name="chip",
    pre_save=doubled,
    fields=(VMSTATE_UINT8("n"),),
    subsections=(
        VMStateDescription(
            name="chip/s", needed=lambda state: state.twice > 400, fields=(VMSTATE_UINT8("x"),)
        ),
    ),
)


def test_tests_are_asked_of_what_pre_save_leaves_and_the_state_is_left_alone():
    state = State(n=201, x=0, twice=0)
    assert sent_subsections(VMSD, state) == {"chip/s"}
    assert state == State(n=201, x=0, twice=0)
    reset = State(twice=0)
    sent = find(
        from_description(VMSD, reset=reset), lambda example: example.subsections, settings=QUICK
    )
    assert sent.state.n > 200
    assert len(save(VMSD, sent.state).spans) == 2


def test_a_description_is_varied_at_every_depth():
    inner = VMStateDescription(name="a/b/c", fields=())
    outer = VMStateDescription(name="a/b", subsections=(inner,), needed=lambda _: False)
    vmsd = VMStateDescription(name="a", subsections=(outer,))
    assert sent_subsections(vmsd, State()) == frozenset()
    for names in (set(), {"a/b"}, {"a/b", "a/b/c"}):
        assert sent_subsections(with_subsections(vmsd, frozenset(names)), State()) == names


def test_a_claim_that_holds_for_no_state_can_not_be_drawn():
    vmsd = VMStateDescription(
        name="chip", fields=(VMSTATE_UINT8("n"), VMSTATE_VALIDATE("never", lambda *_: False))
    )

    @settings(QUICK, suppress_health_check=list(HealthCheck))
    @given(from_description(vmsd))
    def law(example):
        raise AssertionError

    with pytest.raises(Unsatisfiable):
        law()


def test_claims_of_subsections_hold_where_they_are_sent():
    claim = VMSTATE_VALIDATE("small", lambda state, _: state.x <= 3)
    sub = VMStateDescription(
        name="chip/s", needed=lambda s: s.n, fields=(VMSTATE_UINT8("x"), claim)
    )
    vmsd = VMStateDescription(name="chip", fields=(VMSTATE_UINT8("n"),), subsections=(sub,))
    seen = set()

    @QUICK
    @given(from_description(vmsd))
    def law(example):
        save(vmsd, example.state)
        seen.add((bool(example.subsections), example.state.x > 3))

    law()
    assert seen == {(True, False), (False, False), (False, True)}
