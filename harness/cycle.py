"""Cycles: stop, save all device state, reset all devices, load it back, go on.

For each cycle of a trace the commands that follow it (its suffix) are run twice from the
same checkpoint: at once (run A, never reloaded) and after the reload (run B).  What was
seen is recorded and judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.command import Command
from harness.errors import LoadError, SaveError
from harness.guest import Guest
from harness.observation import Observation
from harness.trace import Trace

#: The tag under which the checkpoint of the running cycle is saved.
CHECKPOINT = "vmstate-cycle"


@dataclass(frozen=True, slots=True)
class Future:
    """One run of a suffix from a checkpoint.

    Attributes:
        levels: levels of the watched interrupt lines when it began.
        observations: one for each command.
    """

    levels: dict[str, int]
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class CycleRecord:
    """What was seen of one cycle.

    Attributes:
        number: which cycle of the trace, from 1.
        suffix: the commands after the cycle.
        before: device state at the checkpoint.
        after: device state just after it was loaded; empty if that failed.
        expected: run A.
        seen: run B; None if saving or loading failed.
        failure: why saving or loading failed; empty if it did not.
        incidents: what the guest did of its own accord; if any, nothing here can be judged.
    """

    number: int
    suffix: tuple[Command, ...]
    before: bytes
    after: bytes
    expected: Future
    seen: Future | None
    failure: str
    incidents: tuple[str, ...]


def run_suffix(guest: Guest, suffix: tuple[Command, ...]) -> Future:
    """Run *suffix* from where the guest stands."""
    levels = guest.levels()
    return Future(levels, tuple(guest.execute(suffix)))


def reload(guest: Guest) -> None:
    """Reset the guest and load the checkpoint.

    Raises:
        LoadError: it refused its own state.
    """
    guest.reset()
    guest.load(CHECKPOINT)


def run_again(guest: Guest, suffix: tuple[Command, ...]) -> tuple[bytes, Future]:
    """Run B once more from the same checkpoint: run B', and the state that it began with."""
    reload(guest)
    return guest.state(), run_suffix(guest, suffix)


def run_trace(guest: Guest, trace: Trace) -> Iterator[CycleRecord]:
    """Run *trace*, yielding a record of each cycle as it is done.

    The guest goes on from where run B ended.  Whoever iterates may stop at any record; the
    checkpoint of that cycle is then still there for :func:`run_again`.

    Raises:
        GuestError: the guest died, hung or refused a command.
    """
    prefix, *suffixes = trace.segments
    guest.execute(prefix)
    for number, suffix in enumerate(suffixes, start=1):
        before = guest.state()
        nothing = Future(guest.levels(), ())
        try:
            guest.save(CHECKPOINT)
        except SaveError as err:
            yield CycleRecord(
                number, suffix, before, b"", nothing, None, str(err), guest.incidents()
            )
            return
        expected = run_suffix(guest, suffix)
        try:
            reload(guest)
        except LoadError as err:
            yield CycleRecord(
                number, suffix, before, b"", expected, None, str(err), guest.incidents()
            )
            return
        after = guest.state()
        seen = run_suffix(guest, suffix)
        incidents = guest.incidents()
        yield CycleRecord(number, suffix, before, after, expected, seen, "", incidents)
        if incidents:
            return
