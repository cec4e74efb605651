"""Items in a channel: as what they mean, or as bytes where they mean nothing else."""

import pytest

from vmstate.containers.items import MOST_NESTED, pass_items
from vmstate.containers.packed import PackedGet, PackedPut
from vmstate.containers.structure import Leaf, Part
from vmstate.errors import StreamError


def through(*items):
    """Return the tags that *items* went under, and what came out."""
    put = PackedPut()
    put.begin("section")
    pass_items(Tagged(put), items)
    get = PackedGet(7, put.payload)
    get.begin(None)
    return put.tags, pass_items(get, None)


class Tagged:
    """A channel that keeps the tags."""

    def __init__(self, channel):
        self._channel = channel
        channel.tags = []

    def begin(self, tag):
        self._channel.tags.append(tag)
        return self._channel.begin(tag)

    def __getattr__(self, name):
        return getattr(self._channel, name)


@pytest.mark.parametrize(
    ("leaf", "tag"),
    [
        (Leaf("a", "uint8", 1, b"\xff"), "integer"),
        (Leaf("a", "int64", 8, b"\xff" * 8), "integer"),
        (Leaf("a", "int32 equal", 4, b"\0\0\0\1"), "integer"),
        (Leaf("a", "timer", 8, b"\xff" * 8), "integer"),
        (Leaf("a", "bool", 1, b"\1"), "boolean"),
        (Leaf("a", "bool", 1, b"\0\1\1", is_array=True), "booleans"),
        (Leaf("a", "uint16", 2, b"\xff\xff\0\1", is_array=True), "integers"),
        (Leaf("a", "int16", 2, b"\xff\xff\0\1", is_array=True), "integers"),
        # These mean nothing that would make the same bytes again.
        (Leaf("a", "bool", 1, b"\2"), "bytes"),
        (Leaf("a", "buffer", 3, b"abc"), "bytes"),
        (Leaf("a", "virtio", 2, b"ab"), "bytes"),
        (Leaf("?", "?", 1, b"a"), "bytes"),
        (Leaf("a", "uint8", 9, b"123456789"), "bytes"),
    ],
)
def test_a_leaf_goes_through_as_what_it_means(leaf, tag):
    tags, (back,) = through(leaf)
    assert tags == [tag]
    assert back == leaf


def test_an_array_that_has_no_meaning_keeps_its_bytes():
    tags, (back,) = through(Leaf("a", "bool", 1, b"\1\2", is_array=True))
    assert tags == ["bytes"]
    assert back.data == b"\1\2"


def test_descriptions_and_subsections_go_with_names_and_versions():
    inside = (Leaf("a", "uint8", 1, b"\1"),)
    items = (
        Part("regs[0]", "reg", 3, inside),
        Part("chip/sub", "chip/sub", 2, (Part("x", "y", 0, ()),), is_subsection=True),
    )
    tags, back = through(*items)
    assert tags == ["struct", "integer", "subsection", "struct"]
    assert back == items


def test_what_is_no_item_is_refused():
    put = PackedPut()
    put.begin("section")
    put.begin_list("items", 1)
    put.begin("eof")
    put.end()
    get = PackedGet(7, put.payload)
    get.begin(None)
    with pytest.raises(StreamError) as caught:
        pass_items(get, None)
    assert str(caught.value) == "items: 'eof' is nothing that a section has in it"


@pytest.mark.parametrize("size", [0, 9])
def test_an_integer_of_a_size_that_no_field_has_is_refused(size):
    put = PackedPut()
    put.begin("section")
    put.begin_list("items", 1)
    put.begin("integer")
    put.text("name", "count")
    put.text("type", "uint8")
    put.integer("size", size, 1)
    put.end()
    get = PackedGet(7, put.payload)
    get.begin(None)
    with pytest.raises(StreamError) as caught:
        pass_items(get, None)
    assert str(caught.value) == f"count: an integer of {size} bytes, expected 1 to 8"


def test_descriptions_can_be_nested_as_deep_as_devices_do_and_not_without_end():
    def nested(depth):
        return () if not depth else (Part("x", "y", 0, nested(depth - 1)),)

    assert through(*nested(MOST_NESTED))[1] == nested(MOST_NESTED)
    with pytest.raises(StreamError) as caught:
        through(*nested(MOST_NESTED + 1))
    assert caught.value.why == "descriptions nested more than 32 deep"
