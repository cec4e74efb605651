"""Versions: which are read, which fields each has, and what is older than all of them."""

from __future__ import annotations

from errno import EINVAL, ENOENT

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import POINT, Hooked, State, chip, noting, subsection
from vmstate import LATEST, Release, StreamError, TruncatedStreamError, VersionError
from vmstate.macros import (
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_VSTRUCT,
    VMSTATE_VSTRUCT_V,
)

A = VMSTATE_UINT8("a")
VERSIONED = chip(A, VMSTATE_UINT8_V("b", 2), version_id=3, minimum_version_id=1)


@pytest.mark.parametrize(("version", "data"), [(1, b"\1"), (2, b"\1\2"), (3, b"\1\2")])
def test_a_version_has_the_fields_that_begin_with_it_or_before(engine, version, data):
    assert engine.save(VERSIONED, State(a=1, b=2), version_id=version).data == data
    state = engine.load(VERSIONED, State(a=0, b=9), data, version)
    assert vars(state) == {"a": 1, "b": 2 if version >= 2 else 9}


def test_without_a_version_the_descriptions_own_is_saved(engine):
    saved = engine.save(VERSIONED, State(a=1, b=2))
    assert (saved.data, saved.layout.version_id) == (b"\1\2", 3)
    assert engine.save(VERSIONED, State(a=1, b=2), version_id=0).data == b"\1"


@pytest.mark.parametrize(
    ("version", "direction"), [(1, "old"), (4, "new"), (0xFFFFFFFF, "new"), (0, "old")]
)
def test_a_version_outside_the_range_is_refused_before_anything_happens(engine, version, direction):
    vmsd = chip(A, version_id=3, minimum_version_id=2, pre_load=noting("pre_load"))
    state = Hooked()
    with pytest.raises(VersionError) as error:
        engine.load(vmsd, state, b"\5", version)
    assert str(error.value) == (
        f"chip at offset 0x0: version {version} is too {direction}: versions 2 to 3 can be read"
    )
    assert (error.value.have, error.value.accepts) == (version, (2, 3))
    assert error.value.number == EINVAL
    assert (state.a, state.calls) == (1, [])


@pytest.mark.parametrize("version", [2, 3])
def test_the_ends_of_the_range_are_read(engine, version):
    vmsd = chip(A, version_id=3, minimum_version_id=2)
    assert engine.load(vmsd, State(a=0), b"\5", version).a == 5


def test_a_nested_struct_is_read_at_its_own_version(engine):
    vmsd = chip(VMSTATE_STRUCT("point", 0, POINT), version_id=1)
    state = State(point=State(x=1, y=2))
    assert engine.save(vmsd, state, version_id=0).data == b"\1\2"
    engine.load(vmsd, state, b"\3\4", 0)
    assert state.point == State(x=3, y=4)


@pytest.mark.parametrize(("version", "data", "y"), [(1, b"\3", 9), (2, b"\3\4", 4)])
def test_a_versioned_struct_is_read_at_the_version_that_the_field_says(engine, version, data, y):
    vmsd = chip(VMSTATE_VSTRUCT("point", POINT, version))
    saved = engine.save(vmsd, State(point=State(x=3, y=4)))
    assert saved.data == data
    assert saved.layout.fields[0].children[0].version_id == version
    state = engine.load(vmsd, State(point=State(x=0, y=9)), data)
    assert state.point == State(x=3, y=y)


def test_a_versioned_struct_has_a_gate_of_its_own(engine):
    vmsd = chip(VMSTATE_VSTRUCT_V("point", 2, POINT, 1), version_id=2)
    state = State(point=State(x=1, y=2))
    assert engine.save(vmsd, state).data == b"\1"
    assert engine.save(vmsd, state, version_id=1).data == b""


@pytest.mark.parametrize(("version", "direction"), [(0, "old"), (3, "new")])
def test_a_versioned_struct_of_a_version_that_is_not_read_is_refused(engine, version, direction):
    vmsd = chip(A, VMSTATE_VSTRUCT("point", POINT, version))
    with pytest.raises(VersionError) as error:
        engine.load(vmsd, State(a=0, point=State(x=1, y=2)), b"\1\2\3")
    assert str(error.value) == (
        f"point at offset 0x1: version {version} is too {direction}: versions 1 to 2 can be read"
    )


