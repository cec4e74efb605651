"""Shapes: states that have every place that a description names.

A state is a tree of plain objects.  What is missing in one is made here: zeros, null
pointers, lists as long as their counts say.  What is there stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from harness.strategies.steps import at, put
from harness.strategies.values import values_of
from vmstate.description import Field, VMStateDescription
from vmstate.flags import VMS
from vmstate.nesting import room_for
from vmstate.paths import Step, parse_path


class NamedArray(list[Any]):
    """A list that may have attributes: the elements that fields reach by a constant's name."""

    def __repr__(self) -> str:
        return f"NamedArray({list(self)!r}, {vars(self)!r})"


def furnished(description: VMStateDescription, state: Any = None) -> Any:  # noqa: ANN401 (any object)
    """Return *state* with every place that *description* names; a new one of zeros if None."""
    state = SimpleNamespace() if state is None else state
    with room_for(description.depth):
        _furnish(state, description)
    return state


def place_of(state: Any, path: str) -> tuple[Any, Step]:  # noqa: ANN401 (a state is any object)
    """Return what holds the value at *path* inside *state*, and the last step to it.

    What is missing on the way is made.
    """
    steps = parse_path(path)
    for step, following in pairwise(steps):
        held = at(state, step)
        kind = list if isinstance(following, int) else SimpleNamespace
        if held is None:
            held = kind()
            put(state, step, held)
        elif isinstance(following, str) and type(held) is list:
            held = NamedArray(held)
            put(state, step, held)
        elif isinstance(following, int) and type(held) is SimpleNamespace:
            held = _named(held)
            put(state, step, held)
        state = held
    return state, steps[-1]


def _named(attributes: SimpleNamespace) -> NamedArray:
    array = NamedArray()
    vars(array).update(vars(attributes))
    return array


def _furnish(state: Any, description: VMStateDescription) -> None:  # noqa: ANN401 (any object)
    for path in lengths_of(description):
        holder, step = place_of(state, path)
        if at(holder, step) is None:
            put(holder, step, 0)
    for field in description.fields:
        furnish_field(state, field)
    for subsection in description.subsections:
        _furnish(state, subsection)


def lengths_of(description: VMStateDescription) -> dict[str, list[Field]]:
    """Return the paths of counts and sizes, with the fields that are so many or so long.

    Subsections are of the same state, so that theirs are among them.
    """
    lengths: dict[str, list[Field]] = {}
    for field in description.fields:
        for path in (field.num_field, field.size_field):
            if path:
                lengths.setdefault(path, []).append(field)
    for subsection in description.subsections:
        for path, fields in lengths_of(subsection).items():
            lengths.setdefault(path, []).extend(fields)
    return lengths


def furnish_field(state: Any, field: Field) -> None:  # noqa: ANN401 (a state is any object)
    """Make what *state* lacks of *field*: after its count has grown, the new elements."""
    if not field.has_value:
        return
    holder, step = place_of(state, field.name)
    current = at(holder, step)
    if field.container is not None:
        if current is None:
            put(holder, step, {} if field.container.name == "gtree" else [])
    elif field.is_array:
        put(holder, step, _array(state, field, current))
    elif field.is_struct:
        put(holder, step, furnished_element(field, current))
    else:
        put(holder, step, _value(field, current, field.element_size(state)))


def _array(state: Any, field: Field, current: Any) -> Any:  # noqa: ANN401 (a state is any object)
    """Return *current* with as many elements as the field has in *state*."""
    array = [] if current is None else current
    if type(array) is SimpleNamespace:
        array = _named(array)
    count = field.count(state)
    if not field.columns:
        _furnish_row(array, field, field.start + count)
        return array
    array.extend([] for _ in range(count // field.columns - len(array)))
    for row in array[: count // field.columns]:
        _furnish_row(row, field, field.columns)
    return array


def _furnish_row(row: list[Any], field: Field, count: int) -> None:
    row.extend([None] * (count - len(row)))
    if field.is_pointer_array:
        for element in row:
            if element is not None and field.is_struct:
                furnished_element(field, element)
    elif field.is_struct:
        row[field.start : count] = [
            furnished_element(field, element) for element in row[field.start : count]
        ]
    elif None in row:
        row[:] = [_value(field, element, field.size) for element in row]


def furnished_element(field: Field, current: Any) -> Any:  # noqa: ANN401 (a state is any object)
    """Return an element of a field of states: *current*, or a new one, with all its places."""
    make: Callable[[], Any] = field.make or SimpleNamespace
    element = make() if current is None else current
    if field.vmsd is not None:
        _furnish(element, field.vmsd)
    return element


def _value(field: Field, current: Any, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
    """Return *current*, or the zero of the field's codec; a buffer has *size* bytes at least."""
    values = values_of(field.codec)
    if current is None:
        return values.zero(max(0, size))
    if isinstance(current, bytearray) and field.flags & (VMS.BUFFER | VMS.VBUFFER):
        current.extend(values.zero(max(0, size))[len(current) :])
    return current


def new_value(field: Field, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
    """Return a new element of *field*: a furnished state, or the zero of its codec."""
    if field.is_struct:
        return furnished_element(field, None)
    return values_of(field.codec).zero(size)
