"""The tree of a section: everything in its place, and the same bytes of it."""

import json

import pytest
from hypothesis import given

from tests.support.stream_events import PAGE, description, devices
from vmstate.containers.structure import (
    Leaf,
    Part,
    items_bytes,
    plain_items,
    section_items,
    structured,
)
from vmstate.errors import StreamError
from vmstate.stream import Content, Eof, RamPages, Section, Tail, VmdescText
from vmstate.vmdesc import SentDescription, SentDevice, SentField, parse_vmdesc


def sent(fields, subsections=()):
    """Return what a vmdesc says of one device."""
    device = {"name": "dev", "instance_id": 0, "vmsd_name": "chip", "version": 1, "fields": fields}
    if subsections:
        device["subsections"] = list(subsections)
    return parse_vmdesc(json.dumps({"page_size": PAGE, "devices": [device]}).encode()).devices[0]


def field(name, kind, size, **more):
    return {"name": name, "type": kind, "size": size, **more}


def inner(name, *fields, version=1, **more):
    return {"vmsd_name": name, "version": version, "fields": list(fields), **more}


def cut(body, fields, subsections=()):
    items = section_items(body, sent(fields, subsections))
    assert items_bytes(items) == body
    return items


BYTE = field("byte", "uint8", 1)


def byte(data, name="byte"):
    return Leaf(name, "uint8", 1, data)


def test_leaves_have_their_names_types_and_sizes():
    body = b"\1\2\3\4"
    assert cut(body, [field("a", "uint8", 1), field("b", "uint16", 2), field("c", "bool", 1)]) == (
        Leaf("a", "uint8", 1, b"\1"),
        Leaf("b", "uint16", 2, b"\2\3"),
        Leaf("c", "bool", 1, b"\4"),
    )


def test_an_array_of_leaves_is_one_leaf():
    assert cut(b"abcdef", [field("a", "uint16", 2, array_len=3)]) == (
        Leaf("a", "uint16", 2, b"abcdef", is_array=True),
    )


def test_elements_told_one_by_one_have_their_numbers():
    fields = [field("a", "uint8", 1, index=1), field("a", "uint8", 1), field("b", "uint8", 1)]
    assert [item.name for item in cut(b"xyz", fields)] == ["a[1]", "a[2]", "b"]


def test_a_struct_has_the_name_and_version_of_its_description():
    fields = [field("s", "struct", 1, struct=inner("reg", BYTE, version=7)), BYTE]
    assert cut(b"\1\2", fields) == (Part("s", "reg", 7, (byte(b"\1"),)), byte(b"\2"))


def test_an_array_of_structs_is_one_struct_after_the_other():
    fields = [field("s", "struct", 1, struct=inner("reg", BYTE), array_len=2)]
    assert [item.name for item in cut(b"\1\2", fields)] == ["s[0]", "s[1]"]


def test_a_subsection_has_no_header_of_its_own_any_more():
    body = b"\1" + b"\x05\x08chip/sub" + (3).to_bytes(4) + b"\2"
    items = cut(body, [BYTE], [inner("chip/sub", BYTE, version=3)])
    assert items == (
        byte(b"\1"),
        Part("chip/sub", "chip/sub", 3, (byte(b"\2"),), is_subsection=True),
    )


def test_a_subsection_that_is_not_there_is_bytes_of_no_type():
    items = cut(b"\1rest", [BYTE], [inner("chip/sub", BYTE)])
    assert items == (byte(b"\1"), Leaf("?", "?", 4, b"rest"))


def test_a_queue_is_its_elements_and_what_stands_between_them():
    fields = [field("q", "qtailq", 3, **inner("element", BYTE)), BYTE]
    (queue, last) = cut(b"\1\7\0\x09", fields)
    assert queue == Part(
        "q",
        "qtailq",
        0,
        (
            Leaf("[0].next", "framing", 1, b"\1"),
            Part("[0]", "element", 1, (byte(b"\7"),)),
            Leaf("end", "framing", 1, b"\0"),
        ),
    )
    assert last == byte(b"\x09")


def test_a_tree_with_plain_keys_is_a_count_and_keys_and_values():
    body = (1).to_bytes(4) + b"\1" + (9).to_bytes(8) + b"\7" + b"\0"
    ((tree),) = cut(body, [field("t", "gtree", len(body), **inner("node", BYTE))])
    assert [item.name for item in tree.items] == ["nodes", "[0].next", "[0].key", "[0]", "end"]
    assert tree.items[2] == Leaf("[0].key", "uint64", 8, (9).to_bytes(8))


