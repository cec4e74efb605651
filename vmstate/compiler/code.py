"""Codes: compiled functions, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from vmstate.compiler.plan import Plan
from vmstate.description import VMStateDescription
from vmstate.release import Release

#: What a function that saves notes of what depended on the state, in wire order; None where
#: nothing can.
Trace = list[Any] | None


@dataclass(frozen=True, slots=True)
class SaveCode:
    """A function that saves states of one description at one version.

    Attributes:
        plan: what it was made of.
        source: its text.
        run: the function: called with the engine (None if none was needed yet), the bytes
            to append to, the state and the version; returns its trace.
        pack: a function that returns the bytes of a state with which all is well, else
            None; there is one where bytes are laid out the same for every state, and
            nothing else happens.
        needs_engine: whether it must be given an engine.
        is_static: whether its bytes are laid out the same for every state.
    """

    plan: Plan
    source: str
    run: Callable[[Any, bytearray, object, int], Trace]
    pack: Callable[[object], bytes | None] | None
    needs_engine: bool
    is_static: bool


@dataclass(frozen=True, slots=True)
class LoadCode:
    """A function that loads states of one description at one version.

    Attributes:
        plan: what it was made of.
        source: its text.
        run: the function: called with the engine (None if none was needed yet), the bytes,
            the offset in them, the state and the version; returns the offset past it.
        unpack: a function that loads a state of nothing but numbers from bytes that are
            all of it, where it can go straight to their places, else does nothing; returns
            which.  None where there is more to a state.
        needs_engine: whether it must be given an engine.
        answers: whether a hook of its own tells the engine an answer.
    """

    plan: Plan
    source: str
    run: Callable[[Any, bytes | memoryview, int, object, int], int]
    unpack: Callable[[object, bytes], bool] | None
    needs_engine: bool
    answers: bool


class Codes(Protocol):
    """Gives the code of any description."""

    @property
    def release(self) -> Release:
        """By whose rules."""

    def saving(self, description: VMStateDescription, version_id: int) -> SaveCode:
        """Return what saves states of *description* at *version_id*."""

    def loading(self, description: VMStateDescription, version_id: int) -> LoadCode:
        """Return what loads states of *description* at *version_id*, which it accepts."""
