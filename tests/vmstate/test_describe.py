"""The vmdesc of what was saved: its exact text, release by release."""

from __future__ import annotations

import json
from functools import partial
from types import SimpleNamespace as State

import pytest

from tests.support import vmdesc_texts
from tests.support.engines import ENGINES
from tests.support.vmdesc_texts import (
    ALL,
    POINT,
    POINT_TEXT,
    TESTED,
    V7_2,
    V9_2,
    V10_0,
    V11_0,
    V11_1,
    index,
    length,
    no,
    one,
    struct,
    vmsd,
    yes,
)
from vmstate import VMS, Field
from vmstate.describe import describe, describe_device, describe_opaque, describe_stream
from vmstate.info import QTAILQ, UINT8, UINT16
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_ARRAY,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_GTREE_V,
    VMSTATE_QLIST_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
    VMSTATE_VALIDATE,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VSTRUCT_V,
    VMSTATE_WITH_TMP,
)


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]


@pytest.fixture
def fields_of(engine):
    return partial(vmdesc_texts.fields_of, engine)


@pytest.fixture
def described(engine):
    return partial(vmdesc_texts.described, engine)


@pytest.mark.parametrize("release", ALL)
def test_a_state_is_named_with_its_version_and_its_fields_in_order(described, release):
    description = vmsd("chip", VMSTATE_UINT16("b"), VMSTATE_UINT8("a"), version_id=3)
    assert described(release, description, a=1, b=2) == (
        '{"vmsd_name": "chip", "version": 3, "fields": ['
        '{"name": "b", "type": "uint16", "size": 2}, {"name": "a", "type": "uint8", "size": 1}]}'
    )


@pytest.mark.parametrize("release", ALL)
def test_a_state_without_fields_has_an_empty_list_of_them(described, release):
    assert described(release, vmsd("c")) == '{"vmsd_name": "c", "version": 0, "fields": []}'


def test_an_older_version_is_named_as_it_was_saved_and_has_its_fields_only(engine):
    description = vmsd("chip", VMSTATE_UINT8("a"), VMSTATE_UINT8_V("b", 2), version_id=2)
    layout = engine(description, V7_2).save(State(a=1, b=2), version_id=1).layout
    assert describe(layout, V7_2) == (
        '{"vmsd_name": "chip", "version": 1, "fields": [{"name": "a", "type": "uint8", "size": 1}]}'
    )


def test_a_section_is_named_with_its_instance_first(engine):
    layout = engine(vmsd("c"), V7_2).save(State()).layout
    assert describe_device(layout, V7_2, "0000:00:02.0/c", 3) == (
        '{"name": "0000:00:02.0/c", "instance_id": 3, "vmsd_name": "c", "version": 0, "fields": []}'
    )


def test_a_section_that_is_saved_by_hand_is_one_run_of_bytes():
    assert describe_opaque("slirp", 0, 41) == (
        '{"name": "slirp", "instance_id": 0, "size": 41, '
        '"fields": [{"name": "data", "size": 41, "type": "buffer"}]}'
    )


def test_a_whole_vmdesc_begins_with_the_configuration_where_it_is_described():
    assert describe_stream([], 4096) == '{"page_size": 4096, "devices": []}'
    assert describe_stream(["{}", "{}"], 4096, '{"a": 1}') == (
        '{"configuration": {"a": 1}, "page_size": 4096, "devices": [{}, {}]}'
    )


@pytest.mark.parametrize("release", ALL)
def test_an_array_is_described_by_its_first_element(fields_of, release):
    fields = VMSTATE_UINT8_ARRAY("a", 3), VMSTATE_UINT8_ARRAY("b", 1), VMSTATE_UINT8_ARRAY("c", 0)
    text = fields_of(release, *fields, a=[1, 2, 3], b=[4], c=[])
    assert text == one("a", "uint8", 1, length(3)) + ", " + one("b", "uint8", 1)


@pytest.mark.parametrize("release", ALL)
def test_a_counted_array_and_rows_are_arrays(fields_of, release):
    fields = (
        VMSTATE_UINT32("n"),
        VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16),
        VMSTATE_2DARRAY("b", 2, 3, 0, UINT8),
    )
    text = fields_of(release, *fields, n=2, a=[1, 2], b=[[1, 2, 3], [4, 5, 6]])
    assert text == ", ".join(
        (one("n", "uint32", 4), one("a", "uint16", 2, length(2)), one("b", "uint8", 1, length(6)))
    )


NOT_COMPRESSED = Field(name="a", flags=VMS.ARRAY, num=3, info=UINT8, field_exists=yes)


@pytest.mark.parametrize("release", [V7_2, V9_2])
def test_until_9_2_every_element_of_an_array_with_a_test_has_its_index(fields_of, release):
    text = fields_of(release, NOT_COMPRESSED, a=[1, 2, 3])
    assert text == ", ".join(one("a", "uint8", 1, index(i)) for i in range(3))


@pytest.mark.parametrize("release", [V10_0, V11_0])
def test_since_10_0_the_last_element_has_none(fields_of, release):
    text = fields_of(release, NOT_COMPRESSED, a=[1, 2, 3])
    places = index(0), index(1), ""
    assert text == ", ".join(one("a", "uint8", 1, place) for place in places)


