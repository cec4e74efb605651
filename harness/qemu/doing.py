"""Doing: the context of one operation on a machine.

Knows when an operation begins and how it ended; what that means is its owner's business.
"""

from __future__ import annotations

from typing import Protocol


class Owner(Protocol):
    """Whose operation it is."""

    def begin(self, what: str) -> None:
        """Get ready for *what*."""

    def end(self, what: str, error: BaseException) -> None:
        """Say, by another error if need be, what *error* during *what* means."""


class Doing:
    """The context of one operation; a generator would take several times as long."""

    __slots__ = ("_owner", "_what")

    def __init__(self, owner: Owner, what: str) -> None:
        self._owner = owner
        self._what = what

    def __enter__(self) -> None:
        try:
            self._owner.begin(self._what)
        except (EOFError, TimeoutError) as error:
            self._owner.end(self._what, error)
            raise

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._owner.end(self._what, error)
