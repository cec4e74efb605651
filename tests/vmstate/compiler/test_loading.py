"""Loading: what fits is loaded without the interpreter, in its order of effects."""

from __future__ import annotations

import pytest

from device_models.pc.machine import build_pc
from tests.support.mixed_chip import CHIP, NAMES, OUTER, RACK, RACK_WIRE, WIRE, rack
from tests.support.recorded_states import (
    EVENTS,
    LooseTimer,
    NoTimer,
    State,
    Timer,
    both_load,
    frozen,
)
from vmstate import VMS, Field, Release, VersionError, VMStateDescription
from vmstate.codec import Interpreted
from vmstate.compiler import Compiled
from vmstate.info import (
    FD,
    INT8,
    INT16,
    INT32,
    INT64,
    TIMER,
    UINT8,
    UINT8_EQUAL,
    UINT16,
    UINT32,
    UINT64,
)
from vmstate.interpreter import Loader
from vmstate.macros import (
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
)


def refuse(*_args):
    raise AssertionError("the interpreter was asked")


def blank_chip(**changes):
    empty = {
        "a": 0,
        "b": False,
        "c": [0, 0, 0],
        "d": bytearray(2),
        "e": bytearray(b"????"),
        "f": Timer(),
        "g": [[0, 0], [0, 0]],
        "h": [False, False],
        "i": [[False], [False]],
        "j": State(x=0, y=False),
        "k": [State(x=0, y=False), State(x=0, y=False)],
        "l": 0,
    }
    return State(**(empty | changes))


def test_what_fits_is_loaded_without_the_interpreter(monkeypatch):
    monkeypatch.setattr(Loader, "_field", refuse)
    state = blank_chip()
    places = [state.c, state.d, state.e, state.f, *state.g, state.k[1]]
    Compiled(CHIP).load(state, WIRE, 0)
    assert frozen(state.c) == frozen([1, -2, 3])
    assert (state.a, state.b, state.l, state.f.expire_ns) == (0x01020304, True, 1 << 63, 5)
    assert (state.d, state.e) == (bytearray(b"de"), bytearray(b"?yz?"))
    assert (state.g, state.h, state.i) == ([[1, 2], [3, 4]], [True, False], [[True], [False]])
    assert frozen(state.k) == frozen([State(x=2, y=True), State(x=3, y=False)])
    now = [state.c, state.d, state.e, state.f, *state.g, state.k[1]]
    assert all(one is other for one, other in zip(places, now, strict=True))


def test_arrays_that_are_counted_are_loaded_without_the_interpreter(monkeypatch):
    monkeypatch.setattr(Loader, "_field", refuse)
    elements = [State(x=0, y=0) for _ in range(3)]
    state = rack(
        words=[9] * 3, bytes=[9] * 2, flags=[9] * 2, new=None, some=elements, many=elements
    )
    Compiled(RACK).load(state, RACK_WIRE, 0)
    assert (state.words, state.bytes) == ([9, 258, 3], [7, 8])
    assert frozen([state.flags, state.new]) == frozen([[True, False], [False, True]])
    assert [element.x for element in elements] == [0, 1, 2]


@pytest.mark.parametrize("cursor", [False, True])
@pytest.mark.parametrize("size", [*range(20), len(RACK_WIRE) - 1, len(RACK_WIRE)])
def test_a_rack_is_loaded_alike_however_early_it_ends(size, cursor):
    both_load(RACK, rack(), RACK_WIRE[:size], cursor=cursor)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("words", [9, 9]),
        ("words", (9, 9, 9)),
        ("some", [None] * 3),
        ("some", None),
        ("some", [State(x=0)] * 2),
        ("many", [State(x=0)] * 2),
        ("many", {1: State(x=0), 2: State(x=0)}),
        ("old", State(y=0)),
        ("olds", [State(x=0)] * 59),
    ],
)
def test_an_array_that_does_not_fit_takes_or_refuses_alike(name, value):
    both_load(RACK, rack(**{name: value}), RACK_WIRE)


def test_what_is_deep_inside_may_need_the_interpreter():
    assert both_load(OUTER, State(inner=State(x=0)), b" ", cursor=True)["result"] == (4, [8])


def test_both_engines_load_it_alike():
    assert both_load(CHIP, blank_chip(), WIRE)["result"] is None
    assert both_load(CHIP, blank_chip(), WIRE, cursor=True)["result"] == (3 + len(WIRE), [7, 8])


