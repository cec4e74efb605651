from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace as State

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.strategies.descriptions import Example, from_description
from harness.strategies.destinations import destination
from harness.strategies.filling import Limits
from harness.strategies.shapes import furnished
from tests.support.law_cases import DEVICE, POINT, nested
from tests.support.transfer import plain
from vmstate import VMStateDescription, save
from vmstate.info import UINT16
from vmstate.macros import (
    VMSTATE_BUFFER,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_INT32,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_VALIDATE,
    VMSTATE_VARRAY_INT32,
    VMSTATE_WITH_TMP,
)

QUICK = settings(
    max_examples=200,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
)


def chip(*fields, subsections=(), version_id=1, **parts):
    return VMStateDescription(
        name="chip", version_id=version_id, fields=fields, subsections=subsections, **parts
    )


def optional(name, needed, *fields, subsections=()):
    return VMStateDescription(
        name=name, version_id=1, needed=needed, fields=fields, subsections=subsections
    )


def reset():
    """Return a state of DEVICE as a chip might have it after a reset."""
    state = furnished(DEVICE)
    state.control, state.level, state.is_on, state.mode = 0x80000000, -5, True, 9
    state.registers, state.fifo = [1, 2, 3, 4, 5], bytearray(range(20))
    state.timer.modify(1000)
    state.count, state.points = 1, [State(x=1, y=2)]
    state.corners[1] = State(x=3, y=4)
    return state


@pytest.mark.parametrize("simplest", [None, reset])
def test_the_simplest_example_is_the_reset_state(simplest):
    state = simplest() if simplest else None
    example = find(from_description(DEVICE, reset=state), lambda _: True, settings=QUICK)
    assert plain(example.state) == plain(state or furnished(DEVICE))
    assert example.version_id == 3
    assert example.subsections == frozenset()


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("control", lambda state: state.control & 0x40),
        ("level", lambda state: state.level > 100),
        ("is_on", lambda state: not state.is_on),
        ("registers", lambda state: state.registers[3] > 1000),
        ("fifo", lambda state: state.fifo[7] != 7),
        ("timer", lambda state: state.timer.expire_ns is None),
        ("points", lambda state: any(point.y > 700 for point in state.points)),
        ("origin", lambda state: state.origin.x > 200),
        ("corners", lambda state: state.corners[1] is None),
        ("mode", lambda state: state.mode & 1 << 15),
    ],
)
def test_what_has_no_part_in_a_failure_stays_as_it_was_at_reset(path, wrong):
    example = find(
        from_description(DEVICE, reset=reset()),
        lambda example: wrong(example.state),
        settings=settings(QUICK, max_examples=2000),
    )
    found, expected = plain(example.state), plain(reset())
    assert {name for name, value in found.items() if value != expected[name]} == {path}


def test_every_version_that_can_be_loaded_is_drawn():
    seen = set()

    @settings(QUICK, max_examples=40)
    @given(from_description(DEVICE))
    def draw(example):
        seen.add(example.version_id)
        save(DEVICE, example.state, version_id=example.version_id)

    draw()
    assert seen == {1, 2, 3}
    assert find(from_description(DEVICE, versions=[1]), lambda _: True).version_id == 1


INNER = optional("chip/a/b", lambda state: state.y > 7, VMSTATE_UINT8("y"))
SETS = chip(
    VMSTATE_UINT8("w"),
    subsections=(
        optional(
            "chip/a", lambda state: state.x == 0x1234, VMSTATE_UINT16("x"), subsections=(INNER,)
        ),
        optional("chip/c", lambda state: state.w & 3 == 2 and state.z > 5, VMSTATE_UINT8("z")),
        optional("chip/d", None, VMSTATE_UINT8("v")),
    ),
)


def test_every_set_of_subsections_that_can_happen_is_drawn_and_is_what_is_sent():
    seen = set()

    @QUICK
    @given(from_description(SETS))
    def draw(example):
        assert example.description is SETS
        sent = save(SETS, example.state).spans
        assert {
            name for name in example.subsections if any(f"<{name}>" in one.path for one in sent)
        } == example.subsections
        seen.add(example.subsections)

    draw()
    optional_ones = [set(), {"chip/a"}, {"chip/a", "chip/a/b"}]
    assert seen == {
        frozenset(one | other | {"chip/d"})
        for one in optional_ones
        for other in (set(), {"chip/c"})
    }


def test_a_set_that_no_state_leads_to_comes_with_another_description():
    never = chip(subsections=(optional("chip/n", lambda state: False, VMSTATE_UINT8("x")),))
    example = find(from_description(never, subsections=[["chip/n"]]), lambda _: True)
    assert example.subsections == {"chip/n"}
    assert example.description is not never
    assert save(example.description, example.state).data.endswith(b"chip/n\0\0\0\1\0")
    allowed = from_description(SETS, subsections=[["chip/d", "chip/c"], ["chip/d"]])
    assert find(allowed, lambda _: True).subsections == {"chip/d"}
    other = find(allowed, lambda example: len(example.subsections) > 1)
    assert other.description is SETS
    assert (other.state.w & 3, other.state.z > 5) == (2, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"versions": [4]},
            "versions [4] of 'device' can't be drawn\n  give one or more from 1 to 3",
        ),
        (
            {"versions": []},
            "versions [] of 'device' can't be drawn\n  give one or more from 1 to 3",
        ),
        (
            {"subsections": [["device/x"]]},
            "subsections device/x of 'device' are unknown\n  known: device/mode",
        ),
        (
            {"subsections": []},
            "no set of subsections of 'device' is allowed\n  the empty set is written [()]",
        ),
    ],
)
def test_what_can_not_be_drawn_is_said_at_once(options, said):
    with pytest.raises(ConfigError) as error:
        from_description(DEVICE, **options)
    assert str(error.value) == said


