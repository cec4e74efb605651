"""Values: what one element of each codec can be, drawn so that it shrinks to a given one.

Whatever is drawn is drawn as a distance from the value that the state holds already, and
the distance zero is the simplest draw: what has no part in a failure stays as it was at
reset.  Codecs are known by their class; :func:`values_of` takes more of them:
``values_of.register(MyCodec, lambda codec: Numbers(0, 9))``.

This module knows codecs; it knows no fields and no descriptions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache, singledispatch
from typing import Any, Protocol, cast

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.errors import ConfigError
from vmstate.info import Buffer, Integer
from vmstate.info.bitmap import Bitmap
from vmstate.info.boolean import Boolean
from vmstate.info.byte_array import ByteArray
from vmstate.info.capability import Capability
from vmstate.info.descriptor import Descriptor
from vmstate.info.equal import Equal
from vmstate.info.less_or_equal import LessOrEqual
from vmstate.info.pointer_marker import PointerMarker
from vmstate.info.protocol import Fixed
from vmstate.info.timer import TimerInfo

#: A first byte from here on inverts everything: all bits set is a value to be tried.
_INVERTED = 0xF0
#: How many pieces of a large array are changed at most, and bytes of a buffer in one piece.
_PATCHES, _PATCH_BYTES, _INDEX_BYTES = 4, 8, 4
#: Bytes of a word of a bitmap.
_WORD = 8


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
        return _integers(self.low - number, self.high - number)

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
            current[self.start : end] = _xor(current[self.start : end], mask)
            return current

        return masks(size, most).map(turn)

    def other(self, value: bytearray, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Turn over every bit, also of what is not sent."""
        value[:] = _xor(value, b"\xff" * len(value))
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
        parts = st.tuples(_integers(0, len(current)), masks(len(current), most), added)
        return parts.map(
            lambda drawn: bytearray(_xor(current, drawn[1])[: len(current) - drawn[0]] + drawn[2])
        )

    def other(self, value: bytearray, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Return other bytes, one more."""
        return bytearray(_xor(value, b"\xff" * len(value)) + b"\xff")

    def loaded(self, sent: bytearray, current: bytearray, size: int) -> bytearray:  # noqa: ARG002 (protocol)
        """Copy all of it."""
        current[:] = sent
        return current


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


@singledispatch
def values_of(codec: object) -> Values:
    """Return what the elements of *codec* can be.

    Raises:
        ConfigError: nothing is known of such a codec.
    """
    # A plain codec's value is the number that its struct format holds.
    if getattr(codec, "convert", True) is None:
        return numbers_of(cast("Fixed", codec).format)
    raise ConfigError(
        f"it is not known what values the codec {codec!r} takes",
        "register its class with harness.strategies.values.values_of",
    )


def numbers_of(format_: str) -> Numbers:
    """Return the numbers that the struct format *format_* holds, one character such as ``H``."""
    return Numbers(*_ends_of(format_))


def _ends_of(format_: str) -> tuple[int, int]:
    bits = 8 * struct.calcsize(f">{format_}")
    if format_.islower():
        return -(1 << bits - 1), (1 << bits - 1) - 1
    return 0, (1 << bits) - 1


values_of.register(Integer, lambda codec: numbers_of(codec.format))
values_of.register(Boolean, lambda _: Truths())
values_of.register(TimerInfo, lambda _: Timers())
values_of.register(Buffer, lambda codec: Contents(codec.start))
values_of.register(Bitmap, lambda _: Bits())
values_of.register(ByteArray, lambda _: Growing())
values_of.register(Equal, lambda codec: Kept(*_ends_of(codec.format)))
values_of.register(LessOrEqual, lambda _: Bounded(0, (1 << 31) - 1))
values_of.register(Descriptor, lambda _: Numbers(0, (1 << 31) - 1))
values_of.register(Capability, lambda codec: Choices(tuple(sorted(codec.known))))
values_of.register(PointerMarker, lambda _: Choices((None, True), is_kept=True))


@dataclass(frozen=True)
class Changes:
    """What is changed in an array of numbers.

    Attributes:
        distances: how far elements are moved, by index.
        limits: which elements are put to a limit, and to which, by index.
    """

    distances: dict[int, int]
    limits: dict[int, int]

    def apply(self, values: Numbers, elements: Any, start: int) -> None:  # noqa: ANN401 (any sequence)
        """Change *elements*; *start* is the index of the first."""
        for index, distance in self.distances.items():
            elements[start + index] = values.moved(elements[start + index], distance)
        for index, which in self.limits.items():
            elements[start + index] = values.limit(elements[start + index], which)


@lru_cache(maxsize=1024)
def changes(count: int, width: int, most: int) -> SearchStrategy[Changes]:
    """Return changes of *count* numbers of *width* bytes, as one run of bytes.

    If all can't be drawn with *most* bytes, a few of them change, any of them.
    """
    # The first two bytes put one element to a limit, the third all; mostly they do neither.
    if 3 + count * width <= most:
        return _bytes(3 + count * width).map(
            lambda data: _changes(data, count, list(enumerate(_pieces(data[3:], width))))
        )

    def sparse(data: bytes) -> Changes:
        patches = _pieces(data[3:], _INDEX_BYTES + width)
        moved = [(patch >> 8 * width, patch & ((1 << 8 * width) - 1)) for patch in patches]
        return _changes(data, count, [(index % count, distance) for index, distance in moved])

    return _bytes(3 + _PATCHES * (_INDEX_BYTES + width)).map(sparse)


def _changes(data: bytes, count: int, distances: list[tuple[int, int]]) -> Changes:
    limits = {}
    if data[2] >= _INVERTED:
        limits = dict.fromkeys(range(count), data[2])
    elif data[1] >= _INVERTED:
        limits = {data[0] * count >> 8: data[1]}
    return Changes({index: distance for index, distance in distances if distance}, limits)


def _pieces(data: bytes, size: int) -> list[int]:
    return [int.from_bytes(data[at : at + size]) for at in range(0, len(data), size)]


@lru_cache(maxsize=1024)
def masks(size: int, most: int) -> SearchStrategy[bytes]:
    """Return *size* bytes of which any bits are set, drawn as one run of at most *most* bytes.

    If all can't be drawn with so many, a few pieces anywhere are.
    """
    if size == 0:
        return st.just(b"")
    if 1 + size <= most:
        return _bytes(1 + size).map(lambda data: _inverted(data[0], data[1:]))

    def sparse(data: bytes) -> bytes:
        mask = bytearray(size)
        for patch in _pieces(data[1:], _INDEX_BYTES + _PATCH_BYTES):
            bits = patch & ((1 << 8 * _PATCH_BYTES) - 1)
            at = (patch >> 8 * _PATCH_BYTES) % size
            piece = bits.to_bytes(_PATCH_BYTES)[: size - at]
            mask[at : at + len(piece)] = piece
        return _inverted(data[0], bytes(mask))

    return _bytes(1 + _PATCHES * (_INDEX_BYTES + _PATCH_BYTES)).map(sparse)


def _inverted(flag: int, mask: bytes) -> bytes:
    return _xor(mask, b"\xff" * len(mask)) if flag >= _INVERTED else mask


def _xor(data: bytes | bytearray, mask: bytes) -> bytes:
    return (int.from_bytes(data) ^ int.from_bytes(mask)).to_bytes(len(data))


@lru_cache(maxsize=4096)
def _integers(low: int, high: int) -> SearchStrategy[int]:
    return st.integers(low, high)


def _bytes(size: int) -> SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)
