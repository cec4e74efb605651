"""Integers that may shrink: what is sent must lie between zero and the local value.

The "le" of QEMU's name is "less or equal"; on the wire it is big-endian like all others.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_int32_le.
"""

from __future__ import annotations

from typing import cast

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.integer import INT32


class LessOrEqual:
    """The codec of ``VMSTATE_INT32_POSITIVE_LE``."""

    __slots__ = ()
    name = "int32 le"
    #: There is no ``convert``: the number must be compared.
    format = "i"

    def load(self, reader: Reader, current: object, size: int) -> int:
        """Read and return the integer.

        Raises:
            StreamError: it is negative or above *current*, or *current* is no such integer.
        """
        offset = reader.offset
        sent = INT32.load(reader, current, size)
        if not INT32.holds(current):
            raise reader.unfit(current, f"not {INT32.described}")
        limit = cast("int", current)
        if not 0 <= sent <= limit:
            raise StreamError(
                f"{sent} was sent: expected 0 to {limit}, the value that is here",
                offset=offset,
                path=reader.path,
            )
        return sent

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the integer; EncodeError if it does not fit."""
        INT32.save(writer, value, size)

    def __repr__(self) -> str:
        return "INT32_LE"


INT32_LE = LessOrEqual()
