"""Input: the bytes of a stream as they come, piece by piece, without copying them.

Whoever reads says how much it needs; it waits until that is there, or learns that it will
never be.  Pieces are joined where something lies across two of them, and no further than
it reaches.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import TypeAlias, TypeVar

from vmstate.errors import TruncatedStreamError
from vmstate.stream.events import Bytes

_Result = TypeVar("_Result")
#: What waits for bytes, and then returns something.
Waiting: TypeAlias = Generator[None, None, _Result]

_NOTHING = memoryview(b"")


class Input:
    """Bytes that have come and that nobody has taken yet.

    Args:
        offset: where the first of them stands in the stream.

    Attributes:
        offset: where the next one stands.
        is_closed: whether no more will come.
    """

    __slots__ = ("_at", "_head", "_more", "_size", "is_closed", "offset")

    def __init__(self, offset: int = 0) -> None:
        self._head = _NOTHING
        self._at = 0
        self._more: deque[memoryview] = deque()
        self._size = 0
        self.offset = offset
        self.is_closed = False

    def __len__(self) -> int:
        """How many bytes are there."""
        return self._size

    def push(self, data: Bytes | bytearray) -> None:
        """Append a piece, which must not change any more."""
        # Cast, so that what others see as numbers or rows is bytes here.
        piece = memoryview(data).cast("B")
        if len(piece):
            self._more.append(piece)
            self._size += len(piece)

    def want(self, size: int) -> Waiting[None]:
        """Wait until *size* bytes are there, or no more will come."""
        while self._size < size and not self.is_closed:
            yield

    def need(self, size: int, path: str) -> Waiting[None]:
        """Wait until *size* bytes are there.

        Args:
            size: how many.
            path: what they are needed for.

        Raises:
            TruncatedStreamError: no more will come.
        """
        while self._size < size:
            if self.is_closed:
                raise TruncatedStreamError(size, self._size, offset=self.offset, path=path)
            yield

    def look(self, size: int) -> memoryview:
        """Return the bytes that lie together at the front, at least *size* of those there."""
        have = len(self._head) - self._at
        if have < size or not have:
            self._join(size)
        return self._head[self._at :]

    def _join(self, size: int) -> None:
        parts = [self._head[self._at :]] if self._at < len(self._head) else []
        have = sum(map(len, parts))
        while self._more and (have < size or not parts):
            piece = self._more.popleft()
            # What lies behind is left where it is, unless this piece can be the front itself.
            wanted = size - have if parts else len(piece)
            parts.append(piece[:wanted])
            have += len(parts[-1])
            if len(piece) > wanted:
                self._more.appendleft(piece[wanted:])
        self._head = parts[0] if len(parts) == 1 else memoryview(b"".join(parts))
        self._at = 0

    def skip(self, size: int) -> None:
        """Move past *size* bytes that have been looked at."""
        self._at += size
        self._size -= size
        self.offset += size

    def view(self, size: int) -> memoryview:
        """Return the next *size* bytes, which must be there, uncopied, and move past them."""
        if len(self._head) - self._at < size:
            self._join(size)
        start = self._at
        self._at = end = start + size
        self._size -= size
        self.offset += size
        return self._head[start:end]

    def take(self, size: int) -> bytes:
        """Return the next *size* bytes, which must be there, and move past them."""
        return self.view(size).tobytes()

    def peek(self, size: int) -> bytes:
        """Return the next *size* bytes, or as many as are there."""
        if len(self._head) - self._at < size:
            self._join(size)
        return self._head[self._at : self._at + size].tobytes()

    def byte(self) -> int:
        """Return the next byte, which must be there."""
        if self._at == len(self._head):
            self._join(1)
        return self._head[self._at]
