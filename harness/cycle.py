"""Cycles: stop, save all device state, reset all devices (or start anew), load it back, go on.

For each cycle of a trace the commands that follow it (its suffix) are run twice from the
same checkpoint: at once (run A, never reloaded) and after the reload (run B).  What was
seen is recorded and judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.command import Command
from harness.errors import (
    DeadlineError,
    DiedError,
    GuestError,
    LoadError,
    SaveError,
    SpoilError,
)
from harness.guest import Guest
from harness.observation import Observation
from harness.streams.spoiling import is_spoil
from harness.trace import Trace

#: The tag under which the checkpoint of the running cycle is saved.
CHECKPOINT = "vmstate_cycle"


@dataclass(frozen=True, slots=True)
class Future:
    """One run of a suffix from a checkpoint.

    Attributes:
        levels: levels of the watched interrupt lines when it began.
        observations: one for each command.
    """

    levels: dict[str, int]
    observations: Sequence[Observation]


@dataclass(frozen=True, slots=True)
class CycleRecord:
    """What was seen of one cycle.

    Attributes:
        number: which cycle of the trace, from 1.
        suffix: the commands after the cycle.
        before: device state at the checkpoint; empty unless this is the trace's last cycle.
        after: device state just after it was loaded; empty as above, or if that failed.
        expected: run A.
        seen: run B; None if saving or loading failed.
        error: what went wrong in saving, resetting, loading or run B; None if nothing did.
        incidents: what the guest did of its own accord; if any, nothing here can be judged.
        others: device state at the checkpoint of guests that were never reloaded: what is
            otherwise there is none of the reload's doing.
        spoils: commands by which another state was loaded than had been saved; then there is
            no ``after``, and nothing to compare.
    """

    number: int
    suffix: tuple[Command, ...]
    before: bytes
    after: bytes
    expected: Future
    seen: Future | None
    error: GuestError | None
    incidents: tuple[str, ...]
    others: tuple[bytes, ...] = ()
    spoils: tuple[Command, ...] = ()

    @property
    def failure_kind(self) -> str:
        """``does not load``, ``crash`` or ``hang``; empty if nothing went wrong."""
        match self.error:
            case None:
                return ""
            case DiedError():
                return "crash"
            case DeadlineError():
                return "hang"
            case _:
                return "does not load"


def run_suffix(guest: Guest, suffix: tuple[Command, ...]) -> Future:
    """Run *suffix* from where the guest stands."""
    return Future(*guest.follow(suffix))


def reload(guest: Guest) -> None:
    """Bring the checkpoint back, in the guest's reload mode.

    Raises:
        LoadError: it refused its own state.
    """
    guest.reload(CHECKPOINT)


def run_again(guest: Guest, suffix: tuple[Command, ...]) -> tuple[bytes, Future]:
    """Run B once more from the same checkpoint: run B', and the state that it began with."""
    reload(guest)
    return guest.state(), run_suffix(guest, suffix)


def run_trace(guest: Guest, trace: Trace) -> Iterator[CycleRecord]:
    """Run *trace*, yielding a record of each cycle as it is done.

    The guest goes on from where run B ended.  Whoever iterates may stop at any record; the
    checkpoint of that cycle is then still there for :func:`run_again`.  After a record with
    a failure or an incident there is no other.

    Raises:
        GuestError: the guest died, hung or refused a command outside a cycle, or in run A.
    """
    prefix, *suffixes = trace.segments
    guest.follow(prefix)
    for number, (before, suffix) in enumerate(pairwise(trace.segments), start=1):
        # Reading the state costs about as much as a command; once a trace is enough, for
        # what one cycle spoils the next finds spoilt.
        # Between releases a state is needed to tell whose doing a difference is.
        with_state = number == len(suffixes) or guest.crossing is not None
        spoils = tuple(filter(is_spoil, before))
        record = _run_cycle(guest, number, suffix, spoils, with_state=with_state)
        yield record
        if record.error or record.incidents:
            return


def _run_cycle(
    guest: Guest,
    number: int,
    suffix: tuple[Command, ...],
    spoils: tuple[Command, ...],
    *,
    with_state: bool,
) -> CycleRecord:
    levels = guest.levels()
    try:
        guest.save(CHECKPOINT)
        before = guest.state() if with_state else b""
    except (SaveError, DiedError, DeadlineError) as err:
        incidents = guest.incidents() if isinstance(err, SaveError) else ()
        return CycleRecord(number, suffix, b"", b"", Future(levels, ()), None, err, incidents)
    # Run A must not be blamed on the reload: what fails in it fails without one.
    expected = run_suffix(guest, suffix)
    return run_reloaded(guest, number, suffix, before, expected, spoils)


def run_reloaded(
    guest: Guest,
    number: int,
    suffix: tuple[Command, ...],
    before: bytes,
    expected: Future,
    spoils: tuple[Command, ...] = (),
) -> CycleRecord:
    """Reload the guest, run B, and return the record of the cycle.

    Args:
        guest: its checkpoint is saved.
        number: which cycle of the trace, from 1.
        suffix: the commands after the cycle.
        before: device state at the checkpoint; empty where nobody asks for states.
        expected: run A.
        spoils: what was asked to be loaded in the place of what was saved.
    """
    after = b""
    seen: Future | None = None
    error: GuestError | None = None
    incidents: tuple[str, ...] = ()
    try:
        reload(guest)
        if before and not spoils:
            after = guest.state()
        seen = run_suffix(guest, suffix)
        incidents = guest.incidents()
    except SpoilError as err:
        error = err
    except (LoadError, SaveError, DiedError, DeadlineError) as err:
        # One that can't be saved any more has not loaded all that it was.
        after, seen, error = b"", None, err
        incidents = guest.incidents() if isinstance(err, (LoadError, SaveError)) else ()
    return CycleRecord(
        number, suffix, before, after, expected, seen, error, incidents, spoils=spoils
    )
