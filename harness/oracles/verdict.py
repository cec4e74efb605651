"""What an oracle says of one cycle."""

from __future__ import annotations

from dataclasses import dataclass

from harness.difference import Difference


@dataclass(frozen=True, slots=True)
class Verdict:
    """An oracle's answer.

    Attributes:
        difference: the first thing that is wrong and not known; None if there is none.
        known: cases that explain what else differed.
    """

    difference: Difference | None = None
    known: frozenset[str] = frozenset()
