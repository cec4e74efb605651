"""Objects: kinds of values that have members, and lists of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.kinds import Numbers
from harness.strategies.runs import masks, run, turned
from vmstate.paths import get_path, set_path


@dataclass(frozen=True)
class Members:
    """Objects whose members are numbers and buffers; they are changed in place, or None.

    Attributes:
        make: makes one that was never touched, of the element's size.
        numbers: what the members that are numbers can be, by path.
        buffers: the members that are bytearrays.
    """

    make: Callable[[int], Any]
    numbers: Mapping[str, Numbers]
    buffers: Sequence[str] = ()

    def zero(self, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Return one that was never touched."""
        return self.make(size)

    def near(self, current: Any, size: int, most: int) -> SearchStrategy[Any]:  # noqa: ANN401, ARG002
        """Return *current* with members that moved, and bits turned over in its buffers."""
        if current is None:
            return st.none()
        widths = [values.width for values in self.numbers.values()]
        lengths = [len(get_path(current, path)) for path in self.buffers]

        def changed(drawn: tuple[bytes, ...]) -> Any:  # noqa: ANN401 (a value is of any type)
            row, *bits = drawn
            for (path, values), width in zip(self.numbers.items(), widths, strict=True):
                distance, row = int.from_bytes(row[:width]), row[width:]
                set_path(current, path, values.moved(get_path(current, path), distance))
            for path, mask in zip(self.buffers, bits, strict=True):
                buffer = get_path(current, path)
                buffer[:] = turned(buffer, mask)
            return current

        return st.tuples(run(sum(widths)), *(masks(one, most) for one in lengths)).map(changed)

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401 (a value is of any type)
        """Mirror every number and turn over every bit."""
        if value is not None:
            for path, values in self.numbers.items():
                set_path(value, path, values.other(get_path(value, path), size))
            for path in self.buffers:
                buffer = get_path(value, path)
                buffer[:] = turned(buffer, b"\xff" * len(buffer))
        return value

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Copy the members."""
        if current is not None:
            for path in self.numbers:
                set_path(current, path, get_path(sent, path))
            for path in self.buffers:
                get_path(current, path)[:] = get_path(sent, path)
        return current


@dataclass(frozen=True)
class Whole:
    """Values that are drawn as a whole: there is no nearer and farther.

    Attributes:
        made: strategy of new ones.
        empty: makes what a destination holds, and a state that was never touched.
        load: puts what was sent into what a destination holds, and returns what it holds then.
    """

    made: SearchStrategy[Any]
    empty: Callable[[], Any]
    load: Callable[[Any, Any], Any]

    def zero(self, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return an empty one."""
        return self.empty()

    def near(self, current: Any, size: int, most: int) -> SearchStrategy[Any]:  # noqa: ANN401, ARG002
        """Return *current*, or any other."""
        return st.one_of(st.just(current), self.made)

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return an empty one; None where *value* is, if both sides must be."""
        return None if value is None else self.empty()

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (protocol)
        """Return what *current* becomes."""
        return self.load(sent, current)
