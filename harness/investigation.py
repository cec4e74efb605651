"""The investigation: from a failing trace to a finding.

Have it proved, see how far the loss spreads, tell whether it is one that is known under another
register, and name the culprit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from harness.alias import find_alias
from harness.difference import Difference, Place, RegisterPlace
from harness.errors import GuestError
from harness.examiner import Examiner
from harness.finding import NO_DESCRIPTION, NOT_RESTORED, Culprit, Finding, actions_of
from harness.guest import NO_TWINS, Plugged, Twins
from harness.lines import interrupt_status
from harness.localise import (
    Piece,
    find_culprit,
    lost_memory,
    merged_places,
    refused_fields,
    spread,
)
from harness.localise.spread import VALUES
from harness.masks import Masks
from harness.proof import FRESH_COST, Pin, Proof, Prover
from harness.round import Caught
from harness.streams.spoiling import changes_of, is_spoil
from harness.trace import Trace

#: The field of a PCI function's configuration space.
#: Source: QEMU 7.2 hw/pci/pci.c, vmstate_pci_device.
_CONFIG = re.compile(r"(^|\.)config(\[\d+\])?$")
#: The sections of buses that a device brings, and of what sits on a display's own.
#: Source: QEMU 7.2 hw/pci/pci.c, hw/pci/pci_host.c, hw/i2c/core.c, hw/display/i2c-ddc.c.
_BUSES = frozenset({"PCIBUS", "PCIHost", "i2c_bus", "i2c-ddc"})


class Investigator:
    """Follows up failing traces of one job.

    Args:
        examiner: runs traces; its masks are added to with every finding.
        job: name of the job.
        confirmations: runs from scratch that a finding must pass; see :class:`Prover`.
        shrink_limit: traces that may be tried to shrink one finding.
        is_late: whether to shrink no more and take the best so far.
        twins: other guests like the examiner's.
    """

    def __init__(
        self,
        examiner: Examiner,
        job: str,
        *,
        confirmations: int,
        shrink_limit: int,
        is_late: Callable[[], bool] = lambda: False,
        twins: Twins = NO_TWINS,
    ) -> None:
        self._examiner = examiner
        self._is_late, self._twins = is_late, twins
        self._job = job
        self._prover = Prover(
            examiner, confirmations=confirmations, shrink_limit=shrink_limit, is_late=is_late
        )
        self._known_hits: Counter[str] = Counter()
        #: Pins that did not come back from scratch reliably, with how often they did.
        self.unreliable: dict[str, int] = {}
        #: Why something that came back from scratch is none of the reload's doing.
        self.discarded: dict[str, int] = {}
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
        return self._prover.still_fails(trace, pin, fresh=fresh)

    def follow(self, caught: Caught) -> Finding | None:
        """Return the finding that the failing trace comes down to.

        None if it can't be reproduced from scratch, or if a known case is behind it.
        """
        pin, found = caught.pin, self._prover.prove(caught)
        if isinstance(found, int):
            self._give_up(pin, found)
            return None
        difference = found.difference
        regions = self._examiner.guest.map
        places = spread(
            found.trace,
            difference,
            regions,
            partial(self._everywhere, fresh=not found.is_quick),
            values=VALUES // (1 if found.is_quick else FRESH_COST),
        )
        show = partial(self._prover.show, fresh=not found.is_quick, masks=Masks())
        alias = find_alias(found.trace, difference, self._examiner.masks, regions, show)
        if alias:
            self._examiner.masks.add(alias, map(_whole, places))
            self._known_hits[alias] += 1
            return None
        places += lost_memory(found.trace, difference, regions, show)
        whole = self._prover.whole(found, pin)
        if whole is None:
            self._give_up(pin, 0)
            return None
        if not self._shows_running(whole, pin):
            why = f"shows only in a machine that stands still: {' '.join(pin)}"
            self.discarded[why] = 1
            self.ignored.add(pin)
            return None
        refused = self._refused(found.trace, difference)
        culprit = find_culprit(self._examiner, found.trace, difference, refused)
        kind = self._kind(found.trace, difference, culprit)
        if kind == NO_DESCRIPTION:
            places = self._all_registers(caught, places, culprit)
        crossing = self._examiner.guest.crossing
        finding = Finding(
            oracle=difference.oracle,
            kind=kind,
            culprit=_with_all_bits(culprit, places),
            sightings=places,
            guest=self._examiner.guest.spec,
            version=self._examiner.guest.version,
            arguments=self._examiner.guest.arguments,
            trace=whole.trace,
            actions=actions_of(
                whole.trace, self._examiner.guest.map, self._examiner.guest.reload_mode
            ),
            command=whole.difference.command,
            expected=whole.difference.expected,
            seen=whole.difference.seen,
            hits=found.hits,
            runs=found.runs,
            is_minimal=self._prover.is_proved(found.trace, pin),
            reload_mode=self._examiner.guest.reload_mode,
            loaded_by=crossing.loader if crossing is not None else "",
            jobs=(self._job,),
            spoilt=self._spoilt(whole.trace),
        )
        failure = difference.kind if difference.oracle == "load" else ""
        masks = self._examiner.masks
        known_as = masks.case_with(finding.signature)
        # What has no description at all loses all: nothing of it is asked about any more.
        owner = culprit.owner.type if kind == NO_DESCRIPTION else ""
        hidden = *places, *interrupt_status(culprit.owner.type, places)
        if not masks.add(known_as or finding.id, hidden, failure, owner=owner):
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

    def _shows_running(self, found: Proof, pin: Pin) -> bool:
        """Say whether a machine that runs shows it, too, as far as one can be asked.

        Devices that put work off until the machine runs (virtio's notifications, a balloon's
        statistics) leave it undone in one that stands still, reloaded or not.
        """
        if self._twins.running is None or found.difference.oracle not in ("future", "idempotence"):
            return True
        try:
            with self._twins.running() as guest:
                examiner = Examiner(guest, self._examiner.masks, is_bare=True)
                seen = examiner.examine(found.trace, fresh=True)
        except GuestError:
            return True
        if seen.discarded or seen.nondeterministic:
            return True
        return seen.difference is not None and seen.difference.pin == pin

    def _refused(self, trace: Trace, difference: Difference) -> tuple[Piece, ...]:
        """Return because of what the guest refuses or dies of a state, as far as it can be told."""
        # To look so often whether it hangs would take longer than anybody waits.
        ends = difference.oracle == "load" and difference.kind in ("does not load", "crash")
        if not ends or self._twins.loader is None or self._is_late():
            return ()
        try:
            with self._twins.loader() as loader:
                return refused_fields(loader, trace, difference.cycle)
        except GuestError:
            return ()

    def _give_up(self, pin: Pin, hits: int) -> None:
        """Follow *pin* no more: it came back so often and no oftener."""
        self.unreliable[" ".join(pin)] = hits
        self.ignored.add(pin)

    def _spoilt(self, trace: Trace) -> tuple[tuple[str, int, int, bytes], ...]:
        """Return where in the state there is what *trace* spoils, and what is put there."""
        spoils = tuple(filter(is_spoil, trace.commands))
        if not spoils:
            return ()
        state = self._examiner.inspector.state_before(trace, trace.cycles)
        return tuple(
            (*one.field.key[:2], one.field.offset, one.data)
            for one in changes_of(state.fields, spoils)
        )

    def _kind(self, trace: Trace, difference: Difference, culprit: Culprit) -> str:
        """Return what happened, now that it can be told from what a used device holds."""
        if difference.oracle in ("load", "hostile"):
            # A device with which nothing can be saved looks as if it had no section, too.
            return difference.kind
        if not self._is_described(culprit):
            return NO_DESCRIPTION
        if self._examiner.guest.crossing is not None:
            # Who loads is another, and nothing was used there.
            return difference.kind
        if self._examiner.inspector.shows_undirtied(trace, difference, self._examiner.masks):
            return difference.kind
        return NOT_RESTORED

    def _is_described(self, culprit: Culprit) -> bool:
        """Say whether anything that is sent describes the device that *culprit* names."""
        plugged = self._examiner.guest.plugged
        is_described = culprit.owner.described or bool(culprit.fields)
        if plugged is None:
            return is_described
        # Its parts may have sections where its own type has no description (virtio); a bus of
        # its own that has one says nothing of it.
        has_section = not {name for name, _ in plugged.sections} <= _BUSES - {plugged.type}
        if culprit.owner.path == plugged.path:
            is_sent = has_section or plugged.is_seen_elsewhere
            return is_sent and not self._loses_addresses(plugged)
        # Where it is seen, a transport of the machine's, may have none, nor need any.
        paths = {region.owner.path for region in plugged.regions}
        shows_it = plugged.is_seen_elsewhere and culprit.owner.path in paths
        return is_described or (has_section and shows_it)

    def _loses_addresses(self, plugged: Plugged) -> bool:
        """Say whether no section gives the device its addresses back: all registers go with them.

        A guest that is not where it was after going back may have been mapped by other means,
        as a VGA's memory is by its registers.
        """
        if not self._examiner.beginning.loses_boot:
            return False
        return not any(
            (field.section, field.instance_id) in plugged.sections and _CONFIG.search(field.path)
            for field in self._examiner.restarted().inspect().fields
        )

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


def _whole(place: Place) -> Place:
    """Return *place* with every bit of its register."""
    if isinstance(place, RegisterPlace):
        return RegisterPlace(place.register, 0xFF)
    return place


def _with_all_bits(culprit: Culprit, places: tuple[Place, ...]) -> Culprit:
    """Return *culprit* with every bit of its register that is lost."""
    for place in places:
        if isinstance(place, RegisterPlace) and not culprit.fields:
            register = place.register
            if (register.region, register.offset) == (culprit.region, culprit.offset):
                return replace(culprit, bits=place.bits)
    return culprit
