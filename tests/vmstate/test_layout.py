"""Layouts: the tree of what was saved, and the leaves that follow from it."""

from __future__ import annotations

import pytest

from vmstate import VMS, Field, FieldLayout, Span, StateLayout, VMStateDescription
from vmstate.info import QTAILQ, TMP, UINT8, UINT16

INNER = VMStateDescription(name="inner", fields=(Field(name="x", info=UINT8),))


def state(description, *fields, offset=0, size=0, subsections=()):
    return StateLayout(description, 0, offset, size, fields, subsections)


def inner(offset):
    field = FieldLayout(0, INNER.fields[0], offset, (1,))
    return state(INNER, field, offset=offset, size=1)


def spans(*fields, subsections=()):
    description = VMStateDescription(name="chip")
    return list(state(description, *fields, subsections=subsections).spans("marker"))


def test_nothing_has_no_leaves():
    assert spans() == []


def test_a_value_is_a_leaf():
    field = FieldLayout(0, Field(name="a", info=UINT16), 3, (2,))
    assert spans(field) == [Span("a", "uint16", 3, 2)]


def test_each_element_of_an_array_is_a_leaf():
    array = Field(name="a", flags=VMS.ARRAY, info=UINT16, num=3)
    assert spans(FieldLayout(0, array, 4, (2, 2, 3))) == [
        Span("a[0]", "uint16", 4, 2),
        Span("a[1]", "uint16", 6, 2),
        Span("a[2]", "uint16", 8, 3),
    ]


def test_a_validation_has_no_leaf():
    validate = Field(name="ok", flags=VMS.ARRAY | VMS.MUST_EXIST)
    assert spans(FieldLayout(0, validate, 4, ())) == []
    single = Field(name="ok", flags=VMS.SINGLE | VMS.MUST_EXIST)
    assert spans(FieldLayout(0, single, 4, (0,))) == []


def test_the_leaves_of_a_struct_have_its_name_in_front():
    field = Field(name="s", flags=VMS.STRUCT, vmsd=INNER)
    assert spans(FieldLayout(0, field, 2, (1,), "", (inner(2),))) == [Span("s.x", "uint8", 2, 1)]


def test_a_null_pointer_is_a_leaf_and_a_valid_one_is_its_struct():
    flags = VMS.STRUCT | VMS.ARRAY | VMS.ARRAY_OF_POINTER
    field = Field(name="p", flags=flags, vmsd=INNER, num=3)
    layout = FieldLayout(0, field, 5, (1, 2, 1), "010", (inner(7),))
    assert spans(layout) == [
        Span("p[0]", "marker", 5, 1),
        Span("p[1].x", "uint8", 7, 1),
        Span("p[2]", "marker", 8, 1),
    ]


def test_the_marker_of_a_valid_pointer_is_no_part_of_its_value():
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER
    field = Field(name="p", flags=flags, info=UINT8, num=3)
    assert spans(FieldLayout(0, field, 3, (2, 1, 1), "1.0")) == [
        Span("p[0]", "uint8", 4, 1),
        Span("p[1]", "uint8", 5, 1),
        Span("p[2]", "marker", 6, 1),
    ]


def test_what_a_container_holds_is_numbered_and_its_frame_is_no_leaf():
    field = Field(name="q", info=QTAILQ, vmsd=INNER, make=object)
    layout = FieldLayout(0, field, 0, (5,), "", (inner(1), inner(3)))
    assert spans(layout) == [Span("q[0].x", "uint8", 1, 1), Span("q[1].x", "uint8", 3, 1)]


def test_containers_nest():
    holder = VMStateDescription(name="holder")
    field = Field(name="q", info=QTAILQ, vmsd=INNER, make=object)
    tmp = Field(name="tmp", info=TMP, vmsd=holder, make=object, whole=True)
    held = state(holder, FieldLayout(0, field, 0, (3,), "", (inner(1),)))
    assert spans(FieldLayout(0, tmp, 0, (3,), "", (held,))) == [
        Span("tmp[0].q[0].x", "uint8", 1, 1)
    ]


def test_the_leaves_of_subsections_come_last_under_their_names():
    more = VMStateDescription(name="chip/more")
    deep = VMStateDescription(name="chip/more/deep")
    layout = state(
        more,
        FieldLayout(0, Field(name="b", info=UINT8), 20, (1,)),
        subsections=(state(deep, FieldLayout(0, Field(name="c", info=UINT8), 40, (1,))),),
    )
    assert spans(
        FieldLayout(0, Field(name="a", info=UINT8), 0, (1,)), subsections=(layout, layout)
    ) == [
        Span("a", "uint8", 0, 1),
        Span("<chip/more>.b", "uint8", 20, 1),
        Span("<chip/more>.<chip/more/deep>.c", "uint8", 40, 1),
        Span("<chip/more>.b", "uint8", 20, 1),
        Span("<chip/more>.<chip/more/deep>.c", "uint8", 40, 1),
    ]


def test_leaves_are_found_at_any_depth_without_recursion():
    field = Field(name="s", flags=VMS.STRUCT, vmsd=INNER)
    layout = inner(0)
    for _ in range(5000):
        layout = state(INNER, FieldLayout(0, field, 0, (1,), "", (layout,)))
    (leaf,) = layout.spans("marker")
    assert leaf.path.endswith(".s.x")
    assert (leaf.path.count("s."), leaf.type, leaf.size) == (5000, "uint8", 1)


def test_a_layout_can_not_be_changed():
    layout = inner(3)
    with pytest.raises(AttributeError):
        layout.size = 9
    with pytest.raises(AttributeError):
        layout.fields[0].offset = 9


def test_layouts_are_equal_by_value():
    assert inner(3) == inner(3)
    assert inner(3) != inner(4)
