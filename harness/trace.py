"""Traces: the commands of a run, and where a cycle is inserted.

Plain text, one step a line, so that people can read it and every later release can replay
it: a qtest command, or the word ``cycle``; ``#`` begins a comment.  A trace knows no guest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from harness.command import Command
from harness.errors import CommandError


class Mark(Enum):
    """A step that is no command."""

    #: Stop, save all device state, reset all devices, load, go on.
    CYCLE = "cycle"

    def __str__(self) -> str:
        return self.value


CYCLE = Mark.CYCLE
Step = Command | Mark


@dataclass(frozen=True, repr=False)
class Trace:
    """Commands and cycles, in order."""

    steps: tuple[Step, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Trace:
        """Read a trace.

        Raises:
            CommandError: a line is neither a command nor ``cycle``; names the line's number.
        """
        steps: list[Step] = []
        for number, raw in enumerate(text.splitlines(), start=1):
            line = raw.partition("#")[0].strip()
            if not line:
                continue
            if line == CYCLE.value:
                steps.append(CYCLE)
                continue
            try:
                steps.append(Command.parse(line))
            except CommandError as err:
                raise CommandError(line, f"line {number}: {err.why}") from None
        return cls(tuple(steps))

    @classmethod
    def join(cls, segments: Iterable[Iterable[Command]]) -> Trace:
        """Return the segments with a cycle between each and the next."""
        parts = tuple(map(tuple, segments))
        steps: list[Step] = []
        for index, segment in enumerate(parts):
            if index:
                steps.append(CYCLE)
            steps.extend(segment)
        trace = cls(tuple(steps))
        if parts:
            # To find them again is the first thing that is done with a trace that was drawn.
            vars(trace)["segments"] = parts
        return trace

    def __str__(self) -> str:
        return "".join(f"{step}\n" for step in self.steps)

    def __repr__(self) -> str:
        # Hypothesis asks for it each time; most have hundreds of steps.
        return f"<Trace: {len(self.steps)} steps, {self.cycles} cycles>"

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def segments(self) -> tuple[tuple[Command, ...], ...]:
        """The commands before the first cycle, between it and the next, … after the last."""
        segments: list[list[Command]] = [[]]
        for step in self.steps:
            if isinstance(step, Command):
                segments[-1].append(step)
            else:
                segments.append([])
        return tuple(tuple(segment) for segment in segments)

    @property
    def commands(self) -> tuple[Command, ...]:
        """The commands alone."""
        return tuple(step for step in self.steps if isinstance(step, Command))

    @property
    def cycles(self) -> int:
        """How many cycles it has."""
        return len(self.steps) - len(self.commands)

    def without(self, start: int, count: int = 1) -> Trace:
        """Return the trace less *count* steps from *start* on."""
        return Trace(self.steps[:start] + self.steps[start + count :])

    def replaced(self, index: int, *steps: Step) -> Trace:
        """Return the trace with *steps* in the place of step *index*."""
        return Trace(self.steps[:index] + steps + self.steps[index + 1 :])
