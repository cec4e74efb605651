"""Destinations: states into which an example can be loaded, with other values in every place.

Whatever a load forgets, or writes where it should not, shows.  What the destination must
hold already for the load to be understood is as in the example: what tests of fields read,
lengths that are not loaded before they count, which pointers are null.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from harness.strategies.descriptions import Example
from harness.strategies.reads import Reads, reads_of
from harness.strategies.shapes import lengths_of, place_of
from harness.strategies.steps import at, names_in, put
from harness.strategies.values import values_of
from vmstate.description import Field, VMStateDescription
from vmstate.info import Info
from vmstate.nesting import room_for
from vmstate.paths import Step

#: How many more frames than saving it, a level of descriptions takes to be copied.
_FRAMES = 4


def destination(example: Example) -> Any:  # noqa: ANN401 (a state is any object)
    """Return a new state of the same shape, over which *example* can be loaded.

    Each number is mirrored, each bit of a buffer turned over; lists and trees are empty,
    and what loading allocates is a null pointer.
    """
    with room_for(_FRAMES * example.description.depth):
        state = deepcopy(example.state)
        _Change().state(example.description, state, example.version_id, [])
        for path in example.extra:
            holder, step = place_of(state, path)
            put(holder, step, _other(at(holder, step)))
    return state


class _Change:
    """Changes a state, each of its places once."""

    def __init__(self) -> None:
        self._taken: dict[tuple[int, Step], Any] = {}

    def _take(self, holder: Any, step: Step) -> bool:  # noqa: ANN401 (a state is any object)
        if (id(holder), step) in self._taken:
            return False
        self._taken[id(holder), step] = holder
        return True

    def state(
        self,
        description: VMStateDescription,
        state: Any,  # noqa: ANN401 (a state is any object)
        version_id: int,
        reads: list[Reads],
    ) -> None:
        """Change *state*, but for what any of *reads*, or a test of its own, may read."""
        reads = [*reads, *_tests_of(description, state)]
        # Lengths come last: until then they say how much there is to change.
        lengths = [
            (path, place_of(state, path))
            for path in lengths_of(description)
            if self._take(*place_of(state, path))
        ]
        self._fields(description, state, reads)
        carriers = _loaded_first(description, version_id)
        for path, (holder, step) in lengths:
            codec = carriers.get(path)
            if codec is not None and not any(one.touches(names_in(path)) for one in reads):
                put(holder, step, values_of(codec).other(at(holder, step), 0))

    def _fields(self, description: VMStateDescription, state: Any, reads: list[Reads]) -> None:  # noqa: ANN401
        for field in description.fields:
            if field.whole and field.codec is not None:
                values_of(field.codec).other(state, field.size)
            if not field.has_value:
                continue
            asked = [one for one in reads if one.touches(names_in(field.name))]
            self._field(field, state, asked)
        for subsection in description.subsections:
            self._fields(subsection, state, reads)

    def _field(self, field: Field, state: Any, reads: list[Reads]) -> None:  # noqa: ANN401
        """Change one field's place; *reads* are those that may look into it."""
        holder, step = place_of(state, field.name)
        value = at(holder, step)
        if field.container is not None:
            if self._take(holder, step) and not reads:
                put(holder, step, type(value)())
        elif field.is_allocated and not field.has_markers:
            if self._take(holder, step) and not reads:
                put(holder, step, None)
        elif not field.is_array:
            self._element(field, holder, step, field.element_size(state), reads)
        elif value is not None:
            rows = value if field.columns else [value]
            for row in rows:
                self._row(field, row, field.columns or field.count(state), reads)

    def _row(self, field: Field, row: list[Any], count: int, reads: list[Reads]) -> None:
        for index in range(field.start, field.start + count):
            if field.has_markers:
                row[index] = None
            elif row[index] is not None:
                self._element(field, row, index, field.size, reads)

    def _element(
        self,
        field: Field,
        holder: Any,  # noqa: ANN401 (a state is any object)
        step: Step,
        size: int,
        reads: list[Reads],
    ) -> None:
        value = at(holder, step)
        if field.vmsd is not None:
            self.state(field.vmsd, value, field.struct_version(), reads)
        elif value is not None and self._take(holder, step) and not reads:
            put(holder, step, values_of(field.codec).other(value, size))


def _tests_of(description: VMStateDescription, state: object) -> list[Reads]:
    """Return what the tests that decide whether fields are there may read of *state*."""
    tests = [field.field_exists for field in description.fields if field.field_exists is not None]
    reads = [reads_of(test, state) for test in tests]
    for subsection in description.subsections:
        reads += _tests_of(subsection, state)
    return reads


def _loaded_first(description: VMStateDescription, version_id: int) -> dict[str, Info]:
    """Return the codecs of the numbers that are loaded for certain, by name."""
    return {
        field.name: field.codec
        for field in description.fields
        if field.codec is not None
        and not field.is_array
        and field.field_exists is None
        and field.version_id <= version_id
    }


def _other(value: Any) -> Any:  # noqa: ANN401 (a value is of any type)
    """Return another value of the same kind; *value* itself if there is no telling how."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if isinstance(value, bytearray):
        return bytearray(byte ^ 0xFF for byte in value)
    return value
