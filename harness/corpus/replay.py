"""Replaying: does a case still fail, and in the same way?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from harness.corpus.case import Case
from harness.difference import Difference, legible
from harness.errors import GuestError
from harness.examiner import Examination, Examiner
from harness.guest import Guest
from harness.masks import Masks
from harness.trace import Trace

#: At most so many other differences are looked behind.
_MOST_OTHERS = 8
#: What one run tells: oracle and what it showed; empty if nothing differed.
Told = tuple[str, ...]


class Outcome(Enum):
    """What became of a case."""

    #: It fails as the case says, on a release for which that is expected.
    STILL_FAILS = "STILL FAILS"
    #: It does not fail any more, on a release for which that was expected.
    FIXED = "FIXED"
    #: It fails, but not as the case says.
    CHANGED = "CHANGED"
    #: It fails on a release for which it should not.
    REGRESSED = "REGRESSED"
    #: It does not fail, on a release for which it should not.
    PASSES = "PASSES"
    #: The binary has not the machine or device that it is about.
    NOT_HERE = "NOT HERE"
    #: It could not be run.
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class Replay:
    """An outcome, and in words why."""

    outcome: Outcome
    why: str


def replay(case: Case, guest: Guest, *, runs: int = 1) -> Replay:
    """Run *case* from scratch on *guest*, *runs* times, and compare with what it says.

    A case that does not come out alike each time counts as changed.
    """
    examiner = Examiner(guest, Masks(), is_bare=True)
    shown: list[Difference | None] = []
    for _ in range(runs):
        try:
            examination = _sought(examiner, case)
        except GuestError as err:
            return Replay(Outcome.ERROR, str(err))
        if examination.discarded or examination.nondeterministic:
            why = examination.discarded or f"nondeterministic: {examination.nondeterministic}"
            return Replay(Outcome.CHANGED, why)
        shown.append(examination.difference)
    return judged(case, {told_of(difference) for difference in shown}, guest.version)


def _sought(examiner: Examiner, case: Case) -> Examination:
    """Return the examination that shows what *case* says; if none does, the first.

    A machine may lose more than one thing, and shows one of them first: each of the others is
    a case of its own.

    Raises:
        GuestError: the guest died, hung or refused a command outside a cycle.
    """
    trace, masks = Trace.parse(case.trace), Masks()
    first = found = examiner.examine(trace, fresh=True, masks=masks)
    for _ in range(_MOST_OTHERS):
        difference = found.difference
        if difference is None or told_of(difference) == wanted_of(case):
            break
        # Of all fields that differ, one difference has the places of all.
        is_field = difference.oracle == "idempotence"
        if not masks.add("another", difference.places[:1] if is_field else difference.places):
            break
        found = examiner.examine(trace, fresh=True, masks=masks)
    is_it = found.difference is not None and told_of(found.difference) == wanted_of(case)
    return found if is_it else first


def judged(case: Case, told: Collection[Told], version: str) -> Replay:
    """Return what became of *case*, of which the runs on a QEMU of that *version* told so."""
    expected = case.expects_failure(version)
    if set(told) == {told_of(None)}:
        if expected:
            return Replay(
                Outcome.FIXED,
                f"{version} passes; narrow 'fails' in the case ({case.fails!r}) to the releases "
                "before it",
            )
        return Replay(Outcome.PASSES, f"{version} passes, as expected")
    wanted = wanted_of(case)
    if set(told) != {wanted}:
        seen = "; ".join(map(_words, sorted(told)))
        return Replay(Outcome.CHANGED, f"expected {_words(wanted)}; got {seen}")
    why = "without the reload {}, after it {}".format(*legible(case.expected, case.seen))
    return Replay(Outcome.STILL_FAILS if expected else Outcome.REGRESSED, why)


def _words(what: Told) -> str:
    match what:
        case (oracle, command, expected, seen):
            what = oracle, command, *legible(expected, seen)
    return " ".join(filter(None, what)) or "nothing"


def wanted_of(case: Case) -> Told:
    """Return what a run of *case* tells if it fails as the case says."""
    return _what(case.oracle, case.kind, case.command, case.expected, case.seen)


def told_of(difference: Difference | None) -> Told:
    """Return what a run tells that showed *difference*."""
    if difference is None:
        return ()
    return _what(
        difference.oracle,
        difference.kind,
        difference.command,
        difference.expected,
        difference.seen,
    )


def _what(oracle: str, kind: str, command: str, expected: str, seen: str) -> Told:
    """Return what must be alike in two runs of a case.

    The words of a failure to load change from release to release; the kind of a loss is
    told by more runs than a replay makes.
    """
    if oracle in ("load", "hostile"):
        return (oracle, kind)
    return (oracle, command, expected, seen)
