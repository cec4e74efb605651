"""Targets: the places of a run of plain numbers, as the targets of its one unpack.

Struct's values go from the stack to their places, with no variable between.  Before that
all places are looked at, as the interpreter does one by one: where one is missing, the run
is left to it.
"""

from __future__ import annotations

from vmstate.compiler.places import Place
from vmstate.compiler.source import Source, is_plain, parted, reading


class Targets:
    """Collects the targets of a run, as long as it has nothing but plain numbers."""

    def __init__(self) -> None:
        self._looks: list[str] = []
        self._targets: list[tuple[str, Place]] = []
        #: States that are on the way to the next number: variable and expression.
        self._way: list[tuple[str, str]] = []
        self._is_spoilt = False

    def __bool__(self) -> bool:
        """Whether there are targets, and nothing else."""
        return bool(self._targets) and not self._way and not self._is_spoilt

    def spoil(self) -> None:
        """Note that the run has something else."""
        self._is_spoilt = True

    def enter(self, local: str, expression: str) -> None:
        """Note that *local* is *expression* from here on."""
        if self._way and not expression.startswith(
            (f"{self._way[-1][0]}.", f"{self._way[-1][0]}[")
        ):
            self.spoil()
        self._way.append((local, expression))

    def add(self, holder: str, path: str, room: Place) -> None:
        """Add the target at *path* of the state that *holder* has.

        Args:
            holder: local variable.
            path: the field's name.
            room: what is said where it takes no value.
        """
        way, last = parted(holder, path)
        is_usual = isinstance(last, str) and is_plain(last) and not last.startswith("__")
        if not is_usual or (self._way and self._way[-1][0] != holder):
            self.spoil()
        self._looks += [f"{local} = {expression}" for local, expression in self._way]
        self._way.clear()
        self._looks.append(reading(holder, path))
        self._targets.append((f"{way}.{last},", room))

    def write(self, source: Source, unpack: str, otherwise: str, after: str) -> None:
        """Write the statement that unpacks into all of them.

        Args:
            source: takes the lines.
            unpack: what is unpacked.
            otherwise: what is done where a place is missing, before any value is put.
            after: what is done when all are.
        """
        with source.block("try:"):
            for look in self._looks:
                source.line(look)
        with source.block("except Exception:"):
            source.line(otherwise)
        with source.block("else:"):
            source.line("(")
            for target, room in self._targets:
                source.line(target, room)
            source.line(f") = {unpack}")
            source.line(after)