def test_a_gate_is_asked_of_the_state_that_the_field_is_in(engine):
    inner = chip(A, VMSTATE_UINT8_V("b", 1), name="inner", version_id=1)
    outer = chip(VMSTATE_STRUCT("s", 0, inner), VMSTATE_UINT8_V("c", 1), version_id=1)
    state = State(s=State(a=1, b=2), c=3)
    assert engine.save(outer, state, version_id=0).data == b"\1\2"
    assert engine.save(outer, state).data == b"\1\2\3"


def read_two(reader, state, version_id):
    state.a = reader.unsigned(2) + version_id
    return 0


def old(load_state_old=read_two, **parts):
    return chip(
        VMSTATE_STRUCT_ARRAY("points", 1, 0, POINT),
        version_id=4,
        minimum_version_id=3,
        minimum_version_id_old=1,
        load_state_old=load_state_old,
        subsections=(subsection("chip/more", A),),
        **parts,
    )


@pytest.mark.parametrize("version", [1, 2])
def test_what_is_older_is_loaded_by_hand_and_no_hook_runs(engine, version):
    vmsd = old(pre_load=noting("pre_load"), post_load=noting("post_load"))
    state = engine.load(vmsd, Hooked(), b"\1\0", version)
    assert (state.a, state.calls) == (0x100 + version, [])


def test_what_is_not_older_is_loaded_by_its_fields(engine):
    state = engine.load(old(), State(points=[State(x=0, y=0)]), b"\1\2", 3)
    assert state.points == [State(x=1, y=2)]


@pytest.mark.parametrize(("version", "direction"), [(0, "old"), (5, "new")])
def test_what_nobody_can_load_by_hand_either_is_refused(engine, version, direction):
    with pytest.raises(VersionError) as error:
        engine.load(old(), State(a=0), b"\1\0", version)
    assert str(error.value) == (
        f"chip at offset 0x0: version {version} is too {direction}: versions 1 to 4 can be read"
    )


@pytest.mark.parametrize(("release", "number"), [(Release(7, 2), ENOENT), (LATEST, EINVAL)])
def test_an_old_loader_that_fails_refuses_the_stream(engine, release, number):
    with pytest.raises(StreamError) as error:
        engine.load(old(lambda r, s, v: -2), State(), b"", 1, release=release)
    assert str(error.value) == "chip at offset 0x0: load_state_old failed"
    assert error.value.number == number


def test_an_old_loader_may_answer_none_or_a_positive_number(engine):
    for answer in (None, 1):
        engine.load(old(lambda r, s, v, answer=answer: answer), State(), b"", 2)


def test_an_old_loader_that_runs_out_of_bytes_is_told_so(engine):
    with pytest.raises(TruncatedStreamError, match="at offset 0x0: needs 2 bytes, 1 are left"):
        engine.load(old(), State(), b"\1", 1)


def test_an_old_loader_may_load_a_nested_state_or_a_subsection(engine):
    inner = old()
    vmsd = chip(VMSTATE_VSTRUCT("s", inner, 2), A)
    state = engine.load(vmsd, State(s=State(a=0), a=0), b"\0\1\5")
    assert (state.s.a, state.a) == (3, 5)


gates = st.lists(st.integers(0, 4), min_size=1, max_size=6)


@given(gates, st.integers(0, 4))
def test_a_gate_is_open_from_its_version_on(engine, since, version):
    fields = [VMSTATE_UINT8_V(f"f{index}", gate) for index, gate in enumerate(since)]
    vmsd = chip(*fields, version_id=4)
    state = State(**{f"f{index}": index + 1 for index in range(len(since))})
    saved = engine.save(vmsd, state, version_id=version)
    open_ = [index for index, gate in enumerate(since) if gate <= version]
    assert saved.data == bytes(index + 1 for index in open_)
    blank = State(**dict.fromkeys(vars(state), 99))
    engine.load(vmsd, blank, saved.data, version)
    assert [index for index in range(len(since)) if getattr(blank, f"f{index}") != 99] == open_
