"""Kinds of values: what one element of a codec can be, and what is near to what.

Whatever is drawn is drawn as a distance from the value that the state holds already, and
the distance zero is the simplest draw: what has no part in a failure stays as it was at
reset.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.runs import integers


class Values(Protocol):
    """What one element of a codec can be.

    *size* is always what the codec is told of its element: bytes, or bits of a bitmap.
    """

    def zero(self, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return the value of what was never touched."""

    def near(self, current: Any, size: int, most: int) -> SearchStrategy[Any]:  # noqa: ANN401
        """Return a strategy of all values that shrinks to *current*.

        Args:
            current: the value that the state holds; a buffer or timer is changed in place.
            size: of the element.
            most: how many bytes may be drawn for it.
        """

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return another value, over which *value* can be loaded.

        A buffer or timer is changed in place.
        """

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return what a destination that held *current* holds once *sent* has been loaded.

        A buffer or timer is changed in place.
        """


@dataclass(frozen=True)
class Numbers:
    """Values that stand in a row: integers, or what a subclass numbers.

    Attributes:
        low, high: the first and the last.
    """

    low: int
    high: int

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last."""
        return self.low, self.high

    @property
    def width(self) -> int:
        """Bytes that can tell all of them apart."""
        return max(1, ((self.high - self.low).bit_length() + 7) // 8)

    def number(self, value: Any) -> int:  # noqa: ANN401 (a value is of any type)
        """Return where *value* stands in the row."""
        return int(value)

    def made(self, current: Any, number: int) -> Any:  # noqa: ANN401, ARG002 (subclasses need it)
        """Return the value that stands at *number*; *current* is what the state holds."""
        return number

    def holds(self, value: Any) -> bool:  # noqa: ANN401 (a value is of any type)
        """Whether *value* is one of them."""
        return self.low <= self.number(value) <= self.high

    def zero(self, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the integer nearest to zero."""
        return self.made(None, min(max(0, self.low), self.high))

    def near(self, current: Any, size: int, most: int) -> SearchStrategy[Any]:  # noqa: ANN401, ARG002
        """Return all of them, the nearest to *current* first."""
        return self.distances(current).map(lambda distance: self.moved(current, distance))

    def distances(self, current: Any) -> SearchStrategy[int]:  # noqa: ANN401 (a value is of any type)
        """Return how far *current* may be moved either way."""
        number = self.number(current)
        return integers(self.low - number, self.high - number)

    def moved(self, current: Any, distance: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return the value *distance* behind *current*; from the last it goes on at the first."""
        behind = self.number(current) - self.low + distance
        return self.made(current, self.low + behind % (self.high - self.low + 1))

    def limit(self, current: Any, which: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return one of the values at the ends of the row; *which* is any integer."""
        numbers = (self.high, self.low, self.high - 1, -1)
        number = numbers[which % len(numbers)]
        return self.made(current, min(max(self.low, number), self.high))

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the mirrored one: of the widths that codecs have, none is its own."""
        return self.made(value, self.low + self.high - self.number(value))

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the number that was sent."""
        return self.made(current, self.number(sent))


class Truths(Numbers):
    """False and true."""

    def __init__(self) -> None:
        super().__init__(0, 1)

    def made(self, current: Any, number: int) -> bool:  # noqa: ANN401, ARG002 (see above)
        """Return the boolean."""
        return bool(number)


class Kept(Numbers):
    """Numbers that a destination must hold already."""

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return *value*."""
        return value

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return *current*, which is equal."""
        return current


class Bounded(Numbers):
    """Numbers that a destination must not hold less than."""

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the last."""
        return self.made(value, self.high)


@dataclass
class Timer:
    """A timer without a clock: it knows when it would fire, and never does.

    Attributes:
        expire_ns: when it fires, nanoseconds; None where it is not armed.
    """

    expire_ns: int | None = None

    def modify(self, expire_ns: int) -> None:
        """Arm it to fire at *expire_ns*."""
        self.expire_ns = expire_ns

    def delete(self) -> None:
        """Disarm it."""
        self.expire_ns = None


class Timers(Numbers):
    """Timers: not armed, then every time that QEMU can hold; it has no negative ones."""

    def __init__(self) -> None:
        super().__init__(0, 1 << 63)

    def number(self, value: Any) -> int:  # noqa: ANN401 (a value is of any type)
        """Return zero for a timer that is not armed, else one more than its time."""
        return 0 if value.expire_ns is None else value.expire_ns + 1

    def made(self, current: Any, number: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return *current*, armed or disarmed; a new timer where there is none."""
        timer = Timer() if current is None else current
        if number == 0:
            timer.delete()
        else:
            timer.modify(number - 1)
        return timer


@dataclass(frozen=True)
class Choices:
    """A few values that have no order.

    Attributes:
        known: all of them.
        is_kept: whether a destination must hold the same one already.
    """

    known: tuple[Any, ...]
    is_kept: bool = False

    def zero(self, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the first."""
        return self.known[0]

    def near(self, current: Any, size: int, most: int) -> SearchStrategy[Any]:  # noqa: ANN401, ARG002
        """Return all of them, *current* first."""
        return st.sampled_from([current, *(value for value in self.known if value != current)])

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the one behind *value*."""
        if self.is_kept:
            return value
        return self.known[(self.known.index(value) + 1) % len(self.known)]

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return the one that was sent."""
        return sent


def numbers_of(format_: str) -> Numbers:
    """Return the numbers that the struct format *format_* holds.

    It is one character, such as ``H``; or, for those that struct has none for, ``16s``.
    """
    bits = 8 * struct.calcsize(f">{format_}")
    if len(format_) == 1 and format_.islower():
        return Numbers(-(1 << bits - 1), (1 << bits - 1) - 1)
    return Numbers(0, (1 << bits) - 1)
