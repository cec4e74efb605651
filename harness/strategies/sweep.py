"""Sweeps: reads of a device's registers, which show what it does with its state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain, islice, zip_longest

from harness.command import Command
from harness.learning import Lesson, Lessons
from harness.regions import Region
from harness.strategies.accesses import READS, registers_in
from harness.words import WORD

#: At most this many reads are swept after a cycle: all registers of most devices, for what is
#: never read there can't be missed.
_SWEEP = 400


def sweep_of(
    regions: Sequence[Region], hazard: Callable[[Command], str | None], lessons: Lessons
) -> tuple[Command, ...]:
    """Return reads of the regions' registers; some of each region where they are too many.

    What is known to hold something, or to keep what is written, comes before what is not.
    """
    reads: list[list[Command]] = []
    telling: list[list[Command]] = []
    for region in regions:
        lesson = lessons.get(region, Lesson())
        reads.append(
            [
                command
                for address, width in registers_in(region, lesson)
                if hazard(command := Command(READS[region.space][width], (address,))) is None
            ]
        )
        words = {at for at, value in (*lesson.rest.items(), *lesson.sticky.items()) if value}
        telling.append(
            [one for one in reads[-1] if (one.address - region.start) // WORD * WORD in words]
        )
    # One of each region in turn, until there are enough.
    turns = chain.from_iterable(zip_longest(*telling)), chain.from_iterable(zip_longest(*reads))
    chosen = set(islice(dict.fromkeys(one for some in turns for one in some if one), _SWEEP))
    return tuple(
        sent
        for region, some in zip(regions, reads, strict=True)
        for command in some
        if command in chosen
        for sent in region.lowered(command)
    )
