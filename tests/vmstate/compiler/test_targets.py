"""Targets: a run of plain numbers goes straight to its places, where nothing can be missing."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

import pytest

from tests.support.recorded_states import State, both_load
from tests.support.slotted_states import (
    Alias,
    Answering,
    Computed,
    Constant,
    Foreign,
    Loose,
    Near,
    Point,
    Refusing,
    Slots,
    Watched,
)
from vmstate import LATEST, VMS, Field, StreamError, VMStateDescription
from vmstate.compiler import Compiled
from vmstate.compiler.program import Program
from vmstate.compiler.source import Source
from vmstate.compiler.targets import Targets
from vmstate.compiler.values import Types
from vmstate.cursor import Reader
from vmstate.info import UINT8
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT16,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_TEST,
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


COUNTED = Field(name="a", flags=VMS.VARRAY_UINT8, info=UINT8, num_field="n")


class Board(Slots):
    __slots__ = ("last", "points", "shape")


class Shape(Slots):
    __slots__ = ("centre",)


class Points(list):
    """A list's subclass that is read as any list."""


class Shifting(list):
    """A list that has other elements each time."""

    def __getitem__(self, key):
        return list.__getitem__(self, key - len(self))


def recorded(**changes):
    points = [State(x=0, y=0), State(x=0, y=0)]
    return State(
        **({"points": points, "shape": State(centre=State(x=0, y=0)), "last": 0} | changes)
    )


def slotted(**changes):
    """Return a board of slots; those that *changes* give as Ellipsis are empty."""
    parts = {"points": [Point(x=0, y=0), Point(x=0, y=0)], "last": 0}
    parts |= {"shape": Shape(centre=Point(x=0, y=0))} | changes
    return Board(**{name: value for name, value in parts.items() if value is not ...})


def is_direct(vmsd):
    return "if is_direct:" in Compiled(vmsd).source.partition("def load")[2]


def test_plain_numbers_land_one_by_one_where_each_is_told():
    outcome = both_load(VMSD, recorded(), DATA)
    assert outcome["result"] is None
    names = [name for _, name, _ in outcome["events"]]
    assert names == ["x", "x", "y", "x", "y", "x", "y", "last"]


@pytest.mark.parametrize("wrapped", [bytes, Reader])
def test_plain_numbers_land_in_slots_without_a_look(monkeypatch, wrapped):
    assert is_direct(VMSD)
    monkeypatch.setattr("vmstate.compiler.landing.Landing._one_by_one", refuse)
    state = slotted(last=...)
    Compiled(VMStateDescription(name="fresh", fields=VMSD.fields)).load(state, wrapped(DATA), 0)
    assert repr(state) == (
        "Board({'last': 18, 'points': [Point({'x': 3, 'y': 67438087}), "
        "Point({'x': 8, 'y': 151653132})], 'shape': Shape({'centre': "
        "Point({'x': 13, 'y': 235868177})})})"
    )


def refuse(landing, _unpack):
    landing._source.line("raise AssertionError('one by one')")


def unpack(vmsd, state, data):
    return Program(LATEST).loading(vmsd, vmsd.version_id).unpack(state, data)


def test_a_whole_state_of_slots_is_unpacked_at_once():
    state, same = slotted(), slotted()
    assert unpack(VMSD, state, DATA)
    Compiled(VMSD).load(same, DATA, 0)
    assert repr(state) == repr(same) != repr(slotted())


@pytest.mark.parametrize(
    ("state", "data"),
    [
        (slotted(), DATA[:-1]),
        (slotted(), DATA + b"\0"),
        (slotted(), b"\0" * 8 + b"\5\7point/x\0\0"),
        (slotted(points=[Point()]), DATA),
        (slotted(points=...), DATA),
        (slotted(shape=Shape()), DATA),
        (slotted(points=[Point(), SimpleNamespace(x=0, y=0)]), DATA),
        (recorded(), DATA),
    ],
    ids=["short", "long", "subsection", "no point", "no points", "no centre", "object", "recorded"],
)
def test_nothing_is_done_where_a_state_is_not_unpacked_at_once(state, data):
    before = repr(state)
    assert not unpack(VMSD, state, data)
    assert repr(state) == before


