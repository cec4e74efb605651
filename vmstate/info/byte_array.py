"""Byte arrays that bring their own length.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_g_byte_array.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer


class ByteArray:
    """The codec of ``VMSTATE_GBYTEARRAY``: a 32-bit length, then the bytes of a bytearray."""

    __slots__ = ()
    name = "GByteArray"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the bytes into *current*, which takes on their length, and return it.

        A length that lies costs nothing: no more is made than is there.

        Raises:
            StreamError: *current* is no bytearray.
        """
        data = reader.take(reader.unsigned(4))
        if not isinstance(current, bytearray):
            raise reader.unfit(current, "not a bytearray")
        current[:] = data
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write length and bytes; EncodeError unless *value* is a bytearray or bytes."""
        if not isinstance(value, bytes | bytearray):
            raise writer.unfit(value, "not a bytearray")
        writer.integer(len(value), 4)
        writer.put(value)

    def __repr__(self) -> str:
        return "G_BYTE_ARRAY"


G_BYTE_ARRAY = ByteArray()
