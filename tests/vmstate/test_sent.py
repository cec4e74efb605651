"""What vmdescs tell: descriptions of what was sent, in spite of the lies in them."""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engines import ENGINES
from tests.support.random_descriptions import descriptions, no, states, yes
from tests.support.vmdesc_texts import ALL, V7_2, V9_2, V10_0, V11_0, V11_1, sent_of, vmsd
from vmstate import VMS, Field
from vmstate.blank import Blank, BlankKey, Kept, blank
from vmstate.describe import describe
from vmstate.errors import ContradictionError
from vmstate.info import (
    BITMAP,
    BOOL,
    BUFFER,
    CPUDOUBLE,
    FD,
    G_BYTE_ARRAY,
    GTREE,
    INT8,
    INT16,
    INT32,
    INT32_EQUAL,
    INT32_LE,
    INT64,
    QLIST,
    QTAILQ,
    TIMER,
    TMP,
    UINT8,
    UINT8_EQUAL,
    UINT16,
    UINT16_EQUAL,
    UINT32,
    UINT32_EQUAL,
    UINT64,
    UINT64_EQUAL,
    UNUSED_BUFFER,
)
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT16,
    VMSTATE_VSTRUCT_V,
)
from vmstate.sent import fields_seen, read_sent
from vmstate.settle import settle
from vmstate.unknown import RAW, Raw, UnknownNeed, UnknownTest, unknown_length
from vmstate.vmdesc import SentDescription, SentField

ENGINE = ENGINES["interpreted"]
POINT = vmsd("point", VMSTATE_UINT8("x"))


def told(*fields, name="chip", version=0, subsections=()):
    return SentDescription(name, version, fields, tuple(subsections))


def entry(name, kind, size, count=1, *elements, index=None):
    is_array = count != 1 or index is not None
    return SentField(name, kind, size, count, index, is_array, elements)


#: A point's object in a vmdesc.
SENT_POINT = told(entry("x", "uint8", 1), name="point")


def sent(description, release=V7_2, **values):
    state = blank(description)
    for name, value in values.items():
        setattr(state, name, value)
    return sent_of(ENGINE, release, description, state)


def only(*described):
    (field,) = read_sent(*described).fields
    return field


@pytest.mark.parametrize(
    ("kind", "size", "info"),
    [
        ("bool", 1, BOOL),
        ("int8", 1, INT8),
        ("int16", 2, INT16),
        ("int32", 4, INT32),
        ("int64", 8, INT64),
        ("uint8", 1, UINT8),
        ("uint16", 2, UINT16),
        ("uint32", 4, UINT32),
        ("uint64", 8, UINT64),
        ("uint8 equal", 1, UINT8_EQUAL),
        ("uint16 equal", 2, UINT16_EQUAL),
        ("int32 equal", 4, INT32_EQUAL),
        ("uint32 equal", 4, UINT32_EQUAL),
        ("int64 equal", 8, UINT64_EQUAL),
        ("int32 le", 4, INT32_LE),
        ("CPU_Double_U", 8, CPUDOUBLE),
        ("timer", 8, TIMER),
    ],
)
def test_a_type_of_one_size_is_its_codec(kind, size, info):
    assert only(told(entry("a", kind, size))) == Field(name="a", flags=VMS.SINGLE, info=info)


@pytest.mark.parametrize(
    ("kind", "size", "info", "flags", "field_size"),
    [
        ("buffer", 5, BUFFER, VMS.BUFFER, 5),
        ("unused_buffer", 5, UNUSED_BUFFER, VMS.BUFFER, 5),
        # How many bits of its last word count does not show.
        ("bitmap", 8, BITMAP, VMS.NONE, 64),
        ("GByteArray", 9, G_BYTE_ARRAY, VMS.NONE, 9),
        ("fd", 1, FD, VMS.NONE, 1),
        ("pci config", 256, Raw("pci config"), VMS.NONE, 256),
        ("virtio", 0, Raw("virtio"), VMS.NONE, 0),
        # Of another size than the codec of that name: somebody else's.
        ("uint64", 1, Raw("uint64"), VMS.NONE, 1),
    ],
)
def test_a_type_of_many_sizes_has_the_one_that_was_sent(kind, size, info, flags, field_size):
    assert only(told(entry("a", kind, size))) == Field(
        name="a", flags=flags, info=info, size=field_size
    )