def test_the_pcs_sections_are_loaded_without_the_interpreter(monkeypatch):
    slots = build_pc().slots
    saved = [Interpreted(slot.vmsd).save(slot.device.state) for slot in slots]
    monkeypatch.setattr(Loader, "_field", refuse)
    for slot, before in zip(slots, saved, strict=True):
        Compiled(slot.vmsd).load(slot.device.state, before.data, slot.vmsd.version_id)
        assert Interpreted(slot.vmsd).save(slot.device.state) == before


@pytest.mark.parametrize("size", range(len(WIRE)))
def test_bytes_that_end_early_leave_what_came_before(size):
    outcome = both_load(CHIP, blank_chip(), WIRE[:size])
    assert "bytes, " in outcome["result"][1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("c", [0, 0]),
        ("c", (0, 0, 0)),
        ("c", bytearray(3)),
        ("c", {0: 1, 1: 2, 2: 3}),
        ("d", bytearray(3)),
        ("d", b"de"),
        ("e", bytearray(2)),
        ("e", bytearray(9)),
        ("f", LooseTimer(3)),
        ("f", NoTimer(3)),
        ("f", None),
        ("g", [[0, 0], (0, 0)]),
        ("g", [[0, 0], [0]]),
        ("h", (False, False)),
        ("i", [[False]]),
        ("j", None),
        ("k", [State(x=0, y=0)]),
        ("k", [State(x=0, y=0), State(x=0)]),
        ("k", None),
    ],
)
def test_a_destination_that_is_uncommon_takes_or_refuses_alike(name, value):
    both_load(CHIP, blank_chip(**{name: value}), WIRE)


@pytest.mark.parametrize("name", "abcdefghijkl")
def test_a_place_that_is_missing_is_named(name):
    state = blank_chip()
    delattr(state, name)
    assert f"it has no {name}" in both_load(CHIP, state, WIRE)["result"][1]


@pytest.mark.parametrize("name", "abdefl")
@pytest.mark.parametrize("failure", [ValueError, AttributeError, OSError])
def test_a_place_that_refuses_is_told_once(name, failure):
    outcome = both_load(CHIP, blank_chip(**{f"refuses_{name}": failure}), WIRE)
    assert [event[1] for event in outcome["events"] if event[:2] == ("set", name)] == [name]


@pytest.mark.parametrize(("last", "event"), [(255, ("delete",)), (254, ("modify", (1 << 64) - 2))])
def test_all_ones_disarm_a_timer(last, event):
    vmsd = VMStateDescription(name="clock", fields=(VMSTATE_TIMER_PTR("t"),))
    outcome = both_load(vmsd, State(t=Timer(3)), b"\xff" * 7 + bytes([last]))
    assert outcome["events"][0] == event


def test_any_name_of_cs_can_be_loaded():
    vmsd = VMStateDescription(name="names", fields=tuple(VMSTATE_UINT8(name) for name in NAMES))
    outcome = both_load(vmsd, State(**dict.fromkeys(NAMES, 0)), bytes(range(len(NAMES))))
    assert outcome["result"] is None


PART = VMStateDescription(name="p/x", version_id=1, fields=(VMSTATE_UINT8("z"),))
POINT = VMStateDescription(
    name="p", fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8("y")), subsections=(PART,)
)
POINTS = VMStateDescription(
    name="points", fields=(VMSTATE_STRUCT_ARRAY("points", 3, 0, POINT), VMSTATE_UINT8("last"))
)
HEADER = b"\5\3p/x\0\0\0\1"


def points():
    return State(points=[State(x=0, y=0, z=0) for _ in range(3)], last=0)


@pytest.mark.parametrize(
    "data",
    [
        b"\1\2\3\4\5\6\7",
        b"\1\2" + HEADER + b"\t\3\4\5\6\7",
        b"\1\2\3\4" + HEADER + b"\t\5\6\7",
        b"\1\2\3\4\5\6" + HEADER + b"\t\7",
        b"\1\2\5\6\5\6\5",
        b"\1\2\5\3\5\3\5",
        b"\1\2\5\3p\4\5",
        b"\1\2\5\3p/y\0\0\0\1",
        b"\1\2\3\4\5\6\5\3p/x",
        b"\1\2\3\4\5\6\5\3q/x",
        b"\1\2" + HEADER + b"\t" + HEADER + b"\t\3\4\5\6\7",
    ],
)
def test_subsections_between_the_elements_of_a_run_are_found(data):
    both_load(POINTS, points(), data)
    both_load(POINTS, points(), data, cursor=True)


NUMBERS = (INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64)


