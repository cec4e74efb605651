"""The forms of what is inside a device's section, in a channel.

A leaf goes through as what it means, a number or a truth value, where that makes the same
bytes again; as bytes where not.  What a type means is known to :mod:`vmstate.decoded`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from vmstate.channel import Channel
from vmstate.containers.structure import Item, Items, Leaf, Part
from vmstate.decoded import value_of
from vmstate.errors import StreamError

#: The largest integer that goes through as such, bytes.
_LARGEST = 8
#: Tags of leaves by what they hold, and whether it is many.
_TAGS = {
    (bool, False): "boolean",
    (bool, True): "booleans",
    (int, False): "integer",
    (int, True): "integers",
}
_PARTS = ("struct", "subsection")
#: How deep descriptions can be nested; QEMU's go to 7.
MOST_NESTED = 32


def pass_items(channel: Channel, items: Items | None, *, depth: int = 0) -> Items:
    """Pass a list of items.

    Raises:
        StreamError: what came is none, or nested deeper than any device is.
    """
    if depth > MOST_NESTED:
        raise StreamError(f"descriptions nested more than {MOST_NESTED} deep", path="items")
    count = channel.begin_list("items", None if items is None else len(items))
    result = tuple(
        _pass_item(channel, None if items is None else items[number], depth)
        for number in range(count)
    )
    channel.end_list()
    return result


def _pass_item(channel: Channel, item: Item | None, depth: int) -> Item:
    values = [] if not isinstance(item, Leaf) else _values(item)
    tag = channel.begin(None if item is None else _tag(item, values))
    result: Item
    if tag in _PARTS:
        result = _pass_part(channel, item if isinstance(item, Part) else None, tag, depth)
    else:
        result = _pass_leaf(channel, item if isinstance(item, Leaf) else None, tag, values)
    channel.end()
    return result


def _tag(item: Item, values: list[Any]) -> str:
    if isinstance(item, Part):
        return _PARTS[item.is_subsection]
    return _TAGS[type(values[0]), item.is_array] if values else "bytes"


def _values(leaf: Leaf) -> list[Any]:
    """Return what the elements of *leaf* mean; nothing if that is open or has no other bytes."""
    size, data = leaf.size, leaf.data
    if not 0 < size <= _LARGEST or len(data) % size or not (leaf.is_array or len(data) == size):
        return []
    meaning = _meaning(leaf.type, size)
    if meaning == "bool":
        return list(map(bool, data)) if max(data, default=0) <= 1 else []
    if meaning is None:
        return []
    return [
        int.from_bytes(data[offset : offset + size], signed=meaning == "signed")
        for offset in range(0, len(data), size)
    ]


@cache
def _meaning(kind: str, size: int) -> str | None:
    """Return what *size* bytes of a type are: ``signed``, ``unsigned``, ``bool``, or open.

    The type is asked, so that its meaning is said in one place.
    """
    one, all_ones = value_of(kind, (1).to_bytes(size)), value_of(kind, b"\xff" * size)
    if one is True and size == 1:
        return "bool"
    if one != 1 or not isinstance(one, int) or not isinstance(all_ones, int):
        return None
    return {-1: "signed", (1 << 8 * size) - 1: "unsigned"}.get(all_ones)


def _pass_part(channel: Channel, part: Part | None, tag: str, depth: int) -> Part:
    is_subsection = tag == _PARTS[True]
    # A subsection has no other name than that of its description.
    name = "" if is_subsection else channel.text("name", getattr(part, "name", None))
    description = channel.text("description", getattr(part, "description", None))
    version_id = channel.integer("version_id", getattr(part, "version_id", None), 4)
    items = pass_items(channel, None if part is None else part.items, depth=depth + 1)
    return Part(name or description, description, version_id, items, is_subsection)


def _pass_leaf(channel: Channel, leaf: Leaf | None, tag: str, values: list[Any]) -> Leaf:
    if tag not in (*_TAGS.values(), "bytes"):
        raise StreamError(f"{tag!r} is nothing that a section has in it", path="items")
    name = channel.text("name", getattr(leaf, "name", None))
    kind = channel.text("type", getattr(leaf, "type", None))
    if tag == "bytes":
        data = channel.data("value", getattr(leaf, "data", None))
        return Leaf(name, kind, len(data), data)
    given = None if leaf is None else values
    if tag == "boolean":
        return Leaf(name, kind, 1, bytes([channel.boolean("value", given[0] if given else None)]))
    if tag == "booleans":
        return Leaf(name, kind, 1, bytes(channel.booleans("value", given)), is_array=True)
    size = channel.integer("size", getattr(leaf, "size", None), 1)
    if not 0 < size <= _LARGEST:
        raise StreamError(f"an integer of {size} bytes, expected 1 to {_LARGEST}", path=name)
    is_signed = channel.boolean(
        "is_signed", None if leaf is None else _meaning(kind, size) == "signed"
    )
    if tag == "integer":
        value = given[0] if given else None
        numbers: Sequence[int] = [channel.integer("value", value, size, is_signed=is_signed)]
    else:
        numbers = channel.integers("value", given, size, is_signed=is_signed)
    data = b"".join(number.to_bytes(size, signed=is_signed) for number in numbers)
    return Leaf(name, kind, size, data, is_array=tag == "integers")
