"""Descriptions: what a field knows of itself, and every fault that a description can have."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vmstate import VMS, DescriptionError, Field, VMStateDescription
from vmstate.info import BUFFER, GTREE, INT32, QTAILQ, UINT8, UNUSED_BUFFER
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
        (Field(name="a", info=SimpleNamespace(name="virtio")), True),
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
    assert "depth" not in repr(INNER)


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


@pytest.mark.parametrize(("version", "is_fault"), [(255, False), (256, True)])
def test_a_subsections_version_must_fit_a_byte(version, is_fault):
    extra = VMStateDescription(name="chip/extra", version_id=version)
    if is_fault:
        assert faults(subsections=(extra,)) == [
            "subsection 'chip/extra' has version 256, of which loading keeps only the low 8 bits"
        ]
    else:
        assert VMStateDescription(name="chip", subsections=(extra,)).subsections == (extra,)


def test_a_name_must_be_ascii():
    assert faults(name="ch\xefp") == ["its name must be ASCII"]


def old_loader(reader, state, version_id):
    return 0


@pytest.mark.parametrize("oldest", [2, 3])
def test_an_old_loader_must_have_something_to_load(oldest):
    versions = {"version_id": 3, "minimum_version_id": 2, "minimum_version_id_old": oldest}
    (fault,) = faults(**versions, load_state_old=old_loader)
    assert fault == (
        f"load_state_old is never asked: minimum_version_id_old {oldest} is not below "
        "minimum_version_id 2"
    )
    assert VMStateDescription(name="chip", **versions).load_state_old is None


def test_an_old_loader_widens_what_is_read():
    versions = {"version_id": 5, "minimum_version_id": 4, "minimum_version_id_old": 2}
    plain = VMStateDescription(name="chip", **versions)
    old = VMStateDescription(name="chip", **versions, load_state_old=old_loader)
    assert (plain.accepts, old.accepts) == ((4, 5), (2, 5))
    assert [old.reads_old(version) for version in range(1, 6)] == [0, 1, 1, 0, 0]
    assert not any(plain.reads_old(version) for version in range(6))


POINTERS = VMS.ARRAY | VMS.ARRAY_OF_POINTER
SHAPES = [
    (Field(name="a", flags=VMS.VSTRUCT), "is a struct without a description"),
    (Field(name="a", flags=VMS.ARRAY, info=UINT8, num=-1), "has -1 elements"),
    (
        Field(name="a", flags=VMS.ARRAY, info=UINT8, num=5, columns=2),
        "has 5 elements in rows of 2",
    ),
    (
        Field(name="a", flags=VMS.ARRAY_OF_POINTER, info=UINT8),
        "is an array of pointers without a count",
    ),
    (
        Field(name="a", flags=VMS.ARRAY | VMS.ARRAY_OF_POINTER_AUTO_ALLOC, info=UINT8, make=int),
        "has pointer markers but is no array of pointers",
    ),
    (Field(name="a", flags=VMS.ALLOC, info=UINT8), "is allocated but is no pointer"),
    (Field(name="a", flags=VMS.BUFFER, info=BUFFER, size=-1), "has a size of -1 bytes"),
    (
        Field(name="a", flags=POINTERS | VMS.ARRAY_OF_POINTER_AUTO_ALLOC, info=UINT8),
        "needs what makes its elements",
    ),
    (
        Field(name="a", flags=VMS.STRUCT | VMS.ARRAY | VMS.ALLOC | VMS.POINTER, vmsd=INNER),
        "needs what makes its elements",
    ),
    (Field(name="a", info=QTAILQ, vmsd=INNER), "needs what makes its elements"),
    (Field(name="a", info=QTAILQ, make=object), "holds states without a description"),
    (
        Field(name="a", info=GTREE, vmsd=INNER, key_vmsd=INNER, make=object),
        "needs what makes its keys",
    ),
    (Field(name="a", flags=VMS.VARRAY_INT32, info=UINT8), "has no path of its count"),
    (Field(name="a", flags=VMS.VARRAY_UINT8, info=UINT8), "has no path of its count"),
    (Field(name="a", flags=VMS.VBUFFER, info=BUFFER), "has no path of its size"),
]


@pytest.mark.parametrize(("field", "fault"), SHAPES)
def test_a_field_has_a_shape_that_makes_sense(field, fault):
    assert faults(fields=(field,)) == [f"field 'a' {fault}"]


RIGHT = [
    Field(name="a", flags=VMS.ARRAY, info=UINT8, num=4, columns=2),
    Field(name="a", flags=VMS.ARRAY | VMS.ALLOC | VMS.POINTER, info=UINT8),
    Field(name="a", flags=POINTERS, info=UINT8),
    Field(name="a", flags=POINTERS | VMS.ARRAY_OF_POINTER_AUTO_ALLOC, info=UINT8, make=int),
    Field(name="a", info=GTREE, vmsd=INNER, make=object),
    Field(name="a", info=GTREE, vmsd=INNER, key_vmsd=INNER, make=object, make_key=object),
]


@pytest.mark.parametrize("field", RIGHT)
def test_a_shape_that_makes_sense_is_no_fault(field):
    assert VMStateDescription(name="chip", fields=(field,)).fields == (field,)


@pytest.mark.parametrize(
    "parts",
    [
        {"flags": VMS.VARRAY_UINT8, "info": UINT8, "num_field": "n n"},
        {"flags": VMS.VBUFFER, "info": BUFFER, "size_field": "n n"},
    ],
)
def test_a_count_and_a_size_have_a_path(parts):
    assert faults(fields=(Field(name="a", **parts),)) == [
        "not a state path: 'n n' (stops making sense at 1)"
    ]


def test_a_size_must_be_an_earlier_field():
    field = Field(name="a", flags=VMS.VBUFFER, info=BUFFER, size_field="n")
    assert faults(fields=(field, VMSTATE_UINT32("n"))) == [
        "the size 'n' of 'a' is no earlier field"
    ]
    assert VMStateDescription(name="chip", fields=(VMSTATE_UINT32("n"), field)).depth == 1


def test_what_ends_a_list_in_c_is_dropped():
    end = Field(name="", flags=VMS.END)
    field = VMSTATE_UINT8("a")
    assert (end.is_end, field.is_end) == (True, False)
    assert VMStateDescription(name="chip", fields=(field, end)).fields == (field,)


def test_the_depth_counts_structs_keys_and_subsections():
    inner = VMStateDescription(name="inner", fields=(VMSTATE_STRUCT("s", 0, INNER),))
    assert (VMStateDescription(name="chip").depth, INNER.depth, inner.depth) == (1, 1, 2)
    more = VMStateDescription(name="chip/more", fields=(VMSTATE_STRUCT("s", 0, inner),))
    assert VMStateDescription(name="chip", subsections=(more,)).depth == 4
    key = Field(name="a", info=GTREE, vmsd=INNER, key_vmsd=inner, make=object, make_key=object)
    assert VMStateDescription(name="chip", fields=(key,)).depth == 3


def test_a_section_is_needed_unless_it_says_otherwise():
    assert INNER.is_needed(None)
    picky = VMStateDescription(name="chip", needed=lambda state: state == 1)
    assert [picky.is_needed(state) for state in (0, 1)] == [False, True]


@pytest.mark.parametrize(
    ("flags", "makes"),
    [
        (VMS.SINGLE, False),
        (VMS.ARRAY | VMS.ALLOC | VMS.POINTER, False),
        (VMS.ARRAY | VMS.STRUCT, False),
        (VMS.ARRAY | VMS.STRUCT | VMS.POINTER, False),
        (VMS.ARRAY | VMS.STRUCT | VMS.ALLOC | VMS.POINTER, True),
        (POINTERS | VMS.ARRAY_OF_POINTER_AUTO_ALLOC, True),
    ],
)
def test_some_fields_make_what_they_load(flags, makes):
    field = Field(name="a", flags=flags, info=UINT8, vmsd=INNER)
    assert field.makes_elements is makes
    assert Field(name="a", info=QTAILQ).makes_elements


def test_a_codec_holds_a_value_or_states():
    plain, holder = Field(name="a", info=UINT8), Field(name="a", info=QTAILQ)
    assert (plain.codec, plain.container) == (UINT8, None)
    assert (holder.codec, holder.container) == (None, QTAILQ)


@pytest.mark.parametrize(
    ("flags", "num", "n", "count"),
    [
        (VMS.SINGLE, 9, 5, 1),
        (VMS.ARRAY, 9, 5, 9),
        (VMS.VARRAY_INT32, 9, 5, 5),
        (VMS.VARRAY_INT32, 9, -5, 0),
        (VMS.VARRAY_UINT32, 9, 0xFFFFFFFF, 0),
        (VMS.VARRAY_UINT32 | VMS.MULTIPLY_ELEMENTS, 3, 5, 15),
        (VMS.VARRAY_UINT32 | VMS.MULTIPLY_ELEMENTS, 4, 0x40000001, 4),
    ],
)
def test_elements_are_counted_as_c_counts_them(flags, num, n, count):
    field = Field(name="a", flags=flags, info=UINT8, num=num, num_field="n")
    assert field.count(SimpleNamespace(n=n)) == count
    assert (field.signed_count(SimpleNamespace(n=n)) < 0) == (n in (-5, 0xFFFFFFFF))


@pytest.mark.parametrize(
    ("flags", "size", "n", "expected"),
    [
        (VMS.BUFFER, 7, 5, 7),
        (VMS.VBUFFER, 7, 5, 5),
        (VMS.VBUFFER, 7, 0x80000000, -0x80000000),
        (VMS.VBUFFER | VMS.MULTIPLY, 7, 5, 35),
        (VMS.VBUFFER | VMS.MULTIPLY, 4, 0x20000000, -0x80000000),
    ],
)
def test_sizes_are_taken_as_c_takes_them(flags, size, n, expected):
    field = Field(name="a", flags=flags, info=BUFFER, size=size, size_field="n")
    assert field.element_size(SimpleNamespace(n=n)) == expected


def test_a_nested_state_has_its_own_version_or_the_fields():
    five = VMStateDescription(name="five", version_id=5)
    plain = Field(name="a", flags=VMS.STRUCT, vmsd=five, struct_version_id=3, version_id=2)
    versioned = Field(name="a", flags=VMS.VSTRUCT, vmsd=five, struct_version_id=3, version_id=2)
    assert (plain.struct_version(), versioned.struct_version()) == (5, 3)


def test_all_faults_are_named_at_once():
    found = faults(
        minimum_version_id=1,
        fields=(Field(name="a", flags=VMS.SINGLE), VMSTATE_UINT8_V("b", 1)),
        subsections=(VMStateDescription(name="extra"),),
    )
    assert len(found) == 4


def test_a_description_of_nothing_is_right():
    assert VMStateDescription(name="chip").fields == ()
