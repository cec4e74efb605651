"""The packed channel: values as bytes one behind the other, records with tag and size.

All numbers are big-endian::

    record       u8 tag, u32 bytes that follow, values
    list         u32 count, records
    given        u8 0 or 1
    integer      its bytes
    integers     u32 count, their bytes
    boolean      u8 0 or 1
    booleans     u32 count, u8 0 or 1 each
    data, text   u32 bytes, the bytes; text in UTF-8

The outermost record has neither tag nor size: whoever carries it has both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vmstate.channel import put, put_text
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.stream.events import Bytes

#: The number of every tag.  They are in files: never change one, give new ones new numbers.
TAGS: Mapping[str, int] = {
    "header": 0x01,
    "configuration": 0x02,
    "command": 0x03,
    "package_end": 0x04,
    "section_begin": 0x05,
    "section_end": 0x06,
    "section": 0x07,
    "content": 0x08,
    "ram_block": 0x09,
    "mapped_bytes": 0x0A,
    "ram_pages": 0x0B,
    "ram_zeros": 0x0C,
    "ram_encoded": 0x0D,
    "ram_word": 0x0E,
    "eof": 0x0F,
    "vmdesc": 0x10,
    "tail": 0x11,
    "target_page_bits": 0x20,
    "capabilities": 0x21,
    "uuid": 0x22,
    "name": 0x23,
    "mapped_block": 0x24,
    "boolean": 0x30,
    "booleans": 0x31,
    "integer": 0x32,
    "integers": 0x33,
    "bytes": 0x34,
    "struct": 0x35,
    "subsection": 0x36,
}
_NAMES = {number: tag for tag, number in TAGS.items()}
_SIZE = 4
_MOST = 0xFFFFFFFF


class PackedPut:
    """Puts one record.

    Attributes:
        tag: what the outermost record is; empty before it has begun.
        payload: its values.
    """

    def __init__(self) -> None:
        self.tag = ""
        self.payload = bytearray()
        self._starts: list[int] = []

    def begin(self, tag: str | None) -> str:
        """Begin a record."""
        tag = put("tag", tag)
        if not self.tag:
            self.tag = tag
            return tag
        self.payload.append(TAGS[tag])
        self._starts.append(len(self.payload))
        self.payload += bytes(_SIZE)
        return tag

    def end(self) -> None:
        """End it; its size is known now."""
        if self._starts:
            start = self._starts.pop()
            size = len(self.payload) - start - _SIZE
            self.payload[start : start + _SIZE] = self._count("record", size)

    @staticmethod
    def _count(name: str, size: int) -> bytes:
        if size > _MOST:
            raise EncodeError(name, size, f"at most {_MOST} fit")
        return size.to_bytes(_SIZE)

    def begin_list(self, name: str, count: int | None) -> int:
        """Put how many records follow."""
        count = put(name, count)
        self.payload += self._count(name, count)
        return count

    def end_list(self) -> None:
        """Nothing ends a list."""

    def given(self, name: str, is_given: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """Put whether a value follows."""
        return self.boolean(name, is_given)

    def integer(self, name: str, value: int | None, size: int, *, is_signed: bool = False) -> int:
        """Put an integer."""
        value = put(name, value)
        try:
            self.payload += value.to_bytes(size, signed=is_signed)
        except OverflowError as error:
            raise EncodeError(name, value, f"it does not fit into {size} bytes") from error
        return value

    def integers(
        self, name: str, values: Sequence[int] | None, size: int, *, is_signed: bool = False
    ) -> Sequence[int]:
        """Put integers behind their number."""
        values = put(name, values)
        self.payload += self._count(name, len(values))
        for value in values:
            self.integer(name, value, size, is_signed=is_signed)
        return values

    def boolean(self, name: str, value: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """Put a truth value."""
        value = put(name, value)
        self.payload.append(value)
        return value

    def booleans(self, name: str, values: Sequence[bool] | None) -> Sequence[bool]:
        """Put truth values behind their number."""
        values = put(name, values)
        self.payload += self._count(name, len(values)) + bytes(values)
        return values

    def data(self, name: str, value: Bytes | None) -> bytes:
        """Put bytes behind their number."""
        data = bytes(put(name, value))
        self.payload += self._count(name, len(data))
        self.payload += data
        return data

    def text(self, name: str, value: str | None) -> str:
        """Put text behind the number of its bytes."""
        self.data(name, put_text(name, value))
        return put(name, value)


class PackedGet:
    """Gets one record.

    Args:
        tag: what it is, as a number.
        payload: its values.
    """

    def __init__(self, tag: int, payload: Bytes) -> None:
        self._payload = memoryview(payload)
        self._at = 0
        self._first: str | None = self._name(tag)
        #: Where the records end that have begun and not ended, the innermost last.
        self._ends = [len(self._payload)]

    @staticmethod
    def _name(tag: int) -> str:
        name = _NAMES.get(tag)
        if name is None:
            raise StreamError(f"a record of unknown tag {tag:#04x}")
        return name

    def _take(self, name: str, size: int) -> bytes:
        have = self._ends[-1] - self._at
        if have < size:
            raise TruncatedStreamError(size, have, offset=self._at, path=name)
        taken = bytes(self._payload[self._at : self._at + size])
        self._at += size
        return taken

    def _number(self, name: str) -> int:
        return int.from_bytes(self._take(name, _SIZE))

    def begin(self, tag: str | None) -> str:
        """Begin the record that comes next; return its tag."""
        if self._first is not None:
            tag, self._first = self._first, None
            self._ends.append(self._ends[0])
            return tag
        tag = self._name(self._take("tag", 1)[0])
        size = self._number(tag)
        have = self._ends[-1] - self._at
        if size > have:
            raise TruncatedStreamError(size, have, offset=self._at, path=tag)
        self._ends.append(self._at + size)
        return tag

    def end(self) -> None:
        """End it; everything in it must have been got."""
        end = self._ends.pop()
        if end != self._at:
            raise StreamError(f"{end - self._at} bytes more than the record has", offset=self._at)

    def begin_list(self, name: str, count: int | None) -> int:  # noqa: ARG002 - it is got
        """Get how many records follow."""
        number = self._number(name)
        # No record is shorter than its tag and size.
        if number * (1 + _SIZE) > self._ends[-1] - self._at:
            raise StreamError(f"{number} records, more than can follow", offset=self._at, path=name)
        return number

    def end_list(self) -> None:
        """Nothing ends a list."""

    def given(self, name: str, is_given: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """Get whether a value follows."""
        return self.boolean(name, is_given)

    def integer(
        self,
        name: str,
        value: int | None,  # noqa: ARG002 - it is got
        size: int,
        *,
        is_signed: bool = False,
    ) -> int:
        """Get an integer."""
        return int.from_bytes(self._take(name, size), signed=is_signed)

    def integers(
        self,
        name: str,
        values: Sequence[int] | None,  # noqa: ARG002 - they are got
        size: int,
        *,
        is_signed: bool = False,
    ) -> Sequence[int]:
        """Get integers."""
        data = self._take(name, self._number(name) * size)
        return [
            int.from_bytes(data[at : at + size], signed=is_signed)
            for at in range(0, len(data), size)
        ]

    def boolean(self, name: str, value: bool | None) -> bool:  # noqa: ARG002, FBT001 - it is got
        """Get a truth value."""
        return self._truth(name, self._take(name, 1)[0])

    def _truth(self, name: str, byte: int) -> bool:
        if byte > 1:
            raise StreamError(f"{byte:#04x}, expected 0 or 1", offset=self._at - 1, path=name)
        return bool(byte)

    def booleans(
        self,
        name: str,
        values: Sequence[bool] | None,  # noqa: ARG002 - they are got
    ) -> Sequence[bool]:
        """Get truth values."""
        return [self._truth(name, byte) for byte in self._take(name, self._number(name))]

    def data(self, name: str, value: Bytes | None) -> bytes:  # noqa: ARG002 - it is got
        """Get bytes."""
        return self._take(name, self._number(name))

    def text(self, name: str, value: str | None) -> str:  # noqa: ARG002 - it is got
        """Get text."""
        data = self._take(name, self._number(name))
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise StreamError(f"no UTF-8: {error.reason}", path=name) from error
