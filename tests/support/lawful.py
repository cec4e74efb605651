"""What the laws of the language are asked of: descriptions, with their examples."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from harness.strategies.descriptions import Example, from_description
from harness.strategies.shapes import furnished
from vmstate import Saved, VMStateDescription, save
from vmstate.codec import Codec
from vmstate.cursor import Reader

#: Bytes from which on few examples have to do.
_LARGE = 100


@dataclass(frozen=True)
class Case:
    """A description that the laws are asked of.

    Attributes:
        name: what it shows.
        description: the description.
        reset: the simplest state, if it is not one of zeros.
        values: more values to draw, by path.
    """

    name: str
    description: VMStateDescription
    reset: Callable[[], Any] | None = None
    values: Mapping[str, SearchStrategy[Any]] = field(default_factory=dict)

    def examples(self, **options: Any) -> SearchStrategy[Example]:
        reset = self.reset() if self.reset else None
        return from_description(self.description, reset=reset, values=self.values, **options)

    @property
    def simplest(self) -> Any:
        """A new state of zeros, or the reset state."""
        return furnished(self.description, self.reset() if self.reset else None)

    @cached_property
    def size(self) -> int:
        """Bytes of the simplest state; more for what takes long to copy."""
        is_blob = any(field.whole and field.codec for field in self.description.fields)
        copied = 8 * self.description.depth + (_LARGE if is_blob else 0)
        return len(save(self.description, self.simplest).data) + copied

    def some(self, count: int) -> int:
        """Return *count*, or fewer examples of what is large."""
        return count if self.size < _LARGE else max(2, count // 4)

    def __str__(self) -> str:
        return self.name


def for_all(
    examples: SearchStrategy[Example], count: int
) -> Callable[[Callable[[Example], None]], None]:
    """Ask the law that is decorated of *count* examples, at once; the same ones every time."""

    def ask(law: Callable[[Example], None]) -> None:
        check = settings(
            max_examples=count,
            database=None,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        check(given(examples)(law))()

    return ask


def read(saved: Saved, size: int | None = None) -> Reader:
    """Return a reader of the first *size* bytes of *saved*, with its descriptors."""
    reader = Reader(saved.data[:size])
    reader.descriptors = deque(saved.descriptors)
    return reader


def load(codec: Codec, state: Any, saved: Saved, version_id: int) -> None:
    """Load all of *saved* into *state*."""
    reader = read(saved)
    codec.load(state, reader, version_id)
    assert not reader.remaining
    assert not reader.descriptors
