"""Places: what of a state may be changed by itself, and stays legal.

Numbers, flags and timers, the counts of arrays, the lengths of lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.strategies.kinds import Numbers
from harness.strategies.shapes import furnish_field, furnished_element, lengths_of, place_of
from harness.strategies.steering import Place
from harness.strategies.steps import at, names_in, put
from harness.strategies.values import values_of
from vmstate.description import Field, VMStateDescription
from vmstate.paths import Step

#: How many elements of an array are places of their own.
_ELEMENTS = 8

Taken = set[tuple[int, Step]]


def places_of(description: VMStateDescription, state: Any, longest: int) -> list[Place]:  # noqa: ANN401 (any object)
    """Return the places of *state* that *description* names; no count above *longest*."""
    return list(_places(description, state, longest, frozenset(), set()))


def _places(
    description: VMStateDescription,
    state: Any,  # noqa: ANN401 (a state is any object)
    longest: int,
    names: frozenset[str],
    taken: Taken,
) -> Iterator[Place]:
    for path, fields in lengths_of(description).items():
        holder, step = place_of(state, path)
        taken.add((id(holder), step))
        yield _length(state, path, fields, longest, names)
    for field in description.fields:
        if field.has_value:
            yield from _in_field(field, state, longest, names | names_in(field.name), taken)
    for subsection in description.subsections:
        yield from _places(subsection, state, longest, names, taken)


def _length(
    state: Any,  # noqa: ANN401 (a state is any object)
    path: str,
    fields: list[Field],
    longest: int,
    names: frozenset[str],
) -> Place:
    holder, step = place_of(state, path)

    def change(number: int) -> None:
        put(holder, step, number)
        for field in fields:
            furnish_field(state, field)

    return Place(names | names_in(path), lambda: int(at(holder, step)), change, 0, longest)


def _in_field(
    field: Field,
    state: Any,  # noqa: ANN401 (a state is any object)
    longest: int,
    names: frozenset[str],
    taken: Taken,
) -> Iterator[Place]:
    holder, step = place_of(state, field.name)
    value = at(holder, step)
    if field.container is not None:
        if isinstance(value, list):
            yield _list(field, value, names)
        return
    slots: list[tuple[Any, Step]] = [(holder, step)]
    if field.is_array:
        rows = value[:_ELEMENTS] if field.columns else [value or []]
        slots = [(row, index) for row in rows for index in range(min(len(row), _ELEMENTS))]
    for slot, key in slots:
        element = at(slot, key)
        if element is None:
            continue
        if field.vmsd is not None:
            yield from _places(field.vmsd, element, longest, names, taken)
        elif (id(slot), key) not in taken:
            values = values_of(field.codec)
            taken.add((id(slot), key))
            if isinstance(values, Numbers):
                yield _number(values, slot, key, names)


def _number(values: Numbers, holder: Any, step: Step, names: frozenset[str]) -> Place:  # noqa: ANN401
    return Place(
        names,
        lambda: values.number(at(holder, step)),
        lambda number: put(holder, step, values.made(at(holder, step), number)),
        values.low,
        values.high,
    )


def _list(field: Field, elements: list[Any], names: frozenset[str]) -> Place:
    def change(number: int) -> None:
        elements.extend(furnished_element(field, None) for _ in range(number - len(elements)))
        del elements[number:]

    return Place(names, lambda: len(elements), change, 0, 1 + len(elements))
