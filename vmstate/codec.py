"""Codecs of whole states: a description made ready to save and load.

There are two, and they are equal in bytes, values, errors and layouts: the interpreter,
which is the plain reading of the language, and the compiler, which is fast.
"""

from __future__ import annotations

from typing import Protocol

from vmstate.cursor import Reader
from vmstate.description import VMStateDescription
from vmstate.interpreter import load, save
from vmstate.release import LATEST, Release
from vmstate.saved import Saved


class Codec(Protocol):
    """A description made ready to save and load."""

    @property
    def description(self) -> VMStateDescription:
        """What the states are made of."""

    @property
    def release(self) -> Release:
        """By whose rules."""

    def save(self, state: object, *, version_id: int | None = None) -> Saved:
        """Save *state*; see :func:`vmstate.save`."""

    def load(self, state: object, data: bytes | Reader, version_id: int) -> None:
        """Load *state*; see :func:`vmstate.load`."""


class Interpreted:
    """The interpreter as a codec.

    Args:
        description: what the states are made of.
        release: by whose rules.
    """

    def __init__(self, description: VMStateDescription, release: Release = LATEST) -> None:
        self.description = description
        self.release = release

    def save(self, state: object, *, version_id: int | None = None) -> Saved:
        """Save *state*; see :func:`vmstate.save`."""
        return save(self.description, state, version_id=version_id, release=self.release)

    def load(self, state: object, data: bytes | Reader, version_id: int) -> None:
        """Load *state*; see :func:`vmstate.load`."""
        load(self.description, state, data, version_id, release=self.release)
