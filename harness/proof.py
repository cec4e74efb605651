"""Proofs: the least trace that fails from scratch each time, and that every step of it is needed.

Asks a guest that runs where that will do, and one that was just started for what counts.  What
it was that failed, and whose fault it is, it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.command import Command
from harness.difference import Difference
from harness.errors import GuestError
from harness.examiner import REPEATS, Examiner
from harness.masks import Masks
from harness.round import Caught
from harness.shrink import Question, shrink
from harness.shrink.boot import needed
from harness.trace import Trace

Pin = tuple[str, ...]
#: A trace that fails from scratch, and then does not, is run so many times in all; it is stable if
#: it fails in so many of them.
MOST_RUNS, STABLE_HITS = 10, 9
#: To ask from scratch takes so many times as long as to ask a guest that runs.
FRESH_COST = 4
#: After so many traces in a row that pass quickly, the last that failed must fail quickly again.
_MOST_PASSED = 12


class _WornError(Exception):
    """A guest that goes back does not show any more what it showed; never leaves this module."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A trace that fails from scratch.

    Attributes:
        trace: with every step that it needs.
        difference: what it shows.
        is_quick: whether a guest that runs shows it, too.
        hits, runs: how often it failed, in how many runs from scratch.
    """

    trace: Trace
    difference: Difference
    is_quick: bool
    hits: int
    runs: int


class Prover:
    """Proves failing traces.

    Args:
        examiner: runs traces.
        confirmations: runs from scratch in which a trace must fail; one that once does not has
            some more of them.
        shrink_limit: traces that may be tried to shrink one.
        is_late: whether to shrink no more and take the best so far.
    """

    def __init__(
        self,
        examiner: Examiner,
        *,
        confirmations: int,
        shrink_limit: int,
        is_late: Callable[[], bool] = lambda: False,
    ) -> None:
        self._examiner = examiner
        self._confirmations = confirmations
        self._shrink_limit = shrink_limit
        self._is_late = is_late
        self._proved: dict[tuple[Trace, Pin], bool] = {}

    def still_fails(self, trace: Trace, pin: Pin, *, fresh: bool = False) -> bool:
        """Say whether *trace* still shows something at *pin*."""
        # What is asked quickly is asked from scratch, too, before it counts.
        difference = self.show(trace, fresh=fresh, repeats=REPEATS if fresh else 1)
        return difference is not None and difference.pin == pin

    def show(
        self,
        trace: Trace,
        *,
        fresh: bool = False,
        masks: Masks | None = None,
        repeats: int = REPEATS,
    ) -> Difference | None:
        """Return what *trace* shows, see :meth:`Examiner.examine`; None if nothing."""
        try:
            return self._examiner.examine(
                trace, fresh=fresh, masks=masks, repeats=repeats
            ).difference
        except GuestError:
            # A trace that ends the guest outside a cycle is no simpler form of the loss.
            return None

    def prove(self, caught: Caught) -> Proof | int:
        """Return the least trace that fails from scratch, reliably.

        Where there is none, return how often what was left of it did; of :data:`MOST_RUNS` if
        it ever did.
        """
        pin = caught.pin
        trace = self._shrunk_quickly(caught.trace, pin)
        is_quick = trace is not None
        if trace is None:
            if not self._ever_fails(caught.original, pin):
                return 0
            trace = self._shrunk_from_scratch(caught.original, pin)
        hits, runs = self._counted(trace, pin)
        if not _is_stable(hits, runs):
            if is_quick and not self._ever_fails(caught.original, pin):
                return hits
            is_quick = False
            trace = self._shrunk_from_scratch(caught.original, pin)
            hits, runs = self._counted(trace, pin)
        elif is_quick and not self.is_proved(trace, pin):
            trace = self._shrunk_from_scratch(trace, pin)
            hits, runs = self._counted(trace, pin)
        difference = self.show(trace, fresh=True)
        if not _is_stable(hits, runs) or difference is None:
            return hits
        return Proof(trace, difference, is_quick, hits, runs)

    def is_proved(self, trace: Trace, pin: Pin) -> bool:
        """Say whether leaving out any one step, from scratch, was seen to make the loss vanish."""
        if (trace, pin) not in self._proved:
            if self._is_late():
                return False
            self._proved[trace, pin] = not any(
                self._is_late() or self.still_fails(trace.without(index), pin, fresh=True)
                for index in range(len(trace))
            )
        return self._proved[trace, pin]

    def whole(self, found: Proof, pin: Pin) -> Proof | None:
        """Return *found* with what its trace needs of the guest's boot; None if it passes then.

        What it shows may be another value then: the boot leaves registers as it found use for.
        """
        boot, trace = self._examiner.guest.boot, found.trace
        if not boot:
            return found
        bare = self._examiner.bare()
        differences: dict[tuple[tuple[Command, ...], ...], Difference] = {}

        def behind(groups: Sequence[tuple[Command, ...]]) -> Trace:
            return Trace((*(command for group in groups for command in group), *trace.steps))

        def fails(groups: Sequence[tuple[Command, ...]], *, fresh: bool = False) -> bool:
            try:
                shown = bare.examine(behind(groups), fresh=fresh).difference
            except GuestError:
                return False
            if shown is None or shown.pin != pin:
                return False
            differences[tuple(groups)] = shown
            return True

        if not fails(boot, fresh=True):
            return None
        left = list(boot)
        # Quickly first, as with the trace; what that misses, a fresh start does not.
        for fresh in (False, True) if found.is_quick else (True,):
            if self._is_late():
                break
            kept = needed(left, lambda groups: not self._is_late() and fails(groups, fresh=fresh))  # noqa: B023 - used at once
            if fresh or fails(kept, fresh=True):
                left = kept
        return replace(found, trace=behind(left), difference=differences[tuple(left)])

    def _shrunk_quickly(self, trace: Trace, pin: Pin) -> Trace | None:
        """Shrink *trace* by asking a guest that goes back; None where that does not do.

        The quick way trusts the power-on checkpoint: what that misses, one trace leaves to the
        next, and when it is there from the beginning nothing can be seen to be lost.
        """
        # The first time a guest may have to be started, which shows nothing of the quick way.
        if not all(self.still_fails(trace, pin) for _ in range(2)):
            return None
        failing, passed = trace, 0

        def still_fails(candidate: Trace) -> bool:
            nonlocal failing, passed
            if self.still_fails(candidate, pin):
                failing, passed = candidate, 0
                return True
            passed += 1
            if passed % _MOST_PASSED == 0 and not self.still_fails(failing, pin):
                raise _WornError
            return False

        try:
            return self._shrunk(trace, still_fails, fresh=False)
        except _WornError:
            return None

    def _shrunk_from_scratch(self, trace: Trace, pin: Pin) -> Trace:
        return self._shrunk(trace, partial(self.still_fails, pin=pin, fresh=True), fresh=True)

    def _shrunk(self, trace: Trace, still_fails: Question, *, fresh: bool) -> Trace:
        return shrink(
            trace,
            lambda candidate: not self._is_late() and still_fails(candidate),
            self._examiner.guest.map,
            limit=self._shrink_limit
            // (FRESH_COST if fresh or self._examiner.beginning.is_slow else 1),
            shown=self.show(trace, fresh=fresh),
        ).trace

    def _ever_fails(self, trace: Trace, pin: Pin) -> bool:
        """Say whether *trace* fails from scratch at all: else there is no least one behind it."""
        return any(self.still_fails(trace, pin, fresh=True) for _ in range(self._confirmations))

    def _counted(self, trace: Trace, pin: Pin) -> tuple[int, int]:
        """Return in how many runs from scratch *trace* fails, and of how many."""
        runs = self._confirmations
        hits = self._hits(trace, pin, runs)
        if 0 < hits < runs < MOST_RUNS:
            hits += self._hits(trace, pin, MOST_RUNS - runs)
            runs = MOST_RUNS
        return hits, runs

    def _hits(self, trace: Trace, pin: Pin, runs: int) -> int:
        return sum(self.still_fails(trace, pin, fresh=True) for _ in range(runs))


def _is_stable(hits: int, runs: int) -> bool:
    return hits * MOST_RUNS >= STABLE_HITS * runs
