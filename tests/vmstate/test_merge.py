"""Merging: what dump and vmdescs say together, and where they contradict each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engines import ENGINES
from tests.support.random_descriptions import descriptions, dump_of, no, states, yes
from tests.support.vmdesc_texts import V7_2, V10_0, V11_1, sent_of, vmsd
from vmstate import VMS, Field
from vmstate.blank import Blank, Kept, blank
from vmstate.describe import describe
from vmstate.dump import read_dump
from vmstate.errors import ContradictionError
from vmstate.info import BITMAP, BUFFER, GTREE, QTAILQ, UINT8, UINT16
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BITMAP,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_SUB_ARRAY,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VBUFFER_UINT32,
    VMSTATE_VSTRUCT_V,
    VMSTATE_WITH_TMP,
)
from vmstate.merge import merge
from vmstate.settle import settle
from vmstate.unknown import RAW, RAW_STRUCT, UnknownNeed, UnknownTest, unknown_length
from vmstate.vmdesc import SentDescription

ENGINE = ENGINES["interpreted"]
POINT = vmsd("point", VMSTATE_UINT8("x"))


def dumped(description, *, has_counts=False):
    return read_dump(dump_of(description, has_counts=has_counts)).descriptions[description.name]


def sent(description, release=V7_2, **values):
    state = blank(description)
    for name, value in values.items():
        setattr(state, name, value)
    return sent_of(ENGINE, release, description, state)


def merged(description, *, has_counts=False, **values):
    return merge(dumped(description, has_counts=has_counts), sent(description, **values))


def contradictions(dump, *told):
    with pytest.raises(ContradictionError) as error:
        merge(dump, *told)
    assert error.value.name == dump.name
    return list(error.value.contradictions)


def chip(*fields, **parts):
    return vmsd("chip", *fields, **parts)


def test_without_a_vmdesc_there_is_only_the_dump():
    dump = dumped(chip(VMSTATE_UINT8("a")))
    assert merge(dump) == dump


def test_a_field_has_its_type_from_the_stream_and_its_version_from_the_dump():
    description = chip(VMSTATE_UINT8_V("a", 2), VMSTATE_UINT16("b"), version_id=3)
    assert merged(description).fields == description.fields


def test_versions_tests_and_subsections_are_the_dumps():
    description = chip(
        VMSTATE_UINT8_TEST("a", yes),
        VMSTATE_UINT32("b"),
        version_id=3,
        minimum_version_id=1,
        subsections=(vmsd("chip/more", VMSTATE_UINT8("c"), needed=no),),
    )
    found = merged(description)
    assert (found.version_id, found.minimum_version_id) == (3, 1)
    assert found.fields == (
        Field(name="a", flags=VMS.SINGLE, info=UINT8, field_exists=UnknownTest("chip/a")),
        VMSTATE_UINT32("b"),
    )
    (more,) = found.subsections
    assert (more.needed, more.fields[0].info) == (UnknownNeed("chip/more"), RAW)


def test_another_vmdesc_tells_more():
    part = vmsd("chip/more", VMSTATE_UINT8("c"), needed=lambda state: state.a)
    description = chip(VMSTATE_UINT8("a"), subsections=(part,))
    told = sent(description, a=0), sent(description, a=1)
    dump = dumped(description)
    assert merge(dump, told[0]).subsections[0].fields[0].info is RAW
    for both in (told, told[::-1]):
        assert merge(dump, *both).subsections[0].fields == (VMSTATE_UINT8("c"),)


@pytest.mark.parametrize("has_counts", [False, True])
def test_a_fixed_array_has_the_count_that_was_sent(has_counts):
    description = chip(VMSTATE_UINT8_ARRAY("a", 3), VMSTATE_STRUCT_ARRAY("b", 2, 0, POINT))
    assert merged(description, has_counts=has_counts).fields == description.fields


def test_an_array_of_changing_length_has_a_count_that_is_not_known():
    description = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16))
    dump = dumped(description)
    told = {n: sent(description, n=n, a=[1] * n) for n in range(4)}
    field = merge(dump, told[3]).fields[1]
    assert (field.flags, field.num, field.info) == (VMS.ARRAY, 3, UINT16)
    for counts in ((1, 3), (0, 2), (2, 0, 2), (0, 1)):
        field = merge(dump, *(told[n] for n in counts)).fields[1]
        assert (field.flags, field.num_field) == (
            VMS.VARRAY_INT32,
            unknown_length("a", "count"),
        )
        assert field.info is UINT16


def test_an_array_that_was_always_empty_has_no_type():
    description = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16))
    field = merged(description, n=0).fields[1]
    assert (field.flags, field.num, field.info, field.size) == (VMS.ARRAY, 0, RAW, 2)


def test_a_buffer_of_changing_length_has_a_size_that_is_not_known():
    description = chip(VMSTATE_UINT32("n"), VMSTATE_VBUFFER_UINT32("a", 0, None, "n"))
    dump = dumped(description)
    told = [sent(description, n=n, a=bytearray(n)) for n in (2, 3)]
    assert merge(dump, told[0]).fields[1] == Field(name="a", flags=VMS.BUFFER, info=BUFFER, size=2)
    field = merge(dump, *told).fields[1]
    assert field.size_field == unknown_length("a", "size")
    assert (bool(field.flags & VMS.VBUFFER), field.info) == (True, BUFFER)


def test_a_bitmap_has_as_many_bits_as_its_words():
    description = chip(VMSTATE_UINT32("n"), VMSTATE_BITMAP("a", 0, "n"))
    assert merged(description, n=65, a=1).fields[1] == Field(name="a", info=BITMAP, size=128)


def test_what_holds_states_is_told_apart():
    description = chip(
        VMSTATE_STRUCT("s", 0, POINT),
        VMSTATE_VSTRUCT_V("v", 0, POINT, 0),
        VMSTATE_WITH_TMP(Kept(POINT, "chip/tmp"), POINT),
        VMSTATE_QTAILQ_V("q", 0, POINT, Blank(POINT)),
        VMSTATE_QTAILQ_V("e", 0, POINT, Blank(POINT)),
        VMSTATE_GTREE_DIRECT_KEY_V("t", 0, POINT, Blank(POINT)),
        VMSTATE_GTREE_DIRECT_KEY_V("u", 0, POINT, Blank(POINT)),
    )
    point = blank(POINT)
    found = merged(description, q=[point, point], t={3: point})
    assert found.fields[:4] == description.fields[:4]
    # What an empty list would hold is the dump's alone.
    empty = found.fields[4]
    assert (empty.info, [field.info for field in empty.vmsd.fields]) == (QTAILQ, [RAW])
    assert found.fields[5] == description.fields[5]
    # Whether an empty tree's keys are states did not show.
    assert found.fields[6].info is RAW_STRUCT


def test_a_tree_has_its_keys_from_the_stream():
    key = vmsd("key", VMSTATE_UINT32("k"))
    tree = Field(name="t", info=GTREE, vmsd=POINT, key_vmsd=key, make=Blank(POINT), make_key=list)
    description = chip(tree)
    body = SentDescription("chip", 0, (), ())
    told = sent(chip(Field(name="t", info=QTAILQ, vmsd=POINT, make=list)), t=[blank(POINT)])
    (entry,) = told.fields
    point = entry.elements[0]
    keyed = SentDescription("key", 0, sent(key).fields)
    entry = replace(entry, type="gtree", elements=(keyed, point, keyed, point))
    found = merge(dumped(description), replace(body, fields=(entry,))).fields[0]
    assert (found.vmsd, found.key_vmsd) == (POINT, key)


def test_null_pointers_are_told_by_their_markers():
    description = chip(VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("p", 3, 0, POINT))
    point = blank(POINT)
    for release in (V10_0, V11_1):
        told = sent(description, release, p=[None, point, None])
        field = merge(dumped(description), told).fields[0]
        assert field == description.fields[0]
        told = sent(description, release, p=[None] * 3)
        field = merge(dumped(description), told).fields[0]
        assert (field.info, field.num, field.is_pointer_array) == (RAW_STRUCT, 3, True)


def test_parts_of_an_array_stay_apart_wherever_they_are():
    # A dump does not say where in its array a part is.
    whole = vmsd("chip/whole", VMSTATE_UINT8_ARRAY("a", 4), needed=yes)
    description = chip(
        VMSTATE_UINT8_SUB_ARRAY("a", 2, 2),
        VMSTATE_UINT8_SUB_ARRAY("a", 7, 3),
        VMSTATE_UINT8_ARRAY("b", 2),
        subsections=(whole,),
    )
    told = sent(description, a=[0] * 10, b=[0, 0])
    assert [field.start for field in merge(dumped(description), told).fields] == [4, 6, 0]


# Contradictions ---------------------------------------------------------------------------

A = VMSTATE_UINT8("a")


def test_names_and_versions_must_agree():
    dump = dumped(chip(A, VMSTATE_STRUCT("s", 0, POINT)))
    other = chip(A, VMSTATE_STRUCT("s", 0, vmsd("tip", VMSTATE_UINT8("x"))))
    assert contradictions(dump, sent(other)) == ["chip/s: 'tip' was sent, the dump has 'point'"]
    newer = chip(A, VMSTATE_STRUCT("s", 0, POINT), version_id=2)
    assert contradictions(dump, sent(newer)) == ["chip: version 2 was sent, the dump has version 0"]


def test_all_contradictions_are_named_at_once():
    dump = dumped(chip(A, VMSTATE_UINT8("b"), VMSTATE_UINT8("c")))
    told = sent(chip(VMSTATE_UINT8("c"), VMSTATE_UINT16("b"), VMSTATE_UINT8("d"), A))
    assert contradictions(dump, told) == [
        "chip: field 'd' was sent, the dump has none",
        "chip: fields were sent in another order than the dump's: c, b, a",
        "chip/b: 2 bytes were sent, the dump has 1",
    ]


TWO = VMSTATE_UINT8_ARRAY("a", 2)
TWO_TESTED = replace(TWO, field_exists=yes)
WIDE = vmsd("point", VMSTATE_UINT16("x"))
ONE_BY_ONE = (
    "/a: its elements were described one by one, in the dump nothing in them can come and go"
)
AS_ONE = "/a: its elements were described as one, in the dump something in them can come and go"
STRUCT = VMSTATE_STRUCT("a", 0, POINT)


@pytest.mark.parametrize(
    ("dump", "told", "why"),
    [
        (chip(A), chip(STRUCT), "/a: it was sent with fields in it, the dump has none"),
        (chip(STRUCT), chip(A), "/a: it was sent as uint8, the dump has fields in it"),
        (
            chip(TWO),
            chip(VMSTATE_UINT8_ARRAY("a", 3)),
            "/a: 3 elements were sent, the dump has 2",
        ),
        (chip(TWO), chip(), "/a: it was not sent, the dump has 2 elements"),
        (chip(TWO), chip(TWO_TESTED), ONE_BY_ONE),
        (chip(TWO_TESTED), chip(TWO), AS_ONE),
        (
            chip(),
            chip(subsections=(vmsd("chip/more"),)),
            ": subsection 'chip/more' was sent, the dump has none",
        ),
        (
            chip(VMSTATE_STRUCT_ARRAY("a", 2, 0, POINT)),
            chip(VMSTATE_STRUCT_ARRAY("a", 2, 0, WIDE)),
            "/a/x: 2 bytes were sent, the dump has 1",
        ),
    ],
)
def test_a_contradiction_says_where_it_is_and_what_each_says(dump, told, why):
    assert contradictions(dumped(dump, has_counts=True), sent(told)) == [f"chip{why}"]


def test_a_field_above_the_version_that_was_sent_is_not_there():
    dump = dumped(
        chip(VMSTATE_VSTRUCT_V("v", 0, vmsd("p", VMSTATE_UINT8_V("x", 2), version_id=2), 2))
    )
    told = sent(chip(VMSTATE_VSTRUCT_V("v", 0, vmsd("p", VMSTATE_UINT8("x"), version_id=1), 1)))
    assert contradictions(dump, told) == [
        "chip/v/x: it was sent in version 1, in the dump it begins with version 2"
    ]


def test_vmdescs_may_contradict_each_other():
    dump = dumped(chip(VMSTATE_UINT8("a")))
    one = sent(chip(VMSTATE_UINT8("a")))
    other = sent(chip(replace(VMSTATE_UINT8("a"), info=BUFFER, size=1)), a=bytearray(1))
    assert contradictions(dump, one, other) == ["chip: field 'a' is of the types buffer, uint8"]


def test_a_subsections_contradiction_is_named_with_its_path():
    dump = dumped(chip(subsections=(vmsd("chip/more", VMSTATE_UINT8("x"), needed=yes),)))
    told = sent(chip(subsections=(vmsd("chip/more", VMSTATE_UINT16("x"), needed=yes),)))
    assert contradictions(dump, told) == ["chip/<chip/more>/x: 2 bytes were sent, the dump has 1"]


# Any description --------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data(), descriptions(), st.booleans(), st.sampled_from([V7_2, V10_0, V11_1]))
def test_what_was_sent_is_loaded_and_described_without_the_device(
    data, description, has_counts, release
):
    state = data.draw(states(description))
    codec = ENGINE(description, release)
    saved = codec.save(state)
    told = sent_of(ENGINE, release, description, state)
    found = merge(dumped(description, has_counts=has_counts), told)
    settled = settle(found, told)
    twin = blank(settled)
    again = ENGINE(settled, release)
    again.load(twin, saved.data, description.version_id)
    copy = again.save(twin)
    assert copy.data == saved.data
    assert describe(copy.layout, release) == describe(saved.layout, release)


@settings(max_examples=40, deadline=None)
@given(st.data(), descriptions(has_tests=False))
def test_the_order_of_vmdescs_does_not_matter(data, description):
    told = [sent_of(ENGINE, V7_2, description, data.draw(states(description))) for _ in range(2)]
    dump = dumped(description)
    assert merge(dump, *told) == merge(dump, *reversed(told))
    assert merge(dump, *told, told[0]) == merge(dump, *told)
