"""Bitmaps: whole 64-bit words, the word with the lowest bits first.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_bitmap.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer

_WORD = 8


class Bitmap:
    """The codec of ``VMSTATE_BITMAP``; the value is an int, bit *n* of the bitmap its bit *n*.

    The size that a field gives counts bits.  What fills the last word up is sent as it is
    and kept, as in QEMU's memory.
    """

    __slots__ = ()
    name = "bitmap"

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the words that *size* bits take."""
        data = reader.take(_bytes_of(size))
        return int.from_bytes(_reversed_words(data))

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the words that *size* bits take; EncodeError if *value* has more bits."""
        length = _bytes_of(size)
        if not isinstance(value, int) or value < 0 or value.bit_length() > 8 * length:
            raise writer.unfit(value, f"not a bitmap of {size} bits")
        writer.put(_reversed_words(value.to_bytes(length)))

    def __repr__(self) -> str:
        return "BITMAP"


def _bytes_of(bits: int) -> int:
    return -(-bits // 64) * _WORD


def _reversed_words(data: bytes) -> bytes:
    return b"".join(data[at : at + _WORD] for at in range(len(data) - _WORD, -1, -_WORD))


BITMAP = Bitmap()
