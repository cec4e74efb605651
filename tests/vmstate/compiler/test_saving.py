"""Saving: what fits is saved without the interpreter; what does not, by its own words."""

from __future__ import annotations

import copy

import pytest

from device_models.pc.machine import build_pc
from tests.support.mixed_chip import CHIP, NAMES, OUTER, POINT, RACK, RACK_WIRE, WIRE, chip, rack
from tests.support.recorded_states import EVENTS, Index, NoTimer, State, Timer, both_save
from vmstate import LATEST, VMS, EncodeError, Field, Release, VMStateDescription
from vmstate.codec import Interpreted
from vmstate.compiler import Compiled
from vmstate.compiler.program import Program
from vmstate.info import FD, TIMER, UINT8, UINT8_EQUAL
from vmstate.interpreter import Saver
from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT8_V


def refuse(*_args):
    raise AssertionError("the interpreter was asked")


def test_what_fits_is_saved_without_the_interpreter(monkeypatch):
    monkeypatch.setattr(Saver, "_field", refuse)
    assert Compiled(CHIP).save(chip()).data == WIRE


def test_the_pcs_sections_are_saved_without_the_interpreter(monkeypatch):
    slots = build_pc().slots
    expected = [Interpreted(slot.vmsd).save(slot.device.state) for slot in slots]
    monkeypatch.setattr(Saver, "_field", refuse)
    assert [Compiled(slot.vmsd).save(slot.device.state) for slot in slots] == expected


def test_arrays_that_are_counted_are_saved_without_the_interpreter(monkeypatch):
    assert both_save(RACK, rack())["result"][0] == RACK_WIRE
    monkeypatch.setattr(Saver, "_field", refuse)
    assert Compiled(RACK).save(rack()).data == RACK_WIRE


@pytest.mark.parametrize("count", [0, 1, 3, -1, None, True, 2.0, 1 << 31, (1 << 32) + 1])
def test_counts_are_those_of_qemu(count):
    array = Field(name="a", flags=VMS.VARRAY_INT32, info=UINT8, num_field="n")
    vmsd = VMStateDescription(name="counted", fields=(array,))
    both_save(vmsd, State(n=count, a=[1, 2, 3]))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("words", [0, 1 << 16, 3]),
        ("words", None),
        ("flags", [0, 2]),
        ("flags", [0]),
        ("some", []),
        ("some", [None, None, None]),
        ("many", None),
        ("many", [None, State(x=1), State(x=-1)]),
        ("n", 3),
        ("old", State(y=1)),
    ],
)
def test_an_array_that_does_not_fit_is_refused_alike(name, value):
    assert both_save(RACK, rack(**{name: value}))["result"][0] is EncodeError


def test_what_is_deep_inside_may_need_the_interpreter():
    assert both_save(OUTER, State(inner=State(x=7)))["result"][3] == (7,)


