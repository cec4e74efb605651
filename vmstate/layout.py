"""Layouts: where each field of one saved state stands in its bytes.

A layout is a tree, as deep as the description: a state has fields, a field has elements,
an element that is a struct is a state again.  Whoever saves makes it; from it follow the
flat list of spans and, elsewhere, the vmdesc.  Values only; nothing is read or written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from vmstate.description import Field, VMStateDescription

#: Markers of the elements of an array of pointers: a null pointer; a valid one with its
#: marker byte; an element without a marker.
NULL, VALID, UNMARKED = "0", "1", "."


class Span(NamedTuple):
    """Where one leaf field stands in what was saved.

    Attributes:
        path: e.g. ``channels[1].count``; inside a subsection ``<i8254/foo>.bar``.
        type: the codec's name.
        offset: first byte, from the beginning of what was saved.
        size: bytes.
    """

    path: str
    type: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """Where the elements of one field stand.

    Attributes:
        index: which of the description's fields it is.
        field: the field.
        offset: first byte, from the beginning of what was saved.
        sizes: bytes of each element, markers and nested subsections included.
        markers: for an array of pointers one character for each element, else empty.
        children: the nested states in wire order: one for each element that is a struct
            and not null; for a container all states that it holds (a tree: keys that are
            described before their values).
    """

    index: int
    field: Field
    offset: int
    sizes: tuple[int, ...]
    markers: str = ""
    children: tuple[StateLayout, ...] = ()


@dataclass(frozen=True, slots=True)
class StateLayout:
    """Where the fields of one state stand.

    Attributes:
        description: what it was saved by.
        version_id: at which version.
        offset: first byte, from the beginning of what was saved.
        size: bytes, subsections included.
        fields: those that were there, in wire order.
        subsections: those that were sent, in wire order; the offset is that of their
            fields, past the header.
    """

    description: VMStateDescription
    version_id: int
    offset: int
    size: int
    fields: tuple[FieldLayout, ...]
    subsections: tuple[StateLayout, ...]

    def spans(self, marker_type: str) -> Iterator[Span]:
        """Yield the leaf fields in wire order.

        The marker of a null pointer is a leaf of type *marker_type*; what only frames
        elements (markers of valid pointers, the bytes between a list's elements) is none.
        """
        # A stack in the place of recursion: descriptions may be nested deep.
        stack: list[Iterator[Span | tuple[str, StateLayout]]] = [_parts(self, "", marker_type)]
        while stack:
            part = next(stack[-1], None)
            if part is None:
                stack.pop()
            elif isinstance(part, Span):
                yield part
            else:
                prefix, child = part
                stack.append(_parts(child, prefix, marker_type))


def _parts(
    state: StateLayout, prefix: str, marker_type: str
) -> Iterator[Span | tuple[str, StateLayout]]:
    """Yield the leaves of *state* itself, and the states in it with their prefixes."""
    for field in state.fields:
        if field.field.container is None:
            yield from _elements(field, prefix, marker_type)
        else:
            for index, child in enumerate(field.children):
                yield f"{prefix}{field.field.name}[{index}].", child
    for subsection in state.subsections:
        yield f"{prefix}<{subsection.description.name}>.", subsection


def _elements(
    field: FieldLayout, prefix: str, marker_type: str
) -> Iterator[Span | tuple[str, StateLayout]]:
    children = iter(field.children)
    codec = field.field.codec
    offset = field.offset
    for index, size in enumerate(field.sizes):
        path = prefix + field.field.path_of(index)
        marker = field.markers[index] if field.markers else UNMARKED
        skipped = int(marker == VALID)
        if marker == NULL:
            yield Span(path, marker_type, offset, size)
        elif field.field.is_struct:
            yield f"{path}.", next(children)
        elif codec is not None:
            yield Span(path, codec.name, offset + skipped, size - skipped)
        offset += size
