"""What must hold: validations without bytes, must-exist fields, devices that don't migrate."""

from __future__ import annotations

from errno import EINVAL, EIO, EPERM

import pytest

from tests.support.chips import POINT, Hooked, State, chip, is_on, noting, subsection
from vmstate import LATEST, VMS, EncodeError, Field, Release, StreamError, VersionError
from vmstate.info import UINT8, UINT8_EQUAL
from vmstate.macros import (
    VMSTATE_SINGLE,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_VALIDATE,
)

V7_2 = Release(7, 2)
CHECKED = chip(
    VMSTATE_UINT8("on"), VMSTATE_VALIDATE("is on", is_on), VMSTATE_UINT8("b"), post_load=None
)


def test_a_validation_has_no_bytes(engine):
    saved = engine.save(CHECKED, State(on=1, b=2))
    assert saved.data == b"\1\2"
    assert [span.path for span in saved.spans] == ["on", "b"]
    assert [(field.index, field.sizes) for field in saved.layout.fields] == [
        (0, (1,)),
        (1, ()),
        (2, (1,)),
    ]
    assert vars(engine.load(CHECKED, State(on=0, b=0), b"\1\2")) == {"on": 1, "b": 2}


def test_a_validation_that_fails_refuses_to_save(engine):
    state = State(on=0, b=2)
    with pytest.raises(EncodeError) as error:
        engine.save(CHECKED, state)
    assert str(error.value) == f"chip/is on: can't save {state!r}: the state is not valid"


@pytest.mark.parametrize(("release", "number"), [(V7_2, EPERM), (LATEST, EINVAL)])
def test_a_validation_that_fails_refuses_to_load(engine, release, number):
    state = State(on=1, b=9)
    with pytest.raises(StreamError) as error:
        engine.load(CHECKED, state, b"\0\2", release=release)
    assert str(error.value) == "chip/is on at offset 0x1: input validation failed"
    assert error.value.number == number
    assert vars(state) == {"on": 0, "b": 9}


def test_a_validation_keeps_post_load_from_running(engine):
    vmsd = chip(VMSTATE_VALIDATE("never", lambda state, v: False), post_load=noting("post_load"))
    state = Hooked()
    with pytest.raises(StreamError):
        engine.load(vmsd, state, b"")
    assert state.calls == []


def test_a_field_may_have_to_exist(engine):
    field = Field(name="a", flags=VMS.SINGLE | VMS.MUST_EXIST, info=UINT8, version_id=2)
    vmsd = chip(field, version_id=2)
    assert engine.save(vmsd, State(a=1)).data == b"\1"
    assert engine.load(vmsd, State(a=0), b"\5", 2).a == 5
    with pytest.raises(EncodeError, match=r"^chip/a: can't save .*: the state is not valid"):
        engine.save(vmsd, State(a=1), version_id=1)
    with pytest.raises(StreamError, match="chip/a at offset 0x0: input validation failed"):
        engine.load(vmsd, State(a=0), b"", 1)


def test_a_validation_of_one_element_has_no_bytes_either(engine):
    vmsd = chip(Field(name="on", flags=VMS.SINGLE | VMS.MUST_EXIST, field_exists=is_on))
    saved = engine.save(vmsd, State(on=1))
    assert (saved.data, saved.spans) == (b"", ())
    engine.load(vmsd, State(on=1), b"")
    with pytest.raises(StreamError, match="chip/on at offset 0x0: input validation failed"):
        engine.load(vmsd, State(on=0), b"")


UNMIGRATABLE = chip(VMSTATE_UINT8("a"), unmigratable=True, pre_save=noting("pre_save"))


def test_a_device_that_is_not_migratable_is_neither_saved_nor_loaded(engine):
    state = Hooked()
    with pytest.raises(EncodeError, match=r"^chip: can't save .*: the device is not migratable$"):
        engine.save(UNMIGRATABLE, state)
    with pytest.raises(StreamError) as error:
        engine.load(UNMIGRATABLE, state, b"\1")
    assert str(error.value) == "chip at offset 0x0: the device is not migratable"
    assert (state.a, state.calls) == (1, [])


def test_a_part_of_a_device_is_not_asked_whether_it_is_migratable(engine):
    more = subsection("chip/more", VMSTATE_UINT8("a"), unmigratable=True)
    inner = chip(VMSTATE_UINT8("a"), name="inner", unmigratable=True)
    vmsd = chip(VMSTATE_STRUCT("s", 0, inner), subsections=(more,))
    saved = engine.save(vmsd, State(a=1, s=State(a=2)))
    assert engine.load(vmsd, State(a=0, s=State(a=0)), saved.data) == State(a=1, s=State(a=2))


@pytest.mark.parametrize(
    ("release", "number"), [(V7_2, EIO), (Release(11, 0), EIO), (LATEST, EINVAL)]
)
def test_the_number_of_a_codecs_error_reached_the_caller_before_11_1(engine, release, number):
    with pytest.raises(StreamError) as error:
        engine.load(chip(VMSTATE_UINT8("a")), State(a=0), b"", release=release)
    assert error.value.number == number


@pytest.mark.parametrize("release", [V7_2, LATEST])
def test_most_errors_are_of_the_bytes(engine, release):
    equal = chip(VMSTATE_SINGLE("a", 0, UINT8_EQUAL))
    with pytest.raises(StreamError) as unequal:
        engine.load(equal, State(a=1), b"\2", release=release)
    with pytest.raises(VersionError) as version:
        engine.load(chip(VMSTATE_STRUCT("s", 0, POINT)), State(s=1), b"", 1, release=release)
    assert (unequal.value.number, version.value.number) == (EINVAL, EINVAL)
