"""Plans: which fields go together, and which are left to their codec or to the interpreter."""

from __future__ import annotations

import pytest

from tests.support.recorded_states import State
from vmstate import VMS, Field, VMStateDescription
from vmstate.compiler.plan import (
    Direction,
    Kind,
    Plan,
    Planner,
    Shape,
    Step,
    accepts,
    format_of,
    generation,
    kind_of,
    size_of,
)
from vmstate.info import (
    BOOL,
    BUFFER,
    CPUDOUBLE,
    FD,
    INT16,
    QTAILQ,
    TIMER,
    UINT8,
    UINT8_EQUAL,
    UINT32,
    UNUSED_BUFFER,
    Integer,
)

SAVE, LOAD = Direction.SAVE, Direction.LOAD


def one(name="a", **parts):
    return Field(**({"name": name, "flags": VMS.SINGLE, "info": UINT8} | parts))


def chip(*fields, **parts):
    return VMStateDescription(name="chip", version_id=5, fields=fields, **parts)


def shapes(*fields, direction=SAVE, version_id=5, **parts):
    plan = Planner(direction).plan(chip(*fields, **parts), version_id)
    return [(step.shape, step.indices) for step in plan.steps]


POINT = VMStateDescription(name="point", version_id=2, fields=(one("x"), one("y", version_id=2)))
STRUCT = {"flags": VMS.STRUCT, "info": None, "vmsd": POINT}


def asked(state):
    return 0


def test_fields_of_fixed_size_are_one_run():
    fields = (
        one("a"),
        one("b", flags=VMS.ARRAY, num=3, info=INT16),
        one("c", flags=VMS.ARRAY, num=6, columns=3, info=BOOL),
        one("d", info=CPUDOUBLE, flags=VMS.SINGLE | VMS.POINTER),
        one("e", info=TIMER),
        one("f", flags=VMS.BUFFER, info=BUFFER, size=9),
        one("g", flags=VMS.BUFFER, info=UNUSED_BUFFER, size=9),
        one("h", flags=VMS.ARRAY | VMS.MUST_EXIST, info=None),
        one("i", **STRUCT),
        one("j", **(STRUCT | {"flags": VMS.STRUCT | VMS.ARRAY, "num": 3})),
    )
    for direction in Direction:
        assert shapes(*fields, direction=direction) == [(Shape.RUN, tuple(range(10)))]


@pytest.mark.parametrize(
    ("field", "shape"),
    [
        (one(info=FD), Shape.CODEC),
        (one(info=UINT8_EQUAL, flags=VMS.SINGLE | VMS.POINTER), Shape.CODEC),
        (one(info=FD, whole=True), Shape.CODEC),
        (one(info=FD, flags=VMS.ARRAY, num=2), Shape.WALK),
        (one(info=TIMER, flags=VMS.ARRAY, num=2), Shape.WALK),
        (one(info=BUFFER, flags=VMS.ARRAY, num=2, size=1), Shape.WALK),
        (one(flags=VMS.ARRAY, num=2, start=-1), Shape.WALK),
        (one(flags=VMS.ARRAY | VMS.ARRAY_OF_POINTER, num=2), Shape.WALK),
        (one(flags=VMS.VBUFFER, size_field="n"), Shape.WALK),
        (one(info=QTAILQ, vmsd=POINT, make=State, flags=VMS.NONE), Shape.WALK),
        (one(flags=VMS.VARRAY_UINT8, num_field="n"), Shape.NUMBERS),
        (one(flags=VMS.VARRAY_UINT8 | VMS.MULTIPLY_ELEMENTS, num_field="n"), Shape.NUMBERS),
        (one(flags=VMS.VARRAY_UINT8 | VMS.POINTER | VMS.ALLOC, num_field="n"), Shape.NUMBERS),
        (
            one(flags=VMS.VARRAY_UINT8 | VMS.POINTER | VMS.ALLOC, num_field="n", make=int),
            Shape.WALK,
        ),
        (one(flags=VMS.VARRAY_UINT8, num_field="n", start=-1), Shape.WALK),
        (one(flags=VMS.VARRAY_UINT8, num_field="n", info=TIMER), Shape.WALK),
        (one(**STRUCT, whole=True), Shape.WALK),
        (one(**(STRUCT | {"flags": VMS.STRUCT | VMS.VARRAY_UINT8}), num_field="n"), Shape.STATES),
        (one(**(STRUCT | {"flags": VMS.STRUCT | VMS.ARRAY}), num=300), Shape.STATES),
        (one(**(STRUCT | {"flags": VMS.STRUCT | VMS.ARRAY}), num=4, columns=2), Shape.WALK),
        (one(**(STRUCT | {"flags": VMS.STRUCT | VMS.ARRAY}), num=4, start=-1), Shape.STATES),
        (
            one(**(STRUCT | {"flags": VMS.STRUCT | VMS.POINTER | VMS.ALLOC}), make=State),
            Shape.WALK,
        ),
    ],
)
def test_other_fields_have_a_step_of_their_own(field, shape):
    for direction in Direction:
        found = shapes(one("x"), field, one("y"), direction=direction)
        assert found == [(Shape.RUN, (0,)), (shape, (1,)), (Shape.RUN, (2,))]


