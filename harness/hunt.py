"""The hunt: draws traces for one job until its cycles are done, and follows up what it meets.

Hypothesis draws the traces in rounds and shrinks the first that fails; domain moves
shrink it further; then it is reproduced from scratch, its culprit is named, and it is
masked, so that the next round goes on behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import reduce

from hypothesis.strategies import SearchStrategy

from harness.difference import Difference
from harness.errors import DeadlineError, DiedError, GuestError
from harness.examiner import Examination, Examiner
from harness.exercise import Exercise, Touched
from harness.fields import LeafField
from harness.finding import Finding
from harness.guest import Guest
from harness.investigation import Investigator
from harness.job import UNTOUCHED, HuntSettings, Job, JobResult
from harness.masks import Masks
from harness.postponed import Postponed
from harness.reach import own_sections, spoils_of, vocabulary_of, works_of
from harness.round import Caught, Questions, Round
from harness.strategies import Vocabulary, hostile_traces, traces
from harness.trace import CYCLE, Trace

#: Traces in one round; between rounds the hunt looks at its budget.
TRACES_PER_ROUND = 20
#: So many losses of a machine that nobody has touched are looked at in a job, and of its own so
#: many are followed up.
_MOST_LOOKED_AT, _MOST_UNTOUCHED = 32, 4
#: So often a guest may end and not do so again before its job is given up.
MOST_ACCIDENTS = 2
#: After so many rounds in a row without one whole cycle there is no sense in going on.
BARREN_ROUNDS = 3


class Hunt:
    """Carries out one job on one guest.

    Args:
        guest: on which the traces run; it is restarted at will, never closed.
        job: what is to be done.
        masks: what is known beforehand; not changed.
        settings: how.
        progress: called after every trace with what has come of the job so far.
        found: called with every finding as soon as it is made.
    """

    def __init__(
        self,
        guest: Guest,
        job: Job,
        masks: Masks,
        settings: HuntSettings,
        progress: Callable[[JobResult], None] = lambda _: None,
        found: Callable[[Finding], None] = lambda _: None,
    ) -> None:
        self._guest = guest
        self._job = job
        self._settings = settings
        self._progress = progress
        self._found = found
        self._exercise = Exercise()
        self._touched = Touched(guest.map)
        self._began = time.monotonic()
        self._followed_s = 0.0
        self._caught_at = 0.0
        #: How many traces were refused by another release.
        self._refused = self._accidents = 0
        #: What was caught, and is followed up when nothing easier is left.
        self._postponed = Postponed()
        #: Of how many cycles the state came back.
        self._judged = 0
        sections = own_sections(guest, job)
        self._sections = sections or ()
        #: The fields that may be spoilt.
        self._spoils: list[LeafField] = []
        self._has_state = sections is not None
        #: Which of the oracles was left out, and why; empty if none was.
        self._unasked = ""
        promised = frozenset() if sections is None else guest.promised(self._sections)
        #: Whether fields are counted: in-process models have too many cycles for it.
        self._is_counted = bool(promised) or (job.is_plugged and sections is not None)
        self._examiner = Examiner(
            guest,
            masks.copy(),
            settings.pause,
            at_power_on=self._rest if self._is_counted else None,
            oracles=settings.oracles,
        )
        self._investigator = Investigator(
            self._examiner,
            job.name,
            confirmations=settings.confirmations,
            shrink_limit=settings.shrink_limit,
            is_late=self._may_not_follow,
            twins=settings.twins,
        )
        self.result = JobResult(
            job=job.name,
            guest=job.guest,
            version=guest.version,
            device=job.device,
            promised=set(promised),
        )

    def run(self) -> JobResult:
        """Hunt until the job's cycles are done or the clock stops it.

        A guest that dies or hangs for no reason of the trace's ends the job with that
        verdict; what was found before is kept.
        """
        started = time.monotonic()
        try:
            if "hostile" in self._settings.oracles and not self._find_spoils():
                return self.result
            vocabulary = vocabulary_of(self._guest, self._job, self._settings.learn)
            self.result.works = works_of(self._guest, self._job)
            if vocabulary.is_empty:
                self.result.verdict = "not tested"
                self.result.why = "none of its registers can be reached safely"
                return self.result
            # Learning is not counted: it is done once, and would leave nothing for the hunt.
            self._began = time.monotonic()
            self._rounds(vocabulary)
            self._follow_postponed(len(self._postponed))
        except DeadlineError as err:
            self.result.verdict, self.result.why = "hung", str(err)
        except GuestError as err:
            self.result.verdict, self.result.why = "died", str(err)
        else:
            self._conclude()
            self.result.why = self.result.why or self._unasked
        self._merge_duplicates()
        self.result.unreliable.update(self._investigator.unreliable)
        self.result.discarded.update(self._investigator.discarded)
        self.result.fields, self.result.moved = self._exercise.known, self._exercise.seen
        self.result.seconds = time.monotonic() - started
        return self.result

    def _find_spoils(self) -> bool:
        """Find the fields that can be spoilt; say whether there is anything to hunt for.

        Raises:
            GuestError: the guest died or hung.
        """
        if self._has_state:
            self._spoils = spoils_of(self._examiner.restarted(), self._sections)
        if self._spoils:
            return True
        why = (
            "nothing of its state can be spoilt"
            if self._guest.can_spoil
            else "its state can't be spoilt on the way: it takes reload=fresh behind its name"
        )
        if self._settings.asks_usual:
            self._unasked = f"hostile was not asked: {why}"
        else:
            self.result.verdict, self.result.why = "not tested", why
        return self._settings.asks_usual

    def _merge_duplicates(self) -> None:
        """Give each new finding the places that only its duplicates showed."""
        for index, finding in enumerate(self.result.findings):
            duplicates = self._investigator.more.get(finding.id, [])
            if duplicates:
                self.result.findings[index] = reduce(Finding.merged, duplicates, finding)
                self._found(self.result.findings[index])

    def _conclude(self) -> None:
        if self._refused and self._refused == self.result.traces:
            self.result.verdict = "not tested"
            self.result.why = next(iter(self.result.discarded))
        elif self.result.cut and self.result.cycles == 0:
            self.result.verdict = "not tested"
            self.result.why = "its share of the budget was spent before its first cycle"
        elif self.result.findings:
            self.result.verdict = "found"
        elif self.result.unfollowed:
            self.result.verdict = "not followed"
            self.result.why = "there was no time left to find out what its differences are"
        elif self._judged == 0 < self.result.cycles:
            self.result.verdict = "not tested"
            reasons = [*self.result.known, *self.result.discarded]
            self.result.why = f"no state of it came back to be compared: {'; '.join(reasons)}"
        elif self.result.promised and not self._exercise.seen:
            self.result.verdict = "not exercised"
            self.result.why = "none of its fields was ever away from power-on at a checkpoint"

    def _rest(self) -> None:
        """Note the state at power-on, that of the device's own sections."""
        columns = self._guest.columns(self._guest.state(), self._sections)
        self._exercise.rest(columns or ())

    def _note(self, checkpoint: bytes) -> None:
        """Note which fields were brought away from their state at power-on."""
        columns = self._guest.columns(checkpoint, self._sections)
        if columns is not None:
            self._exercise.note(columns)

    def _rounds(self, vocabulary: Vocabulary) -> None:
        number = barren = 0
        # Made once: working out what may be drawn takes longer than drawing it.
        drawn = self._drawn(vocabulary)
        questions = Questions(
            hunt=self._explore,
            confirm=self._confirm,
            still_fails=self._investigator.still_fails,
            is_over=self._is_over,
        )
        if not self._guest.restarts_quickly and self._settings.asks_usual:
            self._look_untouched(vocabulary)
        while self.result.cycles < self._job.cycles:
            if self._is_late():
                self.result.cut = True
                return
            number += 1
            cycles_before = self.result.cycles
            seed = self._job.derived_seed(number)
            caught = Round(drawn, questions, seed=seed, traces=TRACES_PER_ROUND).run()
            if caught is not None:
                # It was shrunk since.
                self._followed_s += time.monotonic() - self._caught_at
            if caught is None:
                self._follow_postponed(1)
            elif self._postponed.takes(caught):
                self._investigator.ignored.add(caught.pin)
            else:
                self._follow(caught)
            for case_id, hits in self._investigator.take_known().items():
                self.result.known[case_id] = self.result.known.get(case_id, 0) + hits
            barren = 0 if self.result.cycles > cycles_before else barren + 1
            if self._refused == self.result.traces >= TRACES_PER_ROUND:
                # Each state is: there is nothing that could be looked at.
                return
            if barren == BARREN_ROUNDS and not self._is_late():
                reasons = "; ".join(self.result.discarded) or "nothing could be run"
                raise GuestError(f"no trace of the last {barren} rounds got to a cycle: {reasons}")

    def _drawn(self, vocabulary: Vocabulary) -> SearchStrategy[Trace]:
        """Return the traces that are drawn from."""
        usual = traces(vocabulary, is_soiled=self._guest.reload_mode == "in-place")
        if not self._spoils:
            return usual
        hostile = hostile_traces(vocabulary, self._spoils)
        return usual | hostile if self._settings.asks_usual else hostile

    def _look_untouched(self, vocabulary: Vocabulary) -> None:
        """Follow up what a cycle and the sweep show by themselves, where it is this job's.

        Else it shows in the first trace of every job of the machine, and costs each of them the
        time that it takes to shrink that trace to nothing.  What is another device's is known
        to this job from here on: that device's job follows it up, and the whole machine's.
        """
        trace = Trace((CYCLE, *vocabulary.sweep))
        left = _MOST_UNTOUCHED
        for _ in range(_MOST_LOOKED_AT):
            examination = self._examine_twice(trace)
            # It was not drawn: that it ends the guest is nothing to be counted.
            self.result.discarded.clear()
            difference = examination.difference if examination is not None else None
            if difference is None or difference.pin in self._investigator.ignored:
                return
            if not self._job.owns(difference, self._sections):
                known_as = f"{UNTOUCHED}{' '.join(difference.pin)}"
                if not self._examiner.masks.add(known_as, difference.places):
                    return
                continue
            self._caught_at = time.monotonic()
            self._follow(Caught(trace, trace, difference.pin))
            left -= 1
            if left == 0:
                return

    def _follow_postponed(self, most: int) -> None:
        """Follow up *most* of what was put off, unless what was found since is behind it."""
        for _ in range(min(most, len(self._postponed))):
            caught = self._postponed.easiest()
            self._investigator.ignored.discard(caught.pin)
            self._caught_at = time.monotonic()
            if self._may_not_follow():
                _count(self.result.unfollowed, " ".join(caught.pin))
                self.result.cut = True
            elif self._investigator.still_fails(caught.original, caught.pin):
                self._follow(caught)

    def _follow(self, caught: Caught) -> None:
        now = time.monotonic()
        finding = self._investigator.follow(caught)
        self._followed_s += time.monotonic() - now
        if finding is not None:
            self.result.followed[finding.id] = time.monotonic() - self._caught_at
            self.result.findings.append(finding)
            self._found(finding)

    def _is_late(self) -> bool:
        now = time.monotonic()
        explored_s = now - self._began - self._followed_s
        return now >= self._settings.stop_at or explored_s >= self._settings.explore_s

    def _may_not_follow(self) -> bool:
        return time.monotonic() >= min(self._settings.stop_at, self._settings.follow_until)

    def _is_over(self) -> bool:
        return self.result.cycles >= self._job.cycles or self._is_late()

    def _explore(self, trace: Trace) -> Difference | None:
        """Run a new trace on the warm guest and take note of what came of it."""
        examination = self._examine_twice(trace)
        if examination is None:
            return None
        result = self.result
        result.cycles += examination.cycles
        result.traces += 1
        self._judged += examination.judged
        result.touched |= self._touched.new_by(trace)
        if self._is_counted and examination.checkpoint:
            self._note(examination.checkpoint)
        for case_id in examination.known:
            result.known[case_id] = result.known.get(case_id, 0) + 1
        self._note_discarded(examination)
        if examination.nondeterministic:
            _count(result.nondeterministic, examination.nondeterministic)
        self._progress(result)
        difference = examination.difference
        if difference is not None and difference.pin in self._investigator.ignored:
            return None
        if difference is not None and self._may_not_follow():
            if self._confirm(trace, difference.pin):
                _count(result.unfollowed, " ".join(difference.pin))
                result.cut = True
            self._investigator.ignored.add(difference.pin)
            return None
        return difference

    def _note_discarded(self, examination: Examination) -> None:
        """Note why the trace could not be judged, or not whole."""
        crossing = self._guest.crossing
        self._refused += examination.is_refused
        if examination.discarded:
            _count(self.result.discarded, examination.discarded)
        for why in crossing.refusals() if crossing is not None else ():
            _count(self.result.discarded, f"judged one way only: {' '.join(why.split())}")

    def _examine_twice(self, trace: Trace) -> Examination | None:
        """Examine *trace*; where the guest dies of it, see from scratch whether it is the trace.

        Returns:
            What came of it; None if the trace ends the guest by itself, with no cycle at fault.

        Raises:
            GuestError: the guest died or hung, and not because of the trace, once too often.
        """
        error: GuestError | None
        try:
            examination = self._examiner.examine(trace)
        except (DiedError, DeadlineError) as err:
            error = err
        else:
            difference, error = examination.difference, examination.error
            if error is None or difference is None or difference.oracle != "load":
                return examination
        try:
            again = self._examiner.examine(trace, fresh=True)
        except (DiedError, DeadlineError):
            _count(self.result.discarded, f"ends the guest: {error}".splitlines()[0])
            return None
        if again.difference is None:
            self._note_accident(error)
        return again

    def _note_accident(self, error: GuestError) -> None:
        """Note an end that the same trace has not brought about again in a new guest.

        It costs a restart, and not the job: what came before in that process may have damaged it.

        Raises:
            GuestError: *error*, where somebody else ended the guest or it happens all the time.
        """
        self._accidents += 1
        if error.was_killed or self._accidents > MOST_ACCIDENTS:
            raise error
        self.result.unreliable[str(error).splitlines()[0]] = 0

    def _confirm(self, trace: Trace, pin: tuple[str, ...]) -> bool:
        self._caught_at = time.monotonic()
        if self._investigator.still_fails(trace, pin, fresh=True):
            return True
        self.result.unreliable.setdefault(" ".join(pin), 0)
        return False


def _count(table: dict[str, int], key: str) -> None:
    table[key] = table.get(key, 0) + 1
