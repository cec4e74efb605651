"""Pieces of bytes as one run that can be looked at and taken from.

It asks for the next piece only when it is needed, so that a container is read as it comes.
"""

from __future__ import annotations

from collections.abc import Iterable

from vmstate.errors import TruncatedStreamError
from vmstate.stream.events import Bytes


class Pieces:
    """The bytes of *pieces* that nobody has taken yet.

    Attributes:
        offset: where the next one stands.
    """

    def __init__(self, pieces: Iterable[Bytes | bytearray]) -> None:
        self._more = iter(pieces)
        self._data = bytearray()
        self._at = 0
        self.offset = 0

    def __len__(self) -> int:
        """How many bytes are here already."""
        return len(self._data) - self._at

    def want(self, size: int) -> bool:
        """Fetch until *size* bytes are here; return whether they are."""
        while len(self) < size:
            piece = next(self._more, None)
            if piece is None:
                return False
            if self._at:
                del self._data[: self._at]
                self._at = 0
            self._data += piece
        return True

    def look(self, size: int) -> bytes:
        """Return the next *size* bytes, or fewer at the end, and leave them."""
        self.want(size)
        return bytes(self._data[self._at : self._at + size])

    def find(self, mark: bytes, start: int) -> int:
        """Return how far away *mark* is among what is here, from *start* on; -1 if it is not."""
        place = self._data.find(mark, self._at + start)
        return place - self._at if place >= 0 else -1

    def skip(self, size: int) -> None:
        """Move past *size* bytes that are here."""
        self._at += size
        self.offset += size

    def take(self, size: int, path: str) -> bytes:
        """Return the next *size* bytes, for *path*, and move past them.

        Raises:
            TruncatedStreamError: there are fewer.
        """
        if not self.want(size):
            raise TruncatedStreamError(size, len(self), offset=self.offset, path=path)
        taken = bytes(self._data[self._at : self._at + size])
        self.skip(size)
        return taken
