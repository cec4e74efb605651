"""Memories: whether a loss in one cell of a region is a loss of all of them.

A memory whose contents are not sent is one fault, and not one for each of its cells: the same
trace, moved to cells all over the region, shows the loss in each of them.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.command import Command
from harness.difference import Difference, RegionPlace, RegisterPlace
from harness.localise.spread import step_index
from harness.regions import Region, RegionMap
from harness.trace import Step, Trace

#: The least size of a region that may be a memory, bytes, and how many of its cells are tried.
_LEAST_MEMORY = 256
_CELLS = 8
#: What is written to another cell in the place of what was written to the one: what that one
#: did not hold, another may hold already.  One of these two it does not.
_PATTERNS = (0x5A5A_5A5A, 0xA5A5_A5A5)


def lost_memory(
    trace: Trace,
    difference: Difference,
    regions: RegionMap,
    show: Callable[[Trace], Difference | None],
) -> tuple[RegionPlace, ...]:
    """Return the region of which *trace* shows one cell lost, if all others are; else nothing.

    Args:
        trace: fails.
        difference: what it shows.
        regions: of the guest.
        show: what another trace shows with nothing masked; None if nothing.
    """
    place = difference.places[0] if difference.places else None
    if difference.step is None or not isinstance(place, RegisterPlace):
        return ()
    step = trace.steps[step_index(trace, difference)]
    if not isinstance(step, Command) or step.space is None:
        return ()
    region = regions.region_at(step.space, step.address)
    if region is None or region.size < _LEAST_MEMORY:
        return ()
    own = place.register.offset - region.offset
    # Commands keep their alignment.
    cells = [region.size // _CELLS * number + own % _CELLS for number in range(_CELLS)]
    if not all(_shows_at(trace, region, own, cell, show) for cell in cells):
        return ()
    return (RegionPlace(place.register.owner.type, region.name),)


def _shows_at(
    trace: Trace, memory: Region, own: int, cell: int, show: Callable[[Trace], Difference | None]
) -> bool:
    """Say whether *trace*, moved from cell *own* of *memory* to *cell*, shows the loss there."""

    def moved(step: Step, pattern: int) -> Step:
        if not isinstance(step, Command) or step.space != memory.space:
            return step
        if not memory.start <= step.address < memory.end:
            return step
        rest = step.operands[1:]
        if step.is_write and step.spec.size:
            rest = (pattern & (1 << 8 * step.size) - 1,)
        return Command(step.verb, (step.address + cell - own, *rest))

    def shows(pattern: int) -> bool:
        shown = show(Trace(tuple(moved(step, pattern) for step in trace.steps)))
        return shown is not None and shown.shows(memory.name, memory.offset + cell, 0xFF)

    return any(map(shows, _PATTERNS))
