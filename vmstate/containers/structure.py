"""What is inside a device's section: leaves and embedded descriptions, as a tree.

Owns making the tree of a section's body by the vmdesc, and the same body of the tree; and
bringing the two together where the vmdesc comes last in the stream.  It knows no container.

A tree always makes the bytes that it was made of: what the vmdesc does not account for, and
the marks and counts of queues and trees, are leaves as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from vmstate.errors import StreamError
from vmstate.leaves import UNKNOWN
from vmstate.stream import Content, Event, MappedBytes, RamPages, Section, VmdescText
from vmstate.vmdesc import (
    SentDescription,
    SentDevice,
    SentField,
    Vmdesc,
    parse_vmdesc,
    subsection_header,
)

#: Type of a leaf that holds what stands around the elements of a queue or tree.
FRAMING = "framing"
#: Bytes of events that are held back, at most, until the vmdesc comes that tells of them.
MOST_HELD = 1 << 26

_QUEUES = frozenset({"qtailq", "qlist"})
#: Bytes of a tree's key that is an integer.
_PLAIN_KEY = 8


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field with no fields in it, or an array of such.

    Attributes:
        name: its name among its siblings; those of an array have one.
        type: the codec's name; ``?`` for bytes that nothing accounts for.
        size: bytes of one element.
        data: bytes of all elements.
        is_array: whether the vmdesc has more than one element here.
    """

    name: str
    type: str
    size: int
    data: bytes
    is_array: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """An embedded description, or a subsection.

    Attributes:
        name: the field's name, with an index in an array; of a subsection its description's.
        description: name of its description.
        version_id: version of that.
        items: what is in it.
        is_subsection: whether QEMU writes a header in front of it.
    """

    name: str
    description: str
    version_id: int
    items: Items
    is_subsection: bool = False


Item: TypeAlias = "Leaf | Part"
Items: TypeAlias = "tuple[Item, ...]"


def items_bytes(items: Iterable[Item]) -> bytes:
    """Return the bytes that QEMU has for *items*.

    Raises:
        StreamError: the name or version of a subsection does not fit into its header.
    """
    return b"".join(map(_item_bytes, items))


def _item_bytes(item: Item) -> bytes:
    if isinstance(item, Leaf):
        return item.data
    body = items_bytes(item.items)
    if not item.is_subsection:
        return body
    return _header(item.description, item.version_id) + body


def _header(name: str, version_id: int) -> bytes:
    if len(name.encode()) > 0xFF:
        raise StreamError("its name is longer than 255 bytes", path=name)
    return subsection_header(SentDescription(name, version_id, ()))


def plain_items(body: bytes) -> Items:
    """Return a body of which nothing is known."""
    return (Leaf(UNKNOWN, UNKNOWN, len(body), body),) if body else ()


def section_items(body: bytes, sent: SentDevice | None) -> Items:
    """Return the tree of a section's *body*, which *sent* describes.

    From the first byte on that it does not account for, the rest of the innermost struct
    is one leaf.
    """
    if sent is None:
        return plain_items(body)
    try:
        items, stop = _Cutter(body).description(sent.body, 0, len(body))
        items = (*items, *_rest(body, stop, len(body)))
        # Names go through containers that have them in UTF-8; a vmdesc can have others.
        _check_names(items)
    except (StreamError, UnicodeEncodeError, OverflowError):
        return plain_items(body)
    return items if items_bytes(items) == body else plain_items(body)


def _check_names(items: Items) -> None:
    for item in items:
        item.name.encode()
        if isinstance(item, Leaf):
            item.type.encode()
        else:
            _header(item.description, item.version_id)
            _check_names(item.items)


def _rest(body: bytes, offset: int, end: int) -> Items:
    data = body[offset:end]
    return (Leaf(UNKNOWN, UNKNOWN, len(data), data),) if data else ()


