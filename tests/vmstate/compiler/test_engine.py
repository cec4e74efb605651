"""The engine under compiled functions: answers, versions and places of nested states."""

from __future__ import annotations

import pytest

from tests.support.recorded_states import EVENTS, State, both_load, both_save
from vmstate import VMS, Field, Release, StreamError, VersionError, VMStateDescription
from vmstate.compiler import Compiled
from vmstate.compiler.engine import CompiledLoader, CompiledSaver
from vmstate.compiler.places import Lack, Place
from vmstate.compiler.program import Program
from vmstate.cursor import Reader
from vmstate.info import QTAILQ, TMP, UINT8
from vmstate.macros import VMSTATE_UINT8

OLD, NEW = Release(7, 2), Release(11, 1)


def answering(answer):
    return VMStateDescription(
        name="inner", fields=(VMSTATE_UINT8("x"),), post_load=lambda state, version_id: answer
    )


def make():
    return State(x=0)


def chip(*fields, **parts):
    return VMStateDescription(name="chip", fields=fields, **parts)


@pytest.mark.parametrize("release", [OLD, NEW])
@pytest.mark.parametrize("answer", [None, 0, 1, -1])
def test_what_the_hook_of_a_list_element_answers_reaches_the_list(answer, release):
    vmsd = chip(Field(name="a", info=QTAILQ, vmsd=answering(answer), make=make))
    result = both_load(vmsd, State(a=[]), b"\1\7\0", release=release)["result"]
    is_refused = answer == -1 or (answer == 1 and release == OLD)
    assert (result is not None) == is_refused


@pytest.mark.parametrize("release", [OLD, NEW])
@pytest.mark.parametrize("answer", [0, 1, -1])
def test_an_answer_from_further_inside_is_not_the_elements(answer, release):
    middle = VMStateDescription(
        name="middle", fields=(Field(name="i", flags=VMS.STRUCT, vmsd=answering(answer)),)
    )
    vmsd = chip(
        Field(name="a", info=QTAILQ, vmsd=middle, make=lambda: State(i=make())),
    )
    both_load(vmsd, State(a=[]), b"\1\7\0", release=release)


@pytest.mark.parametrize("release", [OLD, NEW])
@pytest.mark.parametrize("answer", [0, 1, -1])
def test_what_a_subsections_hook_answers_reaches_the_owner(answer, release):
    part = VMStateDescription(
        name="chip/part", fields=(VMSTATE_UINT8("x"),), post_load=lambda state, version: answer
    )
    data = b"\5\tchip/part\0\0\0\0\7"
    both_load(chip(subsections=(part,)), State(x=0), data, release=release)


def old(reader, state, version_id):
    EVENTS.append(("old", version_id, reader.path, reader.offset))
    state.x = reader.unsigned(1) + 100
    return 0


AGED = VMStateDescription(
    name="aged",
    version_id=3,
    minimum_version_id=2,
    minimum_version_id_old=1,
    load_state_old=old,
    fields=(VMSTATE_UINT8("x"),),
)


@pytest.mark.parametrize(
    ("version", "kind"), [(0, VersionError), (1, None), (2, None), (4, VersionError)]
)
def test_a_nested_state_may_have_a_version_that_is_loaded_by_hand(version, kind):
    nested = Field(name="a", flags=VMS.VSTRUCT, vmsd=AGED, struct_version_id=version)
    temporary = Field(name="n", info=TMP, vmsd=AGED, version_id=version, make=make)
    for field in (nested, temporary):
        vmsd = chip(VMSTATE_UINT8("n"), field, version_id=9)
        outcome = both_load(vmsd, State(n=0, a=make()), b"\1\2")
        assert outcome["result"] is None if kind is None else outcome["result"][0] is kind
        assert any(event[0] == "old" for event in outcome["events"]) == (version == 1)


def test_any_description_may_be_given_to_the_engine():
    chosen = answering(0)

    class Chooser:
        """A container that knows by itself what it holds."""

        name = "chooser"

        def load_states(self, reader, current, field, load):
            load(chosen, current, 0)
            EVENTS.append(reader.offset)
            return current

        def save_states(self, writer, value, field, save):
            save(chosen, value, 0)
            EVENTS.append(writer.offset)

    vmsd = chip(Field(name="a", info=Chooser(), vmsd=AGED, make=make), VMSTATE_UINT8("b"))
    state = State(a=State(x=3), b=4)
    outcome = both_save(vmsd, state)
    assert (outcome["result"][0], outcome["events"]) == (b"\3\4", [1])
    assert both_load(vmsd, state, b"\5\6")["result"] is None


def test_a_place_that_is_there_when_it_is_looked_at_again_is_not_explained():
    field = VMSTATE_UINT8("x")
    place = Place(Lack.ELEMENT, AGED, field, "s", number=0)
    CompiledSaver(bytearray(), Program(NEW)).explain(place, {"s": make()}, AttributeError("x"))
    loader = CompiledLoader(Reader(b"\7"), b"\7", Program(NEW))
    names = {"s": make(), "o": 0}
    loader.explain(place, names, AttributeError("x"))
    loader.explain(Place(Lack.VALUE, AGED, field, "gone"), names, AttributeError("x"))
    assert names["s"].x == 0


def test_a_value_that_has_no_room_is_told():
    loader = CompiledLoader(Reader(b"xx\1\2"), b"xx\1\2", Program(NEW))
    place = Place(Lack.ROOM, AGED, VMSTATE_UINT8("x"), "s", 2, value="v1")
    with pytest.raises(StreamError, match=r"aged/x at offset 0x3: .* it can't take 9"):
        loader.explain(place, {"s": make(), "o": 1, "v1": 9}, ValueError("no room"))


def test_a_null_pointer_to_a_number_is_refused():
    field = Field(name="a", flags=VMS.SINGLE | VMS.POINTER, info=UINT8)
    outcome = both_load(chip(VMSTATE_UINT8("n"), field), State(n=0, a=None), b"\1\2")
    assert outcome["result"][1].endswith("can't load into None: the pointer is null")


def test_arrays_in_a_run_begin_where_they_begin(monkeypatch):
    monkeypatch.setattr(CompiledLoader, "_field", None)
    array = Field(name="a", flags=VMS.ARRAY, info=UINT8, num=2, start=1)
    long = Field(name="b", flags=VMS.ARRAY, info=UINT8, num=20, start=2)
    state = State(a=[9] * 3, b=[9] * 22, n=0)
    Compiled(chip(array, long, VMSTATE_UINT8("n"))).load(state, bytes(range(23)), 0)
    assert (state.a, state.b, state.n) == ([9, 0, 1], [9, 9, *range(2, 22)], 22)
