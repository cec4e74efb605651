"""Places: where in a compiled function a state may lack what its description asks for.

Compiled code touches a state as plainly as it can; where that fails, the line tells which
place it was, and the interpreter is asked what it says of that place.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from vmstate.description import Field, VMStateDescription


class Lack(enum.Enum):
    """What a state may lack in a place."""

    #: The value of a field, with all that loading it does.
    VALUE = enum.auto()
    #: The count, the array or the element of a field.
    ELEMENT = enum.auto()
    #: Room for a value that was loaded.
    ROOM = enum.auto()


@dataclass(frozen=True, slots=True)
class Place:
    """What one line of a compiled function needs of a state.

    Attributes:
        lack: what may be missing.
        owner: description of the state.
        field: the field.
        holder: local variable that holds the state.
        offset: bytes from the beginning of the run to the place.
        number: which element; or the local variable that tells its index in the array.
            None where the count or the array itself is looked at.
        value: local variable with what is put there; empty where nothing is.
    """

    lack: Lack
    owner: VMStateDescription
    field: Field
    holder: str
    offset: int = 0
    number: int | str | None = None
    value: str = ""

    def element(self, names: Mapping[str, Any]) -> int | None:
        """Return which element it is about."""
        if isinstance(self.number, str):
            return int(names[self.number]) - self.field.start
        return self.number


class Explainer(Protocol):
    """Whoever knows what is said of a place that lacks something."""

    def explain(self, place: Place, names: Mapping[str, Any], trouble: Exception) -> None:
        """Raise what is said, or nothing if nothing is wrong when it is looked at again."""


def explain(
    trouble: Exception,
    names: Mapping[str, Any],
    places: Mapping[int, tuple[Place, ...]],
    engine: Explainer,
) -> None:
    """Let *engine* explain the *trouble* that a compiled function met.

    Args:
        trouble: what was raised in the function or below it.
        names: the function's local variables.
        places: its places, by line.
        engine: explains; that it returns means that the trouble is to be raised as it is.
    """
    traceback = trouble.__traceback__
    for place in places.get(traceback.tb_lineno, ()) if traceback is not None else ():
        engine.explain(place, names, trouble)