def test_a_subsection_of_one_that_is_not_sent_can_not_be_sent():
    with pytest.raises(
        ConfigError, match="chip/a/b of 'chip' are in subsections that are not in the set"
    ):
        from_description(SETS, subsections=[["chip/a/b"]])


def test_fields_that_must_exist_do():
    vmsd = chip(
        VMSTATE_UINT32("n"),
        VMSTATE_VALIDATE("n in range", lambda state, _: state.n <= 16),
    )
    seen = set()

    @QUICK
    @given(from_description(vmsd))
    def draw(example):
        save(vmsd, example.state)
        seen.add(example.state.n)

    draw()
    assert len(seen) > 8
    assert max(seen) <= 16


def test_counts_may_be_negative_and_arrays_may_be_null():
    vmsd = chip(VMSTATE_INT32("n"), VMSTATE_VARRAY_INT32("a", "n", 0, UINT16))
    strategy = from_description(vmsd, limits=Limits(count=2))
    assert find(strategy, lambda example: example.state.n < 0, settings=QUICK).state == State(
        n=-1, a=[]
    )
    assert find(strategy, lambda example: example.state.a is None, settings=QUICK).state.n == 0
    assert find(strategy, lambda example: example.state.n == 2, settings=QUICK).state.a == [0, 0]


def test_a_length_that_no_field_carries_stays_what_it_is_at_reset():
    vmsd = chip(VMSTATE_VARRAY_INT32("a", "n", 0, UINT16))
    lengths = set()

    @QUICK
    @given(from_description(vmsd, reset=State(n=2)), from_description(vmsd))
    def draw(given_, free):
        assert given_.state.n == len(given_.state.a) == 2
        lengths.add(free.state.n)

    draw()
    assert lengths == {0, 1, 2, 3, 4}


def test_keys_of_trees_are_unique_and_trees_may_lose_what_they_had():
    tree = chip(VMSTATE_GTREE_DIRECT_KEY_V("t", 1, POINT, lambda: State(x=0, y=0)))
    simplest = State(t={7: State(x=1, y=1)})
    strategy = from_description(tree, reset=simplest)
    assert find(strategy, lambda _: True).state == simplest
    assert find(strategy, lambda example: not example.state.t).state.t == {}
    assert len(find(strategy, lambda example: len(example.state.t) > 2).state.t) == 3


def test_more_values_are_drawn_than_fields_carry():
    class Twice:
        twice = 0

    def take(tmp):
        tmp.twice = 2 * tmp.parent.n

    double = VMStateDescription(name="double", pre_save=take, fields=(VMSTATE_UINT16("twice"),))
    vmsd = chip(VMSTATE_WITH_TMP(Twice, double))
    strategy = from_description(vmsd, reset=State(n=3), values={"n": st.integers(0, 9)})
    assert find(strategy, lambda _: True).state.n == 3
    other = find(strategy, lambda example: example.state.n == 9)
    assert other.extra == ("n",)
    assert destination(other).n == 8


def test_large_arrays_are_few_choices_and_deep_ones_fit():
    vmsd = chip(
        VMSTATE_UINT32_ARRAY("a", 2000),
        VMSTATE_BUFFER("b", 9000),
        VMSTATE_STRUCT_ARRAY("c", 60, 0, nested(3)),
    )
    example = find(from_description(vmsd), lambda example: any(example.state.a), settings=QUICK)
    assert sum(map(bool, example.state.a)) == 1
    assert not any(example.state.b)


def test_an_example_is_shown_short():
    example = Example(SETS, State(x=1), 0, frozenset({"chip/d", "chip/a"}))
    assert repr(example) == "<chip version 0, chip/a, chip/d: namespace(x=1)>"
    large = Example(SETS, State(x=bytes(9000)), 0)
    assert repr(large).endswith("...>")
    assert len(repr(large)) < 5000
    assert repr(from_description(POINT)) == "_examples('point')"


PROGRAM = """
from hypothesis import given, seed, settings
from harness.determinism import no_local_constants
from harness.strategies.descriptions import from_description
from tests.support.law_cases import DEVICE
@seed(7)
@settings(max_examples=20, database=None)
@given(from_description(DEVICE))
def show(example):
    print(example)
with no_local_constants():
    show()
"""


def test_one_seed_gives_the_same_states_in_every_process():
    said = {
        subprocess.run(
            [sys.executable, *options, "-c", PROGRAM],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        for options in ([], ["-X", "importtime"])
    }
    assert len(said) == 1
    assert said.pop().count("<device version") >= 20
