"""Verdicts: whether a destination takes a stream, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vmstate.errors import StreamError


@dataclass(frozen=True, slots=True)
class Accepted:
    """The destination loads the stream.

    Attributes:
        warnings: what it finds odd, and loads all the same.
    """

    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The destination does not load the stream.

    Attributes:
        why: what was found and what was expected.
        offset: where in the stream; None where no single place is at fault.
        path: the section or field that was being loaded; empty outside any.
    """

    why: str
    offset: int | None = None
    path: str = ""

    @classmethod
    def of(cls, error: StreamError) -> Refused:
        """Return the verdict that *error* amounts to."""
        return cls(error.why, error.offset, error.path)

    def __str__(self) -> str:
        return str(StreamError(self.why, offset=self.offset, path=self.path))


Verdict: TypeAlias = Accepted | Refused
"""What a destination says to a stream."""
