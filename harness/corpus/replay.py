"""Replaying: does a case still fail, and in the same way?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.corpus.case import Case
from harness.difference import Difference
from harness.errors import GuestError
from harness.examiner import Examiner
from harness.guest import Guest
from harness.masks import Masks
from harness.trace import Trace


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
    trace = Trace.parse(case.trace)
    shown: list[Difference | None] = []
    for _ in range(runs):
        try:
            examination = examiner.examine(trace, fresh=True)
        except GuestError as err:
            return Replay(Outcome.ERROR, str(err))
        if examination.discarded or examination.nondeterministic:
            why = examination.discarded or f"nondeterministic: {examination.nondeterministic}"
            return Replay(Outcome.CHANGED, why)
        shown.append(examination.difference)
    return _outcome(case, shown, guest.version)


def _outcome(case: Case, shown: list[Difference | None], version: str) -> Replay:
    expected = case.expects_failure(version)
    told = {_tell(difference) for difference in shown}
    if told == {_tell(None)}:
        if expected:
            return Replay(
                Outcome.FIXED,
                f"{version} passes; narrow 'fails' in the case ({case.fails!r}) to the releases "
                "before it",
            )
        return Replay(Outcome.PASSES, f"{version} passes, as expected")
    wanted = _what(case.oracle, case.kind, case.command, case.expected, case.seen)
    if told != {wanted}:
        seen = "; ".join(map(_words, sorted(told)))
        return Replay(Outcome.CHANGED, f"expected {_words(wanted)}; got {seen}")
    why = f"without the reload {case.expected}, after it {case.seen}"
    return Replay(Outcome.STILL_FAILS if expected else Outcome.REGRESSED, why)


def _words(what: tuple[str, ...]) -> str:
    return " ".join(filter(None, what)) or "nothing"


def _tell(difference: Difference | None) -> tuple[str, ...]:
    if difference is None:
        return ()
    return _what(
        difference.oracle,
        difference.kind,
        difference.command,
        difference.expected,
        difference.seen,
    )


def _what(oracle: str, kind: str, command: str, expected: str, seen: str) -> tuple[str, ...]:
    """Return what must be alike in two runs of a case.

    The words of a failure to load change from release to release; the kind of a loss is
    told by more runs than a replay makes.
    """
    return (oracle, kind) if oracle == "load" else (oracle, command, expected, seen)
