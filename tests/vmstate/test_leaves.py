"""Bodies of sections, cut into their leaf fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sent_devices import device, field, header, parse, queue_json, struct, sub
from vmstate.leaves import Leaf, leaf_runs, leaves


def cut(sent, body):
    return [(leaf.path, leaf.data) for leaf in leaves(sent, bytes(body))]


def test_plain_fields_follow_each_other():
    sent = device(field("command", 1), field("dshift", 4, "int32"), field("cmos", 3, "buffer"))
    assert leaves(sent, bytes(range(8))) == [
        Leaf("command", "uint8", 0, b"\x00"),
        Leaf("dshift", "int32", 1, b"\x01\x02\x03\x04"),
        Leaf("cmos", "buffer", 5, b"\x05\x06\x07"),
    ]


def test_arrays_of_structs_of_arrays_have_both_indices():
    regs = struct("regs", [field("now", 1, array_len=2), field("mode", 1)], 3, array_len=2)
    assert cut(device(regs), range(6)) == [
        ("regs[0].now[0]", b"\x00"),
        ("regs[0].now[1]", b"\x01"),
        ("regs[0].mode", b"\x02"),
        ("regs[1].now[0]", b"\x03"),
        ("regs[1].now[1]", b"\x04"),
        ("regs[1].mode", b"\x05"),
    ]


@pytest.mark.parametrize(
    "marks",
    [
        pytest.param([{"index": 0}, {"index": 1}, {"index": 2}], id="7.2-every-index"),
        pytest.param([{"index": 0}, {"index": 1}, {}], id="10.0-not-the-last"),
        pytest.param([{}, {}, {}], id="11.1-none"),
        pytest.param([{"array_len": 2}, {}], id="10.0-runs"),
    ],
)
def test_elements_are_numbered_however_the_release_marks_them(marks):
    sent = device(*(field("up", 1, **mark) for mark in marks))
    assert cut(sent, b"abc") == [("up[0]", b"a"), ("up[1]", b"b"), ("up[2]", b"c")]


def test_a_subsection_is_part_of_the_path_and_its_header_of_no_field():
    sent = device(
        field("a", 1), subsections=[sub("dev/x", [field("b", 1)]), sub("dev/y", [], version=3)]
    )
    body = b"\x01" + header("dev/x") + b"\x02" + header("dev/y", 3)
    assert cut(sent, body) == [("a", b"\x01"), ("<dev/x>.b", b"\x02")]
    assert sent.wire_size() == len(body)


def test_a_subsection_of_an_embedded_struct_stands_inside_it():
    drive = struct(
        "drive", [field("head", 1)], 1 + 15, subsections=[sub("drive/rate", [field("r", 0)])]
    )
    drive["size"] = 1 + len(header("drive/rate")) + 2
    drive["struct"]["subsections"][0]["fields"] = [field("r", 2, "uint16")]
    sent = device(drive, field("last", 1))
    body = b"\x07" + header("drive/rate") + b"\x01\x02" + b"\x09"
    assert cut(sent, body) == [
        ("drive.head", b"\x07"),
        ("drive.<drive/rate>.r", b"\x01\x02"),
        ("last", b"\x09"),
    ]


@pytest.mark.parametrize("kind", ["tmp", "vstruct"])
def test_kinds_that_hold_their_fields_themselves_are_walked(kind):
    sent = device(field("env", 2, kind, **sub("inner", [field("x", 1), field("y", 1)])))
    assert cut(sent, b"ab") == [("env.x", b"a"), ("env.y", b"b")]


@pytest.mark.parametrize("kind", ["qtailq", "qlist"])
def test_the_elements_of_a_queue_are_numbered(kind):
    sent = queue_json(kind, [[field("v", 1)], [field("v", 2, "uint16")]], 6)
    assert cut(sent, b"\x01a\x01bc\x00z") == [("q[0].v", b"a"), ("q[1].v", b"bc"), ("z", b"z")]


def test_an_empty_queue_has_no_fields():
    assert cut(queue_json("qtailq", [], 1), b"\x00z") == [("z", b"z")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\x01a\x00z", [("q[0].v", b"a"), ("z", b"z")]),
        (b"\x07a\x00z", [("q.?", b"\x07a\x00"), ("z", b"z")]),
        (b"\x01a\x01z", [("q[0].v", b"a"), ("q.?", b"\x01"), ("z", b"z")]),
    ],
)
def test_a_queue_with_unexpected_framing_keeps_its_bytes(body, expected):
    assert cut(queue_json("qtailq", [[field("v", 1)]], 3), body) == expected


def test_a_queue_that_is_longer_than_it_says_does_not_reach_its_neighbour():
    sent = queue_json("qtailq", [[field("v", 1)], [field("v", 1)]], 2)
    assert cut(sent, b"\x01az") == [("q[0].v", b"a"), ("z", b"z")]


def test_a_tree_with_plain_keys_names_key_and_value():
    sent = queue_json("gtree", [[field("v", 1)]], 4 + 1 + 8 + 1 + 1)
    body = b"\x00\x00\x00\x01" + b"\x01" + b"KKKKKKKK" + b"v" + b"\x00" + b"z"
    assert cut(sent, body) == [("q[0].key", b"KKKKKKKK"), ("q[0].v", b"v"), ("z", b"z")]


def test_a_tree_with_described_keys_names_their_fields():
    sent = queue_json("gtree", [[field("k", 1)], [field("v", 1)]], 8)
    body = b"\x00\x00\x00\x01" + b"\x01" + b"k" + b"v" + b"\x00" + b"z"
    assert cut(sent, body) == [("q[0].key.k", b"k"), ("q[0].v", b"v"), ("z", b"z")]


@pytest.mark.parametrize(
    ("size", "body"),
    [
        pytest.param(3, b"\x00\x00\x00z", id="shorter-than-its-count"),
        pytest.param(8, b"\x00\x00\x00\x07" + b"\x01kv\x00z", id="another-count"),
        pytest.param(8, b"\x00\x00\x00\x01" + b"\x07kv\x00z", id="no-mark"),
    ],
)
def test_a_tree_that_does_not_fit_keeps_its_bytes(size, body):
    found = cut(queue_json("gtree", [[field("v", 1)]], size), body)
    assert found[-1] == ("z", b"z")
    assert found[0][0] == "q.?"
    assert body.endswith(found[0][1] + b"z")


def test_a_tree_cut_off_in_a_key_keeps_its_bytes():
    sent = queue_json("gtree", [[field("v", 1)]], 7)
    assert cut(sent, b"\x00\x00\x00\x01\x01KKz") == [
        ("q[0].v", b"K"),
        ("q.?", b"K"),
        ("z", b"z"),
    ]


def test_bytes_behind_the_description_are_one_unknown_leaf():
    assert cut(device(field("a", 1)), b"abc") == [("a", b"a"), ("?", b"bc")]


def test_a_field_that_does_not_fit_any_more_is_part_of_the_unknown_leaf():
    sent = device(field("a", 1), field("b", 4, "uint32"))
    assert leaves(sent, b"abc") == [Leaf("a", "uint8", 0, b"a"), Leaf("?", "?", 1, b"bc")]


def test_a_lie_inside_a_struct_of_known_size_stays_inside_it():
    sent = device(struct("s", [field("a", 1)], 3), struct("t", [field("b", 9)], 2), field("z", 1))
    assert cut(sent, b"aXXYYz") == [("s.a", b"a"), ("s.?", b"XX"), ("t.?", b"YY"), ("z", b"z")]


@pytest.mark.parametrize("present", [b"", b"\x05", b"\x05\x05dev/y\x00\x00\x00\x01b"])
def test_a_subsection_that_is_not_there_leaves_the_rest_unknown(present):
    sent = device(field("a", 1), subsections=[sub("dev/x", [field("b", 1)])])
    found = cut(sent, b"a" + present)
    assert found == [("a", b"a"), *([("?", present)] if present else [])]


def test_paths_that_occur_twice_are_told_apart():
    """In i8254 a plain field is called like a member of the array before it."""
    sent = device(
        struct("channels", [field("next", 1)], 1, array_len=2), field("channels[0].next", 1)
    )
    assert cut(sent, b"abc") == [
        ("channels[0].next", b"a"),
        ("channels[1].next", b"b"),
        ("channels[0].next#2", b"c"),
    ]


def test_an_old_style_section_is_one_buffer():
    sent = parse(
        {
            "name": "slirp",
            "instance_id": 0,
            "size": 3,
            "fields": [{"name": "data", "size": 3, "type": "buffer"}],
        }
    )
    assert sent.wire_size() == 3
    assert cut(sent, b"abc") == [("data", b"abc")]


def test_elements_of_no_bytes_are_no_work_however_many_they_are():
    many = 1 << 60
    sent = device(
        field("a", 0, array_len=many),
        struct("s", [field("x", 0)], 0, array_len=many),
        field("b", 1),
    )
    assert cut(sent, b"z") == [("b", b"z")]


def test_elements_that_are_more_than_there_are_bytes_are_cut_as_far_as_these_go():
    many = 1 << 60
    found = cut(device(field("a", 2, array_len=many)), b"abcde")
    assert found == [("a[0]", b"ab"), ("a[1]", b"cd"), ("?", b"e")]
    sent = device(struct("s", [field("x", 2)], 2, array_len=many))
    assert cut(sent, b"abcde") == [("s[0].x", b"ab"), ("s[1].x", b"cd"), ("?", b"e")]


def test_leaves_of_one_type_and_size_are_one_run():
    sent = device(field("a", 2, array_len=3), field("b", 4))
    assert leaf_runs(sent, bytes(10)) == [
        (["a[0]", "a[1]", "a[2]"], "uint8", 0, 2),
        (["b"], "uint8", 6, 4),
    ]


def test_empty_fields_have_no_leaf():
    assert cut(device(field("a", 0, "buffer"), field("b", 1)), b"b") == [("b", b"b")]


FIELDS = st.recursive(
    st.builds(
        field,
        st.sampled_from("abc"),
        st.integers(0, 5),
        st.sampled_from(["uint8", "buffer", "qtailq", "gtree"]),
        array_len=st.integers(0, 4),
    ),
    lambda inner: st.builds(
        struct,
        st.sampled_from("xyz"),
        st.lists(inner, max_size=4),
        st.integers(0, 30),
        subsections=st.lists(st.builds(sub, st.just("dev/x"), st.lists(inner, max_size=2))),
    ),
    max_leaves=10,
)


@given(st.lists(FIELDS, max_size=5), st.binary(max_size=60))
def test_whatever_the_description_says_every_leaf_is_where_it_says(fields, body):
    found = leaves(device(*fields), body)
    end = 0
    for leaf in found:
        assert leaf.offset >= end
        end = leaf.offset + len(leaf.data)
        assert body[leaf.offset : end] == leaf.data
        assert leaf.data
    assert end <= len(body)
    assert len({leaf.path for leaf in found}) == len(found)


@given(st.lists(st.integers(1, 9), max_size=6), st.binary(max_size=20))
def test_plain_fields_and_the_unknown_rest_add_up_to_the_body(sizes, more):
    body = bytes(sum(sizes)) + more
    sent = device(*(field(f"f{number}", size) for number, size in enumerate(sizes)))
    assert b"".join(leaf.data for leaf in leaves(sent, body)) == body


def test_what_is_told_as_a_null_pointer_and_is_none_is_not_taken_for_one():
    sent = device(field("p", 1, "struct", struct={}, array_len=2))
    assert leaves(sent, b"0\x01") == [
        Leaf("p[0]", "nullptr", 0, b"0"),
        Leaf("p[1]", "struct", 1, b"\x01"),
    ]


def test_a_null_pointer_among_structs_is_an_empty_one():
    null = field("p", 1, "struct", struct={}, index=0)
    sent = device(null, {**struct("p", [field("x", 1)], 1), "index": 1})
    assert [len(entry.elements) for entry in sent.body.fields] == [0, 1]
    assert leaves(sent, b"0\x07") == [
        Leaf("p[0]", "nullptr", 0, b"0"),
        Leaf("p[1].x", "uint8", 1, b"\x07"),
    ]
