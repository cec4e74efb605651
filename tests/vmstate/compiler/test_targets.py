"""Targets: a run of plain numbers goes straight to its places, and in order."""

from __future__ import annotations

import pytest

from tests.support.recorded_states import State, both_load
from vmstate import VMStateDescription
from vmstate.compiler import Compiled
from vmstate.compiler.places import Lack, Place
from vmstate.compiler.targets import Targets
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT16,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
)

POINT = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"), VMSTATE_UINT32("y")))
SHAPE = VMStateDescription(name="shape", fields=(VMSTATE_STRUCT("centre", 0, POINT),))
VMSD = VMStateDescription(
    name="board",
    fields=(
        VMSTATE_INT16("points[1].x"),
        VMSTATE_UNUSED(1),
        VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT),
        VMSTATE_STRUCT("shape", 0, SHAPE),
        VMSTATE_UINT8("last"),
    ),
)
DATA = bytes(range(19))


def board(**changes):
    points = [State(x=0, y=0), State(x=0, y=0)]
    return State(
        **({"points": points, "shape": State(centre=State(x=0, y=0)), "last": 0} | changes)
    )


def is_direct(vmsd):
    return "except Exception:" in Compiled(vmsd).source.partition("def load")[2]


def test_plain_numbers_land_without_a_variable_between():
    assert is_direct(VMSD)
    outcome = both_load(VMSD, board(), DATA)
    assert outcome["result"] is None
    names = [name for _, name, _ in outcome["events"]]
    assert names == ["x", "x", "y", "x", "y", "x", "y", "last"]


@pytest.mark.parametrize(
    "vmsd",
    [
        VMStateDescription(name="flag", fields=(VMSTATE_UINT8("a"), VMSTATE_BOOL("b"))),
        VMStateDescription(name="word", fields=(VMSTATE_UINT8("class"),)),
        VMStateDescription(name="dunder", fields=(VMSTATE_UINT8("__doc__"),)),
        VMStateDescription(name="element", fields=(VMSTATE_UINT8("a[0]"),)),
        VMStateDescription(
            name="empty",
            fields=(
                VMSTATE_STRUCT("a", 0, VMStateDescription(name="none")),
                VMSTATE_UINT8("b"),
            ),
        ),
        VMStateDescription(
            name="ends",
            fields=(
                VMSTATE_UINT8("b"),
                VMSTATE_STRUCT("a", 0, VMStateDescription(name="none")),
            ),
        ),
        VMStateDescription(
            name="rows",
            fields=(VMSTATE_STRUCT_ARRAY("a", 2, 0, VMStateDescription(name="none")),),
        ),
        VMStateDescription(name="nothing", fields=(VMSTATE_UNUSED(3),)),
    ],
    ids=lambda vmsd: vmsd.name,
)
def test_other_runs_land_by_variables(vmsd):
    assert not is_direct(vmsd)


DAMAGE = {
    "no points": {"points": None},
    "missing points": {"points": []},
    "a null point": {"points": [None, State(x=0, y=0)]},
    "another null point": {"points": [State(x=0, y=0), None]},
    "a point without x": {"points": [State(y=0), State(x=0, y=0)]},
    "a point without y": {"points": [State(x=0, y=0), State(x=0)]},
    "no shape": {"shape": None},
    "no centre": {"shape": State()},
    "a null centre": {"shape": State(centre=None)},
    "a centre that refuses": {"shape": State(centre=State(x=0, y=0, refuses_y=ValueError))},
    "a last that explodes": {"explodes_last": TypeError},
    "a last that fails": {"explodes_last": OSError},
    "a last that is refused": {"refuses_last": OverflowError},
    "a last that breaks": {"refuses_last": OSError},
}


@pytest.mark.parametrize("cursor", [False, True])
@pytest.mark.parametrize("changes", DAMAGE.values(), ids=DAMAGE)
def test_a_place_that_is_missing_is_named_and_what_came_before_is_there(changes, cursor):
    outcome = both_load(VMSD, board(**changes), DATA, cursor=cursor)
    assert isinstance(outcome["result"][0], type)


def test_a_refused_number_is_named_with_its_value():
    outcome = both_load(VMSD, board(refuses_last=ValueError), DATA)
    assert outcome["result"][1].endswith("it can't take 18")
    assert outcome["result"][1].startswith("board/last at offset 0x13: can't load into State(")


def test_names_on_the_way_must_lead_to_the_number():
    place = Place(Lack.VALUE, POINT, VMSD.fields[0], "s")
    targets = Targets()
    assert not targets
    targets.add("s", "a", place)
    assert targets
    targets.enter("e1", "s.b")
    assert not targets
    targets.add("e2", "x", place)
    assert not targets