def test_since_11_1_no_element_has_one(fields_of):
    text = fields_of(V11_1, NOT_COMPRESSED, a=[1, 2, 3])
    assert text == ", ".join([one("a", "uint8", 1)] * 3)


@pytest.mark.parametrize("release", ALL)
def test_a_single_element_with_a_test_has_no_index(fields_of, release):
    field = Field(name="a", flags=VMS.ARRAY, num=1, info=UINT8, field_exists=yes)
    assert fields_of(release, field, a=[1]) == one("a", "uint8", 1)


@pytest.mark.parametrize("release", ALL)
def test_an_array_of_structs_is_compressed_if_all_inside_is(fields_of, release):
    field = VMSTATE_STRUCT_ARRAY("a", 2, 0, POINT)
    text = fields_of(release, field, a=[State(x=1), State(x=2)])
    assert text == one("a", "struct", 1, length(2), struct())


@pytest.mark.parametrize(
    "inner",
    [
        vmsd("point", VMSTATE_UINT8_TEST("x", yes)),
        vmsd("point", VMSTATE_UINT8("x"), subsections=(vmsd("point/never", needed=no),)),
        vmsd("point", VMSTATE_UINT8("x"), VMSTATE_VALIDATE("good", yes)),
        vmsd("point", VMSTATE_UINT8("x"), VMSTATE_STRUCT_ARRAY("none", 0, 0, TESTED)),
    ],
    ids=["test", "subsections", "check", "deep"],
)
def test_it_is_not_where_something_inside_comes_and_goes(fields_of, inner):
    field = VMSTATE_STRUCT_ARRAY("a", 2, 0, inner)
    state = {"a": [State(x=1, none=[]), State(x=2, none=[])]}
    assert fields_of(V7_2, field, **state) == ", ".join(
        one("a", "struct", 1, index(i), struct()) for i in range(2)
    )
    assert fields_of(V11_1, field, **state) == ", ".join([one("a", "struct", 1, "", struct())] * 2)


def test_a_versioned_struct_is_not_looked_into(fields_of):
    # Its members stand in the field itself, and what is in it decides on nothing.
    inner = vmsd("v", VMSTATE_VSTRUCT_V("t", 0, TESTED, 0))
    field = VMSTATE_STRUCT_ARRAY("a", 2, 0, inner)
    tested = POINT_TEXT.replace("point", "tested") + ", "
    inside = '"vmsd_name": "v", "version": 0, "fields": [' + one("t", "vstruct", 1, "", tested)
    state = [State(t=State(x=1)), State(t=State(x=2))]
    assert fields_of(V7_2, field, a=state) == one("a", "struct", 1, length(2), struct(inside + "]"))


@pytest.mark.parametrize("release", ALL)
def test_a_size_is_that_of_one_element_with_all_that_is_in_it(described, release):
    sub = vmsd("point/more", VMSTATE_UINT16("y"), version_id=4, needed=lambda state: state.y)
    inner = vmsd("point", VMSTATE_UINT8("x"), subsections=(sub, vmsd("point/no", needed=no)))
    text = described(
        release,
        vmsd("chip", VMSTATE_STRUCT_ARRAY("a", 2, 0, inner)),
        a=[State(x=1, y=0), State(x=2, y=3)],
    )
    first, second = json.loads(text)["fields"]
    header = 1 + 1 + len("point/more") + 4
    assert (first["size"], second["size"]) == (1, 1 + header + 2)
    more = (
        '"subsections": [{"vmsd_name": "point/more", "version": 4, '
        '"fields": [{"name": "y", "type": "uint16", "size": 2}]}]}, "size": 19}'
    )
    assert more in text
    assert text.count("subsections") == 1


@pytest.mark.parametrize("release", ALL)
def test_several_subsections_stand_in_one_list_nested_ones_inside(described, release):
    deep = vmsd("chip/a/b")
    description = vmsd("chip", subsections=(vmsd("chip/a", subsections=(deep,)), vmsd("chip/c")))
    assert described(release, description) == (
        '{"vmsd_name": "chip", "version": 0, "fields": [], "subsections": ['
        '{"vmsd_name": "chip/a", "version": 0, "fields": [], "subsections": ['
        '{"vmsd_name": "chip/a/b", "version": 0, "fields": []}]}, '
        '{"vmsd_name": "chip/c", "version": 0, "fields": []}]}'
    )


@pytest.mark.parametrize("release", ALL)
def test_a_name_that_is_not_unique_is_numbered_sent_or_not(fields_of, release):
    fields = (
        VMSTATE_UNUSED(1),
        VMSTATE_UINT8_TEST("config", no),
        VMSTATE_UINT8_TEST("config", yes),
        VMSTATE_UNUSED(2),
    )
    assert fields_of(release, *fields, config=1) == ", ".join(
        (
            one("unused[0]", "unused_buffer", 1),
            one("config[1]", "uint8", 1),
            one("unused[1]", "unused_buffer", 2),
        )
    )


