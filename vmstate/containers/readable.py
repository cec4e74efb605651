"""The JSON container: for people, and for whatever reads JSON.

One object, whose events stand one by one in a list.  Every value of a device is on a line
of its own with its name and type; bytes are hexadecimal; whoever edits a value and loads the
file has edited the stream.  Keys have a fixed order, so two files can be compared.
"""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator

from vmstate.containers.forms import get_event, in_pieces, put_event
from vmstate.containers.structure import structured
from vmstate.containers.tree import Record, TreeGet, TreePut
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import Event
from vmstate.stream.events import Bytes

#: Of this format; a reader refuses another one.
VERSION = 1
_NAME = "vmstate-stream"
_HEAD = re.compile(
    rf'\s*{{\s*"format"\s*:\s*"{_NAME}"\s*,\s*"version"\s*:\s*(\d{{1,9}})\s*,\s*"events"\s*:\s*\['
)
#: Characters in which the head must be.
_MOST_HEAD = 1 << 10
#: Behind the last event.
_TAIL = re.compile(r"\s*\]\s*\}\s*\Z")
_SPACE = re.compile(r"\s*")


class _Notation:
    """JSON: names as they are, a record in an object with its tag as the only key."""

    @staticmethod
    def name(name: str) -> str:
        return name

    def tagged(self, tag: str, record: Record) -> object:
        return {tag: record}

    def untagged(self, value: object) -> tuple[str, Record]:
        match value:
            case dict(pair) if len(pair) == 1:
                tag, record = next(iter(pair.items()))
                if isinstance(record, dict):
                    return tag, record
        raise StreamError("expected an object with one key, what it is, and an object under it")

    def from_bytes(self, data: Bytes) -> object:
        return data.hex()

    def to_bytes(self, value: object) -> bytes:
        if not isinstance(value, str):
            raise TypeError("no text")
        return bytes.fromhex(value)


def detect(first: bytes) -> bool:
    """Whether a file that begins with *first* is one of these."""
    return first.lstrip()[:1] == b"{"


# Writing ----------------------------------------------------------------------------------


def dump(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the text of *events*.

    Raises:
        EncodeError: an event holds what its form has no place for.
    """
    yield f'{{"format": "{_NAME}", "version": {VERSION}, "events": ['.encode()
    separator = "\n"
    for event, items in structured(events):
        for piece in in_pieces(event):
            channel = TreePut(_Notation())
            try:
                put_event(channel, piece, items)
            except StreamError as error:
                raise EncodeError(error.path, piece, error.why) from error
            yield (separator + _shown(channel.root, " ")).encode()
            separator = ",\n"
    yield b"\n]}\n"


def _shown(value: object, indent: str) -> str:
    """Return *value* as JSON: each record of a list on a line of its own."""
    if isinstance(value, dict) and any(map(_is_long, value.values())):
        inside = ", ".join(f"{json.dumps(k)}: {_inner(v, indent)}" for k, v in value.items())
        return f"{indent}{{{inside}}}"
    return indent + json.dumps(value)


def _is_long(value: object) -> bool:
    """Whether there are records inside *value*."""
    if isinstance(value, dict):
        return any(map(_is_long, value.values()))
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _inner(value: object, indent: str) -> str:
    if isinstance(value, list) and _is_long(value):
        lines = ",\n".join(_shown(record, f"{indent} ") for record in value)
        return f"[\n{lines}\n{indent}]"
    if isinstance(value, dict):
        return _shown(value, indent).removeprefix(indent)
    return json.dumps(value)


# Reading ----------------------------------------------------------------------------------


class _Text:
    """Text that comes in pieces of bytes."""

    def __init__(self, pieces: Iterable[Bytes]) -> None:
        self._more = iter(pieces)
        self._decoder = getincrementaldecoder("utf-8")()
        self.text = ""
        self.at = 0
        self._passed = 0
        self.is_closed = False

    @property
    def offset(self) -> int:
        """Characters before this place."""
        return self._passed + self.at

    def more(self, size: int) -> bool:
        """Fetch until *size* characters are here, or the end; return whether any came."""
        have = len(self.text) - self.at
        if have >= size or self.is_closed:
            return False
        parts = [self.text[self.at :]]
        self._passed += self.at
        self.at = 0
        try:
            while have < size and not self.is_closed:
                piece = next(self._more, None)
                self.is_closed = piece is None
                parts.append(self._decoder.decode(piece or b"", final=self.is_closed))
                have += len(parts[-1])
        except UnicodeDecodeError as error:
            raise StreamError(f"no UTF-8: {error.reason}", offset=self._passed) from error
        self.text = "".join(parts)
        return True

    def space(self) -> str:
        """Skip white space; return the character behind it, nothing at the end."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more(1):
                return ""


def load(pieces: Iterable[Bytes]) -> Iterator[Event]:
    """Yield the events of the file that *pieces* are.

    Raises:
        StreamError: it is none; the events before are yielded first.
    """
    source = _Text(pieces)
    _head(source)
    number = 0
    while (mark := source.space()) != "]":
        if number and mark == ",":
            source.at += 1
        elif number:
            raise StreamError(
                f"{mark!r} behind an event, expected ',' or ']'", offset=source.offset
            )
        yield _event(source, f"events[{number}]")
        number += 1
    while source.more(len(source.text) - source.at + 1):
        pass
    if not _TAIL.match(source.text, source.at):
        raise StreamError("text behind the events, expected ']}' and no more", offset=source.offset)


def _head(source: _Text) -> None:
    source.more(_MOST_HEAD)
    head = _HEAD.match(source.text)
    if not head:
        raise StreamError(
            f'starts with {source.text[:40]!r}, expected {{"format": "{_NAME}", "version": '
            f'{VERSION}, "events": [ in this order',
            offset=0,
        )
    if int(head[1]) != VERSION:
        raise StreamError(f"version {head[1]} of the format, expected {VERSION}", path="version")
    source.at = head.end()


def _event(source: _Text, path: str) -> Event:
    value = _value(source, path)
    try:
        return get_event(TreeGet(value, _Notation()))
    except StreamError as error:
        inner = f"{path}.{error.path}" if error.path else path
        raise StreamError(error.why, offset=source.offset, path=inner) from error


def _value(source: _Text, path: str) -> object:
    """Read the value that begins here, with as much text as it takes."""
    source.space()
    decoder = json.JSONDecoder()
    while True:
        try:
            value, end = decoder.raw_decode(source.text, source.at)
        except (ValueError, RecursionError) as error:
            # It may only be that its end is not here yet.
            if source.more(2 * (len(source.text) - source.at) + 1):
                continue
            why = str(error) if isinstance(error, ValueError) else "nested too deep"
            raise StreamError(f"no JSON: {why}", offset=source.offset, path=path) from error
        source.at = end
        return value
