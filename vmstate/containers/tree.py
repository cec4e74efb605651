"""The channel to a tree: records as objects with their values under names.

What BER and JSON have in common.  They differ in how the tag, the names and the bytes are
told; that is a notation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from vmstate.channel import check_range, put, put_text
from vmstate.errors import StreamError
from vmstate.stream.events import Bytes

#: A record's values by their names.
Record: TypeAlias = "dict[str, object]"


class Notation(Protocol):
    """How a container tells what a tree holds."""

    def name(self, name: str) -> str:
        """Return how a name is spelled."""

    def tagged(self, tag: str, record: Record) -> object:
        """Return a record with its tag."""

    def untagged(self, value: object) -> tuple[str, Record]:
        """Return tag and values of a record; raise StreamError if it is none."""

    def from_bytes(self, data: Bytes) -> object:
        """Return what stands for bytes."""

    def to_bytes(self, value: object) -> bytes:
        """Return the bytes; raise TypeError or ValueError if *value* stands for none."""


class TreePut:
    """Puts one record.

    Attributes:
        root: it, with its tag, as soon as it has ended.
    """

    def __init__(self, notation: Notation) -> None:
        self.root: object = None
        self._notation = notation
        self._open: list[tuple[str, Record]] = []
        self._lists: list[list[object]] = []

    def _put(self, name: str, value: object) -> None:
        self._open[-1][1][self._notation.name(name)] = value

    def begin(self, tag: str | None) -> str:
        """Begin a record."""
        tag = put("tag", tag)
        self._open.append((tag, {}))
        return tag

    def end(self) -> None:
        """End it; it is in its list, or the root, from now on."""
        record = self._notation.tagged(*self._open.pop())
        if self._open:
            self._lists[-1].append(record)
        else:
            self.root = record

    def begin_list(self, name: str, count: int | None) -> int:
        """Begin a list."""
        self._lists.append([])
        self._put(name, self._lists[-1])
        return put(name, count)

    def end_list(self) -> None:
        """End it."""
        self._lists.pop()

    def given(self, name: str, is_given: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """What is not given has no name in its record."""
        return put(name, is_given)

    def integer(self, name: str, value: int | None, size: int, *, is_signed: bool = False) -> int:
        """Put an integer."""
        value = check_range(name, put(name, value), size, is_signed=is_signed)
        # An enumeration's members are written as the numbers that they are.
        self._put(name, int(value))
        return value

    def integers(
        self, name: str, values: Sequence[int] | None, size: int, *, is_signed: bool = False
    ) -> Sequence[int]:
        """Put integers."""
        values = put(name, values)
        self._put(name, [check_range(name, value, size, is_signed=is_signed) for value in values])
        return values

    def boolean(self, name: str, value: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """Put a truth value."""
        value = put(name, value)
        self._put(name, value)
        return value

    def booleans(self, name: str, values: Sequence[bool] | None) -> Sequence[bool]:
        """Put truth values."""
        values = put(name, values)
        self._put(name, list(values))
        return values

    def data(self, name: str, value: Bytes | None) -> bytes:
        """Put bytes."""
        data = bytes(put(name, value))
        self._put(name, self._notation.from_bytes(data))
        return data

    def text(self, name: str, value: str | None) -> str:
        """Put text."""
        text = put_text(name, value).decode()
        self._put(name, text)
        return text


class TreeGet:
    """Gets one record.

    Args:
        root: it, with its tag.
        notation: how it is told.
    """

    def __init__(self, root: object, notation: Notation) -> None:
        self._notation = notation
        self._lists: list[list[object]] = [[root]]
        self._open: list[tuple[str, Record]] = []

    def _path(self, name: str) -> str:
        return ".".join([*(tag for tag, _ in self._open), name])

    def _wrong(self, name: str, value: object, expected: str) -> StreamError:
        shown = repr(value)
        shown = shown if len(shown) < 60 else f"{shown[:60]}…"
        return StreamError(f"{shown}, expected {expected}", path=self._path(name))

    def _get(self, name: str) -> object:
        values = self._open[-1][1]
        key = self._notation.name(name)
        if key not in values:
            raise StreamError("it is missing", path=self._path(key))
        return values.pop(key)

    def begin(self, tag: str | None) -> str:  # noqa: ARG002 - it is got
        """Begin the record that comes next; return its tag."""
        found, values = self._notation.untagged(self._lists[-1].pop(0))
        self._open.append((found, dict(values)))
        return found

    def end(self) -> None:
        """End it; everything in it must have been got."""
        left = self._open[-1][1]
        if left:
            raise StreamError(f"unknown: {', '.join(left)}", path=self._path("")[:-1])
        self._open.pop()

    def begin_list(self, name: str, count: int | None) -> int:  # noqa: ARG002 - it is got
        """Get how many records are in a list."""
        self._lists.append(self._list(name))
        return len(self._lists[-1])

    def _list(self, name: str) -> list[object]:
        value = self._get(name)
        if not isinstance(value, list):
            raise self._wrong(name, value, "a list")
        return list(value)

    def end_list(self) -> None:
        """End a list."""
        self._lists.pop()

    def given(self, name: str, is_given: bool | None) -> bool:  # noqa: ARG002, FBT001 - it is got
        """Get whether there is such a value."""
        return self._notation.name(name) in self._open[-1][1]

    def integer(
        self,
        name: str,
        value: int | None,  # noqa: ARG002 - it is got
        size: int,
        *,
        is_signed: bool = False,
    ) -> int:
        """Get an integer."""
        return self._integer(name, self._get(name), size, is_signed=is_signed)

    def _integer(self, name: str, value: object, size: int, *, is_signed: bool) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, value, "an integer")
        try:
            return check_range(name, value, size, is_signed=is_signed)
        except StreamError as error:
            raise StreamError(error.why, path=self._path(name)) from error

    def integers(
        self,
        name: str,
        values: Sequence[int] | None,  # noqa: ARG002 - they are got
        size: int,
        *,
        is_signed: bool = False,
    ) -> Sequence[int]:
        """Get integers."""
        return [self._integer(name, value, size, is_signed=is_signed) for value in self._list(name)]

    def boolean(self, name: str, value: bool | None) -> bool:  # noqa: ARG002, FBT001 - it is got
        """Get a truth value."""
        return self._boolean(name, self._get(name))

    def _boolean(self, name: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def booleans(
        self,
        name: str,
        values: Sequence[bool] | None,  # noqa: ARG002 - they are got
    ) -> Sequence[bool]:
        """Get truth values."""
        return [self._boolean(name, value) for value in self._list(name)]

    def data(self, name: str, value: Bytes | None) -> bytes:  # noqa: ARG002 - it is got
        """Get bytes."""
        found = self._get(name)
        try:
            return self._notation.to_bytes(found)
        except (TypeError, ValueError) as error:
            raise self._wrong(name, found, "bytes") from error

    def text(self, name: str, value: str | None) -> str:  # noqa: ARG002 - it is got
        """Get text."""
        found = self._get(name)
        if not isinstance(found, str):
            raise self._wrong(name, found, "text")
        try:
            # JSON has escapes for halves of characters, which are no text elsewhere.
            found.encode()
        except UnicodeEncodeError as error:
            raise self._wrong(name, found, "text of whole characters") from error
        return found
