"""Blank states: objects that have every place that a description names, with nothing in it.

They serve where there is no device to load into: whatever a section holds is read into one.
Counts and sizes that fields carry are zero in it, so arrays that follow them are empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vmstate.description import Field, VMStateDescription
from vmstate.info import BOOL, G_BYTE_ARRAY, INT32_LE, TIMER, Buffer
from vmstate.nesting import room_for
from vmstate.paths import Step, parse_path
from vmstate.unknown import Raw

#: The highest value that an ``int32 le`` takes.
_HIGHEST = (1 << 31) - 1


class Place(list[Any]):
    """A state, an array, or both: fields may name an array's elements by constants."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and [*self] == [*other] and vars(self) == vars(other)

    def __ne__(self, other: object) -> bool:
        # A list has one of its own.
        return not self == other

    #: It changes, as any state does.
    __hash__ = None

    def __repr__(self) -> str:
        parts = [f"{name}={value!r}" for name, value in vars(self).items()]
        return f"Place({', '.join([*map(repr, self), *parts])})"


class Timer:
    """A timer that remembers when it fires and never does."""

    def __init__(self) -> None:
        self.expire_ns: int | None = None

    def modify(self, expire_ns: int) -> None:
        """Arm it to fire at *expire_ns*."""
        self.expire_ns = expire_ns

    def delete(self) -> None:
        """Disarm it."""
        self.expire_ns = None


def blank(description: VMStateDescription) -> Any:  # noqa: ANN401 (a state is any object)
    """Return a blank state of *description*; no pointer in it is null."""
    state = Place()
    with room_for(description.depth):
        _fill(state, description)
    return state


@dataclass(frozen=True, slots=True)
class Blank:
    """A factory of blank states, for fields that make what they load.

    Args:
        vmsd: description of what is made.
    """

    vmsd: VMStateDescription

    def __call__(self) -> Any:  # noqa: ANN401 (a state is any object)
        """Return a new one."""
        return blank(self.vmsd)


@dataclass(frozen=True, slots=True)
class BlankKey:
    """A factory of blank keys of a tree, which compare by their fields in order.

    Args:
        vmsd: description of what is made.
    """

    vmsd: VMStateDescription

    def __call__(self) -> Any:  # noqa: ANN401 (a state is any object)
        """Return a new one."""
        key = _Key()
        _fill(key, self.vmsd)
        return key


class _Key:
    def _values(self) -> tuple[Any, ...]:
        return tuple(map(_comparable, vars(self).values()))

    def __hash__(self) -> int:
        return hash(self._values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._values() == other._values()

    def __lt__(self, other: _Key) -> bool:
        return self._values() < other._values()


def _comparable(value: Any) -> Any:  # noqa: ANN401 (a value is of any type)
    if isinstance(value, Place):
        return tuple(map(_comparable, [*value, *vars(value).values()]))
    return bytes(value) if isinstance(value, bytearray) else value


@dataclass(frozen=True, slots=True)
class Kept:
    """A factory of temporaries that know again what was loaded into them.

    A device's hooks carry a temporary's values to and from the state; where they are not
    known, the values stay in the temporary, and that in the state.

    Args:
        vmsd: description of the temporary.
        key: tells it from other temporaries of the same state.
    """

    vmsd: VMStateDescription
    key: str

    def __call__(self) -> Any:  # noqa: ANN401 (a state is any object)
        """Return one, which becomes what it was before when it is told its parent."""
        return _Temporary(self.vmsd, f"temporary {self.key}")


class _Temporary(Place):
    def __init__(self, vmsd: VMStateDescription, key: str) -> None:
        super().__init__()
        with room_for(vmsd.depth):
            _fill(self, vmsd)
        self._key = key

    def __setattr__(self, name: str, value: object) -> None:
        if name != "parent":
            super().__setattr__(name, value)
            return
        # The state itself is not kept: it would be its own part.
        object.__setattr__(self, "__dict__", vars(value).setdefault(self._key, vars(self)))


def _fill(state: Any, description: VMStateDescription) -> None:  # noqa: ANN401 (any object)
    for field in description.fields:
        for path in filter(None, (field.num_field, field.size_field)):
            holder, step = _way(state, path)
            if _get(holder, step) is None:
                _put(holder, step, 0)
        if field.has_value:
            _add(state, field)
    for subsection in description.subsections:
        _fill(state, subsection)


def _add(state: Any, field: Field) -> None:  # noqa: ANN401 (a state is any object)
    holder, step = _way(state, field.name)
    if not field.is_array:
        _put(holder, step, _value(state, field, _get(holder, step)))
        return
    row = _get(holder, step)
    if not isinstance(row, Place):
        row = Place()
        _put(holder, step, row)
    count = field.count(state)
    if not field.columns:
        _fill_row(state, field, row, field.start + count)
        return
    for number in range(count // field.columns):
        if not isinstance(_get(row, number), Place):
            _put(row, number, Place())
        _fill_row(state, field, row[number], field.columns)


def _fill_row(state: object, field: Field, row: Place, count: int) -> None:
    row.extend(None for _ in range(count - len(row)))
    for number in range(field.start, count):
        row[number] = _value(state, field, row[number])


def _value(state: object, field: Field, current: Any) -> Any:  # noqa: ANN401 (any type)
    """Return *current* if it serves as an element, else a new one."""
    codec = field.codec
    if field.is_struct and field.vmsd is not None:
        if not isinstance(current, Place):
            return blank(field.vmsd)
        _fill(current, field.vmsd)
        return current
    if current is not None:
        return current
    if field.container is not None:
        return {} if field.container.name == "gtree" else []
    if isinstance(codec, Buffer):
        return bytearray(codec.start + max(0, field.element_size(state)))
    if codec is TIMER:
        return Timer()
    if codec is BOOL:
        return False
    if codec is G_BYTE_ARRAY:
        return bytearray()
    if isinstance(codec, Raw):
        return b""
    return _HIGHEST if codec is INT32_LE else 0


def _way(state: Any, path: str) -> tuple[Any, Step]:  # noqa: ANN401 (a state is any object)
    """Return what holds the value at *path* in *state*, made where it is missing; the last step."""
    *steps, last = parse_path(path)
    for step in steps:
        held = _get(state, step)
        if not isinstance(held, Place):
            held = Place()
            _put(state, step, held)
        state = held
    return state, last


def _get(holder: Any, step: Step) -> Any:  # noqa: ANN401 (a state is any object)
    if isinstance(step, str):
        # Its own only: a list has a ``count`` and an ``index`` of its class.
        return vars(holder).get(step)
    return holder[step] if step < len(holder) else None


def _put(holder: Any, step: Step, value: object) -> None:  # noqa: ANN401 (a state is any object)
    if isinstance(step, str):
        setattr(holder, step, value)
        return
    holder.extend(None for _ in range(step + 1 - len(holder)))
    holder[step] = value
