"""Steps: from what holds a value to the value, by an attribute's name or an index."""

from __future__ import annotations

from typing import Any

from vmstate.paths import Step, parse_path


def names_in(path: str) -> frozenset[str]:
    """Return the attributes through which *path* leads."""
    return frozenset(step for step in parse_path(path) if isinstance(step, str))


def at(holder: Any, step: Step) -> Any:  # noqa: ANN401 (a state is any object)
    """Return what *holder* has at *step*; None where it has nothing."""
    if isinstance(step, str):
        return getattr(holder, step, None)
    return holder[step] if step < len(holder) else None


def put(holder: Any, step: Step, value: object) -> None:  # noqa: ANN401 (a state is any object)
    """Put *value* into *holder* at *step*; a list that is too short becomes longer."""
    if isinstance(step, str):
        setattr(holder, step, value)
        return
    holder.extend([None] * (step + 1 - len(holder)))
    holder[step] = value
