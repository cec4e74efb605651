"""Filling: drawing values into every place of a state.

What is drawn is how far a place moves from what the state holds already; see
``harness.strategies.kinds``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from harness.strategies.kinds import Numbers
from harness.strategies.runs import Slot, changes, integers, masks
from harness.strategies.shapes import (
    furnish_field,
    furnished,
    furnished_element,
    lengths_of,
    new_value,
    place_of,
)
from harness.strategies.steps import at, put
from harness.strategies.values import values_of
from vmstate.description import Field, VMStateDescription
from vmstate.flags import VMS
from vmstate.paths import Step

#: How many elements of an array of states are changed where there are too many for all.
_FEW = 3
#: From so many elements on, an array of states that are numbers is drawn as one.
_MANY = 8
#: How deep strategies stand in each other; Hypothesis gives up at a hundred.
_DEEPEST = 40
#: Bytes that a number costs at least, however small it is.
_LEAST = 16


@dataclass(frozen=True)
class Limits:
    """How long what is drawn becomes.

    Attributes:
        count: elements of arrays with a count, unless the reset state has more.
        size: bytes of buffers with a size, likewise.
        bits: bits of bitmaps, likewise.
        added: elements of lists and trees beyond those of the reset state.
        drawn: bytes that are drawn for all arrays and buffers together; where they don't
            suffice only a few elements of each change.
    """

    count: int = 4
    size: int = 16
    bits: int = 80
    added: int = 3
    drawn: int = 4096


#: Makes a nested state fit for saving: called with its description, the state and the version.
Satisfy = Callable[[VMStateDescription, Any, int], None]


class Filler:
    """Draws values into states.

    Args:
        draw: draws.
        limits: how long things become.
        description: the whole of what will be filled.
        satisfy: is called with each nested state that has been filled.
        keeps_lengths: whether lengths that no field carries stay as they are.
    """

    def __init__(
        self,
        draw: DrawFn,
        limits: Limits,
        description: VMStateDescription,
        satisfy: Satisfy,
        *,
        keeps_lengths: bool,
    ) -> None:
        self._draw, self._limits, self._satisfy = draw, limits, satisfy
        self._keeps_lengths = keeps_lengths
        self._weights: dict[int, int] = {}
        self._share = max(_LEAST, limits.drawn // max(1, _arrays(description)))
        # Two fields may name one place, which is drawn once; what holds it is kept, so
        # that no identity comes twice.
        self._depth = 0
        self._taken: dict[tuple[int, Step], Any] = {}

    def fill(self, description: VMStateDescription, state: Any, version_id: int) -> None:  # noqa: ANN401
        """Draw values into *state*, which has all places, and into the states inside it."""
        for path, fields in lengths_of(description).items():
            self._length(description, state, path, fields)
        self._fields(description, state, version_id)

    def _fields(self, description: VMStateDescription, state: Any, version_id: int) -> None:  # noqa: ANN401
        fields = [field for field in description.fields if field.has_value or field.whole]
        there = [field for field in fields if field.exists(state, version_id)]
        absent = [field for field in fields if not field.exists(state, version_id)]
        # Where an old and a new form of a field share a place, the one that is sent decides.
        for field in there:
            self._field(field, state)
        for field in absent:
            if field.whole or not self._is_taken(*place_of(state, field.name)):
                self._field(field, state)
        for subsection in description.subsections:
            self._fields(subsection, state, subsection.version_id)

    def _take(self, holder: Any, step: Step) -> bool:  # noqa: ANN401 (a state is any object)
        """Take a place; return whether it was still free."""
        if self._is_taken(holder, step):
            return False
        self._taken[id(holder), step] = holder
        return True

    def _is_taken(self, holder: Any, step: Step) -> bool:  # noqa: ANN401 (a state is any object)
        return (id(holder), step) in self._taken

    def _length(
        self,
        description: VMStateDescription,
        state: Any,  # noqa: ANN401 (a state is any object)
        path: str,
        fields: list[Field],
    ) -> None:
        carriers = [field for field in _all_fields(description) if _leads_to(field, path)]
        holder, step = place_of(state, path)
        if not self._take(holder, step) or (self._keeps_lengths and not carriers):
            return
        current = int(at(holder, step))
        low, high = min(0, current), max(current, min(self._longest(field) for field in fields))
        for field in carriers:
            values = values_of(field.codec) if field.codec is not None else None
            if field.name == path and isinstance(values, Numbers):
                high = min(high, values.high)
                # A negative count is no elements.
                may_be_negative = values.low < 0 and all(map(_may_be_negative, fields))
                low = min(current, -1 if may_be_negative else 0)
        put(holder, step, current + self._draw(integers(low - current, high - current)))
        for field in fields:
            furnish_field(state, field)

    def _longest(self, field: Field) -> int:
        if field.flags & VMS.VBUFFER:
            is_bitmap = field.codec is not None and field.codec.name == "bitmap"
            return self._limits.bits if is_bitmap else self._limits.size
        return self._limits.count

    def _field(self, field: Field, state: Any) -> None:  # noqa: ANN401 (a state is any object)
        if field.whole:
            if field.codec is not None:
                self._draw(values_of(field.codec).near(state, field.size, self._share))
            return
        holder, step = place_of(state, field.name)
        value = at(holder, step)
        if field.container is not None:
            if self._take(holder, step):
                self._container(field, value)
        elif field.is_array:
            self._array(field, state, holder, step)
        elif field.is_struct:
            self._state(field, value)
        elif field.element_size(state) == 0 and field.flags & VMS.VBUFFER:
            if self._take(holder, step) and self._draw(st.booleans()):
                put(holder, step, None)
        else:
            self._value(field, holder, step, field.element_size(state))

    def _value(self, field: Field, holder: Any, step: Step, size: int) -> None:  # noqa: ANN401
        values = values_of(field.codec)
        current = at(holder, step)
        if self._take(holder, step):
            if isinstance(values, Numbers):
                distance = self._draw(values.distances(current))
                put(holder, step, values.moved(current, distance))
            else:
                put(holder, step, self._draw(values.near(current, size, self._share)))
        elif isinstance(values, Numbers) and not values.holds(current):
            put(holder, step, values.moved(current, 0))

    def _state(self, field: Field, state: Any) -> None:  # noqa: ANN401 (a state is any object)
        if field.vmsd is not None:
            self.fill(field.vmsd, state, field.struct_version())
            self._satisfy(field.vmsd, state, field.struct_version())

    def _array(self, field: Field, state: Any, holder: Any, step: Step) -> None:  # noqa: ANN401
        array, count = at(holder, step), field.count(state)
        if field.num_field:
            # Those of the reset state beyond a smaller count are drawn nevertheless: what
            # takes fewer choices would be simpler to Hypothesis than the reset state.
            count = max(count, len(array or ()))
        if count == 0:
            is_pointer = field.flags & VMS.POINTER and self._take(holder, step)
            if is_pointer and self._draw(st.booleans()):
                put(holder, step, None)
        elif field.columns:
            for row in array[: count // field.columns]:
                self._row(field, row, field.columns)
        elif field.is_struct or self._take(array, field.start):
            self._row(field, array, count)

    def _row(self, field: Field, row: list[Any], count: int) -> None:
        elements = range(field.start, field.start + count)
        nulled: list[int] = []
        if field.is_pointer_array:
            mask = self._draw(masks((count + 7) // 8, self._share))
            turned = [index for index in elements if _bit(mask, index - field.start)]
            nulled = [index for index in turned if row[index] is not None]
            for index in turned:
                if row[index] is None:
                    row[index] = new_value(field, field.size)
        if field.is_pointer_array or not self._numbers(field, row, elements):
            for index in self._some(elements, self._weight_of(field)):
                if row[index] is not None:
                    self._together(partial(self._element, field, row, index))
        # Only now: what was there has been drawn, and so takes no fewer choices than before.
        for index in nulled:
            row[index] = None

    def _numbers(self, field: Field, row: list[Any], elements: range) -> bool:
        """Draw *elements* as one, if they are numbers; return whether they are."""
        slots = _slots(field, row, elements)
        if slots:
            width = max(values.width for values, _, _ in slots)
            self._draw(changes(len(slots), width, self._share)).apply(slots)
        return bool(slots)

    def _element(self, field: Field, row: list[Any], index: int) -> None:
        """Draw the element of *row* that stands at *index*."""
        if field.is_struct:
            self._state(field, row[index])
        else:
            self._value(field, row, index, field.size)

    def _some(self, elements: range, weight: int) -> range | list[int]:
        """Return all of *elements* if they can be drawn, else a few."""
        if len(elements) * weight <= self._share:
            return elements
        indices = st.integers(elements.start, elements.stop - 1)
        return self._draw(st.lists(indices, unique=True, max_size=_FEW))

    def _container(self, field: Field, value: Any) -> None:  # noqa: ANN401 (a list or a dict)
        for one in list(value.values()) if isinstance(value, dict) else value:
            self._state(field, one)
        if value:
            # The reset state's own may be missing, from the last on; see _array.
            for _ in range(self._draw(integers(0, len(value)))):
                value.popitem() if isinstance(value, dict) else value.pop()
        added = self._draw(integers(0, self._limits.added))
        for _ in range(added):
            self._together(partial(self._node, field, value))

    def _together(self, filling: Callable[[], None]) -> None:
        """Draw as one whole what *filling* draws, so that Hypothesis can leave all of it out."""
        if self._depth == _DEEPEST:
            filling()
            return
        self._depth += 1
        self._draw(st.builds(filling))
        self._depth -= 1

    def _node(self, field: Field, value: Any) -> None:  # noqa: ANN401 (a list or a dict)
        """Draw one more element of the list or tree *value*."""
        made = furnished_element(field, None)
        self._state(field, made)
        if not isinstance(value, dict):
            value.append(made)
            return
        key: Any
        if field.key_vmsd is None or field.make_key is None:
            key = self._draw(integers(0, (1 << 64) - 1))
        else:
            key = furnished(field.key_vmsd, field.make_key())
            self.fill(field.key_vmsd, key, field.key_vmsd.version_id)
        # Keys are unique: what comes twice is no further node.
        value.setdefault(key, made)

    def _weight_of(self, field: Field) -> int:
        return self._weight(field.vmsd) if field.vmsd is not None else _LEAST

    def _weight(self, description: VMStateDescription) -> int:
        """Return about how many bytes are drawn for one state of *description*."""
        known = self._weights.get(id(description))
        if known is None:
            known = 0
            for field in description.fields:
                count = field.num if field.flags & VMS.ARRAY else 1
                each = field.size if field.flags & VMS.BUFFER else _LEAST
                known += min(count * max(each, self._weight_of(field)), self._share)
            known += sum(map(self._weight, description.subsections))
            self._weights[id(description)] = known
        return known


def _all_fields(description: VMStateDescription) -> list[Field]:
    fields = [field for field in description.fields if field.has_value]
    for subsection in description.subsections:
        fields += _all_fields(subsection)
    return fields


def _leads_to(field: Field, path: str) -> bool:
    """Whether *path* is the field's, or leads on from there."""
    return path == field.name or path.startswith((f"{field.name}.", f"{field.name}["))


