"""Crossing: what of a difference is the releases' own, and not the reload's.

Two releases of a device may answer otherwise although all state came over.  So a difference
counts only where both agree as long as nothing is reloaded: the same trace is run on a guest
of each, from power-on.  Where an answer is not that of run A in them, or where the device has
come to another state at the checkpoint (one release ignores what the other one keeps), run B is
not compared.  What is left is the reload's doing: from one and the same state the release that
loaded goes on otherwise than it does by itself.

It knows the Guest protocol; what is judged, and how, it does not know.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import chain

from harness.beginning import Beginning
from harness.cycle import CycleRecord, Future, run_suffix
from harness.difference import FieldPlace, Place
from harness.errors import GuestError, UnjudgedError
from harness.fields import DeviceState, differences
from harness.guest import Guest
from harness.observation import Observation
from harness.trace import Trace

#: A field that is not the same in two states: section, instance id, path and bits.
_Apart = tuple[str, int, str, int]
#: After so many times bits of a field are taken for the releases' own.
_USUALLY = 3


@dataclass(frozen=True, slots=True)
class Control:
    """What a guest showed that ran a trace without any reload.

    Attributes:
        state: device state at the checkpoint; empty if it was not wanted, or is refused.
        future: what the commands behind the checkpoint showed.
    """

    state: bytes
    future: Future


class Controls:
    """Runs traces on the guests of either release.

    Args:
        guest: whose state another release may load.
        is_bare: whether traces bring what is needed of the guest's boot themselves.
    """

    def __init__(self, guest: Guest, *, is_bare: bool) -> None:
        self._guest = guest
        self._is_bare = is_bare
        self._lanes: list[tuple[Guest, Beginning]] = []
        #: How often bits of a field turned out to be the releases' own.
        self._own: Counter[Place] = Counter()
        #: What they have unlike at power-on; None while nobody has looked.
        self._at_power_on: frozenset[_Apart] | None = None

    def are_usual(self, places: Collection[Place]) -> bool:
        """Say whether *places* are fields of which the releases have the same bits unlike always.

        Of these no trace need be run again to be told so.
        """
        return bool(places) and all(self._own[place] >= _USUALLY for place in places)

    def learn(self, places: Iterable[Place], left: Collection[Place]) -> None:
        """Note that of *places*, which differed, only *left* are not the releases' own."""
        for place in places:
            if isinstance(place, FieldPlace) and place not in left:
                self._own[place] += 1

    def distrust(self) -> None:
        """Say that others have used these guests since."""
        for _, beginning in self._lanes:
            beginning.distrust()

    def settled(self, record: CycleRecord, trace: Trace) -> CycleRecord:
        """Return *record* without what the releases do otherwise of their own accord.

        It is the same where there is one release only.

        Args:
            record: of a cycle of *trace*.
            trace: the commands and cycles.

        Raises:
            UnjudgedError: one of them does not get through the trace.
            GuestError: one did not start.
        """
        if self._guest.crossing is None:
            return record
        usual = self._usual()
        controls = [self._run(*lane, record, trace) for lane in self._all()]
        if record.seen is not None:
            apart = self._sections_apart(record, controls) - usual
            spared = self._spared(record, {place[:2] for place in apart})
            futures = [control.future for control in controls]
            record = without_unlike(record, futures, spared)
        return replace(record, others=tuple(control.state for control in controls))

    def _usual(self) -> frozenset[_Apart]:
        """Return what the releases have unlike at power-on already."""
        if self._at_power_on is None:
            states = []
            for guest, beginning in self._all():
                beginning.begin()
                beginning.distrust()
                states.append(guest.state())
                beginning.trust()
            first, *others = (self._decoded(state) for state in states)
            found = (one for other in others for one in differences(first, other))
            self._at_power_on = frozenset((*one.field.key, one.bits) for one in found)
        return self._at_power_on

    def _sections_apart(
        self, record: CycleRecord, controls: Iterable[Control]
    ) -> frozenset[_Apart]:
        """Return what of the state at the checkpoint is otherwise where nothing was reloaded."""
        before = self._decoded(record.before)
        found = (
            one for control in controls for one in differences(before, self._decoded(control.state))
        )
        return frozenset((*one.field.key, one.bits) for one in found)

    def _decoded(self, state: bytes) -> DeviceState:
        found = self._guest.decode(state) if state else None
        if found is None:
            raise UnjudgedError(
                f"what another release has at the checkpoint {self._guest.version} does not take"
            )
        return found

    def _spared(self, record: CycleRecord, apart: Collection[tuple[str, int]]) -> frozenset[int]:
        """Return the steps that say nothing, where the sections *apart* came to another state.

        What reads the registers of their devices, and of those that have no section to tell by.
        """
        if not apart:
            return frozenset()
        plugged = self._guest.plugged
        is_own = plugged is not None and not {*plugged.sections}.isdisjoint(apart)
        spared = set()
        for step, command in enumerate(self._guest.map.raised(record.suffix)):
            where = command.space and self._guest.map.register_at(command.space, command.address)
            if not where:
                spared.add(step)
                continue
            owner = where.owner
            mine = is_own and plugged is not None and owner.path.startswith(plugged.path)
            if mine or not owner.section or (owner.section, owner.instance_id) in apart:
                spared.add(step)
        return frozenset(spared)

    def states(self, trace: Trace, number: int) -> list[DeviceState]:
        """Return the state of each at checkpoint *number* of *trace*, where it can be told."""
        prefix = tuple(chain.from_iterable(trace.segments[:number]))
        found = []
        for guest, beginning in self._all():
            beginning.begin()
            beginning.distrust()
            guest.execute(prefix)
            state = guest.state()
            beginning.trust()
            decoded = self._guest.decode(state) if state else None
            if decoded is not None:
                found.append(decoded)
        return found

    def _all(self) -> list[tuple[Guest, Beginning]]:
        crossing = self._guest.crossing
        if not self._lanes and crossing is not None:
            self._lanes = [
                (guest, Beginning(guest, is_bare=self._is_bare))
                for guest in crossing.uninterrupted()
            ]
        return self._lanes

    def _run(
        self, guest: Guest, beginning: Beginning, record: CycleRecord, trace: Trace
    ) -> Control:
        beginning.begin()
        beginning.distrust()
        prefix = tuple(chain.from_iterable(trace.segments[: record.number]))
        try:
            guest.execute(prefix)
            state = guest.state() if record.before else b""
            future = run_suffix(guest, record.suffix)
            # Whatever was asked for before is known once the state has been asked for.
            guest.mapping()
            incidents = guest.incidents()
        except GuestError as error:
            why = str(error).splitlines()[0]
            raise UnjudgedError(f"{guest.version} does not get there by itself: {why}") from error
        if incidents:
            raise UnjudgedError(f"{guest.version}: {incidents[0]}")
        beginning.trust()
        return Control(state, future)


