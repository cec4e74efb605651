"""Round trips: whether a machine, untouched, can be saved and loaded at all.

Three ways: a snapshot loaded in place after a reset, a migration to a file, and that file
loaded by a fresh process.  A process of its own for each, so that the failure of one hides
no other.  Knows no device and no field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from harness.errors import (
    DeadlineError,
    DiedError,
    LaunchError,
    LoadError,
    QmpError,
    SaveError,
)
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import own_words
from harness.qemu.incoming import Incoming
from harness.qemu.remarks import complaint
from harness.qemu.session import Session
from vmstate.errors import StreamError
from vmstate.stream import read_stream

S = TypeVar("S", bound=Session)

_TAG = "untouched"


class Ending(Enum):
    """How a step ended."""

    YES = "yes"
    NO = "no"
    CRASH = "crash"
    HANG = "hang"
    UNTRIED = "-"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a round trip.

    Attributes:
        ending: how it ended.
        words: why not, in QEMU's own words; empty where there is nothing to explain.
        was_killed: whether somebody else ended it, which says nothing about it.
    """

    ending: Ending
    words: str = ""
    was_killed: bool = False


_UNTRIED = Step(Ending.UNTRIED)


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What became of saving and loading one machine.

    Attributes:
        snapshot: of saving it with ``savevm``.
        in_place: of loading that again after a reset.
        migration: of migrating it to a file.
        fresh: of loading that file in another process.
        sections: how many device sections its stream has; 0 if they can't be counted.
    """

    snapshot: Step = _UNTRIED
    in_place: Step = _UNTRIED
    migration: Step = _UNTRIED
    fresh: Step = _UNTRIED
    sections: int = 0

    @property
    def saves(self) -> Step:
        """Whether it can be saved both ways; else the first that failed."""
        return self.snapshot if self.snapshot.ending is not Ending.YES else self.migration

    @property
    def is_sound(self) -> bool:
        """Whether everything worked."""
        return all(step.ending is Ending.YES for step in self._steps)

    @property
    def was_killed(self) -> bool:
        """Whether somebody else ended one of its processes."""
        return any(step.was_killed for step in self._steps)

    @property
    def _steps(self) -> tuple[Step, ...]:
        return self.snapshot, self.in_place, self.migration, self.fresh


def round_trip(machine: Machine, deadline_s: float) -> RoundTrip:
    """Save and load *machine*, which is known to start; nothing is left of it.

    Once more where somebody killed it.

    Args:
        machine: with what it needs to start.
        deadline_s: seconds that each step may take.
    """
    trip = _trip(machine, deadline_s)
    return _trip(machine, deadline_s) if trip.was_killed else trip


def _trip(machine: Machine, deadline_s: float) -> RoundTrip:
    snapshot, in_place = _through_snapshot(machine, deadline_s)
    migration, data = _migrated(machine, deadline_s)
    sections, fresh = 0, _UNTRIED
    if migration.ending is Ending.YES:
        fresh = _loaded_fresh(machine, data, deadline_s)
        try:
            sections = len(read_stream(data).sections)
        except StreamError as error:
            # Our limit, not the machine's fault: old types send no sign of a section's end.
            migration = Step(Ending.YES, f"its sections can't be told apart: {error}")
    return RoundTrip(snapshot, in_place, migration, fresh, sections)


def _through_snapshot(machine: Machine, deadline_s: float) -> tuple[Step, Step]:
    def save(session: Session) -> None:
        if why := complaint(session.hmp(f"savevm {_TAG}", "savevm")):
            raise SaveError(why)

    def load(session: Session) -> None:
        session.reset("system_reset")
        if why := complaint(session.hmp(f"loadvm {_TAG}", "loadvm")):
            raise LoadError(why)
        _look(session, "loadvm")

    with _started(lambda: Session(machine, deadline_s)) as session:
        if isinstance(session, Step):
            return session, _UNTRIED
        snapshot = _step(session, save)
        if snapshot.ending is not Ending.YES:
            return snapshot, _UNTRIED
        return snapshot, _step(session, load)


def _migrated(machine: Machine, deadline_s: float) -> tuple[Step, bytes]:
    streams = []
    with _started(lambda: Session(machine, deadline_s)) as session:
        if isinstance(session, Step):
            return session, b""
        step = _step(session, lambda one: streams.append(one.migration_stream("migrating")))
    return step, b"".join(streams)


def _loaded_fresh(machine: Machine, data: bytes, deadline_s: float) -> Step:
    def load(session: Incoming) -> None:
        session.load_stream(data)
        _look(session, "loading a stream")

    with _started(lambda: Incoming(machine, deadline_s)) as session:
        return session if isinstance(session, Step) else _step(session, load)


def _look(session: Session, doing: str) -> None:
    """Ask for anything: what a load put off is carried out before the answer."""
    session.hmp("info status", doing)


@contextmanager
def _started(start: Callable[[], S]) -> Iterator[S | Step]:
    """Start a session, and end it; if that fails, give the step that failed."""
    try:
        session = start()
    except LaunchError as error:
        # No status means that it still ran when the time was over.
        ending = Ending.HANG if error.status is None else _how_it_ended(error.status)
        words = own_words(error.log_tail) or "it said nothing"
        told = f"{_fate(error.status, 'no answer')} at the start: {words}"
        yield Step(ending, told, error.was_killed)
        return
    with closing(session):
        yield session


def _step(session: S, action: Callable[[S], object]) -> Step:
    """Do *action* and say how it ended."""
    said_before = session.process.log_tail()
    try:
        action(session)
    except DiedError as error:
        words = _added(said_before, error.log_tail) or "it said nothing"
        fate = _fate(error.status, "closed its connection")
        return Step(Ending.CRASH, f"{fate} during {error.doing}: {words}", error.was_killed)
    except DeadlineError as error:
        return Step(Ending.HANG, str(error))
    except (SaveError, LoadError) as error:
        return Step(Ending.NO, _joined(error.why, _added(said_before, session.process.log_tail())))
    except QmpError as error:
        return Step(Ending.NO, error.reply)
    return Step(Ending.YES)


def _fate(status: int | None, otherwise: str) -> str:
    if status is None:
        return otherwise
    return f"killed by signal {-status}" if status < 0 else f"exit status {status}"


def _how_it_ended(status: int) -> Ending:
    return Ending.CRASH if status < 0 else Ending.NO


def _added(before: str, log: str) -> str:
    """Return what QEMU said since *before*, in its own words."""
    return own_words(log.removeprefix(before))


def _joined(why: str, log: str) -> str:
    """Return *why* and *log* without saying anything twice."""
    lines = own_words(why).splitlines()
    return "\n".join(dict.fromkeys([*lines, *log.splitlines()])) or "it said nothing"