def test_a_codec_of_the_whole_device_keeps_its_bytes_under_its_name():
    assert only(told(entry("virtio-gpu", "virtio-gpu", 5))) == Field(
        name="virtio-gpu", info=Raw("virtio-gpu", "virtio-gpu"), size=5, whole=True
    )


@pytest.mark.parametrize("release", ALL)
def test_arrays_and_structs_are_what_they_were(release):
    description = vmsd(
        "chip",
        VMSTATE_UINT8_ARRAY("a", 3),
        VMSTATE_STRUCT("b", 0, POINT),
        VMSTATE_STRUCT_ARRAY("c", 2, 0, POINT),
        VMSTATE_VSTRUCT_V("d", 0, POINT, 0),
    )
    assert read_sent(sent(description, release)) == description


def test_the_version_that_was_sent_is_the_only_one_that_is_known():
    found = read_sent(told(version=3))
    assert (found.version_id, found.minimum_version_id) == (3, 3)


def test_a_subsection_is_there_and_whether_it_is_needed_is_not_known():
    found = read_sent(told(subsections=(told(name="chip/more"),)))
    assert found.subsections == (vmsd("chip/more", needed=UnknownNeed("chip/more")),)


@pytest.mark.parametrize("release", [V7_2, V9_2, V10_0, V11_0, V11_1])
def test_elements_that_were_told_one_by_one_betray_a_test(release):
    field = Field(name="a", flags=VMS.ARRAY, num=3, info=UINT8, field_exists=yes)
    found = only(sent(vmsd("chip", field), release))
    assert (found.num, found.field_exists) == (3, UnknownTest("chip/a"))


@pytest.mark.parametrize("release", [V7_2, V10_0, V11_1])
def test_they_betray_none_where_what_is_inside_explains_it(release):
    part = vmsd("point/more", VMSTATE_UINT8("y"), needed=lambda state: state.y)
    inner = vmsd("point", VMSTATE_UINT8("x"), subsections=(part,))
    description = vmsd("chip", VMSTATE_STRUCT_ARRAY("a", 3, 0, inner))
    points = [State(x=0, y=y) for y in (0, 2, 0)]
    found = only(sent(description, release, a=points))
    assert found.field_exists is None
    assert [subsection.name for subsection in found.vmsd.subsections] == ["point/more"]


def test_fields_that_only_some_states_have_have_a_test():
    one = told(entry("a", "uint8", 1), entry("c", "uint8", 1))
    other = told(entry("a", "uint8", 1), entry("b", "uint8", 1), entry("c", "uint8", 1))
    for order in ((one, other), (other, one)):
        found = read_sent(*order)
        assert [(field.name, field.field_exists) for field in found.fields] == [
            ("a", None),
            ("b", UnknownTest("chip/b")),
            ("c", None),
        ]


def test_subsections_of_several_states_are_all_there_in_order():
    first, second, third = (told(name=f"chip/{name}") for name in "abc")
    found = read_sent(told(subsections=(first, third)), told(subsections=(second, third)))
    assert {part.name for part in found.subsections} == {"chip/a", "chip/b", "chip/c"}
    assert found.subsections[-1].name == "chip/c"


def test_counts_and_sizes_that_differ_are_not_known():
    field = only(told(entry("a", "uint8", 1, 2)), told(entry("a", "uint8", 1, 3)))
    assert (field.flags, field.num_field) == (VMS.VARRAY_INT32, unknown_length("a", "count"))
    field = only(told(entry("a", "buffer", 2)), told(entry("a", "buffer", 3)))
    assert (field.size, field.size_field) == (0, unknown_length("a", "size"))
    field = only(told(entry("a", "GByteArray", 5)), told(entry("a", "GByteArray", 6)))
    assert (field.info, field.size_field) == (G_BYTE_ARRAY, "")


def test_containers_make_what_they_hold():
    described = told(
        entry("tmp", "tmp", 1, 1, SENT_POINT),
        entry("q", "qtailq", 5, 1, SENT_POINT, SENT_POINT),
        entry("l", "qlist", 3, 1, SENT_POINT),
        entry("t", "gtree", 14, 1, SENT_POINT),
    )
    assert read_sent(described).fields == (
        Field(name="tmp", info=TMP, vmsd=POINT, make=Kept(POINT, "chip/tmp"), whole=True),
        Field(name="q", info=QTAILQ, vmsd=POINT, make=Blank(POINT)),
        Field(name="l", info=QLIST, vmsd=POINT, make=Blank(POINT)),
        Field(name="t", info=GTREE, vmsd=POINT, make=Blank(POINT)),
    )