def without_unlike(
    record: CycleRecord, controls: Iterable[Future], spared: Collection[int] = ()
) -> CycleRecord:
    """Return *record* with run B like run A wherever one of *controls* is not.

    Args:
        record: of the cycle.
        controls: the same commands, without any reload.
        spared: steps that are not compared whatever the controls show; if any, no line is.
    """
    if record.seen is None:
        return record
    controls = tuple(controls)
    unlike = {*spared}
    for control in controls:
        pairs = zip(record.expected.observations, control.observations, strict=True)
        unlike |= {step for step, (one, other) in enumerate(pairs) if one.answer != other.answer}
    futures = (record.expected, record.seen, *controls)
    lines = {line for control in controls for line in _lines_apart(record.expected, control)}
    if spared:
        lines = {line for future in futures for line in _courses(future)}
    seen = [
        _without_lines(replace(theirs, answer=mine.answer) if step in unlike else theirs, lines)
        for step, (mine, theirs) in enumerate(
            zip(record.expected.observations, record.seen.observations, strict=True)
        )
    ]
    expected = tuple(_without_lines(one, lines) for one in record.expected.observations)
    return replace(
        record,
        expected=Future(_without(record.expected.levels, lines), expected),
        seen=Future(_without(record.seen.levels, lines), tuple(seen)),
    )


def _lines_apart(one: Future, other: Future) -> set[str]:
    """Return the lines that were ever at another level, or moved at another time."""
    mine, theirs = _courses(one), _courses(other)
    return {line for line in {*mine, *theirs} if mine.get(line) != theirs.get(line)}


def _courses(future: Future) -> dict[str, list[tuple[int, int]]]:
    """Return the course of each line that is not low for good: steps and levels."""
    courses = {line: [(-1, level)] for line, level in future.levels.items() if level}
    for step, observation in enumerate(future.observations):
        for move in observation.moves:
            courses.setdefault(move.line, []).append((step, move.level))
    return courses


def _without(levels: dict[str, int], lines: set[str]) -> dict[str, int]:
    return {line: level for line, level in levels.items() if line not in lines}


def _without_lines(observation: Observation, lines: set[str]) -> Observation:
    moves = tuple(move for move in observation.moves if move.line not in lines)
    return replace(observation, moves=moves)
