"""Trials: state is lost on purpose, one field at a time, to see whether anybody notices.

At a checkpoint of a trace, a field that is not as at power-on is put back to what it is there,
in the stream and nowhere else, and the cycle goes on: what a device shows that forgets this
field.  The same cycle without that comes first, and again last: where it differs by itself,
nothing can be told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

from harness.beginning import Beginning
from harness.command import Command
from harness.cycle import CHECKPOINT, CycleRecord, Future, run_reloaded, run_suffix
from harness.difference import Difference, FieldPlace
from harness.errors import GuestError
from harness.exercise import PCI_CONFIG, FieldKey
from harness.fields import DeviceState, LeafField
from harness.inspection import Inspector
from harness.job import Job
from harness.learning import Learn, learn
from harness.masks import Masks
from harness.oracles import judge_future, judge_idempotence, judge_load
from harness.power.score import FieldScore, Score, Verdict
from harness.qemu.fresh import FreshGuest
from harness.qemu.unordered import is_a_set
from harness.reach import own_fields, own_sections, vocabulary_of
from harness.regions import PAGE_HEADER
from harness.round import Questions, Round
from harness.strategies import traces
from harness.streams.spoiling import Spoilt, spoilt
from harness.trace import Trace
from vmstate.paths import general_path

#: Traces of a round; between rounds a trial looks whether there is anything left to do.
_TRACES_PER_ROUND = 20
#: So many rounds in a row that teach nothing new are the last.
_BARREN_ROUNDS = 3
#: How often a field is lost, at as many checkpoints, before nobody is thought to notice.
_MOST_TRIALS = 400
#: How many fields are lost for the first time at one checkpoint, each by itself.
_MOST_ALONE = 24

Suffix = tuple[Command, ...]
#: The verdict, whether the field is the first that is named, and what showed it.
Outcome = tuple[Verdict, bool, str]
#: A field's score, and what puts it back to what it is at power-on: all its elements.
Loss = tuple[FieldScore, list[Spoilt]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialSettings:
    """How a trial is carried out.

    Attributes:
        stop_at: monotonic time at which it ends, in seconds.
        learn: tells what there is to know about some regions of a guest.
    """

    stop_at: float = float("inf")
    learn: Learn = learn


class Trial:
    """Measures what would be noticed of one device.

    Args:
        guest: on which it is done; its state comes back in a new process.
        job: which device.
        masks: what is known to be lost anyway.
        settings: how.
    """

    def __init__(
        self, guest: FreshGuest, job: Job, masks: Masks, settings: TrialSettings | None = None
    ) -> None:
        self._guest, self._job, self._masks = guest, job, masks
        self._settings = settings or TrialSettings()
        self._rest: dict[FieldKey, LeafField] = {}
        self._fields: dict[FieldKey, FieldScore] = {}
        self._beginning = Beginning(guest)
        self._inspector = Inspector(self._restarted)
        self._sections: tuple[tuple[str, int], ...] = ()
        # The state at the checkpoint, in bytes and in fields.
        self._checkpoint = b"", DeviceState(())
        self.score = Score(job.device, job.guest, guest.version)

    def run(self) -> Score:
        """Return the score.

        Raises:
            GuestError: the guest died or hung while its registers were learned.
        """
        sections = own_sections(self._guest, self._job)
        if sections is None:
            self.score.why = "no section carries its state"
            return self.score
        self._sections = sections
        vocabulary = vocabulary_of(self._guest, self._job, self._settings.learn)
        if vocabulary.is_empty:
            self.score.why = "none of its registers can be reached safely"
            return self.score
        self._note_rest()
        drawn, number, barren = traces(vocabulary), 0, 0
        questions = Questions(
            hunt=self._try, confirm=_never, still_fails=_never, is_over=self._is_late
        )
        while not self._is_late() and barren < _BARREN_ROUNDS:
            number += 1
            before = self._progress()
            seed = self._job.derived_seed(number)
            Round(drawn, questions, seed=seed, traces=_TRACES_PER_ROUND).run()
            barren = barren + 1 if self._progress() == before else 0
        self.score.fields = sorted(self._fields.values(), key=lambda one: one.name)
        return self.score

    def _progress(self) -> list[tuple[Verdict, int]]:
        return [(one.verdict, one.trials) for one in self._fields.values()]

    def _is_late(self) -> bool:
        return time.monotonic() >= self._settings.stop_at

    def _restarted(self) -> FreshGuest:
        self._beginning.start()
        return self._guest

    def _note_rest(self) -> None:
        """Note the state at power-on; looking at it teaches the layout of its sections."""
        self._rest = {one.key: one for one in self._own(self._restarted().inspect())}
        for one in self._rest.values():
            self._score_of(one)

    def _own(self, state: DeviceState) -> list[LeafField]:
        """Return the fields of the device's own sections that hold anything."""
        return [one for one in own_fields(state, self._sections) if one.data]

    def _score_of(self, one: LeafField) -> FieldScore:
        key = (one.section, one.instance_id, general_path(one.path))
        return self._fields.setdefault(key, FieldScore(*key))

    def _try(self, trace: Trace) -> Difference | None:
        """Lose what *trace* brings away from power-on; nothing that it shows is followed up."""
        try:
            self._beginning.begin()
            self._beginning.distrust()
            self._lose_at_checkpoint(trace)
        except GuestError:
            # What ends the guest by itself is the hunt's business.
            self._beginning.distrust()
        return None

    def _lose_at_checkpoint(self, trace: Trace) -> None:
        prefix, *suffixes = trace.segments
        if not suffixes:
            return
        guest, suffix = self._guest, tuple(chain.from_iterable(suffixes))
        guest.follow(prefix)
        guest.save(CHECKPOINT)
        before = guest.state()
        state = guest.decode(before)
        if state is None:
            # A section that was not there before; a guest of its own teaches its layout.
            self._inspector.state_before(trace, 1)
            return
        self._checkpoint = before, state
        first, again = self._losses(state)
        if not (first or again):
            return
        expected = run_suffix(guest, suffix)
        if first and not self._is_quiet(before, suffix, expected):
            return

        def outcome(losses: Sequence[Loss]) -> Outcome | None:
            changes = [one for _, some in losses for one in some]
            # Of several at once, or of one that showed it, saving again tells nothing new.
            is_saved_again = len(losses) == 1 and losses[0][0].verdict != "resaved"
            return self._outcome(before, suffix, expected, changes, is_saved_again=is_saved_again)

        results = list(chain.from_iterable(_sought([loss], outcome) for loss in first))
        results += _sought(again, outcome)
        if first or any(verdict == "killed" for _, (verdict, _, _) in results):
            # Most checkpoints tell nothing new, and there can be more of them for that.
            checks = 1 if first else 2
            if not all(self._is_quiet(before, suffix, expected) for _ in range(checks)):
                return
        self._beginning.trust()
        self.score.checkpoints += 1
        for score, (verdict, named, shown) in results:
            score.note(verdict, named=named, shown=shown)

    def _losses(self, state: DeviceState) -> tuple[list[Loss], list[Loss]]:
        """Return what can be lost, whole fields: what never was yet, and what nobody noticed."""
        found: dict[str, Loss] = {}
        for one in self._own(state):
            rest = self._rest.get(one.key)
            if rest is None or len(rest.data) != len(one.data) or is_a_set(one):
                continue
            data = rest.data
            if one.type == PCI_CONFIG:
                # The header is the bus's, and not the device's own doing.
                data = one.data[:PAGE_HEADER] + data[PAGE_HEADER:]
            if data != one.data:
                score = self._score_of(one)
                found.setdefault(score.name, (score, []))[1].append(Spoilt(one, data))
        first = [loss for loss in found.values() if not loss[0].trials]
        again = [
            loss
            for loss in found.values()
            if loss[0].verdict != "killed" and 0 < loss[0].trials < _MOST_TRIALS
        ]
        return first[:_MOST_ALONE], again

    def _is_quiet(self, before: bytes, suffix: Suffix, expected: Future) -> bool:
        """Say whether nothing differs where nothing is lost."""
        record = run_reloaded(self._guest, 1, suffix, before, expected)
        if record.incidents or self._resaved(record) is not None:
            return False
        return all(difference is None for difference in self._judged(record))

    def _outcome(
        self,
        before: bytes,
        suffix: Suffix,
        expected: Future,
        lost: list[Spoilt],
        *,
        is_saved_again: bool,
    ) -> Outcome | None:
        """Return what comes of *lost*, which may be several fields at once.

        Unless *is_saved_again*, there is none where the guest shows nothing: to look takes most
        of the time where there are thousands of fields.
        """
        self._guest.on_the_way = lambda data: spoilt(data, lost)
        try:
            record = run_reloaded(self._guest, 1, suffix, before, expected)
        finally:
            self._guest.on_the_way = bytes
        load, future = self._judged(record)
        if not is_saved_again and load is None and future is None:
            return None
        resaved = self._resaved(record)
        named = resaved is not None and _names(resaved, lost[0].field)
        if load is not None:
            return "killed", named, load.seen.splitlines()[0]
        if future is not None:
            shown = f"{future.command}: {future.expected}, and {future.seen} without it"
            return "killed", named, shown
        if resaved is not None:
            return "resaved", named, ""
        return ("equivalent" if record.after == before else "survived"), False, ""

    def _judged(self, record: CycleRecord) -> tuple[Difference | None, Difference | None]:
        """Return what the guest shows: when it loads, and after that."""
        return (
            judge_load(record, self._masks).difference,
            judge_future(record, self._guest.map, self._masks).difference,
        )

    def _resaved(self, record: CycleRecord) -> Difference | None:
        """Return what saving again shows."""
        return judge_idempotence(record, self._decoded, self._masks).difference

    def _decoded(self, state: bytes) -> DeviceState:
        saved, decoded = self._checkpoint
        return decoded if state == saved else self._guest.decode(state) or DeviceState(())


def _sought(
    losses: Sequence[Loss], outcome: Callable[[Sequence[Loss]], Outcome | None]
) -> list[tuple[FieldScore, Outcome]]:
    """Return what comes of each of *losses*; where all together do not show, none is tried alone.

    So that many checkpoints can be had for the price of one: most losses do not show at most of
    them.
    """
    if not losses:
        return []
    seen = outcome(losses)
    if seen is None:
        # What each of them is by itself was seen when it was lost for the first time.
        return [(score, (score.verdict, score.named, score.shown)) for score, _ in losses]
    if len(losses) == 1:
        return [(losses[0][0], seen)]
    half = len(losses) // 2
    return _sought(losses[:half], outcome) + _sought(losses[half:], outcome)


def _names(difference: Difference, lost: LeafField) -> bool:
    """Say whether the first place of *difference* is the field that was lost."""
    place = difference.places[0]
    return isinstance(place, FieldPlace) and (
        (place.section, place.instance_id, general_path(place.path))
        == (lost.section, lost.instance_id, general_path(lost.path))
    )


def _never(_trace: Trace, _pin: tuple[str, ...]) -> bool:
    return False
