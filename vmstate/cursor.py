"""Cursors over bytes: all offset arithmetic of the codecs lives here.

Everything on the wire is big-endian.  A cursor knows no fields and no sections.
"""

from __future__ import annotations

from collections import deque
from operator import index

from vmstate.errors import EncodeError, StreamError, TruncatedStreamError, shown


class Reader:
    """Reads forwards through bytes that it does not copy.

    Args:
        data: the bytes.
        offset: where to begin.
    """

    __slots__ = ("_data", "descriptors", "field", "offset", "owner")

    def __init__(self, data: bytes | bytearray | memoryview, offset: int = 0) -> None:
        self._data = memoryview(data)
        #: Where the next read begins.
        self.offset = offset
        #: Whose field is being read, for errors; set by whoever drives the cursor.
        self.owner = ""
        #: Which field that is.
        self.field = ""
        #: File descriptors that came beside the bytes; None where the bytes hold their numbers.
        self.descriptors: deque[int] | None = deque()

    @property
    def path(self) -> str:
        """What is being read, e.g. ``i8254/channels[0].count``."""
        return f"{self.owner}/{self.field}" if self.field else self.owner

    @path.setter
    def path(self, path: str) -> None:
        self.owner, self.field = path, ""

    @property
    def data(self) -> memoryview:
        """All the bytes, those before the offset included."""
        return self._data

    @property
    def remaining(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self.offset

    def take(self, size: int) -> bytes:
        """Return the next *size* bytes and move past them.

        Raises:
            TruncatedStreamError: fewer are left; the cursor stays where it was.
        """
        end = self.offset + size
        if end > len(self._data):
            raise TruncatedStreamError(size, self.remaining, offset=self.offset, path=self.path)
        taken = bytes(self._data[self.offset : end])
        self.offset = end
        return taken

    def peek(self, size: int, skip: int = 0) -> bytes:
        """Return up to *size* bytes, *skip* bytes ahead, without moving; fewer at the end."""
        start = self.offset + skip
        return bytes(self._data[start : start + size])

    def unsigned(self, size: int) -> int:
        """Read an unsigned integer of *size* bytes."""
        return int.from_bytes(self.take(size))

    def signed(self, size: int) -> int:
        """Read a two's complement integer of *size* bytes."""
        return int.from_bytes(self.take(size), signed=True)

    def counted_string(self) -> str:
        """Read a length byte and as many bytes of text."""
        return self.take(self.unsigned(1)).decode("latin-1")

    def unfit(self, value: object, why: str) -> StreamError:
        """Return the error that says that the destination's *value* can't take what comes."""
        return StreamError(
            f"can't load into {shown(value)}: {why}", offset=self.offset, path=self.path
        )


class Writer:
    """Appends to a growing run of bytes.

    Args:
        data: the run, which others may append to as well; a new one if None.
    """

    __slots__ = ("_data", "descriptors", "field", "owner")

    def __init__(self, data: bytearray | None = None) -> None:
        self._data = bytearray() if data is None else data
        #: Whose field is being written, for errors; set by whoever drives the cursor.
        self.owner = ""
        #: Which field that is.
        self.field = ""
        #: File descriptors to be sent beside the bytes; None where the bytes hold their numbers.
        self.descriptors: deque[int] | None = deque()

    def __bytes__(self) -> bytes:
        return bytes(self._data)

    @property
    def path(self) -> str:
        """What is being written, e.g. ``i8254/channels[0].count``."""
        return f"{self.owner}/{self.field}" if self.field else self.owner

    @path.setter
    def path(self, path: str) -> None:
        self.owner, self.field = path, ""

    @property
    def offset(self) -> int:
        """How many bytes have been written."""
        return len(self._data)

    def put(self, data: bytes | bytearray) -> None:
        """Append bytes as they are."""
        self._data += data

    def integer(self, value: int, size: int, *, signed: bool = False) -> None:
        """Append *value* in *size* bytes; whatever can be an index is an integer.

        Raises:
            EncodeError: it does not fit.
        """
        try:
            self._data += int.to_bytes(index(value), size, signed=signed)
        except (OverflowError, TypeError) as err:
            kind = "a signed" if signed else "an unsigned"
            raise EncodeError(self.path, value, f"not {kind} integer of {8 * size} bits") from err

    def counted_string(self, text: str) -> None:
        """Append a length byte and *text*.

        Raises:
            EncodeError: it is longer than 255 bytes.
        """
        data = text.encode("latin-1")
        self.integer(len(data), 1)
        self.put(data)

    def unfit(self, value: object, why: str) -> EncodeError:
        """Return the error that says that *value* can't be saved."""
        return EncodeError(self.path, value, why)