@pytest.mark.parametrize("cursor", [False, True])
@pytest.mark.parametrize("first", [0x04, 0x05, 0x06, 0x85])
@pytest.mark.parametrize("codec", NUMBERS, ids=lambda codec: codec.name)
def test_a_number_that_begins_like_a_subsection_is_told_from_one(codec, first, cursor):
    part = VMStateDescription(name="p/x", version_id=1, fields=(VMSTATE_UINT8("z"),))
    point = VMStateDescription(
        name="p", fields=(Field(name="x", flags=VMS.SINGLE, info=codec),), subsections=(part,)
    )
    vmsd = VMStateDescription(name="chip", fields=(VMSTATE_STRUCT_ARRAY("points", 3, 0, point),))
    number = bytes([first]) + bytes(codec.bytes_ - 1)
    header = bytes([first]) + HEADER[1:] + b"\t"
    for data in (
        number * 3,
        number + header + number * 2,
        number * 2 + header + number,
        number * 3 + header,
        number + header[:4] + number,
        number * 2 + header[:5] + number * 2,
    ):
        state = State(points=[State(x=0, z=0) for _ in range(3)])
        both_load(vmsd, state, data, cursor=cursor)


def test_a_subsection_in_a_run_is_loaded():
    state = points()
    Compiled(POINTS).load(state, b"\1\2\3\4" + HEADER + b"\t\5\6\7", 0)
    assert [point.z for point in state.points] == [0, 9, 0]


def counted(codec, **parts):
    array = Field(name="a", flags=VMS.VARRAY_UINT8, info=codec, num_field="n", **parts)
    return VMStateDescription(name="counted", fields=(VMSTATE_UINT8("n"), array))


@pytest.mark.parametrize("codec", [UINT8, UINT16, INT32])
@pytest.mark.parametrize("values", [[0] * 4, [0] * 3, [0] * 2, (0,) * 3, bytearray(4), None])
def test_an_array_is_filled_as_far_as_its_count(codec, values):
    data = b"\3" + bytes(range(1, 1 + 3 * codec.bytes_))
    for size in (len(data), len(data) - 1, 1, 0):
        both_load(counted(codec), State(n=0, a=values), data[:size])


def test_a_count_is_taken_when_it_is_needed():
    vmsd = VMStateDescription(
        name="late",
        fields=(
            Field(name="a", flags=VMS.VARRAY_UINT8, info=UINT8, num_field="n"),
            VMSTATE_UINT8("b"),
        ),
    )
    for count in (0, 2, -1, 3.0, None, True, "x", 1 << 32, (1 << 32) + 1):
        both_load(vmsd, State(n=count, a=[0, 0], b=0), b"\1\2\3")
    both_load(vmsd, State(a=[0, 0], b=0), b"\1\2\3")


ALLOC = VMS.VARRAY_UINT8 | VMS.POINTER | VMS.ALLOC


@pytest.mark.parametrize("data", [b"\2\0\1\0\2", b"\0", b"\2\0\1", b"\2", b"\xff", b"\2\0\1\0\2\0"])
@pytest.mark.parametrize("changes", [{}, {"refuses_a": TypeError}, {"refuses_a": OSError}])
def test_an_array_that_is_allocated_is_new(data, changes):
    array = Field(name="a", flags=ALLOC, info=UINT16, num_field="n")
    vmsd = VMStateDescription(name="allocated", fields=(VMSTATE_UINT8("n"), array))
    old = [7]
    outcome = both_load(vmsd, State(n=0, a=old, **changes), data)
    sets = [event for event in outcome["events"] if event[:2] == ("set", "a")]
    assert len(sets) == (data[0] == 2 and len(data) > 2)


def test_a_hostile_count_takes_no_memory():
    array = Field(
        name="a", flags=VMS.VARRAY_UINT32 | VMS.POINTER | VMS.ALLOC, info=UINT8, num_field="n"
    )
    vmsd = VMStateDescription(
        name="hostile", fields=(Field(name="n", flags=VMS.SINGLE, info=INT32), array)
    )
    outcome = both_load(vmsd, State(n=0, a=None), b"\x7f\xff\xff\xff\0\0")
    assert outcome["result"][1] == (
        "hostile/a at offset 0x4: 2147483647 elements can't be in the 2 bytes that are left"
    )


def inner(**hooks):
    vmsd = VMStateDescription(name="inner", fields=(VMSTATE_UINT8("x"),), **hooks)
    return VMStateDescription(
        name="outer", fields=(VMSTATE_UINT8("a"), VMSTATE_STRUCT("s", 0, vmsd), VMSTATE_UINT8("b"))
    )


def noting(name, answer=None):
    def hook(state, *version_id):
        EVENTS.append((name, frozen(state), *version_id))
        return answer

    return hook


