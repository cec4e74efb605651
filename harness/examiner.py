"""The examiner: runs a trace on a guest and asks every oracle about each cycle.

It knows how a trace begins (from a fresh guest, or from one that was put back to its
power-on checkpoint), how a difference is told from a nondeterministic source, and how
often it was asked.  It knows nothing of Hypothesis, shrinking or reports.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import islice

from harness.beginning import Beginning
from harness.command import Command
from harness.crossing import Controls
from harness.cycle import (
    CycleRecord,
    Future,
    run_again,
    run_trace,
)
from harness.difference import Difference, Place
from harness.errors import GuestError, LoadError, SaveError, SpoilError, UnjudgedError
from harness.fields import DeviceState, LeafField
from harness.guest import Guest
from harness.inspection import Inspector
from harness.masks import Masks
from harness.oracles import (
    ORACLES,
    Verdict,
    judge_future,
    judge_hostile,
    judge_idempotence,
    judge_load,
    places_apart,
)
from harness.streams.spoiling import is_spoil
from harness.trace import Trace

#: Runs from scratch, each with random numbers of its own, of which all must show the very same
#: difference for it to be no noise.
REPEATS = 3
#: How often the same place is looked at again before it is taken for noise for good.
_DOUBTS = 3


@dataclass(frozen=True, slots=True)
class Examination:
    """What came of one trace.

    Attributes:
        difference: the first thing that is wrong, reproducible from its checkpoint, and not
            known; None if there is none.
        cycles: how many cycles were run.
        judged: of how many of them the state came back, so that something could be compared.
        known: known cases that were met.
        nondeterministic: what differed between runs B and B'; empty if nothing did.
        discarded: why the trace can't be judged; empty if it can.
        is_refused: whether that is because another release did not load the state, which is
            its right.
        error: what went wrong in saving or loading, where that is the difference.
        checkpoint: device state at the last checkpoint that was looked at; empty for none.
    """

    difference: Difference | None = None
    cycles: int = 0
    judged: int = 0
    known: frozenset[str] = frozenset()
    nondeterministic: str = ""
    discarded: str = ""
    is_refused: bool = False
    error: GuestError | None = None
    checkpoint: bytes = field(default=b"", compare=False)


class Examiner:
    """Asks the oracles about traces.

    Args:
        guest: on which they run.
        masks: what is known; may be added to between traces.
        pause: called before every trace; may raise to end it all.
        is_bare: whether traces bring what is needed of the guest's boot themselves.
        at_power_on: called once, when the guest stands at its power-on checkpoint.
        oracles: names of those that are asked.
    """

    def __init__(
        self,
        guest: Guest,
        masks: Masks,
        pause: Callable[[], None] = lambda: None,
        *,
        is_bare: bool = False,
        at_power_on: Callable[[], None] | None = None,
        oracles: Collection[str] = ORACLES,
    ) -> None:
        self.guest = guest
        self.masks = masks
        self.oracles = oracles
        self._pause = pause
        #: How each trace begins.
        self.beginning = Beginning(guest, is_bare=is_bare, at_power_on=at_power_on)
        #: What tells the reload's doing from that of another release.
        self.controls = Controls(guest, is_bare=is_bare)
        #: Looks into guests that were started for nothing else.
        self.inspector = Inspector(self.restarted)
        #: How often runs from scratch showed that a pin is noise.
        self._noise: Counter[tuple[str, ...]] = Counter()

    def examine(
        self,
        trace: Trace,
        *,
        fresh: bool = False,
        masks: Masks | None = None,
        repeats: int = REPEATS,
    ) -> Examination:
        """Run *trace* and judge it.

        Args:
            trace: the commands and cycles.
            fresh: start a new guest first; else the one there is goes back to its power-on
                checkpoint, which is quicker and trusts that the checkpoint is whole.
            masks: what is known, in the place of the examiner's own.
            repeats: runs from scratch that must agree where it comes apart from run to run; fewer
                do for what is asked once more before it counts.

        Raises:
            GuestError: the guest died, hung or refused a command outside a cycle.
        """
        asked = partial(self._examine, trace, self.masks if masks is None else masks, repeats)
        try:
            return asked(fresh=fresh, may_learn=True)
        except _UnknownLayoutError as unknown:
            self.inspector.states_at(trace, unknown.cycle)
        return asked(fresh=True, may_learn=False)

    def _examine(
        self, trace: Trace, masks: Masks, repeats: int, *, fresh: bool, may_learn: bool
    ) -> Examination:
        self._pause()
        self.beginning.begin(fresh=fresh)
        record = None
        cycles = judged = 0
        known: set[str] = set()
        # Whatever is raised from here on, the guest is not to be trusted any more.
        self.beginning.distrust()
        for record in run_trace(self.guest, trace):
            cycles += 1
            if record.incidents:
                reason = ", ".join(dict.fromkeys(record.incidents))
                return Examination(None, cycles, judged, frozenset(known), discarded=reason)
            try:
                difference = self._judged(trace, record, masks, known, may_learn=may_learn)
            except UnjudgedError as why:
                found = Examination(None, cycles, judged, frozenset(known), discarded=str(why))
                return replace(found, is_refused=why.is_refusal)
            judged += record.error is None or bool(record.spoils)
            if difference is None:
                continue
            if difference.oracle == "hostile" and self._ends_anyway(trace):
                said = "it ends the guest with nothing spoilt, too"
                return Examination(None, cycles, judged, frozenset(known), discarded=said)
            if record.error is not None:
                error = record.error
                return Examination(difference, cycles, judged, frozenset(known), error=error)
            found = self._apart(trace, record, difference, masks, repeats, may_learn=may_learn)
            return replace(found, cycles=cycles, judged=judged, known=frozenset(known))
        if record is None or record.error is None:
            self.beginning.trust()
            if not fresh:
                self.beginning.go_back_ahead()
        checkpoint = record.before if record is not None else b""
        return Examination(None, cycles, judged, frozenset(known), checkpoint=checkpoint)

    def _ends_anyway(self, trace: Trace) -> bool:
        """Say whether *trace* ends the guest with nothing spoilt, too."""
        kept = Trace(
            tuple(one for one in trace.steps if not (isinstance(one, Command) and is_spoil(one)))
        )
        try:
            return any(record.error for record in run_trace(self.restarted(), kept))
        except GuestError:
            return True

    def _apart(
        self,
        trace: Trace,
        record: CycleRecord,
        difference: Difference,
        masks: Masks,
        repeats: int,
        *,
        may_learn: bool,
    ) -> Examination:
        """Return what is to be made of *difference* once run B was had again."""
        try:
            after, again = run_again(self.guest, record.suffix)
            incidents = self.guest.incidents()
        except GuestError as error:
            # What run B left may end the guest in a reset; that is for another trace to show.
            source = f"no run B': {error}".splitlines()[0]
        else:
            if incidents:
                return Examination(discarded=incidents[0])
            self.beginning.trust()
            source = self._nondeterminism(record, after, again, difference, masks)
        if not source:
            return Examination(difference, checkpoint=record.before)
        settled = self._repeated(trace, difference, masks, repeats, may_learn=may_learn)
        source = "" if settled is not None else source
        return Examination(settled, nondeterministic=source, checkpoint=record.before)

    def everywhere(self, trace: Trace, cycle: int, *, fresh: bool = False) -> tuple[Place, ...]:
        """Return every register that differs after that cycle of *trace*, known or not.

        Args:
            trace: the commands and cycles.
            cycle: which cycle, from 1.
            fresh: start a new guest first.

        Raises:
            GuestError: the guest died, hung or refused a command outside a cycle.
        """
        self._pause()
        self.beginning.begin(fresh=fresh)
        self.beginning.distrust()
        for record in run_trace(self.guest, trace):
            if record.incidents or record.error is not None:
                return ()
            if record.number == cycle:
                self.beginning.trust()
                try:
                    return places_apart(self.controls.settled(record, trace), self.guest.map)
                except UnjudgedError:
                    return ()
        return ()

    def bare(self) -> Examiner:
        """Return an examiner of the same guest whose traces bring what they need of its boot."""
        self.beginning.distrust()
        self.controls.distrust()
        return Examiner(self.guest, self.masks, self._pause, is_bare=True, oracles=self.oracles)

    def restarted(self) -> Guest:
        """Return the guest, started again from nothing, for the caller's own use."""
        self.beginning.start()
        return self.guest

    def _judged(
        self,
        trace: Trace,
        record: CycleRecord,
        masks: Masks,
        known: set[str],
        *,
        may_learn: bool,
    ) -> Difference | None:
        """Judge *record*, and what is left of it once the releases' own differences are out.

        Raises:
            UnjudgedError: nobody can tell which those are, or the other release refused.
        """
        if isinstance(record.error, SpoilError):
            raise UnjudgedError(str(record.error))
        if self.guest.crossing is not None and isinstance(record.error, SaveError | LoadError):
            raise UnjudgedError(f"refused: {record.error}", is_refusal=True)
        difference = self._judge(record, masks, known, may_learn=may_learn)
        if difference is None or self.guest.crossing is None:
            return difference
        if self.controls.are_usual(difference.places):
            return None
        settled = self.controls.settled(record, trace)
        left = self._judge(settled, masks, known, may_learn=may_learn)
        self.controls.learn(difference.places, left.places if left is not None else ())
        return left

    def _judge(
        self, record: CycleRecord, masks: Masks, known: set[str], *, may_learn: bool
    ) -> Difference | None:
        """Ask the oracles in turn; add the known cases that they met to *known*."""
        known_as = cache(self.guest.decode)

        def decode(state: bytes) -> DeviceState:
            found = known_as(state)
            states = (record.before, record.after, *record.others)
            if found is None or any(known_as(one) is None for one in states):
                if may_learn:
                    raise _UnknownLayoutError(record.number)
                # Never fields against bytes: that would be a difference of our own making.
                return DeviceState((LeafField("?", 0, "state", "buffer", 0, state),))
            return found

        judges: dict[str, Callable[[], Verdict]] = {
            "load": lambda: judge_load(record, masks),
            "future": lambda: judge_future(record, self.guest.map, masks),
            "idempotence": lambda: judge_idempotence(record, decode, masks),
            "hostile": lambda: judge_hostile(record, masks),
        }
        for oracle in ORACLES:
            # Of a state that was spoilt no other can be asked, and of others not this one.
            if oracle not in self.oracles or (oracle == "hostile") != bool(record.spoils):
                continue
            verdict = judges[oracle]()
            known |= verdict.known
            if verdict.difference is not None:
                return verdict.difference
        return None

    def _nondeterminism(
        self,
        record: CycleRecord,
        after: bytes,
        again: Future,
        difference: Difference,
        masks: Masks,
    ) -> str:
        """Return what differs between runs B and B'; empty if nothing that matters does.

        Where two runs from one checkpoint agree with each other, their difference from the
        run that was never reloaded means that state was lost.

        Args:
            record: the cycle, with runs A and B.
            after: the state that run B' began with.
            again: run B'.
            difference: between A and B.
            masks: what is known.
        """
        if record.seen is None:
            return ""
        twins = replace(record, before=record.after, after=after, expected=record.seen, seen=again)
        verdict = judge_future(twins, self.guest.map, masks)
        if verdict.difference is not None:
            return verdict.difference.command
        if difference.oracle == "idempotence" and after != record.after:
            return f"the bytes of {difference.pin[2]}"
        return ""

    def _repeated(
        self, trace: Trace, difference: Difference, masks: Masks, repeats: int, *, may_learn: bool
    ) -> Difference | None:
        """Return the difference that *trace* shows each time it is run from scratch, if any.

        Runs B and B' may come apart although nothing is random: what neither reset nor load
        clears, B finds as run A left it, and B' as B left it.  A generator of random numbers
        does the same, but not with other numbers.  Where what is left grows (a log, a queue),
        the guest that has run other traces before shows other values than a new one.
        """
        if self._noise[difference.pin] >= _DOUBTS:
            return None
        settled = None
        for chance in range(repeats):
            self.guest.chance = chance
            guest = self.restarted()
            self.guest.chance = 0
            records = run_trace(guest, trace)
            again = next(islice(records, difference.cycle - 1, None), None)
            found = None
            if again is not None:
                found = self._shown(trace, again, masks, may_learn=may_learn)
            if found is None or found.pin != difference.pin or settled not in (None, found):
                self._noise[difference.pin] += 1
                return None
            settled = found
        return settled

    def _shown(
        self, trace: Trace, record: CycleRecord, masks: Masks, *, may_learn: bool
    ) -> Difference | None:
        if record.incidents:
            return None
        try:
            return self._judged(trace, record, masks, set(), may_learn=may_learn)
        except UnjudgedError:
            return None


class _UnknownLayoutError(Exception):
    """The guest does not know the layout of the state at a cycle of the trace yet."""

    def __init__(self, cycle: int) -> None:
        super().__init__(cycle)
        self.cycle = cycle
