"""Entries of a vmdesc: which elements of a field each of them stands for.

Owns the ways in which releases tell an array: by one entry, by one for each element, by
one for each run of pointers.  It knows no JSON and no bytes.

Source: QEMU 7.2, 10.0 and 11.1 migration/vmstate.c (vmstate_save_state_v,
vmsd_desc_field_start, vmsd_can_compress).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

#: Type of the mark of a null pointer, as releases from 10.0 to 11.0 call it.
NULL_POINTER = "nullptr"
#: Types of marks of pointers.
MARKERS = frozenset({NULL_POINTER, "ptr-marker"})


class Entry(Protocol):
    """An entry, as far as it tells of elements."""

    @property
    def name(self) -> str:
        """The field's name."""

    @property
    def type(self) -> str:
        """The type of the elements."""

    @property
    def count(self) -> int:
        """How many elements it says that it stands for."""

    @property
    def index(self) -> int | None:
        """Index of the first of them; None where it is not told."""

    @property
    def is_array(self) -> bool:
        """Whether it is told as an array or as part of one."""


OneEntry = TypeVar("OneEntry", bound=Entry)


def runs(entries: Sequence[OneEntry]) -> Iterator[tuple[OneEntry, int | None, int]]:
    """Yield every field with the index of its first element, and how many elements there are.

    The index is None for what is no array.

    Releases differ in where they give an index: 7.2 gives every single one, 10.0 all but
    the last, 11.1 none.  A name that occurs again is therefore the next element of the
    same array.
    """
    counts = true_counts(entries)
    if len({entry.name for entry in entries}) == len(entries):
        # Nearly every description: what each entry says is all that there is to know.
        for entry, count in zip(entries, counts, strict=True):
            yield entry, (entry.index or 0) if entry.is_array else None, count
        return
    names = Counter(entry.name for entry in entries)
    reached: Counter[str] = Counter()
    for entry, count in zip(entries, counts, strict=True):
        name = entry.name
        if entry.index is not None:
            reached[name] = entry.index
        yield entry, reached[name] if entry.is_array or names[name] > 1 else None, count
        reached[name] += count


def true_counts(entries: Sequence[Entry]) -> list[int]:
    """Return how many elements each entry really stands for.

    From 10.0 on, an array of pointers that begins with a valid one and has null ones
    behind it is announced whole, and then again in pieces.
    """
    counts = [entry.count for entry in entries]
    for name in {entry.name for entry in entries if entry.type in MARKERS}:
        first, *others = (place for place, entry in enumerate(entries) if entry.name == name)
        if entries[first].type not in MARKERS and counts[first] > 1:
            counts[first] -= min(sum(counts[place] for place in others), counts[first] - 1)
    return counts