def test_a_subsection_is_seen_before_a_state_is_unpacked():
    part = VMStateDescription(name="point/z", fields=(VMSTATE_UINT8("z"),))
    point = VMStateDescription(name="point", fields=POINT.fields, subsections=(part,))
    vmsd = VMStateDescription(name="row", fields=(VMSTATE_STRUCT_ARRAY("points", 4, 0, point),))
    number, header = b"\1\0\0\0\2", b"\5\7point/z\0\0\0\0\7"
    state = Board(points=[Near(x=0, y=0, z=0) for _ in range(4)])
    for data in (number * 4, number + b"\5\7poin" + b"\0" * 9, number + header + b"\0"):
        told = b"point/z" not in data
        assert unpack(vmsd, deepcopy(state), data) is told
        assert (both_load(vmsd, state, data)["result"] is None) is told
    outcome = both_load(vmsd, state, number + header + number * 3)
    assert outcome["result"] is None
    assert "'z': 7" in outcome["state"][1]


@pytest.mark.parametrize(
    "parts",
    [
        {"pre_load": lambda state: 0},
        {"post_load": lambda state, version_id: 0},
        {"fields": (VMSTATE_UINT8("x"), VMSTATE_BOOL("y"))},
        {"fields": (VMSTATE_UINT8("n"), COUNTED)},
        {"fields": (VMSTATE_UINT8_TEST("x", lambda state, version_id: True),)},
        {"fields": ()},
    ],
    ids=["pre_load", "post_load", "flag", "array", "test", "nothing"],
)
def test_where_there_is_more_nothing_is_unpacked_at_once(parts):
    vmsd = VMStateDescription(**{"name": "p", "fields": POINT.fields} | parts)
    assert Program(LATEST).loading(vmsd, 0).unpack is None