def _arrays(description: VMStateDescription) -> int:
    """Return how many arrays and buffers *description* names, those of nested states too."""
    inner = [field.vmsd for field in description.fields if field.vmsd is not None]
    own = sum(field.is_array or bool(field.size) for field in description.fields)
    return own + sum(map(_arrays, (*inner, *description.subsections)))


def _bit(mask: bytes, number: int) -> bool:
    return bool(mask[number // 8] >> number % 8 & 1)


def _may_be_negative(field: Field) -> bool:
    return bool(field.num_field) and not field.is_allocated and not field.flags & VMS.VBUFFER


def _slots(field: Field, row: list[Any], elements: range) -> list[Slot]:
    """Return the places of all numbers in an array; nothing if it holds anything else.

    Small arrays of states are no such ones: number by number they shrink better.
    """
    if field.vmsd is None:
        values = values_of(field.codec)
        if not isinstance(values, Numbers):
            return []
        return [Slot(values, row, index) for index in elements]
    inner = [(values_of(one.codec), one) for one in field.vmsd.fields if one.codec is not None]
    is_plain = len(inner) == len(field.vmsd.fields) and not field.vmsd.subsections
    if len(elements) < _MANY or not is_plain:
        return []
    if not all(isinstance(values, Numbers) and one.flags == VMS.SINGLE for values, one in inner):
        return []
    return [
        Slot(cast("Numbers", values), *place_of(row[index], one.name))
        for index in elements
        for values, one in inner
    ]
