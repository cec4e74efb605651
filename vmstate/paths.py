"""State paths: names such as ``channels[0].count`` that lead to a value inside a state.

Field names are paths, as in QEMU, where a field's name is the C text that reaches the
member.  An index that the text gives by name, as in ``mac_reg[CTRL]``, is an attribute of
that name, which a state's array may have for the element.  A path knows nothing of types
or bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(?:(\d+)|(0[xX][\da-fA-F]+)|([A-Za-z_]\w*))\]")

Step = str | int


@cache
def parse_path(path: str) -> tuple[Step, ...]:
    """Split *path* into attribute names and indices.

    Raises:
        ValueError: it is not a path.
    """
    steps: list[Step] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or (path[position] == "." and not steps):
            raise ValueError(f"not a state path: {path!r} (stops making sense at {position})")
        name, decimal, hexadecimal, constant = match.groups()
        if name or constant:
            steps.append(name or constant)
        else:
            steps.append(int(decimal) if decimal else int(hexadecimal, 16))
        position = match.end()
    if not steps:
        raise ValueError("not a state path: it is empty")
    return tuple(steps)


def is_path(text: str) -> bool:
    """Whether *text* is a path."""
    try:
        parse_path(text)
    except ValueError:
        return False
    return True


@cache
def getter(path: str) -> Callable[[Any], Any]:
    """Return a function that returns the value at *path* inside a state.

    It raises AttributeError or IndexError where the state has no such place.
    """
    steps = parse_path(path)
    if all(isinstance(step, str) for step in steps):
        return attrgetter(".".join(map(str, steps)))
    *way, last = steps
    if way and isinstance(last, int) and all(isinstance(step, str) for step in way):
        container = attrgetter(".".join(map(str, way)))
        return lambda state: container(state)[last]

    def get(state: Any) -> Any:  # noqa: ANN401 (a state is any object)
        for step in steps:
            state = state[step] if isinstance(step, int) else getattr(state, step)
        return state

    return get


@cache
def parted(path: str) -> tuple[Callable[[Any], Any], Step]:
    """Return a function that returns what holds the value at *path*, and the last step to it.

    It raises AttributeError or IndexError where the state has no such holder.
    """
    *way, last = parse_path(path)
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
    return (getter(name.lstrip(".")) if way else (lambda state: state)), last


@cache
def setter(path: str) -> Callable[[Any, object], None]:
    """Return a function that puts a value at *path* inside a state.

    It raises AttributeError or IndexError where the state has no such place.
    """
    holder, last = parted(path)

    if isinstance(last, int):

        def put(state: Any, value: object) -> None:  # noqa: ANN401 (a state is any object)
            holder(state)[last] = value

    else:

        def put(state: Any, value: object) -> None:  # noqa: ANN401 (a state is any object)
            setattr(holder(state), last, value)

    return put


def get_path(state: Any, path: str) -> Any:  # noqa: ANN401 (a state is any object)
    """Return the value at *path* inside *state*.

    Raises:
        AttributeError, IndexError: the state has no such place.
    """
    return getter(path)(state)


def set_path(state: Any, path: str, value: object) -> None:  # noqa: ANN401 (a state is any object)
    """Put *value* at *path* inside *state*.

    Raises:
        AttributeError, IndexError: the state has no such place.
    """
    setter(path)(state, value)


_INDEX = re.compile(r"\[\d+\]")


def general_path(path: str) -> str:
    """Return *path* with every index left open: ``regs[2].now[0]`` becomes ``regs[].now[]``."""
    return _INDEX.sub("[]", path)
