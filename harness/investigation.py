"""The investigation: from a failing trace to a finding.

Shrink, prove that each step is needed, reproduce from scratch, name the culprit, see how
far the loss spreads, and tell whether it is one that is known under another register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.command import Command, Space
from harness.difference import Difference, Place, RegisterPlace
from harness.errors import GuestError
from harness.examiner import Examiner
from harness.finding import NO_DESCRIPTION, NOT_RESTORED, Culprit, Finding, actions_of
from harness.localise import find_culprit, merged_places, spread, step_index
from harness.localise.spread import VALUES
from harness.masks import Masks
from harness.regions import Owner, RegionMap
from harness.round import Caught
from harness.shrink import shrink
from harness.shrink.boot import needed
from harness.trace import Trace

Pin = tuple[str, ...]
#: To ask from scratch takes so many times as long as to ask a guest that runs.
_FRESH_COST = 4


@dataclass(frozen=True, slots=True)
class _Reproduced:
    """A trace that fails from scratch, what it shows, and whether a running guest shows it too."""

    trace: Trace
    difference: Difference
    is_quick: bool


class Investigator:
    """Follows up failing traces of one job.

    Args:
        examiner: runs traces; its masks are added to with every finding.
        job: name of the job.
        confirmations: runs from scratch that a finding must pass.
        shrink_limit: traces that may be tried to shrink one finding.
        is_late: whether to shrink no more and take the best so far.
    """

    def __init__(
        self,
        examiner: Examiner,
        job: str,
        *,
        confirmations: int,
        shrink_limit: int,
        is_late: Callable[[], bool] = lambda: False,
    ) -> None:
        self._examiner = examiner
        self._job = job
        self._confirmations = confirmations
        self._shrink_limit = shrink_limit
        self._is_late = is_late
        self._known_hits: Counter[str] = Counter()
        #: Pins that did not come back from scratch every time, with how often they did.
        self.unreliable: dict[str, int] = {}
        #: Duplicates that were followed up to known cases, by the case's id.
        self.more: dict[str, list[Finding]] = {}
        #: Pins that are not followed any more.
        self.ignored: set[Pin] = set()
        self._proved: dict[tuple[Trace, Pin], bool] = {}

    def take_known(self) -> dict[str, int]:
        """Return, once, how often known cases turned out to be behind a new trace."""
        hits = dict(self._known_hits)
        self._known_hits.clear()
        return hits

    def still_fails(self, trace: Trace, pin: Pin, *, fresh: bool = False) -> bool:
        """Say whether *trace* still shows something at *pin*."""
        difference = self._show(trace, fresh=fresh)
        return difference is not None and difference.pin == pin

    def _show(
        self, trace: Trace, *, fresh: bool = False, masks: Masks | None = None
    ) -> Difference | None:
        try:
            return self._examiner.examine(trace, fresh=fresh, masks=masks).difference
        except GuestError:
            # A trace that ends the guest outside a cycle is no simpler form of the loss.
            return None

    def follow(self, caught: Caught) -> Finding | None:
        """Return the finding that the failing trace comes down to.

        None if it can't be reproduced from scratch, or if a known case is behind it.
        """
        found = self._reproduce(caught)
        if found is None:
            return None
        pin, difference = caught.pin, found.difference
        places = spread(
            found.trace,
            difference,
            self._examiner.guest.map,
            partial(self._everywhere, fresh=not found.is_quick),
            values=VALUES // (1 if found.is_quick else _FRESH_COST),
        )
        alias = self._alias(found)
        if alias:
            self._examiner.masks.add(alias, map(_whole, places))
            self._known_hits[alias] += 1
            return None
        whole = self._whole_trace(found, pin)
        if whole is None:
            self._give_up(pin, 0)
            return None
        culprit = find_culprit(self._examiner, found.trace, difference)
        kind = self._kind(found.trace, difference, culprit)
        if kind == NO_DESCRIPTION:
            places = self._all_registers(caught, places, culprit)
        finding = Finding(
            oracle=difference.oracle,
            kind=kind,
            culprit=_with_all_bits(culprit, places),
            sightings=places,
            guest=self._examiner.guest.spec,
            version=self._examiner.guest.version,
            arguments=self._examiner.guest.arguments,
            trace=whole,
            actions=actions_of(whole, self._examiner.guest.map, self._examiner.guest.reload_mode),
            command=difference.command,
            expected=difference.expected,
            seen=difference.seen,
            hits=self._confirmations,
            runs=self._confirmations,
            is_minimal=self._is_proved(found.trace, pin),
            reload_mode=self._examiner.guest.reload_mode,
            jobs=(self._job,),
        )
        failure = difference.kind if difference.oracle == "load" else ""
        masks = self._examiner.masks
        known_as = masks.case_with(finding.signature)
        # What has no description at all loses all: nothing of it is asked about any more.
        owner = culprit.owner.type if kind == NO_DESCRIPTION else ""
        if not masks.add(known_as or finding.id, places, failure, owner=owner):
            # Its mask does not hide it: follow it no more, or the hunt would stand still.
            self.ignored.add(pin)
        if known_as:
            # A loss that shows in ever new bits of a register (an index that is lost shows
            # in all that it selects) would be followed for ever.
            masks.add(known_as, map(_whole, places))
            self._known_hits[known_as] += 1
            self.more.setdefault(known_as, []).append(finding)
            return None
        masks.name(finding.id, finding.signature)
        return finding

    def _reproduce(self, caught: Caught) -> _Reproduced | None:
        """Return the least trace that fails from scratch each time; None if there is none."""
        pin = caught.pin
        # The quick way trusts the power-on checkpoint; what that misses, a fresh start does not.
        is_quick = self.still_fails(caught.trace, pin)
        trace = self._shrink(caught.trace if is_quick else caught.original, pin, fresh=not is_quick)
        hits = self._hits(trace, pin)
        if hits < self._confirmations:
            is_quick = False
            trace = self._shrink(caught.original, pin, fresh=True)
            hits = self._hits(trace, pin)
        elif is_quick and not self._is_proved(trace, pin):
            trace = self._shrink(trace, pin, fresh=True)
            hits = self._hits(trace, pin)
        difference = self._show(trace, fresh=True)
        if hits < self._confirmations or difference is None:
            self._give_up(pin, hits)
            return None
        return _Reproduced(trace, difference, is_quick)

    def _give_up(self, pin: Pin, hits: int) -> None:
        """Follow *pin* no more: it came back so often and no oftener."""
        self.unreliable[" ".join(pin)] = hits
        self.ignored.add(pin)

    def _whole_trace(self, found: _Reproduced, pin: Pin) -> Trace | None:
        """Return the trace behind what it needs of the guest's boot; None if it passes then."""
        boot, trace = self._examiner.guest.boot, found.trace
        if not boot:
            return trace
        bare = self._examiner.bare()

        def behind(groups: Sequence[tuple[Command, ...]]) -> Trace:
            return Trace((*(command for group in groups for command in group), *trace.steps))

        def fails(groups: Sequence[tuple[Command, ...]], *, fresh: bool = False) -> bool:
            try:
                shown = bare.examine(behind(groups), fresh=fresh).difference
            except GuestError:
                return False
            return shown is not None and shown.pin == pin

        if not fails(boot, fresh=True):
            return None
        left = list(boot)
        # Quickly first, as with the trace; what that misses, a fresh start does not.
        for fresh in (False, True) if found.is_quick else (True,):
            if self._is_late():
                return behind(left)
            kept = needed(left, lambda groups: not self._is_late() and fails(groups, fresh=fresh))  # noqa: B023 - used at once
            if fresh or fails(kept, fresh=True):
                left = kept
        return behind(left)

    def _kind(self, trace: Trace, difference: Difference, culprit: Culprit) -> str:
        """Return what happened, now that it can be told from what a used device holds."""
        if difference.oracle == "load":
            # A device with which nothing can be saved looks as if it had no section, too.
            return difference.kind
        plugged = self._examiner.guest.plugged
        is_described = culprit.owner.described or bool(culprit.fields)
        if plugged is not None and culprit.owner.path == plugged.path:
            # Its parts may have sections where its own type has no description (virtio).
            is_described = bool(plugged.sections)
        if not is_described:
            return NO_DESCRIPTION
        if self._examiner.shows_undirtied(trace, difference):
            return difference.kind
        return NOT_RESTORED

    def _everywhere(self, trace: Trace, cycle: int, *, fresh: bool = False) -> tuple[Place, ...]:
        try:
            return self._examiner.everywhere(trace, cycle, fresh=fresh)
        except GuestError:
            return ()

    def _all_registers(
        self, caught: Caught, places: tuple[Place, ...], culprit: Culprit
    ) -> tuple[Place, ...]:
        """Return *places* and every other register of the culprit that *caught* shows lost."""
        more = [
            place
            for cycle in range(1, caught.original.cycles + 1)
            for place in self._everywhere(caught.original, cycle)
            if isinstance(place, RegisterPlace) and place.register.owner.path == culprit.owner.path
        ]
        return merged_places((*places, *more))

    def _shrink(self, trace: Trace, pin: Pin, *, fresh: bool) -> Trace:
        return shrink(
            trace,
            lambda candidate: not self._is_late() and self.still_fails(candidate, pin, fresh=fresh),
            self._examiner.guest.map,
            limit=self._shrink_limit // (_FRESH_COST if fresh or self._examiner.is_slow else 1),
            shown=self._show(trace, fresh=fresh),
        ).trace

    def _hits(self, trace: Trace, pin: Pin) -> int:
        return sum(self.still_fails(trace, pin, fresh=True) for _ in range(self._confirmations))

    def _is_proved(self, trace: Trace, pin: Pin) -> bool:
        """Say whether leaving out any one step, from scratch, was seen to make the loss vanish."""
        if (trace, pin) not in self._proved:
            if self._is_late():
                return False
            self._proved[trace, pin] = not any(
                self._is_late() or self.still_fails(trace.without(index), pin, fresh=True)
                for index in range(len(trace))
            )
        return self._proved[trace, pin]

    def _alias(self, found: _Reproduced) -> str:
        """Return the known case behind what was found; empty if there is none.

        If what put the state there also puts a known loss there, and that loss shows where
        the case says, then the new register is only another window on it.
        """
        trace, difference = found.trace, found.difference
        owner = difference.owner
        if owner is None or difference.step is None:
            return ""
        masks = self._examiner.masks
        for case_id, region, offset, bits in masks.registers_of(owner.type):
            for address, space in _addresses(self._examiner.guest.map, owner, region, offset):
                verb = "inb" if space == "io" else "readb"
                index = step_index(trace, difference)
                window = trace.replaced(index, Command(verb, (address,)))
                shown = self._show(window, fresh=not found.is_quick, masks=Masks())
                if shown is not None and _shows(shown, region, offset, bits):
                    return case_id
        return ""


def _whole(place: Place) -> Place:
    """Return *place* with every bit of its register."""
    if isinstance(place, RegisterPlace):
        return RegisterPlace(place.register, 0xFF)
    return place


def _addresses(
    regions: RegionMap, owner: Owner, region: str, offset: int
) -> list[tuple[int, Space]]:
    return [
        (candidate.start + offset - candidate.offset, candidate.space)
        for candidate in regions.of(owner)
        if candidate.name == region and 0 <= offset - candidate.offset < candidate.size
    ]


def _shows(shown: Difference, region: str, offset: int, bits: int) -> bool:
    return any(
        isinstance(place, RegisterPlace)
        and (place.register.region, place.register.offset) == (region, offset)
        and place.bits & bits
        for place in shown.places
    )


def _with_all_bits(culprit: Culprit, places: tuple[Place, ...]) -> Culprit:
    """Return *culprit* with every bit of its register that is lost."""
    for place in places:
        if isinstance(place, RegisterPlace) and not culprit.fields:
            register = place.register
            if (register.region, register.offset) == (culprit.region, culprit.offset):
                return replace(culprit, bits=place.bits)
    return culprit