def test_a_tree_whose_keys_are_states_alternates():
    key = told(entry("k", "uint8", 1), name="key")
    key_vmsd = vmsd("key", VMSTATE_UINT8("k"))
    field = only(told(entry("t", "gtree", 14, 1, key, SENT_POINT, key, SENT_POINT)))
    assert field == Field(
        name="t",
        info=GTREE,
        vmsd=POINT,
        key_vmsd=key_vmsd,
        make=Blank(POINT),
        make_key=BlankKey(key_vmsd),
    )


def test_an_empty_list_is_bytes():
    assert only(told(entry("q", "qtailq", 1))) == Field(name="q", info=Raw("qtailq"), size=1)


def test_a_type_with_states_in_it_that_is_none_of_ours_is_bytes():
    # vdagent's clipboards are described as if they were a list.
    field = only(told(entry("c", "vdagent/cbinfos", 9, 1, SENT_POINT)))
    assert field == Field(name="c", info=Raw("vdagent/cbinfos"), size=9)


# Arrays of pointers -----------------------------------------------------------------------


def pointers(release, pattern):
    field = VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", len(pattern), 0, POINT)
    values = [State(x=1) if sign == "1" else None for sign in pattern]
    return sent(vmsd("chip", field), release, a=values)


@pytest.mark.parametrize("release", [V10_0, V11_0, V11_1])
@pytest.mark.parametrize("pattern", ["01", "011", "0011", "0100", "1100", "10011", "1001100"])
def test_a_run_that_was_announced_whole_counts_once(release, pattern):
    field = only(pointers(release, pattern))
    assert field == VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", len(pattern), 0, POINT)


@pytest.mark.parametrize("release", [V10_0, V11_1])
def test_where_all_pointers_are_null_there_is_no_type(release):
    field = only(pointers(release, "000"))
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER
    assert field == Field(name="a", flags=flags, num=3, info=RAW)
    assert only(pointers(release, "0")).num == 1


def test_a_null_pointer_in_the_guise_of_a_struct_is_seen_until_9_2():
    field = only(pointers(V7_2, "01"))
    assert (field.is_pointer_array, field.num) == (True, 2)


def test_markers_that_were_told_one_by_one_are_one_each():
    # In 10.0 each announces all that follow.
    tested = vmsd("point", VMSTATE_UINT8_TEST("x", yes))
    field = VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", 4, 0, tested)
    values = [None, None, None, State(x=1)]
    assert only(sent(vmsd("chip", field), V10_0, a=values)).num == 4


@pytest.mark.parametrize("release", [V10_0, V11_1])
@pytest.mark.parametrize("pattern", ["01", "10", "0"])
def test_a_marker_of_a_name_that_is_not_unique_is_its_neighbours(release, pattern):
    first = VMSTATE_UINT8_TEST("a", no)
    field = VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", len(pattern), 0, POINT)
    values = [State(x=1) if sign == "1" else None for sign in pattern]
    found = sent(vmsd("chip", first, field), release, a=values)
    # Nobody knows whose a lonely one is.
    name = "a[1]" if "1" in pattern else "a[-1]"
    assert list(fields_seen([found])) == [name]


# Contradictions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (told(), told(name="chop"), "its name is chip and chop"),
        (told(), told(version=2), "its version is 0 and 2"),
        (
            told(entry("a", "uint8", 1)),
            told(entry("a", "int8", 1)),
            "field 'a' is of the types int8, uint8",
        ),
    ],
)
def test_states_of_different_descriptions_contradict_each_other(one, other, why):
    with pytest.raises(ContradictionError) as error:
        read_sent(one, other)
    assert error.value.contradictions == (why,)


# Any description --------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data(), descriptions(), st.sampled_from(ALL))
def test_what_was_sent_is_loaded_saved_and_described_by_its_vmdesc_alone(
    data, description, release
):
    state = data.draw(states(description))
    saved = ENGINE(description, release).save(state)
    described = sent_of(ENGINE, release, description, state)
    settled = settle(read_sent(described), described)
    codec, twin = ENGINE(settled, release), blank(settled)
    codec.load(twin, saved.data, described.version)
    copy = codec.save(twin)
    assert copy.data == saved.data
    assert describe(copy.layout, release) == describe(saved.layout, release)


def test_a_field_of_two_bytes_is_no_other_type():
    assert only(sent(vmsd("chip", VMSTATE_UINT16("a")))) == VMSTATE_UINT16("a")
