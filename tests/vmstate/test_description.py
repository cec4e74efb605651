"""Descriptions: what a field knows of itself, and every fault that a description can have."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vmstate import VMS, DescriptionError, Field, VMStateDescription
from vmstate.info import INT32, UINT8, UNUSED_BUFFER
from vmstate.macros import (
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_V,
    VMSTATE_UINT32,
    VMSTATE_UINT32_EQUAL,
    VMSTATE_UNUSED,
    VMSTATE_VALIDATE,
    VMSTATE_VARRAY_UINT32,
)

INNER = VMStateDescription(name="inner", fields=(VMSTATE_UINT8("a"),))


def always(state, version_id):
    return True


def faults(**parts):
    with pytest.raises(DescriptionError) as error:
        VMStateDescription(**{"name": "chip", **parts})
    assert error.value.name == "chip" or "name" in parts
    return list(error.value.faults)


def test_flags_have_qemus_values():
    assert [flag.value for flag in VMS] == [1 << bit for bit in range(18)]
    assert (VMS.VBUFFER.value, VMS.ALLOC.value, VMS.VSTRUCT.value) == (0x100, 0x2000, 0x8000)


def test_an_array_knows_its_elements():
    field = Field(name="a", flags=VMS.ARRAY, info=UINT8, num=3, start=2)
    assert field.is_array
    assert [field.path_of(number) for number in range(3)] == ["a[2]", "a[3]", "a[4]"]
    assert VMSTATE_UINT8("a").path_of(0) == "a"
    grid = Field(name="a", flags=VMS.ARRAY, info=UINT8, num=6, columns=3)
    assert [grid.path_of(number) for number in (2, 3)] == ["a[0][2]", "a[1][0]"]


def test_an_array_of_variable_length_asks_the_state():
    field = VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8)
    assert field.is_array
    assert field.count(SimpleNamespace(n=2)) == 2


@pytest.mark.parametrize(
    ("field", "has_value"),
    [
        (VMSTATE_UINT8("a"), True),
        (VMSTATE_STRUCT("a", 0, INNER), True),
        (VMSTATE_UNUSED(4), False),
        (VMSTATE_VALIDATE("ok", always), False),
    ],
)
def test_only_a_field_with_a_place_in_the_state_has_a_value(field, has_value):
    assert field.has_value is has_value


@pytest.mark.parametrize(("version", "there"), [(1, False), (2, True), (3, True)])
def test_a_field_exists_from_its_version_on(version, there):
    assert VMSTATE_UINT8_V("a", 2).exists(None, version) is there


def test_a_field_test_replaces_the_version_rule():
    seen = []

    def test(state, version_id):
        seen.append((state, version_id))
        return state == "yes"

    field = Field(name="a", flags=VMS.SINGLE, info=UINT8, version_id=9, field_exists=test)
    assert field.exists("yes", 1)
    assert not field.exists("no", 9)
    assert seen == [("yes", 1), ("no", 9)]


def test_what_a_field_works_out_is_no_part_of_its_value():
    assert VMSTATE_UINT8("a") == VMSTATE_UINT8("a")
    assert VMSTATE_UINT8("a") != VMSTATE_UINT8("b")
    assert "is_array" not in repr(VMSTATE_UINT8("a"))


def test_a_description_can_not_be_changed():
    with pytest.raises(AttributeError):
        INNER.name = "other"


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_a_name_must_fit_its_length_byte(name):
    assert faults(name=name) == ["its name must have 1 to 255 bytes"]


def test_a_name_of_255_bytes_is_long_enough():
    assert len(VMStateDescription(name="x" * 255).name) == 255


def test_the_oldest_version_may_not_be_above_the_version():
    assert faults(version_id=2, minimum_version_id=3) == [
        "minimum_version_id 3 is above version_id 2"
    ]


def test_a_fields_name_must_be_a_path():
    assert faults(fields=(VMSTATE_UINT8("a b"),)) == [
        "not a state path: 'a b' (stops making sense at 1)"
    ]


def test_a_name_that_leads_to_no_place_may_be_any_text():
    unused = Field(name="not a path", flags=VMS.BUFFER, info=UNUSED_BUFFER, size=1)
    assert VMStateDescription(name="chip", fields=(unused, unused)).fields == (unused, unused)


def test_a_struct_needs_a_description():
    field = Field(name="a", flags=VMS.STRUCT)
    assert faults(fields=(field,)) == ["field 'a' is a struct without a description"]


def test_a_field_needs_a_codec():
    assert faults(fields=(Field(name="a", flags=VMS.SINGLE),)) == ["field 'a' has no codec"]


def test_a_validation_needs_none():
    assert VMStateDescription(name="chip", fields=(VMSTATE_VALIDATE("ok", always),)).fields


def test_a_count_may_be_a_constant_of_the_device():
    field = VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8)
    assert VMStateDescription(name="chip", fields=(field,)).fields == (field,)


@pytest.mark.parametrize("before", [(), (VMSTATE_UINT32("m"),)])
def test_a_count_must_be_an_earlier_field(before):
    field = VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8)
    assert faults(fields=(*before, field, VMSTATE_UINT32("n"))) == [
        "the count 'n' of 'a' is no earlier field"
    ]


def test_a_count_that_is_only_compared_may_come_later():
    field = VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8)
    fields = (field, VMSTATE_UINT32_EQUAL("n"))
    assert VMStateDescription(name="chip", fields=fields).fields == fields


def test_an_array_has_no_negative_length():
    assert faults(fields=(VMSTATE_UINT8_ARRAY("a", -1),)) == ["field 'a' has -1 elements"]


def test_a_field_above_the_version_would_never_be_sent():
    assert faults(version_id=2, fields=(VMSTATE_UINT8_V("a", 3),)) == [
        "field 'a' begins with version 3, above version_id 2: it would never be sent"
    ]


def test_a_field_test_may_know_better_than_the_version():
    field = Field(name="a", flags=VMS.SINGLE, info=INT32, version_id=3, field_exists=always)
    assert VMStateDescription(name="chip", fields=(field,)).version_id == 0


def test_a_subsection_may_not_stand_twice():
    extra = VMStateDescription(name="chip/extra")
    assert faults(subsections=(extra, extra)) == ["subsection 'chip/extra' stands twice"]


@pytest.mark.parametrize("name", ["extra", "chip", "chi/extra"])
def test_a_subsections_name_begins_with_its_parents(name):
    assert faults(subsections=(VMStateDescription(name=name),)) == [
        f"subsection {name!r} does not begin with 'chip' and go on"
    ]


@pytest.mark.parametrize("name", ["chip/extra", "chip.extra", "chip_extra", "chip2"])
def test_a_slash_behind_the_parents_name_is_only_custom(name):
    extra = VMStateDescription(name=name)
    assert VMStateDescription(name="chip", subsections=(extra,)).subsections == (extra,)


def test_all_faults_are_named_at_once():
    found = faults(
        minimum_version_id=1,
        fields=(Field(name="a", flags=VMS.SINGLE), VMSTATE_UINT8_V("b", 1)),
        subsections=(VMStateDescription(name="extra"),),
    )
    assert len(found) == 4


def test_a_description_of_nothing_is_right():
    assert VMStateDescription(name="chip").fields == ()
