"""Observations: what a command answered, and the interrupt lines that moved.

A value; it knows no guest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Move(NamedTuple):
    """An interrupt line took a new level."""

    line: str
    level: int

    def __str__(self) -> str:
        return f"{self.line} {'raised' if self.level else 'lowered'}"


@dataclass(frozen=True, slots=True)
class Observation:
    """What one command did that can be seen from outside.

    Attributes:
        answer: the value read; bytes for ``read``; ``None`` for commands that answer OK only.
        moves: interrupt lines that moved while the command ran, in order.
    """

    answer: int | bytes | None = None
    moves: tuple[Move, ...] = ()
