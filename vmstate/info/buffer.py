"""Buffers: raw bytes of a length that the field gives; and bytes that nobody uses.

Source: QEMU 7.2 migration/vmstate-types.c, vmstate_info_buffer, vmstate_info_unused_buffer.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate.cursor import Reader, Writer


@dataclass(frozen=True, slots=True)
class Buffer:
    """The codec of ``VMSTATE_BUFFER`` and its forms: bytes of a bytearray, as they are.

    Args:
        start: the first byte that is sent.
        is_partial: whether bytes may follow what is sent, which then stay as they are.
    """

    start: int = 0
    is_partial: bool = False

    @property
    def name(self) -> str:
        """The type's name in a vmdesc."""
        return "buffer"

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read *size* bytes into *current*, in place, and return it."""
        data = reader.take(size)
        if self._is_unfit(current, size) or not isinstance(current, bytearray):
            raise reader.unfit(current, f"not a bytearray of {self._wanted(size)}")
        current[self.start : self.start + size] = data
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write *size* bytes of *value*; EncodeError unless there are as many."""
        if self._is_unfit(value, size) or not isinstance(value, bytes | bytearray):
            raise writer.unfit(value, f"not {self._wanted(size)}")
        writer.put(value[self.start : self.start + size])

    def _is_unfit(self, value: object, size: int) -> bool:
        if not isinstance(value, bytes | bytearray):
            return True
        surplus = len(value) - self.start - size
        return surplus < 0 or (surplus > 0 and not self.is_partial)

    def _wanted(self, size: int) -> str:
        return f"{self.start + size} bytes{' or more' if self.is_partial else ''}"


class UnusedBuffer:
    """The codec of ``VMSTATE_UNUSED``: zeros are written, whatever is read is thrown away."""

    __slots__ = ()
    name = "unused_buffer"

    def load(self, reader: Reader, current: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Skip *size* bytes."""
        reader.take(size)

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write *size* zeros."""
        writer.put(bytes(size))

    def __repr__(self) -> str:
        return "UNUSED_BUFFER"


BUFFER, PARTIAL_BUFFER = Buffer(), Buffer(is_partial=True)
UNUSED_BUFFER = UnusedBuffer()
