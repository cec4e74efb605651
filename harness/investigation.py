"""The investigation: from a failing trace to a finding.

Shrink, prove that each step is needed, reproduce from scratch, name the culprit, see how
far the loss spreads, and tell whether it is one that is known under another register.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from harness.command import Command, Space
from harness.difference import Difference, Place, RegisterPlace
from harness.errors import GuestError
from harness.examiner import Examiner
from harness.finding import NO_DESCRIPTION, NOT_RESTORED, Culprit, Finding, actions_of
from harness.localise import find_culprit, spread, step_index
from harness.masks import Masks
from harness.regions import Owner, RegionMap
from harness.round import Caught
from harness.shrink import Shrunk, shrink
from harness.shrink.boot import needed
from harness.trace import Trace

Pin = tuple[str, ...]


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
        pin = caught.pin
        # The quick way trusts the power-on checkpoint; what that misses, a fresh start does not.
        if self.still_fails(caught.trace, pin):
            shrunk = self._shrink(caught.trace, pin, fresh=False)
        else:
            shrunk = self._shrink(caught.original, pin, fresh=True)
        hits = self._hits(shrunk.trace, pin)
        if hits < self._confirmations:
            shrunk = self._shrink(caught.original, pin, fresh=True)
            hits = self._hits(shrunk.trace, pin)
        elif not self._is_proved(shrunk.trace, pin):
            shrunk = self._shrink(shrunk.trace, pin, fresh=True)
            hits = self._hits(shrunk.trace, pin)
        difference = self._show(shrunk.trace, fresh=True)
        if hits < self._confirmations or difference is None:
            self.unreliable[" ".join(pin)] = hits
            self.ignored.add(pin)
            return None
        whole = self._whole_trace(shrunk.trace, pin)
        if whole is None:
            self.unreliable[" ".join(pin)] = 0
            self.ignored.add(pin)
            return None
        places = spread(shrunk.trace, difference, self._examiner.guest.map, self._show_all)
        alias = self._alias(shrunk.trace, difference)
        if alias:
            self._examiner.masks.add(alias, map(_whole, places))
            self._known_hits[alias] += 1
            return None
        culprit = find_culprit(self._examiner, shrunk.trace, difference)
        finding = Finding(
            oracle=difference.oracle,
            kind=self._kind(shrunk.trace, difference, culprit),
            culprit=_with_all_bits(culprit, places),
            sightings=places,
            guest=self._examiner.guest.spec,
            version=self._examiner.guest.version,
            arguments=self._examiner.guest.arguments,
            trace=whole,
            actions=actions_of(whole, self._examiner.guest.map),
            command=difference.command,
            expected=difference.expected,
            seen=difference.seen,
            hits=hits,
            runs=self._confirmations,
            is_minimal=self._is_proved(shrunk.trace, pin),
            jobs=(self._job,),
        )
        failure = difference.kind if difference.oracle == "load" else ""
        masks = self._examiner.masks
        known_as = masks.case_with(finding.signature)
        if not masks.add(known_as or finding.id, places, failure):
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

    def _whole_trace(self, trace: Trace, pin: Pin) -> Trace | None:
        """Return *trace* behind what it needs of the guest's boot; None if it passes then."""
        boot = self._examiner.guest.boot
        if not boot:
            return trace
        bare = self._examiner.bare()

        def behind(groups: Sequence[tuple[Command, ...]]) -> Trace:
            return Trace((*(command for group in groups for command in group), *trace.steps))

        def fails(groups: Sequence[tuple[Command, ...]]) -> bool:
            try:
                shown = bare.examine(behind(groups), fresh=True).difference
            except GuestError:
                return False
            return shown is not None and shown.pin == pin

        if not fails(boot):
            return None
        if self._is_late():
            return behind(boot)
        return behind(needed(boot, lambda groups: not self._is_late() and fails(groups)))

    def _kind(self, trace: Trace, difference: Difference, culprit: Culprit) -> str:
        """Return what happened, now that it can be told from what a used device holds."""
        plugged = self._examiner.guest.plugged
        if plugged is not None and not plugged.sections and culprit.owner.path == plugged.path:
            return NO_DESCRIPTION
        if difference.oracle == "load" or self._examiner.shows_undirtied(trace, difference):
            return difference.kind
        return NOT_RESTORED

    def _show_all(self, trace: Trace) -> Difference | None:
        return self._show(trace, masks=Masks())

    def _shrink(self, trace: Trace, pin: Pin, *, fresh: bool) -> Shrunk:
        return shrink(
            trace,
            lambda candidate: not self._is_late() and self.still_fails(candidate, pin, fresh=fresh),
            self._examiner.guest.map,
            limit=self._shrink_limit,
        )

    def _hits(self, trace: Trace, pin: Pin) -> int:
        return sum(self.still_fails(trace, pin, fresh=True) for _ in range(self._confirmations))

    def _is_proved(self, trace: Trace, pin: Pin) -> bool:
        """Say whether leaving out any one step, from scratch, was seen to make the loss vanish."""
        return not any(
            self._is_late() or self.still_fails(trace.without(index), pin, fresh=True)
            for index in range(len(trace))
        )

    def _alias(self, trace: Trace, difference: Difference) -> str:
        """Return the known case behind *difference*; empty if there is none.

        If what put the state there also puts a known loss there, and that loss shows where
        the case says, then the new register is only another window on it.
        """
        owner = difference.owner
        if owner is None or difference.step is None:
            return ""
        masks = self._examiner.masks
        for case_id, region, offset, bits in masks.registers_of(owner.type):
            for address, space in _addresses(self._examiner.guest.map, owner, region, offset):
                verb = "inb" if space == "io" else "readb"
                index = step_index(trace, difference)
                window = trace.replaced(index, Command(verb, (address,)))
                shown = self._show(window, masks=Masks())
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
