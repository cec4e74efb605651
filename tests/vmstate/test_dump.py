"""Dumps: all that they say is in the description, and all that they don't is left open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate import VMS, Field, StreamError, VMStateDescription
from vmstate.dump import always_sent, read_dump
from vmstate.unknown import RAW, RAW_STRUCT, UnknownNeed, UnknownTest


def field(name, size=1, version=0, *, tested=False, **more):
    return {
        "field": name,
        "version_id": version,
        "field_exists": tested,
        "size": size,
        **more,
    }


def description(name, fields=(), version=0, minimum=0, **more):
    return {
        "name": name,
        "version_id": version,
        "minimum_version_id": minimum,
        **({} if fields is None else {"Fields": list(fields)}),
        **more,
    }


def section(name, inside):
    return {
        "Name": name,
        "version_id": inside["version_id"],
        "minimum_version_id": inside["minimum_version_id"],
        "Description": inside,
    }


def read(inside):
    return read_dump({"chip": section("chip", inside)}).descriptions["chip"]


def test_a_dump_is_of_a_machine_and_has_a_description_for_each_type():
    dump = read_dump(
        {
            "vmschkmachine": {"Name": "pc-i440fx-7.2"},
            "b": section("b", description("two")),
            "a": section("a", description("one", version=3, minimum=2)),
        }
    )
    assert dump.machine == "pc-i440fx-7.2"
    assert list(dump.descriptions) == ["a", "b"]
    assert dump.descriptions["a"] == VMStateDescription(
        name="one", version_id=3, minimum_version_id=2
    )


def test_a_dump_without_a_machine_is_one_of_no_machine():
    assert read_dump({}).machine == ""


def test_a_field_has_its_name_version_and_size_but_no_type():
    read_field = read(description("chip", [field("a.b[1]", 4, 2)], version=2)).fields[0]
    assert read_field == Field(name="a.b[1]", info=RAW, version_id=2, size=4)


def test_a_test_is_there_but_not_known():
    fields = read(description("chip", [field("a", tested=True), field("a")])).fields
    assert [one.field_exists for one in fields] == [UnknownTest("chip/a"), None]


def test_a_nested_description_may_be_a_struct_or_more():
    inner = description("inner", [field("x")], version=1)
    (read_field,) = read(description("chip", [field("s", 8, Description=inner)])).fields
    assert read_field.info is RAW_STRUCT
    assert read_field.vmsd == VMStateDescription(
        name="inner", version_id=1, fields=(Field(name="x", info=RAW, size=1),)
    )


def test_a_name_that_is_no_path_belongs_to_the_whole_device():
    one, other = read(description("chip", [field("virtio-gpu", 0), field("a[CTRL]")])).fields
    assert (one.whole, other.whole) == (True, False)


def test_subsections_are_read_to_any_depth_without_their_conditions():
    deep = description("chip/a/b", [field("x", tested=True)])
    read_chip = read(description("chip", Subsections=[description("chip/a", Subsections=[deep])]))
    (outer,) = read_chip.subsections
    (inner,) = outer.subsections
    assert read_chip.needed is None
    assert (outer.needed, inner.needed) == (UnknownNeed("chip/a"), UnknownNeed("chip/a/b"))
    assert inner.fields[0].field_exists == UnknownTest("chip/a/b/x")


def test_what_has_no_list_of_fields_is_never_saved():
    assert read(description("chip", None)).unmigratable
    assert not read(description("chip", [])).unmigratable


def test_counts_are_those_of_fixed_arrays_since_8_1():
    dump = {"c": section("c", description("c", [field("a", num=0), field("b", num=3), field("c")]))}
    read_dumped = read_dump(dump)
    assert read_dumped.has_counts
    assert [(one.flags, one.num) for one in read_dumped.descriptions["c"].fields] == [
        (VMS.ARRAY, 0),
        (VMS.ARRAY, 3),
        (VMS.NONE, 0),
    ]


@pytest.mark.parametrize(
    ("inside", "has_counts"),
    [
        (description("c", [field("s", Description=description("i", [field("x", num=1)]))]), True),
        (description("c", Subsections=[description("c/s", [field("x", num=1)])]), True),
        (description("c", [field("s", Description=description("i", [field("x")]))]), False),
    ],
)
def test_a_count_anywhere_shows_that_the_dump_has_counts(inside, has_counts):
    assert read_dump({"c": section("c", inside)}).has_counts is has_counts


def test_descriptions_of_one_name_are_found_equal_ones_once():
    vga, isa = description("vga", [field("a")]), description("vga", [field("b")])
    dump = read_dump(
        {
            "VGA": section("VGA", vga),
            "secondary-vga": section("secondary-vga", vga),
            "isa-vga": section("isa-vga", isa),
            "other": section("other", description("other")),
        }
    )
    assert [[one.name for one in found.fields] for found in dump.named("vga")] == [["a"], ["b"]]
    assert dump.named("none") == ()


DEEP = description("c", [field("s", Description=description("i", [field("x")]))])


@pytest.mark.parametrize(
    ("dump", "text"),
    [
        ({"c": 3}, "c: it is 3, expected an object"),
        ({"c": {}}, "c: 'Description' is missing"),
        ({"vmschkmachine": {}}, "vmschkmachine: 'Name' is None, expected a string"),
        ({"c": {"Description": []}}, "c.Description: it is [], expected an object"),
        (
            {"c": section("c", {**DEEP, "name": 5})},
            "c.Description: 'name' is 5, expected a string",
        ),
        (
            {"c": section("c", {**DEEP, "version_id": True})},
            "c.Description: 'version_id' is True, expected a number",
        ),
        (
            {"c": section("c", {**DEEP, "Fields": {}})},
            "c.Description: 'Fields' is {}, expected a list",
        ),
        (
            {"c": section("c", {**DEEP, "Fields": [1]})},
            "c.Description.Fields[0]: it is 1, expected an object",
        ),
        (
            {"c": section("c", {**DEEP, "Fields": [{"field": "a"}]})},
            "c.Description.Fields[0]: 'field_exists' is None, expected true or false",
        ),
        (
            {"c": section("c", description("c", [field("a", Description=[])]))},
            "c.Description.Fields[0].Description: it is [], expected an object",
        ),
        (
            {"c": section("c", description("c", Subsections=[{}]))},
            "c.Description.Subsections[0]: 'name' is None, expected a string",
        ),
        (
            {"c": {**section("c", DEEP), "version_id": 4}},
            "c: version_id is 4, that of its description is 0",
        ),
    ],
)
def test_what_is_wrong_with_a_dump_is_said_with_its_place(dump, text):
    with pytest.raises(StreamError) as error:
        read_dump(dump)
    assert str(error.value) == text


def test_a_device_that_contradicts_itself_is_named_and_keeps_no_other_from_being_read():
    part = description("sd-card/ext", [field("x")])
    dump = read_dump(
        {
            "sd": section("sd", description("sd-card", Subsections=[part, part])),
            "c": section("c", description("c")),
        }
    )
    assert list(dump.descriptions) == ["c"]
    assert {name: str(error) for name, error in dump.refused.items()} == {
        "sd": "description 'sd-card': subsection 'sd-card/ext' stands twice"
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "c/x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*field("x"), *description("x"), "Description", "Subsections", "num", "Name"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["c", "vmschkmachine"]), JSON))
def test_any_json_is_read_or_refused(dump):
    refusals = []
    try:
        read = read_dump(dump)
        assert {*read.descriptions, *read.refused} == set(dump) - {"vmschkmachine"}
    except StreamError as error:
        refusals.append(error)
    assert all(error.path for error in refusals)


def test_what_is_always_sent_is_what_has_no_test_and_is_in_no_subsection():
    inner = description("inner", [field("x"), field("y", tested=True)])
    outer = description(
        "outer",
        [
            field("plain"),
            field("unused", size=4, tested=True),
            field("unused", size=4),
            field("struct", Description=inner),
            field("perhaps", tested=True, Description=inner),
        ],
        Subsections=[description("outer/more", [field("more")])],
    )
    (found,) = read_dump({"type": section("type", outer)}).descriptions.values()
    assert always_sent(found) == {"plain", "struct.x"}