def test_a_nested_state_at_a_version_of_its_own_has_its_members_in_the_field(fields_of):
    inner = vmsd("point", VMSTATE_UINT8("x"), VMSTATE_UINT8_V("y", 2), version_id=2)
    field = VMSTATE_VSTRUCT_V("p", 0, inner, 1)
    inside = POINT_TEXT.replace('"version": 0', '"version": 1') + ", "
    assert fields_of(V7_2, field, p=State(x=1)) == one("p", "vstruct", 1, "", inside)


@pytest.mark.parametrize("release", ALL)
def test_a_temporary_has_its_members_in_the_field(fields_of, release):
    text = fields_of(release, VMSTATE_WITH_TMP(lambda: State(x=5), POINT))
    assert text == one("tmp", "tmp", 1, "", f"{POINT_TEXT}, ")


@pytest.mark.parametrize("macro", [VMSTATE_QTAILQ_V, VMSTATE_QLIST_V])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_list_repeats_the_members_in_one_object(fields_of, macro, count):
    text = fields_of(V11_1, macro("q", 0, POINT, State), q=[State(x=i) for i in range(count)])
    kind = macro("q", 0, POINT, State).info.name
    assert text == one("q", kind, 2 * count + 1, "", f"{POINT_TEXT}, " * count)


def test_a_list_in_a_list_is_described_to_any_depth(fields_of):
    inner = vmsd("inner", VMSTATE_QLIST_V("p", 0, POINT, State))
    text = fields_of(
        V7_2,
        VMSTATE_QTAILQ_V("q", 0, inner, State),
        q=[State(p=[]), State(p=[State(x=1), State(x=2)])],
    )
    head = '"vmsd_name": "inner", "version": 0, "fields": ['
    parts = (
        head + one("p", "qlist", 1) + "], ",
        head + one("p", "qlist", 5, "", f"{POINT_TEXT}, " * 2) + "], ",
    )
    assert text == one("q", "qtailq", 9, "", "".join(parts))


def test_a_tree_has_each_key_before_its_value(fields_of):
    class Key(State):
        def __hash__(self):
            return hash(self.k)

        def __lt__(self, other):
            return self.k < other.k

    key = vmsd("key", VMSTATE_UINT8("k"))
    key_text = POINT_TEXT.replace("point", "key").replace('"x"', '"k"')
    direct = VMSTATE_GTREE_DIRECT_KEY_V("t", 0, POINT, State)
    keyed = VMSTATE_GTREE_V("t", 0, (POINT, key), Key, State)
    assert fields_of(V11_1, direct, t={2: State(x=1), 1: State(x=2)}) == one(
        "t", "gtree", 25, "", f"{POINT_TEXT}, " * 2
    )
    assert fields_of(V11_1, keyed, t={Key(k=2): State(x=1), Key(k=1): State(x=2)}) == one(
        "t", "gtree", 11, "", f"{key_text}, {POINT_TEXT}, " * 2
    )


def test_the_elements_of_an_array_of_lists_have_their_own_states(fields_of):
    field = Field(
        name="q", flags=VMS.ARRAY, num=3, info=QTAILQ, vmsd=POINT, make=State, field_exists=yes
    )
    points = [[State(x=1)], [], [State(x=2), State(x=3)]]
    assert fields_of(V7_2, field, q=points) == ", ".join(
        one("q", "qtailq", 2 * count + 1, index(i), f"{POINT_TEXT}, " * count)
        for i, count in enumerate((1, 0, 2))
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a"\\b', '"a\\"\\\\b"'),
        ("\n\r\t\b\f", '"\\n\\r\\t\\b\\f"'),
        ("\x00\x1f\x7f", '"\\u0000\\u001F\\u007F"'),
        ("é\u20ac", '"\\u00E9\\u20AC"'),
        ("\U0001f600", '"\\uD83D\\uDE00"'),
    ],
)
def test_a_name_is_escaped_as_qemu_does_it(text, written):
    assert describe_opaque(text, 0, 0).startswith(f'{{"name": {written}, ')


def test_a_codec_without_a_name_is_of_unknown_type(fields_of):
    class Nameless:
        name = ""

        def save(self, writer, value, size):
            writer.put(b"..")

    field = Field(name="a", flags=VMS.SINGLE, info=Nameless())
    assert fields_of(V7_2, field, a=0) == one("a", "unknown", 2)


def test_deep_nesting_is_described(engine):
    description, state = POINT, State(x=1)
    for level in range(300):
        description = vmsd(f"level{level}", VMSTATE_STRUCT("s", 0, description))
        state = State(s=state)
    text = describe(engine(description, V7_2).save(state).layout, V7_2)
    assert text.count('"struct": {') == 300


def test_a_long_array_of_lists_is_described_in_one_go(engine):
    description = vmsd(
        "chip", VMSTATE_ARRAY("a", 50_000, 0, UINT8), VMSTATE_QTAILQ_V("q", 0, POINT, State)
    )
    state = State(a=[0] * 50_000, q=[State(x=1) for _ in range(5000)])
    text = describe(engine(description, V7_2).save(state).layout, V7_2)
    assert text.count("point") == 5000
    assert '"array_len": 50000' in text