@pytest.mark.parametrize("release", [Release(7, 2), Release(11, 1)])
@pytest.mark.parametrize("answer", [None, 0, 1, -1])
@pytest.mark.parametrize("name", ["pre_load", "post_load"])
def test_hooks_run_in_their_places(name, answer, release):
    vmsd = inner(**{name: noting(name, answer)})
    state = State(a=0, b=0, s=State(x=0))
    both_load(vmsd, state, b"\1\2\3", release=release)


@pytest.mark.parametrize("answer", [None, "", "too hot"])
@pytest.mark.parametrize("name", ["pre_load_errp", "post_load_errp"])
def test_hooks_of_the_newer_style_say_what_is_wrong(name, answer):
    vmsd = inner(**{name: noting(name, answer)})
    outcome = both_load(vmsd, State(a=0, b=0, s=State(x=0)), b"\1\2\3")
    assert (outcome["result"] is None) == (not answer)


@pytest.mark.parametrize("state", [State(), State(s=None), State(s=State())])
def test_a_state_with_hooks_is_looked_for_as_any_other(state):
    vmsd = inner(pre_load=noting("pre_load"))
    state.a = state.b = 0
    both_load(vmsd, state, b"\1\2\3")


def test_what_must_exist_is_refused_below_its_version():
    must = Field(name="b", flags=VMS.SINGLE | VMS.MUST_EXIST, info=UINT8, version_id=2)
    vmsd = VMStateDescription(name="strict", version_id=2, fields=(VMSTATE_UINT8("a"), must))
    outcome = both_load(vmsd, State(a=0, b=0), b"\1", version_id=1)
    assert outcome["result"][1] == "strict/b at offset 0x1: input validation failed"
    assert both_load(vmsd, State(a=0, b=0), b"\1\2")["result"] is None


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("flags", [VMS.SINGLE, VMS.SINGLE | VMS.MUST_EXIST])
def test_a_field_is_tested_once_and_when_its_turn_comes(answer, flags):
    field = Field(name="b", flags=flags, info=UINT8, field_exists=noting("test", answer))
    vmsd = VMStateDescription(name="tested", fields=(VMSTATE_UINT8("a"), field, VMSTATE_UINT8("c")))
    events = both_load(vmsd, State(a=0, b=0, c=0), b"\1\2\3")["events"]
    tests = [event for event in events if event[0] == "test"]
    assert [(event[1][1], event[2]) for event in tests] == [(("a", ("int", "1")), 0)]


@pytest.mark.parametrize("codec", [FD, UINT8_EQUAL, TIMER])
@pytest.mark.parametrize("flags", [VMS.SINGLE, VMS.SINGLE | VMS.POINTER])
def test_a_codec_that_must_be_asked_is_asked_in_its_place(codec, flags):
    vmsd = VMStateDescription(
        name="asked", fields=(VMSTATE_UINT8("n"), Field(name="a", flags=flags, info=codec))
    )
    for value in (32, 0, None):
        for data in (b"\1 ", b"\1\0", b"\1", b"\1" + bytes(8)):
            both_load(vmsd, State(n=0, a=value), data, cursor=True)
    both_load(vmsd, State(n=0), b"\1 ")
    both_load(vmsd, State(n=0, a=32, refuses_a=TypeError), b"\1 ", cursor=True)


def test_a_codec_of_the_whole_state_puts_nothing_into_its_place():
    class Whole:
        name = "whole"

        def load(self, reader, current, size):
            EVENTS.append((reader.path, reader.offset, size))
            current.a = reader.unsigned(1)
            return 77

    whole = Field(name="everything", flags=VMS.SINGLE, info=Whole(), whole=True, size=3)
    vmsd = VMStateDescription(name="blob", fields=(VMSTATE_UINT8("n"), whole))
    outcome = both_load(vmsd, State(n=0, a=0), b"\1\2")
    assert outcome["events"][1] == ("blob/everything", 1, 3)
    assert outcome["state"] == frozen(State(n=1, a=2))


@pytest.mark.parametrize("version_id", [-1, 0, 1, 2, 3, 4])
def test_versions_are_accepted_and_refused_alike(version_id):
    def old(reader, state, version_id):
        EVENTS.append(("old", version_id, reader.path))
        state.a = reader.unsigned(2)
        return version_id

    vmsd = VMStateDescription(
        name="old",
        version_id=3,
        minimum_version_id=2,
        minimum_version_id_old=0,
        load_state_old=old,
        fields=(VMSTATE_UINT8("a"), VMSTATE_UINT8_V("b", 3)),
    )
    data = b"\1" if version_id == 2 else b"\1\2"
    outcome = both_load(vmsd, State(a=0, b=0), data, version_id=version_id)
    kinds = {-1: VersionError, 4: VersionError}
    kind = None if outcome["result"] is None else outcome["result"][0]
    assert kind is kinds.get(version_id)
