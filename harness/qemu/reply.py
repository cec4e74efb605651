"""Replies: what a run of commands came to, as qtest's own lines until somebody looks.

Most runs are only compared with the run before the reload, and lines that are the same mean
the same; reading them all would take longer than QEMU takes to carry the commands out.  It
knows what the lines mean, and no process.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

from harness.command import Command
from harness.observation import Move, Observation
from harness.qemu import qtest
from harness.qemu.survey import INTERRUPT_CONTROLLER

#: Lines of which none says that a command was refused.
_PLAIN = re.compile(rb"(?:(?:OK(?: 0x[0-9a-f]+| [0-9]+)?|IRQ (?:raise|lower) [0-9]+)\n)*")
_MOVE = re.compile(rb"IRQ (raise|lower) ([0-9]+)\n")


class Observations(Sequence[Observation]):
    """One observation for each of some commands.

    Args:
        commands: what was run.
        reply: the lines of their answers, each after those of the moves before it.

    Raises:
        QtestError: a command was refused, or a line can't be read.
    """

    def __init__(self, commands: Sequence[Command], reply: bytes) -> None:
        self._commands = commands
        self._reply = reply
        if not _PLAIN.fullmatch(reply):
            _ = self._read

    @cached_property
    def _read(self) -> tuple[Observation, ...]:
        answers = qtest.QtestCodec().feed(self._reply)
        return tuple(
            Observation(_value(command, answer), moves_before(answer))
            for command, answer in zip(self._commands, answers, strict=True)
        )

    @property
    def moves(self) -> Iterator[Move]:
        """Every line that moved, in order."""
        for how, number in _MOVE.findall(self._reply):
            yield _move(int(number), int(how == b"raise"))

    def __len__(self) -> int:
        return len(self._commands)

    @overload
    def __getitem__(self, index: int) -> Observation: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Observation, ...]: ...

    def __getitem__(self, index: int | slice) -> Observation | tuple[Observation, ...]:
        return self._read[index]

    def __iter__(self) -> Iterator[Observation]:
        return iter(self._read)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        if isinstance(other, Observations) and self._reply == other._reply:
            # The same line means different things only to different commands.
            return self._commands is other._commands or self._commands == other._commands
        return tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # what is in it need not be hashable

    def __repr__(self) -> str:
        return repr(self._read)


@dataclass(slots=True)
class Run:
    """Commands that were run, encoded, and what the latest run of them came to.

    Attributes:
        commands: what was asked for; the very object.
        request: what is sent for them, the barrier before them included.
        reply: the lines that came back after the barrier's; empty while there is none.
        observations: what they mean.
    """

    commands: Sequence[Command]
    request: bytes
    reply: bytes = b""
    observations: Observations = field(default_factory=lambda: Observations((), b""))


def moves_before(answer: qtest.Answer) -> tuple[Move, ...]:
    """Return the moves that came with *answer*."""
    return tuple(_move(*move) for move in answer.moves)


def without_moves(reply: bytes, lines: Collection[int]) -> bytes:
    """Return *reply* without the moves of some lines."""
    if not lines or b"IRQ " not in reply:
        return reply
    return _MOVE.sub(lambda move: b"" if int(move[2]) in lines else move[0], reply)


def _move(number: int, level: int) -> Move:
    return Move(f"{INTERRUPT_CONTROLLER}[{number}]", level)


def _value(command: Command, answer: qtest.Answer) -> int | bytes | None:
    if command.verb == "read":
        return qtest.value_bytes(command, answer)
    value = qtest.value(command, answer)
    return value if command.is_read or command.verb == "clock_step" else None
