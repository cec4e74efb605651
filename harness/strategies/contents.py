"""Contents: kinds of values that are bytes or bits, of any number."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.runs import integers, masks, turned

#: Bytes of a word of a bitmap.
_WORD = 8


@dataclass(frozen=True)
class Contents:
    """Bytes of a buffer whose length the field gives; they are changed in place.

    Attributes:
        start: the first byte that is sent.
    """

    start: int = 0

    def zero(self, size: int) -> bytearray:
        """Return zeros."""
        return bytearray(self.start + size)

    def near(self, current: bytearray, size: int, most: int) -> SearchStrategy[bytearray]:
        """Return *current* with some bits of what is sent turned over."""
        end = self.start + size

        def turn(mask: bytes) -> bytearray:
            current[self.start : end] = turned(current[self.start : end], mask)
            return current

        return masks(size, most).map(turn)

    def other(self, value: bytearray, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Turn over every bit, also of what is not sent."""
        value[:] = turned(value, b"\xff" * len(value))
        return value

    def loaded(self, sent: bytearray, current: bytearray, size: int) -> bytearray:
        """Copy what is sent."""
        current[self.start : self.start + size] = sent[self.start : self.start + size]
        return current


class Bits:
    """A set of bits, as one integer; *size* counts bits, of which whole words are sent."""

    def zero(self, size: int) -> int:  # noqa: ARG002 (protocol)
        """Return no bits."""
        return 0

    def near(self, current: int, size: int, most: int) -> SearchStrategy[int]:
        """Return *current* with some bits turned over."""
        return masks(_WORD * -(-size // (8 * _WORD)), most).map(
            lambda mask: current ^ int.from_bytes(mask, "little")
        )

    def other(self, value: int, size: int) -> int:
        """Turn over every bit."""
        return value ^ ((1 << 8 * _WORD * -(-size // (8 * _WORD))) - 1)

    def loaded(self, sent: int, current: int, size: int) -> int:  # noqa: ARG002 (protocol)
        """Return the bits that were sent."""
        return sent


@dataclass(frozen=True)
class Growing:
    """Bytes of any length.

    Attributes:
        longest: how many bytes are drawn at most beyond those of the reset state.
    """

    longest: int = 8

    def zero(self, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Return no bytes."""
        return bytearray()

    def near(self, current: bytearray, size: int, most: int) -> SearchStrategy[bytearray]:  # noqa: ARG002
        """Return *current*, changed, cut short or made longer."""
        added = st.binary(max_size=self.longest)
        if not current:
            return added.map(bytearray)
        parts = st.tuples(integers(0, len(current)), masks(len(current), most), added)
        return parts.map(
            lambda drawn: bytearray(turned(current, drawn[1])[: len(current) - drawn[0]] + drawn[2])
        )

    def other(self, value: bytearray, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Return other bytes, one more."""
        return bytearray(turned(value, b"\xff" * len(value)) + b"\xff")

    def loaded(self, sent: bytearray, current: bytearray, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Copy all of it."""
        current[:] = sent
        return current
