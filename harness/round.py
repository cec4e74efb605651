"""A round: Hypothesis draws so many traces, and shrinks the first that fails.

All that is asked of Hypothesis is in this module.  The round is deterministic: one seed,
one run, whatever database, profile or environment there is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy

from harness.determinism import no_local_constants
from harness.difference import Difference
from harness.errors import GuestError
from harness.trace import Trace

#: Traces that Hypothesis may try to shrink one that fails; domain moves do the rest.
_SHRINK_LIMIT = 40


class _FailingTraceError(Exception):
    """Tells Hypothesis that a trace fails; never leaves this module."""


class _EnoughError(BaseException):
    """Ends Hypothesis's shrinking, which lets pass what is no ``Exception``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What a round asks about traces.

    Attributes:
        hunt: runs a new trace and returns what is wrong and not known.
        confirm: whether a trace fails from scratch at the given pin.
        still_fails: the same, quickly: for shrinking.
        is_over: whether to draw no more.
    """

    hunt: Callable[[Trace], Difference | None]
    confirm: Callable[[Trace, tuple[str, ...]], bool]
    still_fails: Callable[[Trace, tuple[str, ...]], bool]
    is_over: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Caught:
    """A trace that fails.

    Attributes:
        trace: as Hypothesis shrank it, quickly.
        original: as it was drawn, and confirmed from scratch.
        pin: what it shows.
    """

    trace: Trace
    original: Trace
    pin: tuple[str, ...]


def drawn(strategy: SearchStrategy[Trace], *, seed: int, count: int) -> list[Trace]:
    """Return *count* traces of *strategy* at most, the same ones for the same seed."""
    found: list[Trace] = []

    questions = Questions(
        hunt=found.append,
        confirm=lambda _trace, _pin: False,
        still_fails=lambda _trace, _pin: False,
        is_over=lambda: False,
    )
    Round(strategy, questions, seed=seed, traces=count).run()
    return found


class Round:
    """Draws traces until one fails.

    Args:
        drawn: the traces that may be drawn.
        questions: what is asked about traces.
        seed: of everything that is drawn.
        traces: how many at most.
    """

    def __init__(
        self,
        drawn: SearchStrategy[Trace],
        questions: Questions,
        *,
        seed: int,
        traces: int,
    ) -> None:
        self._drawn = drawn
        self._questions = questions
        self._seed = seed
        self._traces = traces
        self._pin: tuple[str, ...] | None = None
        self._best: Trace | None = None
        self._original: Trace | None = None
        self._answers: dict[Trace, bool] = {}
        self._error: GuestError | None = None

    def run(self) -> Caught | None:
        """Run it; return the first trace that fails, shrunk; None if none failed.

        Raises:
            GuestError: from *hunt* or *still_fails*.
        """

        @seed(self._seed)
        @settings(
            parent=settings.get_profile("default"),
            database=None,
            deadline=None,
            derandomize=False,
            max_examples=self._traces,
            phases=(Phase.generate, Phase.shrink),
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=tuple(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(self._drawn)
        def explore(trace: Trace) -> None:
            try:
                fails = self._error is None and self._fails(trace)
            except GuestError as err:
                # Hypothesis would ask again, and call a death that does not come back flaky.
                self._error = err
                return
            if fails:
                self._best = trace
                raise _FailingTraceError

        with suppress(_FailingTraceError, _EnoughError), no_local_constants():
            explore()
        if self._error is not None:
            raise self._error
        if self._best is None or self._original is None or self._pin is None:
            return None
        return Caught(self._best, self._original, self._pin)

    def _fails(self, trace: Trace) -> bool:
        if self._pin is None:
            if self._questions.is_over():
                return False
            difference = self._questions.hunt(trace)
            if difference is None or not self._questions.confirm(trace, difference.pin):
                return False
            self._pin, self._original, self._best = difference.pin, trace, trace
            if not self._questions.still_fails(trace, self._pin):
                # What a used guest does not show again can't be shrunk on a used guest.
                raise _EnoughError
            self._answers[trace] = True
            return True
        if trace not in self._answers:
            # Told only that everything new passes, Hypothesis may go on for a minute.
            if len(self._answers) > _SHRINK_LIMIT:
                raise _EnoughError
            self._answers[trace] = self._questions.still_fails(trace, self._pin)
        return self._answers[trace]
