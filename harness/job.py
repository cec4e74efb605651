"""Jobs: one guest, one device, one reload mode; how it is carried out, and what came of it.

A job depends on nothing but itself: not on other jobs, not on the order, not on the
worker that runs it.  That is what makes a campaign the same however it is spread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Literal

from harness.difference import Difference, FieldPlace
from harness.exercise import FieldKey
from harness.finding import Finding
from harness.guest import NO_TWINS, Twins
from harness.learning import Learn, learn
from harness.oracles import USUAL_ORACLES

#: What is known begins so in jobs that it is not the business of: the machine shows it untouched.
UNTOUCHED = "at power-on: "

Verdict = Literal["passed", "found", "not followed", "not exercised", "not tested", "died", "hung"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done.

    Attributes:
        guest: spec of the guest, e.g. ``qemu:pc``.
        binary: path of the QEMU; empty for models.
        device: name of the device, e.g. ``i8257.dma[1]``; ``machine`` for all at once.
        owner: type and path of the device's owner; None for all at once.
        is_plugged: whether it is the device that was plugged in to be tested.
        seed: the campaign's seed.
        cycles: how many cycles to run.
        untested: why nothing can be done; empty if something can.
        turns: how many jobs of the campaign are still to be done when its turn comes, itself
            counted.
    """

    guest: str
    binary: str = ""
    device: str
    owner: tuple[str, str] | None = None
    is_plugged: bool = False
    seed: int = 0
    cycles: int = 0
    untested: str = ""
    turns: int = 1

    @property
    def name(self) -> str:
        """What the job is called in reports."""
        return f"{self.guest}::{self.device}"

    def owns(self, difference: Difference, sections: Collection[tuple[str, int]]) -> bool:
        """Return whether *difference*, of a machine that nobody touched, is for it to look into.

        Args:
            difference: it shows in every job of the machine.
            sections: name and instance id of those of the job's device.
        """
        if self.is_plugged or self.owner is None or not difference.places:
            return True
        place, owner = difference.places[0], difference.owner
        if isinstance(place, FieldPlace):
            return place.section in {name for name, _ in sections}
        return owner is not None and (owner.type, owner.path) == self.owner

    def derived_seed(self, round_number: int) -> int:
        """Return the seed of one round: the same for the same job, whatever else runs."""
        text = f"{self.seed}/{self.guest}/{self.device}/{round_number}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


@dataclass(frozen=True, slots=True, kw_only=True)
class HuntSettings:
    """How a job is carried out.

    Attributes:
        confirmations: runs from scratch that a finding must pass to be reported.
        shrink_limit: traces that may be tried to shrink one finding.
        stop_at: monotonic time at which the clock stops the job, in seconds.
        explore_s: after so many seconds of hunting it stops too; following up is not counted.
        follow_until: until when what is met is followed up; the hunt goes on without.
        pause: called before every trace that is run, hunting or shrinking; may raise.
        learn: tells what there is to know about some regions of a guest.
        oracles: names of the oracles that are asked.
        twins: other guests like the job's.
    """

    confirmations: int = 3
    shrink_limit: int = 400
    stop_at: float = float("inf")
    explore_s: float = float("inf")
    follow_until: float = float("inf")
    pause: Callable[[], None] = lambda: None
    learn: Learn = learn
    oracles: tuple[str, ...] = USUAL_ORACLES
    twins: Twins = NO_TWINS

    @property
    def asks_usual(self) -> bool:
        """Whether an oracle is asked that takes a state as it was saved."""
        return set(self.oracles) != {"hostile"}


@dataclass(slots=True, kw_only=True)
class JobResult:
    """What came of a job.

    Attributes:
        job: its name.
        guest: spec of the guest.
        version: what ran.
        device: name of the device.
        verdict: how it ended.
        why: in words, where it was neither passed nor found.
        cycles: how many were run while hunting (shrinking not counted).
        traces: how many traces were run while hunting.
        seconds: how long it took.
        cut: whether the clock stopped it before its cycles were done.
        touched: owners (type, path) whose registers were reached.
        findings: what is new.
        followed: seconds from when each of them was caught until it was shrunk and named.
        known: how often each known case was met.
        nondeterministic: places that differ between two runs from one checkpoint, with counts.
        unreliable: what did not come back from scratch every time, with how often it did.
        unfollowed: what differed, and came back from scratch, when there was no time left to
            find out why, with how often it did.
        discarded: traces thrown away, by reason.
        works: names of the drivers that put the device to work.
        fields: fields of its sections that were met, and …
        promised: fields that are always sent, as the binary lists them, indices left out.
        moved: … those of them that were not as at power-on at some checkpoint.
    """

    job: str
    guest: str
    version: str
    device: str
    verdict: Verdict = "passed"
    why: str = ""
    cycles: int = 0
    traces: int = 0
    seconds: float = 0.0
    cut: bool = False
    touched: set[tuple[str, str]] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    followed: dict[str, float] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    nondeterministic: dict[str, int] = field(default_factory=dict)
    unreliable: dict[str, int] = field(default_factory=dict)
    unfollowed: dict[str, int] = field(default_factory=dict)
    discarded: dict[str, int] = field(default_factory=dict)
    works: tuple[str, ...] = ()
    fields: set[FieldKey] = field(default_factory=set)
    promised: set[FieldKey] = field(default_factory=set)
    moved: set[FieldKey] = field(default_factory=set)