def test_a_field_with_a_test_is_a_step_of_its_own():
    plan = Planner(SAVE).plan(chip(one("a"), one("b", field_exists=asked), one("c")), 5)
    assert plan.steps == (
        Step(Shape.RUN, (0,)),
        Step(Shape.RUN, (1,), is_tested=True),
        Step(Shape.RUN, (2,)),
    )
    assert not plan.is_static


def test_later_fields_are_not_there():
    fields = (one("a"), one("b", version_id=3), one("c", version_id=5))
    assert shapes(*fields, version_id=5) == [(Shape.RUN, (0, 1, 2))]
    assert shapes(*fields, version_id=3) == [(Shape.RUN, (0, 1))]
    assert shapes(*fields, version_id=-1) == []


def test_what_must_exist_and_does_not_is_refused():
    field = one("b", flags=VMS.SINGLE | VMS.MUST_EXIST, version_id=3)
    assert shapes(one("a"), field, one("c"), version_id=2) == [
        (Shape.RUN, (0,)),
        (Shape.REFUSED, (1,)),
        (Shape.RUN, (2,)),
    ]


@pytest.mark.parametrize("hook", ["pre_load", "pre_load_errp", "post_load", "post_load_errp"])
def test_a_state_with_hooks_of_loading_is_loaded_by_itself(hook):
    hooked = VMStateDescription(name="hooked", fields=(one(),), **{hook: asked})
    field = one("s", flags=VMS.STRUCT, info=None, vmsd=hooked)
    assert shapes(field, direction=LOAD) == [(Shape.STATES, (0,))]
    assert shapes(field, direction=SAVE) == [(Shape.RUN, (0,))]


@pytest.mark.parametrize("hook", ["pre_save", "pre_save_errp", "post_save"])
def test_a_state_with_hooks_of_saving_is_saved_by_itself(hook):
    hooked = VMStateDescription(name="hooked", fields=(one(),), **{hook: asked})
    field = one("s", flags=VMS.STRUCT, info=None, vmsd=hooked)
    assert shapes(field, direction=LOAD) == [(Shape.RUN, (0,))]
    assert shapes(field, direction=SAVE) == [(Shape.STATES, (0,))]


def test_a_state_with_subsections_is_saved_by_itself():
    part = VMStateDescription(name="owner/part", fields=(one("z"),))
    owner = VMStateDescription(name="owner", fields=(one(),), subsections=(part,))
    field = one("s", flags=VMS.STRUCT, info=None, vmsd=owner)
    assert shapes(field, direction=LOAD) == [(Shape.RUN, (0,))]
    assert shapes(field, direction=SAVE) == [(Shape.STATES, (0,))]


