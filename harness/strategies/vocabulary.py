"""Vocabularies: what may be done to a guest, as far as its map and what was learned tell.

Everything comes from a guest's own map; there is no knowledge of any device here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.command import Command
from harness.learning import Lessons
from harness.regions import Owner, Region, RegionMap
from harness.strategies.accesses import accesses_of, some_of
from harness.strategies.bursts import bursts_of, soil_of
from harness.strategies.sweep import sweep_of
from harness.strategies.worth import Access, Worth, worth_of


@dataclass(frozen=True)
class Vocabulary:
    """What may be done to a guest in one job.

    Attributes:
        accesses: verb and address of every access that may be drawn before a cycle;
            repetition is weight.
        own: those of them that reach the device itself; only these follow a cycle, so
            that what is seen there is the device's.
        sweep: reads of the device's own registers that follow each cycle's commands.
        has_clock: whether time may be stepped.
        hazard: why a command must not be sent, or None.
        start: brings the device to work; empty where nobody knows how.
        requests: each makes well-formed requests to the device from drawn bytes.
        resume: has a device that is at work go on, with nothing set up anew.
        worth: what is worth writing by an access; not all have any.
        lowered: what a guest is sent for commands that were drawn.
        soil: ways to dirty all of the device's registers.
    """

    accesses: tuple[tuple[str, int], ...]
    own: tuple[tuple[str, int], ...]
    sweep: tuple[Command, ...]
    has_clock: bool
    hazard: Callable[[Command], str | None]
    start: tuple[Command, ...] = ()
    requests: tuple[Callable[[bytes], tuple[Command, ...]], ...] = ()
    resume: tuple[Command, ...] = ()
    worth: Mapping[Access, Worth] = field(default_factory=dict)
    lowered: Callable[[Iterable[Command]], tuple[Command, ...]] = tuple
    soil: tuple[tuple[Command, ...], ...] = ()

    @classmethod
    def of_owner(
        cls,
        regions: RegionMap,
        owner: Owner | None,
        *,
        has_clock: bool,
        hazard: Callable[[Command], str | None],
        lessons: Lessons | None = None,
    ) -> Vocabulary:
        """Return what may be done to *owner*; to the whole machine if it is None.

        Accesses to other devices are in it too, some four times rarer: devices talk to
        each other.  There are bursts of writes to what was learned of, see below.
        """
        lessons = lessons or {}
        own = [region for region in regions.regions if owner in (None, region.owner)]
        others = [region for region in regions.regions if region not in own]
        accesses = accesses_of(own, hazard, lessons)
        around = some_of(others, hazard)
        weight = max(1, 4 * len(around) // max(1, len(accesses)))
        worth = worth_of(own, lessons)
        return cls(
            tuple(accesses * weight + around),
            tuple(accesses),
            sweep_of(own, hazard, lessons),
            has_clock,
            hazard,
            requests=bursts_of(accesses, lessons, worth) if lessons else (),
            worth=worth,
            lowered=regions.lowered,
            soil=_harmless(soil_of(accesses, own, lessons, worth), hazard, regions),
        )

    @classmethod
    def of_plugged(
        cls,
        own: Sequence[Region],
        lessons: Lessons,
        *,
        has_clock: bool,
        hazard: Callable[[Command], str | None],
    ) -> Vocabulary:
        """Return what may be done to one device alone, whose regions are *own*.

        Beside single accesses there are bursts of writes, since a large device has far more
        registers than a trace has commands.
        """
        accesses = tuple(accesses_of(own, hazard, lessons))
        worth = worth_of(own, lessons)
        regions = RegionMap(tuple(own))
        return cls(
            accesses,
            accesses,
            sweep_of(own, hazard, lessons),
            has_clock,
            hazard,
            requests=bursts_of(accesses, lessons, worth),
            worth=worth,
            lowered=regions.lowered,
            soil=_harmless(soil_of(accesses, own, lessons, worth), hazard, regions),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be done."""
        return not self.own and not self.requests


def _harmless(
    ways: Iterable[Sequence[Command]],
    hazard: Callable[[Command], str | None],
    regions: RegionMap,
) -> tuple[tuple[Command, ...], ...]:
    """Return what a guest is sent for each of *ways*, without what must not be sent."""
    return tuple(
        regions.lowered(command for command in way if hazard(command) is None) for way in ways
    )