def test_a_run_is_packed_at_once():
    source = Compiled(CHIP).source.partition("def load")[0]
    assert source.count("data = pack") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("a", Index(7)),
        ("a", True),
        ("b", 1.0),
        ("c", (1, 2, 3)),
        ("c", [1, 2, 3, 99]),
        ("c", {0: 1, 1: 2, 2: 3}),
        ("d", b"de"),
        ("f", Timer(None)),
        ("g", ((1, 2), b"ab")),
        ("h", [1.0, 0]),
        ("j", State(x=True, y=True)),
    ],
)
def test_what_is_uncommon_is_saved_all_the_same(name, value):
    data, *_ = both_save(CHIP, chip(**{name: value}))["result"]
    assert len(data) == len(WIRE)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("a", 1 << 32, "chip/a: can't save 4294967296: not an unsigned integer of 32 bits"),
        ("a", "x", "chip/a: can't save 'x': not an unsigned integer of 32 bits"),
        ("a", 1.0, "chip/a: can't save 1.0: not an unsigned integer of 32 bits"),
        ("b", 2, "chip/b: can't save 2: not a boolean"),
        ("b", None, "chip/b: can't save None: not a boolean"),
        ("c", [1, 2], "chip/c[2]: can't save [1, 2]: it has no c[2]"),
        ("c", [1, 1 << 15, 3], "chip/c[1]: can't save 32768: not a signed integer of 16 bits"),
        ("c", None, "chip/c[0]: can't save None: the pointer is null"),
        ("d", bytearray(b"abc"), "chip/d: can't save bytearray(b'abc'): not 2 bytes"),
        ("d", [1, 2], "chip/d: can't save [1, 2]: not 2 bytes"),
        ("e", b"ab", "chip/e: can't save b'ab': not 3 bytes or more"),
        ("f", NoTimer(1), "chip/f: can't save NoTimer(): not a timer"),
        ("f", None, "chip/f: can't save None: the pointer is null"),
        ("f", Timer(-1), "chip/f: can't save -1: not an unsigned integer of 64 bits"),
        ("g", [[1, 2], [3]], "chip/g[1][1]: can't save [3]: it has no g[1][1]"),
        ("g", [[1, 2]], "chip/g[1][0]: can't save [[1, 2]]: it has no g[1][0]"),
        ("h", [0, 2], "chip/h[1]: can't save 2: not a boolean"),
        ("i", [[0], [2]], "chip/i[1][0]: can't save 2: not a boolean"),
        ("j", None, "chip/j: can't save None: the pointer is null"),
        ("j", State(x=1), "point/y: can't save State(x): it has no y"),
        ("k", [State(x=1, y=1), None], "chip/k[1]: can't save None: the pointer is null"),
        ("k", [State(x=1, y=1)], "chip/k[1]: can't save [State(x, y)]: it has no k[1]"),
        ("l", -1, "chip/l: can't save -1: not an unsigned integer of 64 bits"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_interpreters_words(name, value, message):
    kind, said, _ = both_save(CHIP, chip(**{name: value}))["result"]
    assert kind is EncodeError
    assert said == message


def test_a_value_that_is_missing_is_named():
    state = chip()
    del state.l
    assert both_save(CHIP, state)["result"][1].endswith(": it has no l")


@pytest.mark.parametrize("failure", [OSError, KeyError, RuntimeError])
def test_what_a_state_raises_itself_is_raised(failure):
    both_save(CHIP, chip(explodes_b=failure))


def test_a_failure_is_that_of_the_first_field_that_fails():
    both_save(CHIP, chip(a=-1, explodes_b=RuntimeError, c=None))


def test_any_name_of_cs_can_be_saved():
    vmsd = VMStateDescription(name="names", fields=tuple(VMSTATE_UINT8(name) for name in NAMES))
    state = State(**{name: number for number, name in enumerate(NAMES)})
    assert both_save(vmsd, state)["result"][0] == bytes(range(len(NAMES)))


def test_more_values_than_one_run_takes_are_saved():
    fields = tuple(VMSTATE_UINT8(f"f{number}") for number in range(450))
    vmsd = VMStateDescription(name="long", fields=fields)
    state = State(**{f"f{number}": number % 256 for number in range(450)})
    assert len(both_save(vmsd, state)["result"][0]) == 450


def test_a_version_decides_what_is_there():
    fields = (VMSTATE_UINT8("a"), VMSTATE_UINT8_V("b", 2), VMSTATE_UINT8_V("c", 3))
    vmsd = VMStateDescription(name="grown", version_id=3, fields=fields)
    sizes = [
        len(both_save(vmsd, State(a=1, b=2, c=3), version_id=version_id)["result"][0])
        for version_id in (0, 1, 2, 3, 4)
    ]
    assert sizes == [1, 1, 2, 3, 3]


def test_what_must_exist_is_refused_below_its_version():
    must = Field(name="b", flags=VMS.SINGLE | VMS.MUST_EXIST, info=UINT8, version_id=2)
    vmsd = VMStateDescription(name="strict", version_id=2, fields=(VMSTATE_UINT8("a"), must))
    outcome = both_save(vmsd, State(a=1, b=2), version_id=1)
    assert outcome["result"][1].endswith("the state is not valid")
    assert both_save(vmsd, State(a=1, b=2))["result"][0] == b"\1\2"


@pytest.mark.parametrize("answer", [True, False])
def test_what_must_exist_is_tested_once(answer):
    def test(state, version_id):
        EVENTS.append(("tested", version_id))
        return answer

    must = Field(name="b", flags=VMS.SINGLE | VMS.MUST_EXIST, info=UINT8, field_exists=test)
    vmsd = VMStateDescription(name="strict", fields=(must,))
    assert both_save(vmsd, State(b=2))["events"] == [("tested", 0)]


def test_post_save_runs_before_anybody_learns_what_was_missing():
    def mend(state):
        EVENTS.append("post_save")
        state.points = []

    vmsd = VMStateDescription(
        name="mended",
        fields=(
            Field(
                name="points",
                flags=VMS.STRUCT | VMS.VARRAY_UINT8,
                vmsd=POINT,
                num_field="count",
            ),
        ),
        post_save=mend,
    )
    outcome = both_save(vmsd, State(count=1))
    assert (
        outcome["result"][1] == "mended/points: can't save State(count, points): it has no points"
    )
    assert outcome["events"][0] == "post_save"


@pytest.mark.parametrize("release", [Release(7, 2), Release(11, 1)])
def test_post_save_may_fail_where_the_release_lets_it(release):
    vmsd = VMStateDescription(
        name="failing", fields=(VMSTATE_UINT8("a"),), post_save=lambda state: -1
    )
    result = both_save(vmsd, State(a=1), release=release)["result"]
    assert (result[0] is EncodeError) == (release < Release(11, 1))


def test_a_subsection_whose_version_has_no_bytes_is_refused():
    part = VMStateDescription(name="owner/part", version_id=-1, minimum_version_id=-1)
    vmsd = VMStateDescription(name="owner", subsections=(part,))
    outcome = both_save(vmsd, State())
    assert outcome["result"][1] == ("owner/part: can't save -1: not an unsigned integer of 32 bits")


def test_a_codec_of_the_whole_state_is_given_it():
    class Whole:
        name = "whole"

        def load(self, reader, current, size):
            raise AssertionError

        def save(self, writer, value, size):
            EVENTS.append((writer.path, value.a, size))
            writer.integer(value.a, 1)

    whole = Field(name="everything", flags=VMS.SINGLE, info=Whole(), whole=True, size=3)
    vmsd = VMStateDescription(name="blob", fields=(VMSTATE_UINT8("a"), whole))
    outcome = both_save(vmsd, State(a=9))
    assert (outcome["result"][0], outcome["events"]) == (b"\t\t", [("blob/everything", 9, 3)])


@pytest.mark.parametrize("value", [3, None, -1])
@pytest.mark.parametrize("codec", [FD, UINT8_EQUAL, TIMER])
def test_a_pointer_to_one_value_must_not_be_null(codec, value):
    field = Field(name="a", flags=VMS.SINGLE | VMS.POINTER, info=codec)
    both_save(VMStateDescription(name="pointer", fields=(field,)), State(a=value))


def test_a_state_is_left_as_it_was():
    state, before = chip(), chip()
    Compiled(CHIP).save(state)
    assert vars(copy.copy(state)).keys() == vars(before).keys()
    assert state.c == before.c
    assert EVENTS == [] or all(event[0] != "set" for event in EVENTS)


def test_what_is_always_laid_out_alike_is_packed_without_a_buffer():
    source = Compiled(POINT).source
    pack, run = source.index("def pack(s)"), source.index("def save(S, out, s, v)")
    assert "return pack_" in source[pack:run]
    codec = Program(LATEST).saving(POINT, 0)
    assert codec.pack(State(x=True, y=False)) == b"\1\0"
    assert codec.pack(State(x=True)) is codec.pack(State(x=256, y=0)) is None


def test_runs_are_packed_one_after_another():
    fields = tuple(VMSTATE_UINT8(f"a{number}") for number in range(450))
    vmsd = VMStateDescription(name="long", fields=fields)
    state = State(**{field.name: number % 251 for number, field in enumerate(fields)})
    data = bytes(number % 251 for number in range(450))
    assert Program(LATEST).saving(vmsd, 0).pack(state) == Compiled(vmsd).save(state).data == data
    nothing = VMStateDescription(name="nothing")
    assert (
        Program(LATEST).saving(nothing, 0).pack(state) == Compiled(nothing).save(state).data == b""
    )


@pytest.mark.parametrize(
    "parts",
    [
        {"pre_save": lambda state: 0},
        {"post_save": lambda state: 0},
        {"fields": (Field(name="x", flags=VMS.SINGLE, info=FD),)},
        {"subsections": (VMStateDescription(name="p/x"),)},
    ],
    ids=lambda parts: next(iter(parts)),
)
def test_where_more_happens_nothing_is_packed_at_once(parts):
    vmsd = VMStateDescription(**{"name": "p", "fields": (VMSTATE_UINT8("x"),)} | parts)
    assert Program(LATEST).saving(vmsd, 0).pack is None
