"""Targets: the places of a run of plain numbers, as the targets of its one unpack.

Struct's values go from the stack to their places, with no variable between.  Each target
first looks whether its place is there, as the interpreter does, and is written on two
lines, so that a failure tells which of the two went wrong.
"""

from __future__ import annotations

from vmstate.compiler.places import Place
from vmstate.compiler.source import Source, is_plain, parted, reading


class Targets:
    """Collects the targets of a run, as long as it has nothing but plain numbers."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, tuple[Place, ...]]] = []
        #: States that are on the way to the next number: variable, expression, place.
        self._way: list[tuple[str, str, Place]] = []
        self._is_spoilt = False

    def __bool__(self) -> bool:
        """Whether there are targets, and nothing else."""
        return bool(self._lines) and not self._way and not self._is_spoilt

    def spoil(self) -> None:
        """Note that the run has something else."""
        self._is_spoilt = True

    def enter(self, local: str, expression: str, place: Place) -> None:
        """Note that *local* is *expression* from here on, which may fail at *place*."""
        if self._way and not expression.startswith(
            (f"{self._way[-1][0]}.", f"{self._way[-1][0]}[")
        ):
            self.spoil()
        self._way.append((local, expression, place))

    def add(self, holder: str, path: str, value: Place, room: Place) -> None:
        """Add the target at *path* of the state that *holder* has.

        Args:
            holder: local variable.
            path: the field's name.
            value: what is said where it is missing.
            room: what is said where it takes no value.
        """
        way, last = parted(")", path)
        is_usual = isinstance(last, str) and is_plain(last) and not last.startswith("__")
        if not is_usual or (self._way and self._way[-1][0] != holder):
            self.spoil()
        entered, places = holder, [place for _, _, place in self._way]
        before = ""
        for local, expression, _ in self._way:
            text = entered + expression.removeprefix(before) if before else expression
            entered, before = f"({local} := {text})", local
        self._way.clear()
        look = f"({holder} if {reading(entered, path)} is None else {holder}"
        self._lines.append((look, (*places, value)))
        self._lines.append((f"{way}.{last},", (room,)))

    def write(self, source: Source, unpack: str) -> None:
        """Write the statement that unpacks into all of them."""
        source.line("(")
        for text, places in self._lines:
            source.line(text, *places)
        source.line(f") = {unpack}")
