"""Runs: what many values are made of, drawn as one run of bytes.

One run is one choice of Hypothesis's, however much it holds, and zeros are its simplest:
they change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.steps import at, put
from vmstate.paths import Step

#: Bytes in front of a run: where a stretch of extreme values ends, whether there is one, and
#: how long it is.  A stretch that is needed for one element alone shrinks to that element.
_HEAD = 3
#: From here on the second of them says that there is one.
_EXTREME = 0xF0
#: How many pieces of a large array are changed at most, and bytes of a buffer in one piece.
_PATCHES, _PATCH_BYTES, _INDEX_BYTES = 4, 8, 4


class Movable(Protocol):
    """Values that stand in a row; see :class:`harness.strategies.kinds.Numbers`."""

    @property
    def width(self) -> int:
        """Bytes that can tell all of them apart."""

    def moved(self, current: Any, distance: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return the value *distance* behind *current*."""

    def limit(self, current: Any, which: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return one of those at the ends."""


class Slot(NamedTuple):
    """A place of a number.

    Attributes:
        values: what it can be.
        holder, step: the state or array that holds it, and the name or index there.
    """

    values: Movable
    holder: Any
    step: Step

    def get(self) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return what stands there."""
        return at(self.holder, self.step)

    def put(self, value: object) -> None:
        """Put *value* there."""
        put(self.holder, self.step, value)


@dataclass(frozen=True)
class Changes:
    """What is changed among many numbers.

    Attributes:
        distances: how far elements are moved, by index.
        limits: which elements are put to a limit, and to which, by index.
    """

    distances: dict[int, int]
    limits: dict[int, int]

    def apply(self, slots: Sequence[Slot]) -> None:
        """Change what stands at *slots*."""
        for index, distance in self.distances.items():
            slot = slots[index]
            slot.put(slot.values.moved(slot.get(), distance))
        for index, which in self.limits.items():
            slot = slots[index]
            slot.put(slot.values.limit(slot.get(), which))


@lru_cache(maxsize=1024)
def changes(count: int, width: int, most: int) -> SearchStrategy[Changes]:
    """Return changes of *count* numbers of up to *width* bytes, as one run of bytes.

    If all can't be drawn with *most* bytes, a few of them change, any of them.
    """
    if _HEAD + count * width <= most:
        return run(_HEAD + count * width).map(
            lambda data: _changes(data, count, list(enumerate(_pieces(data[_HEAD:], width))))
        )

    def sparse(data: bytes) -> Changes:
        patches = _pieces(data[_HEAD:], _INDEX_BYTES + width)
        moved = [(patch >> 8 * width, patch & ((1 << 8 * width) - 1)) for patch in patches]
        return _changes(data, count, [(index % count, distance) for index, distance in moved])

    return run(_HEAD + _PATCHES * (_INDEX_BYTES + width)).map(sparse)


def _changes(data: bytes, count: int, distances: list[tuple[int, int]]) -> Changes:
    limits = dict.fromkeys(_stretch(data, count), data[1])
    return Changes({index: distance for index, distance in distances if distance}, limits)


def _stretch(data: bytes, count: int) -> range:
    """Return which of *count* elements have extreme values; mostly none."""
    if data[1] < _EXTREME:
        return range(0)
    end, length = 1 + (data[0] * count >> 8), 1 + (data[2] * count >> 8)
    return range(max(0, end - length), end)


def _pieces(data: bytes, size: int) -> list[int]:
    return [int.from_bytes(data[at : at + size]) for at in range(0, len(data), size)]


@lru_cache(maxsize=1024)
def masks(size: int, most: int) -> SearchStrategy[bytes]:
    """Return *size* bytes of which any bits are set, drawn as one run of at most *most* bytes.

    If all can't be drawn with so many, a few pieces anywhere are.
    """
    if size == 0:
        return st.just(b"")
    if _HEAD + size <= most:
        return run(_HEAD + size).map(lambda data: _filled(data, bytearray(data[_HEAD:])))

    def sparse(data: bytes) -> bytes:
        mask = bytearray(size)
        for patch in _pieces(data[_HEAD:], _INDEX_BYTES + _PATCH_BYTES):
            bits = patch & ((1 << 8 * _PATCH_BYTES) - 1)
            start = (patch >> 8 * _PATCH_BYTES) % size
            piece = bits.to_bytes(_PATCH_BYTES)[: size - start]
            mask[start : start + len(piece)] = piece
        return _filled(data, mask)

    return run(_HEAD + _PATCHES * (_INDEX_BYTES + _PATCH_BYTES)).map(sparse)


def _filled(data: bytes, mask: bytearray) -> bytes:
    stretch = _stretch(data, len(mask))
    mask[stretch.start : stretch.stop] = b"\xff" * len(stretch)
    return bytes(mask)


def turned(data: bytes | bytearray, mask: bytes) -> bytes:
    """Return *data* with the bits that *mask* has turned over."""
    return (int.from_bytes(data) ^ int.from_bytes(mask)).to_bytes(len(data))


@lru_cache(maxsize=4096)
def integers(low: int, high: int) -> SearchStrategy[int]:
    """Return the integers from *low* to *high*, those nearest to zero first."""
    return st.integers(low, high)


def run(size: int) -> SearchStrategy[bytes]:
    """Return *size* bytes, which are one choice."""
    return st.binary(min_size=size, max_size=size)