class _Cutter:
    """Cuts one body.

    Each method returns what it found and the offset at which it could go no further.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body

    def description(self, sent: SentDescription, offset: int, limit: int) -> tuple[Items, int]:
        """Cut the fields and subsections of one description."""
        items: list[Item] = []
        for field, name, count in _runs(sent.fields):
            end = offset + field.size * count
            if end > limit:
                return tuple(items), offset
            items += self._field(field, name, offset, end, is_array=count > 1)
            offset = end
        for sub in sent.subsections:
            header = subsection_header(sub)
            start = offset + len(header)
            if start > limit or self._body[offset:start] != header:
                return tuple(items), offset
            inner, offset = self.description(sub, start, limit)
            items.append(Part(sub.name, sub.name, sub.version, inner, is_subsection=True))
        return tuple(items), offset

    def _field(
        self, field: SentField, name: str, offset: int, end: int, *, is_array: bool
    ) -> Items:
        if field.type in _QUEUES or field.type == "gtree":
            inner, stop = self._elements(field, offset, end)
            return (Part(name, field.type, 0, (*inner, *_rest(self._body, stop, end))),)
        if field.elements:
            sent = field.elements[0]
            inner, stop = self.description(sent, offset, end)
            inner = (*inner, *_rest(self._body, stop, end))
            return (Part(name, sent.name, sent.version, inner),)
        if offset == end:
            return ()
        return (Leaf(name, field.type, field.size, self._body[offset:end], is_array),)

    def _elements(self, field: SentField, offset: int, end: int) -> tuple[Items, int]:
        """Cut a queue, or a tree, which is a count and a queue of keys and values.

        Before each element stands a byte 1, behind the last a byte 0.  A key is described
        where it is a struct; a plain one is eight bytes.
        """
        items: list[Item] = []
        parts = list(field.elements)
        has_keys = False
        if field.type == "gtree":
            count = int.from_bytes(self._body[offset : offset + 4])
            has_keys = len(parts) == 2 * count
            if offset + 4 > end or len(parts) not in (count, 2 * count):
                return (), offset
            items.append(self._framing("nodes", offset, 4))
            offset += 4
        is_tree, reached = bool(items), 0
        while parts:
            if offset >= end or self._body[offset] != 1:
                return tuple(items), offset
            items.append(self._framing(f"[{reached}].next", offset, 1))
            offset += 1
            if is_tree and not has_keys:
                if offset + _PLAIN_KEY > end:
                    return tuple(items), offset
                key = self._body[offset : offset + _PLAIN_KEY]
                items.append(Leaf(f"[{reached}].key", "uint64", _PLAIN_KEY, key))
                offset += _PLAIN_KEY
            names = (f"[{reached}].key", f"[{reached}]") if has_keys else (f"[{reached}]",)
            for name in names:
                sent = parts.pop(0)
                inner, offset = self.description(sent, offset, end)
                items.append(Part(name, sent.name, sent.version, inner))
            reached += 1
        if offset < end and not self._body[offset]:
            items.append(self._framing("end", offset, 1))
            offset += 1
        return tuple(items), offset

    def _framing(self, name: str, offset: int, size: int) -> Leaf:
        return Leaf(name, FRAMING, size, self._body[offset : offset + size])


def _runs(fields: Iterable[SentField]) -> Iterator[tuple[SentField, str, int]]:
    """Yield fields with their names and how many elements are taken together.

    Elements with fields in them come one by one.  Releases differ in where they give an
    index; a name that occurs again is the next element of the same array.
    """
    entries = Counter(field.name for field in fields)
    reached: Counter[str] = Counter()
    for field in fields:
        is_struct = bool(field.elements) or field.type in _QUEUES or field.type == "gtree"
        if field.index is not None:
            reached[field.name] = field.index
        is_numbered = field.is_array or entries[field.name] > 1
        if field.count > 1 and not is_struct:
            yield field, field.name, field.count
            reached[field.name] += field.count
            continue
        for _ in range(field.count):
            yield field, f"{field.name}[{reached[field.name]}]" if is_numbered else field.name, 1
            reached[field.name] += 1


def structured(
    events: Iterable[Event], most_held: int = MOST_HELD
) -> Iterator[tuple[Event, Items]]:
    """Yield *events*, each section with the tree of its body, the others with nothing.

    The vmdesc is behind the sections, so they are held back until it comes, with what is
    between; where that gets more than *most_held* bytes they go without one.
    """
    held: list[Event] = []
    size = passed = 0
    for event in events:
        if isinstance(event, VmdescText):
            yield from _released(held, passed, _vmdesc(event))
            passed += _sections(held)
            held, size = [], 0
            yield event, ()
        elif held or isinstance(event, Section):
            held.append(event)
            size += _size(event)
            if size > most_held:
                yield from _released(held, passed, None)
                passed += _sections(held)
                held, size = [], 0
        else:
            yield event, ()
    yield from _released(held, passed, None)


def _vmdesc(event: VmdescText) -> Vmdesc | None:
    try:
        return parse_vmdesc(event.text)
    except StreamError:
        return None


def _sections(events: Iterable[Event]) -> int:
    return sum(isinstance(event, Section) for event in events)


def _size(event: Event) -> int:
    if isinstance(event, Section):
        return len(event.body)
    return len(event.data) if isinstance(event, RamPages | MappedBytes | Content) else 0


def _released(
    held: Iterable[Event], passed: int, vmdesc: Vmdesc | None
) -> Iterator[tuple[Event, Items]]:
    """Yield what was held, *passed* sections of the stream being out already."""
    devices = () if vmdesc is None else vmdesc.devices[passed:]
    reached = 0
    for event in held:
        if not isinstance(event, Section):
            yield event, ()
            continue
        sent = devices[reached] if reached < len(devices) else None
        if sent is not None and (sent.idstr, sent.instance_id) != (event.idstr, event.instance_id):
            sent = None
        yield event, section_items(event.body, sent)
        reached += 1
