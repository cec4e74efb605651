"""Mutations: what was done to a stream, as a value that can be done again.

A mutation knows no format: it is a few bytes that are replaced by others at given places,
and words for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Bytes that are replaced.

    Attributes:
        offset: where they begin in the stream as it was, before any edit.
        before: what stands there; empty to insert.
        after: what comes in its place; empty to remove.
    """

    offset: int
    before: bytes
    after: bytes

    @property
    def end(self) -> int:
        """Where the bytes end that are replaced."""
        return self.offset + len(self.before)

    def clashes(self, other: Edit) -> bool:
        """Whether the two can't be done together: they share a byte, or a place to insert."""
        return self.offset == other.offset or (self.offset < other.end and other.offset < self.end)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One thing that was done to a stream.

    Attributes:
        kind: what, e.g. ``section version``.
        where: whose, e.g. ``i8254``.
        change: before and after, for people, e.g. ``3 -> 4``.
        edits: the bytes, by offset.
    """

    kind: str
    where: str
    change: str
    edits: tuple[Edit, ...] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.kind} of {self.where}: {self.change}"

    def clashes(self, others: Iterable[Mutation]) -> bool:
        """Whether it can't be done together with one of *others*."""
        return any(
            mine.clashes(theirs)
            for other in others
            for theirs in other.edits
            for mine in self.edits
        )


def applied(data: bytes, mutations: Sequence[Mutation]) -> bytes:
    """Return the stream *data* with *mutations* done to it; their order does not matter.

    Raises:
        ValueError: a mutation is of another stream, or two of them clash.
    """
    pieces = []
    reached = 0
    for one in sorted(edit for mutation in mutations for edit in mutation.edits):
        if one.offset < reached:
            raise ValueError(f"two mutations meet at offset {one.offset:#x}: leave one of them out")
        found = data[one.offset : one.end]
        if found != one.before:
            raise ValueError(
                f"at offset {one.offset:#x} the stream has {found[:16].hex()}, "
                f"the mutation expects {one.before[:16].hex()}: it was made for another stream"
            )
        pieces += [data[reached : one.offset], one.after]
        reached = one.end
    return b"".join([*pieces, data[reached:]])
