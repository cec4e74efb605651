"""Integers: ``int8`` to ``int64`` and ``uint8`` to ``uint64``, big-endian.

Source: QEMU 7.2 migration/vmstate-types.c, vmstate_info_int8 and its seven siblings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from vmstate.cursor import Reader, Writer

_FORMATS = {1: "B", 2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True, slots=True)
class Integer:
    """An integer of *bytes_* bytes, two's complement where *signed*."""

    bytes_: int
    signed: bool

    @property
    def name(self) -> str:
        """The type's name in a vmdesc."""
        return f"{'' if self.signed else 'u'}int{8 * self.bytes_}"

    @property
    def format(self) -> str:
        """Its struct format, e.g. ``H``; see :class:`vmstate.info.protocol.Fixed`."""
        character = _FORMATS[self.bytes_]
        return character.lower() if self.signed else character

    @property
    def described(self) -> str:
        """What it is, in words that fit behind "not"."""
        return f"{'a signed' if self.signed else 'an unsigned'} integer of {8 * self.bytes_} bits"

    def holds(self, value: object) -> bool:
        """Whether *value* is an integer that fits."""
        if not isinstance(value, int):
            return False
        bits = 8 * self.bytes_
        low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if self.signed else (0, 1 << bits)
        return low <= value < high

    @property
    def convert(self) -> None:
        """Nothing: what struct unpacks is the value."""

    def load(self, reader: Reader, current: object, size: int) -> int:  # noqa: ARG002 (protocol)
        """Read the integer."""
        return reader.signed(self.bytes_) if self.signed else reader.unsigned(self.bytes_)

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the integer; EncodeError if it does not fit."""
        writer.integer(cast("int", value), self.bytes_, signed=self.signed)


INT8, INT16, INT32, INT64 = (Integer(size, signed=True) for size in (1, 2, 4, 8))
UINT8, UINT16, UINT32, UINT64 = (Integer(size, signed=False) for size in (1, 2, 4, 8))