@pytest.mark.parametrize(
    "field",
    [
        one("b", field_exists=asked),
        one("b", info=FD),
        one("b", flags=VMS.SINGLE | VMS.MUST_EXIST, version_id=1),
    ],
)
def test_a_state_with_anything_odd_in_it_is_handled_by_itself(field):
    odd = VMStateDescription(name="odd", version_id=1, fields=(one(), field))
    nested = one("s", flags=VMS.VSTRUCT, info=None, vmsd=odd, struct_version_id=0)
    for direction in Direction:
        assert shapes(nested, direction=direction) == [(Shape.STATES, (0,))]


def test_a_version_that_is_not_read_is_left_to_the_interpreter():
    field = one("s", flags=VMS.VSTRUCT, info=None, vmsd=POINT, struct_version_id=9)
    assert shapes(field, direction=LOAD) == [(Shape.WALK, (0,))]
    assert shapes(field, direction=SAVE) == [(Shape.RUN, (0,))]


def test_a_long_run_is_parted():
    found = shapes(*(one(f"f{number}") for number in range(1200)))
    assert [shape for shape, _ in found] == [Shape.RUN] * 3
    assert [index for _, indices in found for index in indices] == list(range(1200))
    assert max(len(indices) for _, indices in found) == 500


def test_a_long_array_is_one_value_of_a_run():
    arrays = [one(f"f{number}", flags=VMS.ARRAY, num=1000) for number in range(150)]
    assert len(shapes(*arrays)) == 1


def test_plans_of_the_same_description_agree():
    planner = Planner(SAVE)
    vmsd = chip(one("s", **STRUCT))
    assert (
        planner.plan(vmsd, 5) == planner.plan(vmsd, 5) == Plan(vmsd, 5, planner.plan(vmsd, 5).steps)
    )


def test_only_runs_are_laid_out_the_same_for_every_state():
    assert Planner(SAVE).plan(chip(one("a"), one("b")), 5).is_static
    assert not Planner(SAVE).plan(chip(one(info=FD)), 5).is_static
    part = VMStateDescription(name="chip/part")
    assert not Planner(SAVE).plan(chip(one(), subsections=(part,)), 5).is_static


def test_versions_with_the_same_fields_are_one_generation():
    vmsd = chip(one("a", version_id=2), one("b", version_id=4), one("c", field_exists=asked))
    generations = [generation(vmsd, version_id) for version_id in (-1, 0, 1, 2, 3, 4, 5, 99)]
    assert generations == [0, 0, 0, 1, 1, 2, 2, 2]


class Inherited(Integer):
    """An integer that may have changed what it does."""


@pytest.mark.parametrize(
    ("codec", "kind"),
    [
        (UINT32, Kind.NUMBER),
        (CPUDOUBLE, Kind.NUMBER),
        (BOOL, Kind.BOOLEAN),
        (BUFFER, Kind.BUFFER),
        (TIMER, Kind.TIMER),
        (UNUSED_BUFFER, Kind.PADDING),
        (Inherited(1, signed=False), None),
        (UINT8_EQUAL, None),
        (FD, None),
        (None, None),
    ],
)
def test_only_codecs_that_are_known_for_sure_are_fused(codec, kind):
    assert kind_of(codec) is kind


def test_sizes_are_the_codecs_or_the_fields():
    assert size_of(one(info=INT16), Kind.NUMBER) == 2
    assert size_of(one(info=TIMER), Kind.TIMER) == 8
    assert size_of(one(flags=VMS.BUFFER, info=BUFFER, size=7), Kind.BUFFER) == 7
    assert (format_of(INT16), format_of(None)) == ("h", "")


def test_versions_are_accepted_from_the_oldest_that_is_not_loaded_by_hand():
    vmsd = VMStateDescription(
        name="old",
        version_id=4,
        minimum_version_id=3,
        minimum_version_id_old=1,
        load_state_old=lambda reader, state, version_id: 0,
    )
    assert [accepts(vmsd, version_id) for version_id in range(6)] == [
        *(False, False, False),
        *(True, True, False),
    ]
