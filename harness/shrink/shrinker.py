"""The shrinker: holds the simplest failing trace so far and asks for simpler ones.

It never runs a guest; it is given a question, "does this trace still fail in the same
way?", and stops when no pass finds anything simpler or when it has asked often enough.
The limit is a count, not a time, so that the same finding shrinks alike everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.difference import Difference
from harness.regions import RegionMap
from harness.shrink.order import is_simpler
from harness.shrink.passes import PASSES, Proposals, drop_runs, what_shows
from harness.trace import Trace

Question = Callable[[Trace], bool]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What came of shrinking.

    Attributes:
        trace: the simplest failing trace that was met; without any one of its steps it
            does not fail.
        asked: how many traces were tried.
    """

    trace: Trace
    asked: int


def shrink(
    trace: Trace,
    still_fails: Question,
    regions: RegionMap,
    *,
    limit: int,
    shown: Difference | None = None,
) -> Shrunk:
    """Return the simplest trace that still fails.

    Args:
        trace: a failing trace.
        still_fails: the question; it must always answer the same for the same trace.
        regions: the guest's map, for moves within a region.
        limit: how many different traces may be tried.
        shown: what it shows, where that is known: most of the trace has nothing to do with it.
    """
    session = _Session(still_fails, limit, trace)
    if shown is not None:
        session.take(what_shows(shown)(trace, regions, session.asks))
    while True:
        before = session.best
        for propose in PASSES:
            session.take(propose(session.best, regions, session.asks))
        if session.best == before or session.is_spent:
            break
    # Whatever the limit, no step stays that is not needed.  Runs of them go first: where the limit
    # has left hundreds, to leave out one and look at all others again would take for ever.
    session.lift_limit()
    session.take(drop_runs(session.best, regions, session.asks))
    while session.drop_one():
        pass
    return Shrunk(session.best, len(session.answers))


class _Session:
    def __init__(self, still_fails: Question, limit: int, trace: Trace) -> None:
        self.best = trace
        self.answers: dict[Trace, bool] = {trace: True}
        self._still_fails = still_fails
        self._limit: int | None = limit
        self.is_spent = False

    def lift_limit(self) -> None:
        """Let any number of traces be tried from here on."""
        self._limit, self.is_spent = None, False

    def asks(self, trace: Trace) -> bool:
        """Ask once about each trace; past the limit the answer is no."""
        if trace not in self.answers:
            if self._limit is not None and len(self.answers) > self._limit:
                self.is_spent = True
                return False
            # Without a cycle there is nothing that could fail.
            self.answers[trace] = trace.cycles > 0 and self._still_fails(trace)
        return self.answers[trace]

    def drop_one(self) -> bool:
        """Leave out the first step that is not needed, limit or no limit; say if there was one."""
        for index in reversed(range(len(self.best))):
            candidate = self.best.without(index)
            if candidate not in self.answers:
                self.answers[candidate] = candidate.cycles > 0 and self._still_fails(candidate)
            if self.answers[candidate]:
                self.best = candidate
                return True
        return False

    def take(self, proposals: Proposals) -> None:
        """Take every proposal that is simpler and still fails, as it comes."""
        answer: bool | None = None
        while not self.is_spent:
            try:
                proposal = proposals.send(answer)
            except StopIteration:
                return
            answer = is_simpler(proposal, self.best) and self.asks(proposal)
            if answer:
                self.best = proposal
