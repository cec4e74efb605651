"""Buffers: raw bytes of a length that the field gives; and bytes that nobody uses.

Source: QEMU 7.2 migration/vmstate-types.c, vmstate_info_buffer, vmstate_info_unused_buffer.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError


class Buffer:
    """The codec of ``VMSTATE_BUFFER``; the value is a bytearray of exactly the field's size."""

    __slots__ = ()
    name = "buffer"

    def load(self, reader: Reader, current: object, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Read *size* bytes."""
        return bytearray(reader.take(size))

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the bytes; EncodeError unless they are *size* bytes."""
        if not isinstance(value, bytes | bytearray) or len(value) != size:
            raise EncodeError(writer.path, value, f"not {size} bytes")
        writer.put(value)

    def __repr__(self) -> str:
        return "BUFFER"


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


BUFFER = Buffer()
UNUSED_BUFFER = UnusedBuffer()
