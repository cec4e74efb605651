"""Boards: a machine type with what it needs to start, and whether it saves and loads.

QEMU says what is lacking; the remedies that its words call for are tried in order.  Knows
no board by name.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from harness.errors import LaunchError
from harness.qemu.argv import Machine, own_arguments
from harness.qemu.discovery.attempt import DEADLINE_S, Outcome, attempt
from harness.qemu.discovery.remedies import REMEDIES, Remedy
from harness.qemu.discovery.round_trip import Ending, RoundTrip, Step, round_trip

#: From so much RAM on, MiB, a machine is saved several times as fast without it.
LARGE_MB = 64


@dataclass(frozen=True, slots=True)
class Start:
    """How a machine type was started, or how near one came to it.

    Attributes:
        machine: with what it needs; where it does not start, with what took it furthest.
        outcome: what came of starting *machine*.
        bare: what came of starting it with nothing but its name.
    """

    machine: Machine
    outcome: Outcome
    bare: Outcome


@dataclass(frozen=True, slots=True)
class Board:
    """What became of one machine type.

    Attributes:
        start: what it needs to start.
        trip: whether it saves and loads.
    """

    start: Start
    trip: RoundTrip

    @property
    def name(self) -> str:
        """Its name, as for ``-M``."""
        return self.start.machine.name

    @property
    def needs(self) -> tuple[str, ...]:
        """The arguments without which it does not start; none if it needs nothing."""
        return own_arguments(self.start.machine) if self.start.outcome.started else ()

    @property
    def starts(self) -> Step:
        """Whether it starts."""
        return _as_step(self.start.outcome)

    @property
    def is_at_fault(self) -> bool:
        """Whether it is a finding: it ends badly, or starts and can't be saved and loaded.

        A crash where words were due is one too, even if something could be done about it.
        """
        if not self.start.outcome.started:
            return self.start.outcome.crashed or self.start.outcome.late
        return self.start.bare.crashed or not self.trip.is_sound

    def steps(self) -> dict[str, Step]:
        """Return all that was tried, in order, by name; what a crash was called first."""
        named = {
            "starts": self.starts,
            "saves a snapshot": self.trip.snapshot,
            "loads in place": self.trip.in_place,
            "migrates": self.trip.migration,
            "loads fresh": self.trip.fresh,
        }
        if self.start.bare.crashed and self.start.outcome != self.start.bare:
            return {"starts without what it needs": _as_step(self.start.bare), **named}
        return named

    def document(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "needs": list(self.needs),
            "without": self.start.bare.words,
            "sections": self.trip.sections,
            "steps": {
                name: {"ending": step.ending.value, "words": step.words}
                for name, step in self.steps().items()
            },
        }


def _as_step(outcome: Outcome) -> Step:
    if outcome.started:
        return Step(Ending.YES)
    failed = Ending.CRASH if outcome.crashed else Ending.HANG if outcome.late else Ending.NO
    return Step(failed, outcome.words)


def boards(
    binary: Path, names: Sequence[str], workers: int = 1, deadline_s: float = DEADLINE_S
) -> Iterator[Board]:
    """Try the machine types *names* of *binary*; yield each in that order.

    Raises:
        LaunchError: the program can't be executed.
    """
    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            yield from pool.map(partial(try_board, binary, deadline_s=deadline_s), names)
        finally:
            # Whoever stops listening does not wait for all the others.
            pool.shutdown(cancel_futures=True)


def try_board(
    binary: Path,
    name: str,
    deadline_s: float = DEADLINE_S,
    run: Callable[[Machine, float], Outcome] = attempt,
    trip: Callable[[Machine, float], RoundTrip] = round_trip,
) -> Board:
    """Start the machine type *name* of *binary*, save it and load it.

    Raises:
        LaunchError: the program can't be executed.
    """
    start = find_start(Machine(binary, name), deadline_s, run)
    made = trip(start.machine, deadline_s) if start.outcome.started else RoundTrip()
    return Board(start, made)


def find_start(
    machine: Machine,
    deadline_s: float = DEADLINE_S,
    run: Callable[[Machine, float], Outcome] = attempt,
) -> Start:
    """Find out what *machine* needs; each remedy is used once.

    Args:
        machine: as it is without any.
        deadline_s: seconds that each start may take.
        run: starts a machine and says what came of it.

    Raises:
        LaunchError: the program can't be executed.
    """
    bare = outcome = run(machine, deadline_s)
    left = list(REMEDIES)
    while not (outcome.started or outcome.late or outcome.killed):
        for remedy in left:
            better = _improved(remedy, machine, outcome, lambda one: run(one, deadline_s))
            if better:
                machine, outcome = better
                left.remove(remedy)
                break
        else:
            break
    return Start(machine, outcome, bare)


def _improved(
    remedy: Remedy, machine: Machine, outcome: Outcome, run: Callable[[Machine], Outcome]
) -> tuple[Machine, Outcome] | None:
    """Return the first variant that starts, or that QEMU has another complaint about."""
    if not remedy.about.search(outcome.words):
        return None
    for variant in remedy.variants(machine, outcome.words):
        came = run(variant)
        if came.started or not remedy.about.search(came.words):
            return variant, came
    return None


def startable(binary: Path, name: str, deadline_s: float = DEADLINE_S) -> Machine:
    """Return the machine type *name* with what it needs to start; found out once.

    Raises:
        LaunchError: nothing helps, or the program can't be executed.
    """
    return _startable(binary, binary.stat().st_mtime_ns, name, deadline_s)


@lru_cache(maxsize=256)
def _startable(binary: Path, _mtime_ns: int, name: str, deadline_s: float) -> Machine:
    start = find_start(Machine(binary, name), deadline_s)
    if not start.outcome.started:
        status = -signal.SIGKILL if start.outcome.killed else None
        raise LaunchError((str(binary), "-M", name), status, start.outcome.words)
    return lightened(start.machine, deadline_s)


def lightened(
    machine: Machine, deadline_s: float, run: Callable[[Machine, float], Outcome] = attempt
) -> Machine:
    """Return *machine* with its RAM kept outside QEMU, if it has much and takes it from there.

    Raises:
        LaunchError: the program can't be executed.
    """
    kept = replace(machine, keeps_memory=True)
    is_light = machine.memory_mb >= LARGE_MB and run(kept, deadline_s).started
    return kept if is_light else machine
