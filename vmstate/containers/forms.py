"""The forms of events: which record each is in a channel, with which values in which order.

Declared once; every container is derived from it.  Source: :mod:`vmstate.stream.events`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from vmstate.channel import Channel, begin_as
from vmstate.containers.items import pass_items
from vmstate.containers.structure import Items, items_bytes
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import (
    Command,
    Configuration,
    ConfigurationPart,
    Content,
    Eof,
    Event,
    Header,
    Kind,
    MappedBlock,
    MappedBytes,
    PackageEnd,
    RamBlock,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
    Section,
    SectionBegin,
    SectionEnd,
    Tail,
    VmdescText,
)
from vmstate.stream.events import Bytes

#: Bytes of guest memory and of other large content that one record holds, at most.
PIECE = 1 << 18
#: Zero pages in one record, at most: few bytes that could stand for any number of QEMU's.
MOST_ZEROS = 1 << 20

Shape = Callable[[Channel, str, Any], Any]


def _number(size: int) -> Shape:
    return lambda channel, name, value: channel.integer(name, value, size)


def _number_if_given(size: int) -> Shape:
    def shape(channel: Channel, name: str, value: int | None) -> int | None:
        # None is a value here, so it can't tell the direction; a channel that gets
        # ignores what it is given.
        is_given = channel.given(name, value is not None)
        return channel.integer(name, value, size) if is_given else None

    return shape


def _flag(channel: Channel, name: str, value: bool | None) -> bool:  # noqa: FBT001 - it is the value
    return channel.boolean(name, value)


def _text(channel: Channel, name: str, value: str | None) -> str:
    return channel.text(name, value)


def _data(channel: Channel, name: str, value: Bytes | None) -> bytes:
    return channel.data(name, value)


def _kind(channel: Channel, name: str, value: Kind | None) -> Kind:
    number = channel.integer(name, value, 1)
    if number not in (Kind.START, Kind.PART, Kind.END):
        raise StreamError(f"{number} is no kind of a part, expected 1, 2 or 3", path=name)
    return Kind(number)


_MAPPED = (("version", 4), ("page_size", 8), ("bitmap_offset", 8), ("pages_offset", 8))


def _mapped(channel: Channel, name: str, value: MappedBlock | None) -> MappedBlock | None:
    """Pass a list of one, or of none."""
    count = channel.begin_list(name, int(value is not None))
    if count > 1:
        raise StreamError(f"{count} entries, expected one at most", path=name)
    mapped = None
    if count:
        begin_as(channel, "mapped_block")
        numbers = [
            channel.integer(field, getattr(value, field, None), size) for field, size in _MAPPED
        ]
        mapped = MappedBlock(*numbers)
        channel.end()
    channel.end_list()
    return mapped


# Subsections of the configuration ---------------------------------------------------------

_PARTS: Mapping[str, tuple[str, type]] = MappingProxyType(
    {
        "target_page_bits": ("configuration/target-page-bits", int),
        "capabilities": ("configuration/capabilities", tuple),
        "uuid": ("configuration/uuid", bytes),
    }
)
_PART_TAGS = {name: (tag, kind) for tag, (name, kind) in _PARTS.items()}


def _parts(
    channel: Channel, name: str, value: tuple[ConfigurationPart, ...] | None
) -> tuple[ConfigurationPart, ...]:
    count = channel.begin_list(name, None if value is None else len(value))
    parts = tuple(
        _part(channel, None if value is None else value[number]) for number in range(count)
    )
    channel.end_list()
    return parts


def _part(channel: Channel, part: ConfigurationPart | None) -> ConfigurationPart:
    tag = None
    if part is not None:
        tag, kind = _PART_TAGS.get(part.name, (None, object))
        if tag is None or not isinstance(part.value, kind):
            raise EncodeError(part.name, part.value, "no subsection of the configuration")
    tag = channel.begin(tag)
    if tag not in _PARTS:
        raise StreamError(f"{tag!r} is no subsection of the configuration", path="configuration")
    version_id = channel.integer("version_id", getattr(part, "version_id", None), 4)
    given = getattr(part, "value", None)
    value: int | tuple[str, ...] | bytes
    if tag == "target_page_bits":
        value = channel.integer("bits", given, 4)
    elif tag == "uuid":
        value = channel.data("value", given)
    else:
        value = _names(channel, given)
    channel.end()
    return ConfigurationPart(_PARTS[tag][0], version_id, value)


def _names(channel: Channel, names: tuple[str, ...] | None) -> tuple[str, ...]:
    count = channel.begin_list("names", None if names is None else len(names))
    result = []
    for number in range(count):
        begin_as(channel, "name")
        result.append(channel.text("name", None if names is None else names[number]))
        channel.end()
    channel.end_list()
    return tuple(result)


# Values with a form of their own ----------------------------------------------------------


def _vmdesc(channel: Channel, name: str, value: bytes | None) -> bytes:
    """Pass the JSON of a vmdesc as text, as far as it is text."""
    text = None
    with suppress(UnicodeDecodeError):
        text = None if value is None else value.decode()
    if channel.given(name, text is not None):
        return channel.text(name, text).encode()
    return channel.data(f"{name}_bytes", value)


def _items(channel: Channel, _: str, value: Items | None) -> Items:
    return pass_items(channel, value)


def _pages(event: RamPages) -> Bytes:
    """Return the pages of an event without what stands between them."""
    size, stride, count = event.page_size, event.stride, event.count
    if stride == size:
        return event.data[: size * count]
    return b"".join(event.data[at : at + size] for at in range(0, stride * count, stride))


# The forms --------------------------------------------------------------------------------


class Form(NamedTuple):
    """One event's form.

    Attributes:
        type: the event.
        fields: its attributes with their shapes, in order.
        make: makes the event of its values.
    """

    type: type[Any]
    fields: tuple[tuple[str, Shape], ...]
    make: Callable[..., Any]


def _section(
    section_id: int,
    idstr: str,
    instance_id: int,
    version_id: int,
    *,
    has_footer: bool,
    items: Items,
) -> Section:
    return Section(section_id, idstr, instance_id, version_id, items_bytes(items), has_footer)


def _ram_pages(
    block: str, address: int, page_size: int, count: int, data: bytes, *, is_named: bool
) -> RamPages:
    if not page_size or len(data) != page_size * count:
        raise StreamError(
            f"{len(data)} bytes, expected {count} pages of {page_size}", path="ram, pages"
        )
    return RamPages(block, is_named, address, page_size, count, data, page_size)


def _zero_count(channel: Channel, name: str, value: int | None) -> int:
    count = channel.integer(name, value, 4)
    if count > MOST_ZEROS:
        raise StreamError(f"{count} pages, expected at most {MOST_ZEROS} in a record", path=name)
    return count


_U8, _U16, _U32, _U64 = (_number(size) for size in (1, 2, 4, 8))
_SECTION: tuple[tuple[str, Shape], ...] = (
    ("section_id", _U32),
    ("idstr", _text),
    ("instance_id", _U32),
    ("version_id", _U32),
)
_PAGE: tuple[tuple[str, Shape], ...] = (("block", _text), ("is_named", _flag), ("address", _U64))


def _form(kind: type[Any], *fields: tuple[str, Shape]) -> Form:
    return Form(kind, fields, kind)


#: Every event's form by its tag, in the order of the tags' numbers.
FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "header": _form(Header, ("version", _U32)),
        "configuration": _form(Configuration, ("machine", _text), ("parts", _parts)),
        "command": _form(Command, ("number", _U16), ("payload", _data)),
        "package_end": _form(PackageEnd),
        "section_begin": _form(SectionBegin, ("kind", _kind), *_SECTION),
        "section_end": _form(SectionEnd, ("section_id", _U32), ("has_footer", _flag)),
        "section": Form(Section, (*_SECTION, ("has_footer", _flag), ("items", _items)), _section),
        "content": _form(Content, ("data", _data)),
        "ram_block": _form(
            RamBlock,
            ("name", _text),
            ("size", _U64),
            ("page_size", _number_if_given(8)),
            ("address", _number_if_given(8)),
            ("mapped", _mapped),
        ),
        "mapped_bytes": _form(MappedBytes, ("data", _data)),
        "ram_pages": Form(
            RamPages, (*_PAGE, ("page_size", _U32), ("count", _U32), ("data", _data)), _ram_pages
        ),
        "ram_zeros": _form(RamZeros, *_PAGE, ("step", _U32), ("count", _zero_count), ("fill", _U8)),
        "ram_encoded": _form(RamEncoded, ("flag", _U16), *_PAGE, ("method", _U8), ("data", _data)),
        "ram_word": _form(RamWord, ("flag", _U16), ("address", _U64)),
        "eof": _form(Eof),
        "vmdesc": _form(VmdescText, ("text", _vmdesc)),
        "tail": _form(Tail, ("data", _data)),
    }
)
_TAGS = {form.type: tag for tag, form in FORMS.items()}


def put_event(channel: Channel, event: Event, items: Items = ()) -> None:
    """Put *event*; of a section, *items* is what its body consists of.

    Raises:
        EncodeError: it holds what its form has no place for.
    """
    tag = _TAGS[type(event)]
    channel.begin(tag)
    for name, shape in FORMS[tag].fields:
        value: Any
        if isinstance(event, Section) and name == "items":
            value = items
        elif isinstance(event, RamPages) and name == "data":
            value = _pages(event)
        else:
            value = getattr(event, name)
        shape(channel, name, value)
    channel.end()


def get_event(channel: Channel) -> Event:
    """Get the next event.

    Raises:
        StreamError: what comes is none.
    """
    tag = channel.begin(None)
    form = FORMS.get(tag)
    if form is None:
        raise StreamError(f"{tag!r} is no event, expected one of {', '.join(FORMS)}")
    values = {name: shape(channel, name, None) for name, shape in form.fields}
    channel.end()
    event: Event = form.make(**values)
    return event


def in_pieces(event: Event) -> Iterator[Event]:
    """Yield *event*, or several that mean the same if it is large."""
    if isinstance(event, RamPages):
        yield from _fewer_pages(event)
    elif isinstance(event, RamZeros) and event.count > MOST_ZEROS:
        for first in range(0, event.count, MOST_ZEROS):
            count = min(MOST_ZEROS, event.count - first)
            address = event.address + first * event.step
            yield replace(event, is_named=False, address=address, count=count)
    elif isinstance(event, Content | MappedBytes | Tail) and len(event.data) > PIECE:
        for start in range(0, len(event.data), PIECE):
            data = event.data[start : start + PIECE]
            yield MappedBytes(data) if isinstance(event, MappedBytes) else type(event)(bytes(data))
    else:
        yield event


def _fewer_pages(event: RamPages) -> Iterator[RamPages]:
    size, stride = event.page_size, event.stride
    most = max(PIECE // size, 1)
    if event.count <= most:
        yield event
        return
    for first in range(0, event.count, most):
        count = min(most, event.count - first)
        data = event.data[first * stride : (first + count) * stride]
        # Of more than one page the stream never says whose they are.
        yield replace(
            event, is_named=False, address=event.address + first * size, count=count, data=data
        )
