"""Cutting a blob: a walk through bytes that leaves a list of named pieces behind.

Owns the pieces and the place that the walk has reached; it knows no device.  What frames
fields (headers of subsections, marks between the elements of lists) is remembered apart,
so that every byte up to the place reached is in exactly one piece or is framing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple, TypeAlias

from vmstate.decoded.types import size_of
from vmstate.errors import StreamError, TruncatedStreamError

#: A row of fields, each with its name and its type, which has one size.
Row: TypeAlias = Sequence[tuple[str, str]]

_SUBSECTION = 0x05
_VERSION_SIZE = 4
_MORE, _NO_MORE = 1, 0


class Piece(NamedTuple):
    """A field inside a blob.

    Attributes:
        path: within the blob.
        type: as of a leaf.
        offset: where it begins in the blob.
        size: its bytes.
    """

    path: str
    type: str
    offset: int
    size: int


class Cutter:
    """A walk through *data*.

    Every method that moves raises StreamError where the bytes are not what it expects;
    pieces that were cut before that stay.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        #: Where the walk is.
        self.offset = 0
        #: What it left behind, in order.
        self.pieces: list[Piece] = []
        #: The bytes that frame them: offset and size, in order.
        self.framing: list[tuple[int, int]] = []
        #: Whether it was stopped by bytes, or a want of them, that did not fit.
        self.was_stopped = False
        self._prefix = ""

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self.offset == len(self.data)

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """While it lasts, pieces are parts of *name*, which is a part of what is around it."""
        prefix = self._prefix
        self._prefix = f"{self._joined(name)}."
        try:
            yield
        finally:
            self._prefix = prefix

    def raw(self, name: str, kind: str, size: int) -> bytes:
        """Cut a piece of *size* bytes, none where that is 0, and return it."""
        start = self.offset
        data = self._take(size, name)
        if size:
            self.pieces.append(Piece(self._joined(name), kind, start, size))
        return data

    def number(self, name: str, kind: str) -> int:
        """Cut a number and return it, read as an unsigned one."""
        order: Literal["little", "big"] = "little" if kind.endswith("little-endian") else "big"
        return int.from_bytes(self.raw(name, kind, size_of(kind)), order)

    def number_at(self, path: str) -> int:
        """Return the big-endian number that was cut as *path*; 0 if there is none."""
        for piece in self.pieces:
            if piece.path == path:
                return int.from_bytes(self.data[piece.offset : piece.offset + piece.size])
        return 0

    def row(self, row: Row) -> None:
        """Cut a row of fields."""
        for name, kind in row:
            self.number(name, kind)

    def rows(self, name: str, row: Row, count: int) -> None:
        """Cut *count* rows of fields, each an element of *name*."""
        for index in range(count):
            with self.inside(f"{name}[{index}]"):
                self.row(row)

    def array(self, name: str, kind: str, count: int) -> None:
        """Cut *count* numbers, each an element of *name*."""
        for index in range(count):
            self.number(f"{name}[{index}]", kind)

    def take_over(self, other: Cutter) -> None:
        """Take what *other* cut of the bytes that begin here."""
        self.pieces += [
            piece._replace(path=self._joined(piece.path), offset=self.offset + piece.offset)
            for piece in other.pieces
        ]
        self.framing += [(self.offset + start, size) for start, size in other.framing]
        self.offset += other.offset

    def frame(self, size: int, what: str) -> bytes:
        """Move past *size* bytes that are no field, and return them."""
        start = self.offset
        data = self._take(size, what)
        self.framing.append((start, size))
        return data

    def has_more(self, what: str) -> bool:
        """Move past the mark in front of a list's element or behind the last one."""
        mark = self.data[self.offset : self.offset + 1]
        if mark not in (b"\0", b"\1"):
            raise self.error(f"expected 1 before an element or 0 behind the last one of {what}")
        return self.frame(1, what)[0] == _MORE

    def subsections(self, owner: str, known: Mapping[str, Callable[[Cutter], None]]) -> None:
        """Cut the subsections of *owner* that follow, in whatever order they come."""
        while name := self._next_subsection(owner):
            if name not in known:
                raise self.error(f"subsection {name!r} is unknown")
            with self.inside(f"<{name}>"):
                self.frame(2 + len(name) + _VERSION_SIZE, "the header of a subsection")
                known[name](self)

    def error(self, why: str) -> StreamError:
        """Return the error that says what is wrong at this place."""
        return StreamError(why, offset=self.offset, path=self._prefix.rstrip("."))

    def _next_subsection(self, owner: str) -> str:
        head = self.data[self.offset : self.offset + 2]
        if len(head) < 2 or head[0] != _SUBSECTION:
            return ""
        start = self.offset + 2
        name = self.data[start : start + head[1]].decode("latin-1")
        return name if len(name) == head[1] and name.startswith(f"{owner}/") else ""

    def _joined(self, name: str) -> str:
        return (self._prefix[:-1] if name.startswith("[") else self._prefix) + name

    def _take(self, size: int, what: str) -> bytes:
        left = len(self.data) - self.offset
        if size > left:
            path = self._joined(what)
            raise TruncatedStreamError(size, left, offset=self.offset, path=path)
        start = self.offset
        self.offset += size
        return self.data[start : self.offset]


#: Cuts a blob, as far as it can.
Cut: TypeAlias = Callable[[Cutter], None]