def test_a_tree_whose_keys_are_structs_has_them_described():
    body = (1).to_bytes(4) + b"\1\5\7\0"
    entry = json.dumps(field("t", "gtree", len(body)))[:-1]
    pair = [json.dumps(inner(name, BYTE))[1:-1] for name in ("key", "value")]
    text = (
        f'{{"page_size": 1024, "devices": [{{"name": "dev", "instance_id": 0, "vmsd_name": "c", '
        f'"version": 1, "fields": [{entry}, {pair[0]}, {pair[1]}}}]}}]}}'
    )
    device = parse_vmdesc(text.encode()).devices[0]
    (tree,) = section_items(body, device)
    assert [item.name for item in tree.items] == ["nodes", "[0].next", "[0].key", "[0]", "end"]
    assert tree.items[2] == Part("[0].key", "key", 1, (byte(b"\5"),))
    assert items_bytes((tree,)) == body


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("qtailq", b"\2\7\0"),
        ("qtailq", b""),
        ("gtree", (9).to_bytes(4) + b"\1\7\0"),
        ("gtree", b"\0\0"),
        ("gtree", (1).to_bytes(4) + b"\1\7"),
        ("gtree", (1).to_bytes(4) + b"\2" + bytes(9)),
        ("qtailq", b"\1\7\3"),
    ],
)
def test_what_a_queue_or_tree_should_not_have_is_bytes_of_no_type(kind, body):
    (part,) = cut(body, [field("x", kind, len(body), **inner("node", BYTE))])
    left = part.items[-1:]
    assert all(item.type == "?" for item in left)
    assert bool(left) == bool(body)


def test_a_field_that_reaches_behind_the_section_is_bytes_of_no_type():
    assert cut(b"\1\2", [BYTE, field("long", "uint32", 4)]) == (
        byte(b"\1"),
        Leaf("?", "?", 1, b"\2"),
    )
    assert cut(b"\1", [field("empty", "buffer", 0), BYTE]) == (byte(b"\1"),)


def test_a_section_that_nothing_describes_is_one_leaf():
    assert section_items(b"body", None) == plain_items(b"body") == (Leaf("?", "?", 4, b"body"),)
    assert plain_items(b"") == ()


def test_names_that_are_no_text_make_the_section_one_leaf():
    assert cut(b"\1", [field("\ud800", "uint8", 1)]) == plain_items(b"\1")
    nested = SentField("s", "struct", 1, elements=(SentDescription("d" * 256, 1, ()),))
    device = SentDevice("dev", 0, SentDescription("chip", 1, (nested,)))
    assert section_items(b"\1", device) == plain_items(b"\1")


def test_a_subsection_with_a_name_too_long_for_its_header_is_refused():
    part = Part("x", "x" * 256, 1, (), is_subsection=True)
    with pytest.raises(StreamError) as caught:
        items_bytes((part,))
    assert caught.value.why == "its name is longer than 255 bytes"
    assert caught.value.path == "x" * 256


@given(device=description())
def test_a_body_is_cut_to_the_last_byte_where_its_vmdesc_is_true(device):
    entry = {"name": "dev", "instance_id": 0, **device.entry}
    text = json.dumps({"page_size": PAGE, "devices": [entry]}).encode()
    items = section_items(device.data, parse_vmdesc(text).devices[0])
    assert items_bytes(items) == device.data
    assert '"?"' not in repr(items).replace("'", '"')


@given(drawn=devices())
def test_sections_are_held_back_until_their_vmdesc_comes(drawn):
    sections, vmdesc = drawn
    events = [Tail(b"before"), *sections, Content(b"between"), Eof(), vmdesc, Tail(b"behind")]
    assert [event for event, _ in structured(events)] == events
    for event, items in structured(events):
        assert items_bytes(items) == (event.body if isinstance(event, Section) else b"")


def one(idstr, body=b"\1", instance=0):
    return Section(1, idstr, instance, 1, body)


def vmdesc_of(*keys):
    devices = [
        {"name": name, "instance_id": number, **inner("chip", BYTE)} for name, number in keys
    ]
    return VmdescText(json.dumps({"page_size": PAGE, "devices": devices}).encode())


def test_each_section_is_told_by_its_own_entry():
    events = [one("a"), one("b"), one("c"), vmdesc_of(("a", 0), ("b", 1))]
    names = [items[0].name for event, items in structured(events) if items]
    # The second has another instance, the third no entry.
    assert names == ["byte", "?", "?"]


def test_what_is_held_for_too_long_goes_without_a_vmdesc():
    pages = RamPages("pc.ram", True, 0, PAGE, 1, bytes(PAGE), PAGE)
    events = [one("early"), pages, Eof(), one("late"), vmdesc_of(("early", 0), ("late", 0))]
    told = list(structured(iter(events), most_held=PAGE))
    assert [event for event, _ in told] == events
    assert [items[0].name for event, items in told if items] == ["?", "byte"]


@pytest.mark.parametrize("text", [b"no JSON", b'{"page_size": 4096}'])
def test_a_vmdesc_that_can_not_be_read_tells_nothing(text):
    events = [one("a"), VmdescText(text)]
    assert [items for _, items in structured(events)] == [plain_items(b"\1"), ()]