@pytest.mark.parametrize(
    "vmsd",
    [
        VMStateDescription(name="flag", fields=(VMSTATE_UINT8("a"), VMSTATE_BOOL("b"))),
        VMStateDescription(name="word", fields=(VMSTATE_UINT8("class"),)),
        VMStateDescription(name="dunder", fields=(VMSTATE_UINT8("__doc__"),)),
        VMStateDescription(name="element", fields=(VMSTATE_UINT8("a[0]"),)),
        VMStateDescription(name="both", fields=(VMSTATE_UINT8("a[0].b"), VMSTATE_UINT8("a.c"))),
        VMStateDescription(name="through", fields=(VMSTATE_UINT8("a"), VMSTATE_UINT8("a.c"))),
        VMStateDescription(name="back", fields=(VMSTATE_UINT8("a.b.c"), VMSTATE_UINT8("b"))),
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
    outcome = both_load(VMSD, recorded(**changes), DATA, cursor=cursor)
    assert isinstance(outcome["result"][0], type)


def test_a_refused_number_is_named_with_its_value():
    outcome = both_load(VMSD, recorded(refuses_last=ValueError), DATA)
    assert outcome["result"][1].endswith("it can't take 18")
    assert outcome["result"][1].startswith("board/last at offset 0x13: can't load into State(")


def two(one, other=None):
    return {"points": [one, Point(x=0, y=0) if other is None else other]}


ODD = {
    "nothing yet in some slots": ({"last": ..., **two(Point(), Point(y=1))}, None),
    "no points": ({"points": ...}, ("board/points[1].x", 0, "it has no points[1].x")),
    "one point": ({"points": [Point()]}, ("board/points[1].x", 0, "it has no points[1].x")),
    "a null point": (two(None, Point()), ("board/points[0]", 3, "the pointer is null")),
    "points in a tuple": ({"points": (Point(), Point())}, None),
    "points in a list of another class": ({"points": Points([Point(), Point()])}, None),
    "points that shift": ({"points": Shifting([Point(), Point()])}, None),
    "no shape": ({"shape": ...}, ("board/shape", 13, "it has no shape")),
    "a shape of numbers": ({"shape": 3}, ("shape/centre", 13, "it has no centre")),
    "more slots than that": (two(Near(), Near(z=1)), None),
    "a dictionary beside the slots": (two(Loose(), Loose(x=1)), None),
    "a plain object": (two(SimpleNamespace(x=0, y=0)), None),
    "a plain object without y": (
        two(Point(), SimpleNamespace(x=0)),
        ("point/y", 9, "it has no y"),
    ),
    "a property for a slot": (two(Computed(x=1), Computed(x=2)), None),
    "a property with nothing": (two(Computed()), ("point/x", 3, "it has no x")),
    "a constant for a slot": (two(Constant()), ("point/x", 4, "it can't take 3")),
    "slots that refuse": (two(Refusing()), ("point/x", 4, "it can't take 3")),
    "slots that answer": (two(Answering(), Point()), None),
    "slots that watch": (two(Watched(), Watched(x=1)), None),
    "another's slot": (two(Foreign(y=0)), ("point/x", 3, "it has no x")),
    "a slot under another name": (two(Alias()), ("point/x", 3, "it has no x")),
}


@pytest.mark.parametrize("cursor", [False, True])
@pytest.mark.parametrize(("changes", "error"), ODD.values(), ids=ODD)
def test_whatever_stands_for_a_board_is_loaded_alike(changes, error, cursor):
    """First of all, and after a board of slots alone, whose types are known then."""
    for _ in range(2):
        outcome = both_load(VMSD, slotted(**changes), DATA, cursor=cursor)
        if error is None:
            assert outcome["result"] == ((19 + 3, [7, 8]) if cursor else None)
        else:
            path, offset, why = error
            place = f"{path} at offset {offset + 3 * cursor:#x}: can't load into "
            assert outcome["result"][0] is StreamError
            assert outcome["result"][1].startswith(place)
            assert outcome["result"][1].endswith(why)
        assert both_load(VMSD, slotted(), DATA)["result"] is None


def test_types_take_turns():
    codec = Compiled(VMSD)
    for _ in range(2):
        for one, other in ((Point, Point), (Near, Near), (Point, Near), (Point, Loose)):
            state = slotted(points=[one(), other()])
            codec.load(state, DATA, 0)
            assert [point.filled() for point in state.points] == [
                {"x": 3, "y": 67438087},
                {"x": 8, "y": 151653132},
            ]


def test_a_way_is_gone_when_its_turn_comes():
    """What a number decides (here which bank is meant) is decided before the next is loaded."""

    class Banked:
        def __init__(self):
            self.index, self.banks = 0, [SimpleNamespace(x=0, y=0), SimpleNamespace(x=0, y=0)]

        @property
        def bank(self):
            return self.banks[self.index]

    for field in (VMSTATE_UINT8("bank.x"), VMSTATE_STRUCT("bank", 0, POINT)):
        vmsd = VMStateDescription(name="banked", fields=(VMSTATE_UINT8("index"), field))
        state = Banked()
        Compiled(vmsd).load(state, b"\1\7\0\0\0\0"[: 2 if field.vmsd is None else 6], 0)
        assert [bank.x for bank in state.banks] == [0, 7]


def test_a_number_on_the_way_to_another_is_not_passed():
    vmsd = VMStateDescription(name="way", fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8("x.y")))
    outcome = both_load(vmsd, Point(x=Point(y=1)), b"\1\2")
    assert outcome["result"][1].endswith("it has no x.y")
    assert outcome["state"] == ("Point", "Point({'x': 1})")


def test_a_class_is_taken_as_it_was_when_it_was_met():
    class Changed(Slots):
        __slots__ = ("x", "y")

    codec, state = Compiled(VMStateDescription(name="changed", fields=POINT.fields)), Changed()
    codec.load(state, b"\1\0\0\0\2", 0)
    taken = []
    Changed.x = property(fset=lambda state, value: taken.append(value))
    codec.load(state, b"\3\0\0\0\4", 0)
    assert (taken, state.y) == ([3], 4)


def test_names_on_the_way_must_lead_to_the_number():
    targets = Targets(Source("def load(L, d, o, s, v):"), Types())
    assert not targets
    targets.add("s", "a")
    assert targets
    targets.enter("e1", "s", "b")
    assert not targets
    targets.add("e1", "x")
    assert targets
    targets.spoil()
    assert not targets
