"""State paths: names such as ``channels[0].count`` that lead to a value inside a state.

Field names are paths, as in QEMU, where a field's name is the C text that reaches the
member.  A path knows nothing of types or bytes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[(\d+)\]")

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
        steps.append(match[1] if match[1] is not None else int(match[2]))
        position = match.end()
    if not steps:
        raise ValueError("not a state path: it is empty")
    return tuple(steps)


def get_path(state: Any, path: str) -> Any:  # noqa: ANN401 (a state is any object)
    """Return the value at *path* inside *state*.

    Raises:
        AttributeError, IndexError: the state has no such place.
    """
    for step in parse_path(path):
        state = state[step] if isinstance(step, int) else getattr(state, step)
    return state


def set_path(state: Any, path: str, value: object) -> None:  # noqa: ANN401 (a state is any object)
    """Put *value* at *path* inside *state*.

    Raises:
        AttributeError, IndexError: the state has no such place.
    """
    *way, last = parse_path(path)
    for step in way:
        state = state[step] if isinstance(step, int) else getattr(state, step)
    if isinstance(last, int):
        state[last] = value
    else:
        setattr(state, last, value)


_INDEX = re.compile(r"\[\d+\]")


def general_path(path: str) -> str:
    """Return *path* with every index left open: ``regs[2].now[0]`` becomes ``regs[].now[]``."""
    return _INDEX.sub("[]", path)
