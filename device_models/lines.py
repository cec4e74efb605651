"""Interrupt lines: wires that carry a level from one device to others.

A line keeps no level: like a wire, it passes on every level that it is driven to, and it
is the receiver that remembers what it saw.  What a line remembered itself would be state
in no description.
"""

from __future__ import annotations

from collections.abc import Callable

Sink = Callable[[int], None]


class Line:
    """A wire from one driver to any number of sinks."""

    __slots__ = ("_sinks", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._sinks: list[Sink] = []

    def connect(self, sink: Sink) -> None:
        """Let *sink* be called with every level that the line is driven to."""
        self._sinks.append(sink)

    def drive(self, level: int) -> None:
        """Drive the line to 0 or 1."""
        for sink in self._sinks:
            sink(level)

    def __repr__(self) -> str:
        return f"Line({self.name!r})"
