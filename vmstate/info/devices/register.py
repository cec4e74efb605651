"""Registers of a CPU that a device codec of their own saves: plain unsigned integers.

In QEMU these have codecs because the register is put together from parts of the CPU's
state; the wire is one integer.  Here the value is the architecture's register.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import calcsize
from typing import cast

from vmstate.cursor import Reader, Writer


@dataclass(frozen=True, slots=True, repr=False)
class Register:
    """A codec of a plain unsigned register; the value is an int.

    Args:
        symbol: what it is called in :mod:`vmstate.info.devices`.
        name: the type's name in a vmdesc.
        format: its struct format, one character.
    """

    symbol: str
    name: str
    format: str

    @property
    def convert(self) -> None:
        """Nothing: what struct unpacks is the value."""

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the register."""
        return reader.unsigned(calcsize(self.format))

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the register; EncodeError if *value* does not fit."""
        writer.integer(cast("int", value), calcsize(self.format))

    def __repr__(self) -> str:
        return self.symbol
