"""Integers that both sides must agree on: sent, compared with the local value, never stored.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_int32_equal,
vmstate_info_uint8_equal, vmstate_info_uint16_equal, vmstate_info_uint32_equal,
vmstate_info_uint64_equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.integer import INT32, UINT8, UINT16, UINT32, UINT64, Integer


@dataclass(frozen=True, slots=True)
class Equal:
    """The codec of ``VMSTATE_INT32_EQUAL``, ``VMSTATE_UINT8_EQUAL`` and the like.

    Args:
        integer: width and sign.
        name: the type's name in a vmdesc.
        hint: what a person should look at where the values differ (C's ``err_hint``).
    """

    integer: Integer
    name: str
    hint: str = ""

    @property
    def format(self) -> str:
        """Its struct format; the number must be compared, so there is no ``convert``."""
        return self.integer.format

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read the integer and return *current*.

        Raises:
            StreamError: it is not equal to *current*, or *current* is no such integer.
        """
        offset = reader.offset
        sent = self.integer.load(reader, current, size)
        if not self.integer.holds(current):
            raise reader.unfit(current, f"not {self.integer.described}")
        if sent != current:
            hint = f" ({self.hint})" if self.hint else ""
            raise StreamError(
                f"{_both(sent)} was sent, {_both(cast('int', current))} is here: "
                f"they must be equal{hint}",
                offset=offset,
                path=reader.path,
            )
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write the integer; EncodeError if it does not fit."""
        self.integer.save(writer, value, size)


def _both(number: int) -> str:
    return f"{number} ({number:#x})"


INT32_EQUAL = Equal(INT32, "int32 equal")
UINT8_EQUAL = Equal(UINT8, "uint8 equal")
UINT16_EQUAL = Equal(UINT16, "uint16 equal")
UINT32_EQUAL = Equal(UINT32, "uint32 equal")
#: QEMU's name for it lacks the "u".
UINT64_EQUAL = Equal(UINT64, "int64 equal")
