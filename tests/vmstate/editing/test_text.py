"""The text of a vmdesc: read, changed, and written as QEMU writes it."""

import pytest

from vmstate.editing.text import Members, read_text, write_text
from vmstate.errors import StreamError

TEXT = (
    b'{"page_size": 4096, "devices": [{"name": "a\\u00E9\\n", "fields": [], "size": -1}, '
    b'{"vmsd_name": "x", "fields": [{}], "vmsd_name": "y", "fields": [{"n": true}, null, 1.5]}]}'
)


def test_a_text_is_written_as_it_was_read_with_its_repeated_keys():
    assert write_text(read_text(TEXT)) == TEXT


def test_the_first_of_repeated_keys_is_got_and_set_and_dropped():
    node = read_text(b'{"a": 1, "b": "x", "a": 2}')
    assert (node.get("a"), node.get("c")) == (1, None)
    node.set("a", 5)
    node.set("c", [Members([])])
    assert write_text(node) == b'{"a": 5, "b": "x", "a": 2, "c": [{}]}'
    node.drop("a")
    assert write_text(node) == b'{"b": "x", "a": 2, "c": [{}]}'


def test_what_is_of_another_kind_counts_as_missing():
    node = read_text(b'{"text": "x", "number": 7, "list": [1, {"a": 1}], "object": {}}')
    assert (node.number("text", 3), node.number("number"), node.number("none")) == (3, 7, 0)
    assert (node.text("number"), node.text("text")) == ("", "x")
    assert node.objects("list") == [Members([("a", 1)])]
    assert node.objects("object") == node.objects("none") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "vmdesc: it is not JSON: "),
        (b"[" * 100_000, "vmdesc: it is not JSON: "),
        (b"\xff\xfe\xff", "vmdesc: it is not JSON: "),
        (b"[]", "vmdesc: expected a JSON object"),
    ],
)
def test_what_is_no_object_is_refused(text, message):
    with pytest.raises(StreamError) as caught:
        read_text(text)
    assert str(caught.value).startswith(message)
