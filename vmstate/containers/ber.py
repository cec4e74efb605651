"""The BER container: a stream by the ASN.1 schema ``stream.asn1`` beside this module.

The outermost two levels have indefinite length, so that they can be written, and read, as
they come; every event is DER.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from vmstate.containers.forms import get_event, in_pieces, put_event
from vmstate.containers.pieces import Pieces
from vmstate.containers.structure import structured
from vmstate.containers.tree import Record, TreeGet, TreePut
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import Event
from vmstate.stream.events import Bytes

#: File name of the schema, in this package.
SCHEMA = "stream.asn1"
#: Of the schema; a reader refuses another one.
VERSION = 1
_NAME = b"vmstate-stream"
#: Stream, begun; its format.
_BEGIN = b"\x30\x80" + b"\x80" + bytes([len(_NAME)]) + _NAME
#: Its version; its events, begun.
_VERSION = b"\x81\x01"
_EVENTS = b"\xa2\x80"
#: What ends something of indefinite length.
_END = b"\0\0"
#: Bytes of a length, at most: more than any event has.
_MOST_LENGTH = 8


@cache
def _schema() -> Any:  # noqa: ANN401 - asn1tools has no types
    # It takes a third of a second to import, and users of other containers need not wait.
    import asn1tools  # noqa: PLC0415

    text = files("vmstate.containers").joinpath(SCHEMA).read_text("utf-8")
    return asn1tools.compile_string(text, "ber")


class _Notation:
    """ASN.1: names with hyphens, a choice is a pair."""

    @staticmethod
    def name(name: str) -> str:
        return name.replace("_", "-")

    def tagged(self, tag: str, record: Record) -> object:
        return self.name(tag), record

    def untagged(self, value: object) -> tuple[str, Record]:
        match value:
            case (str(tag), dict(record)):
                return tag.replace("-", "_"), record
        raise StreamError(f"{value!r}, expected a record")

    def from_bytes(self, data: Bytes) -> object:
        return bytes(data)

    def to_bytes(self, value: object) -> bytes:
        if not isinstance(value, bytes):
            raise TypeError("no bytes")
        return value


def detect(first: bytes) -> bool:
    """Whether a file that begins with *first* is one of these."""
    return first.startswith(_BEGIN)


def dump(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the bytes of *events*.

    Raises:
        EncodeError: an event holds what its form has no place for.
    """
    yield _BEGIN + _VERSION + bytes([VERSION]) + _EVENTS
    for event, items in structured(events):
        for piece in in_pieces(event):
            channel = TreePut(_Notation())
            try:
                put_event(channel, piece, items)
            except StreamError as error:
                raise EncodeError(error.path, piece, error.why) from error
            yield bytes(_schema().encode("Event", channel.root))
    yield _END + _END


def load(pieces: Iterable[Bytes]) -> Iterator[Event]:
    """Yield the events of the file that *pieces* are.

    Raises:
        StreamError: it is none; the events before are yielded first.
    """
    source = Pieces(pieces)
    _expect(source, _BEGIN)
    _expect(source, _VERSION)
    version = source.take(1, "version")[0]
    if version != VERSION:
        raise StreamError(f"version {version} of the schema, expected {VERSION}", path="version")
    _expect(source, _EVENTS)
    number = 0
    while source.look(len(_END)) != _END:
        path = f"events[{number}]"
        offset = source.offset
        try:
            event = get_event(TreeGet(_decoded(_taken(source, path)), _Notation()))
        except StreamError as error:
            inner = f"{path}.{error.path}" if error.path and error.path != path else path
            raise StreamError(error.why, offset=offset, path=inner) from error
        yield event
        number += 1
    _expect(source, _END + _END)
    if source.want(1):
        raise StreamError("bytes behind the end, expected none", offset=source.offset)


def _expect(source: Pieces, expected: bytes) -> None:
    offset = source.offset
    found = source.look(len(expected))
    if found != expected:
        raise StreamError(f"{found.hex(' ')}, expected {expected.hex(' ')}", offset=offset)
    source.skip(len(expected))


def _taken(source: Pieces, path: str) -> bytes:
    """Take one value: tag, length and content."""
    head = source.take(2, path)
    size = head[1]
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count <= _MOST_LENGTH:
            raise StreamError(f"a length of {count} bytes, expected 1 to {_MOST_LENGTH}", path=path)
        length = source.take(count, path)
        head, size = head + length, int.from_bytes(length)
    return head + source.take(size, path)


def _decoded(data: bytes) -> object:
    from asn1tools import DecodeError  # noqa: PLC0415 - as in _schema

    try:
        value: object = _schema().decode("Event", data)
    except (DecodeError, ValueError, TypeError, IndexError, RecursionError) as error:
        # Those but the first are what asn1tools makes of lengths that are not true.
        raise StreamError(f"no event by the schema: {error}") from error
    return value
