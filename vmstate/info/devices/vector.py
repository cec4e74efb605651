"""Vector registers: 128 bits in two 64-bit words.

The value is an int of 128 bits, and the word with its lower half comes first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from vmstate.cursor import Reader, Writer
from vmstate.info.integer import Integer

_BITS = 64
#: As wide as an integer codec can be made; QEMU has none of it.
_WHOLE = Integer(16, signed=False)


@dataclass(frozen=True, slots=True, repr=False)
class Vector:
    """A codec of a whole vector register.

    Args:
        symbol: what it is called in :mod:`vmstate.info.devices`.
        name: the type's name in a vmdesc.
    """

    symbol: str
    name: str

    @property
    def format(self) -> str:
        """Its struct format; the value is put together from both numbers."""
        return "QQ"

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the register."""
        data = reader.take(16)
        return int.from_bytes(data[8:] + data[:8])

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the register; EncodeError if *value* does not fit."""
        number = checked(writer, value)
        writer.integer(number & (1 << _BITS) - 1, 8)
        writer.integer(number >> _BITS, 8)

    def __repr__(self) -> str:
        return self.symbol


@dataclass(frozen=True, slots=True, repr=False)
class HalfVector:
    """A codec of one half of a vector register; loading keeps the other.

    Args:
        symbol: what it is called in :mod:`vmstate.info.devices`.
        name: the type's name in a vmdesc.
        shift: lowest bit of the half, 0 or 64.
    """

    symbol: str
    name: str
    shift: int

    @property
    def format(self) -> str:
        """Its struct format; the other half must be kept, so there is no ``convert``."""
        return "Q"

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the half and return it with *current*'s other half.

        Raises:
            StreamError: *current* is no integer of 128 bits.
        """
        half = reader.unsigned(8)
        kept = checked(reader, current) & ((1 << _BITS) - 1) << (_BITS - self.shift)
        return kept | half << self.shift

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the half; EncodeError if *value* is no integer of 128 bits."""
        writer.integer(checked(writer, value) >> self.shift & (1 << _BITS) - 1, 8)

    def __repr__(self) -> str:
        return self.symbol


def checked(cursor: Reader | Writer, value: object) -> int:
    """Return *value*.

    Raises:
        EncodeError, StreamError: it is no unsigned integer of 128 bits.
    """
    if not _WHOLE.holds(value):
        raise cursor.unfit(value, f"not {_WHOLE.described}")
    return cast("int", value)
