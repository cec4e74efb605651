"""Leaves: a saved state as a flat table of its fields, each with the macros around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tests.support.written_macros import macro_of
from vmstate import Saved
from vmstate.layout import NULL, FieldLayout, StateLayout


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field that has no fields in it.

    Attributes:
        path: where it is, as in :class:`vmstate.Span`; unique.
        type: its codec's name.
        offset: where its bytes begin.
        data: its bytes.
        macros: the macros by which it and the fields around it were written.
    """

    path: str
    type: str
    offset: int
    data: bytes
    macros: frozenset[str]

    @property
    def is_number(self) -> bool:
        """Whether it is to be shown and computed with as a number."""
        return len(self.data) <= 8 and "buffer" not in self.type

    @property
    def value(self) -> int:
        """Its bytes as a number, with a sign where its type has one."""
        return int.from_bytes(self.data, signed=self.type.startswith("int"))

    def __str__(self) -> str:
        return str(self.value) if self.is_number else self.data.hex()

    def holding(self, value: int | bytes) -> Leaf:
        """Return the leaf with another value, a number cut off to its width."""
        if isinstance(value, int):
            size = len(self.data)
            value = (value & ((1 << 8 * size) - 1)).to_bytes(size)
        return replace(self, data=value)


def leaves(saved: Saved) -> dict[str, Leaf]:
    """Return the leaves of *saved* by path; a path that occurs again ends in ``#2``."""
    found: dict[str, Leaf] = {}
    for span, macros in zip(saved.spans, _macros(saved.layout, frozenset()), strict=True):
        path = span.path
        number = 2
        while path in found:
            path, number = f"{span.path}#{number}", number + 1
        data = saved.data[span.offset : span.offset + span.size]
        found[path] = Leaf(path, span.type, span.offset, data, macros)
    return found


def joined(saved: Saved, changed: dict[str, Leaf]) -> bytes:
    """Return the bytes of *saved* with the leaves *changed*, which keep their sizes."""
    data = bytearray(saved.data)
    for leaf in changed.values():
        data[leaf.offset : leaf.offset + len(leaf.data)] = leaf.data
    return bytes(data)


def _macros(state: StateLayout, around: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield the macros of each leaf, in the order of the spans."""
    for field in state.fields:
        macro = macro_of(field.field)
        yield from _of_field(field, around | {macro} if macro else around)
    for subsection in state.subsections:
        yield from _macros(subsection, around)


def _of_field(field: FieldLayout, macros: frozenset[str]) -> Iterator[frozenset[str]]:
    children = iter(field.children)
    if field.field.container is not None:
        for child in children:
            yield from _macros(child, macros)
        return
    for index in range(len(field.sizes)):
        if field.field.is_struct and (not field.markers or field.markers[index] != NULL):
            yield from _macros(next(children), macros)
        elif field.field.codec is not None:
            yield macros
