"""Aliases: whether a loss is one that is known, seen through another register or another cell.

Knows cases by the places that they hide; how a trace is run it does not know.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.command import Command, Space
from harness.difference import Difference, RegisterPlace
from harness.localise import step_index
from harness.masks import Masks
from harness.regions import Owner, Region, RegionMap
from harness.trace import Step, Trace

#: The least size of a region that may be a memory, bytes, and how many of its cells are tried.
_LEAST_MEMORY = 256
_CELLS = 8
#: What is written to another cell in the place of what was written to the one: what that one
#: did not hold, another may hold already.  One of these two it does not.
_PATTERNS = (0x5A5A_5A5A, 0xA5A5_A5A5)


def find_alias(
    trace: Trace,
    difference: Difference,
    masks: Masks,
    regions: RegionMap,
    show: Callable[[Trace], Difference | None],
) -> str:
    """Return the known case behind what *trace* shows; empty if there is none.

    If what put the state there also puts a known loss there, and that loss shows where
    the case says, then the new register is only another window on it.

    If it shows in a memory, of which a cell is known to be lost, then so are all the others:
    the same trace, moved to cells all over the region, shows the loss in each of them.

    Args:
        trace: fails.
        difference: what it shows.
        masks: what is known.
        regions: of the guest.
        show: what another trace shows with nothing masked; None if nothing.
    """
    owner = difference.owner
    if owner is None or difference.step is None:
        return ""
    index = step_index(trace, difference)
    for case_id, region, offset, bits in masks.registers_of(owner.type):
        for address, space in _addresses(regions, owner, region, offset):
            verb = "inb" if space == "io" else "readb"
            read = regions.lowered([Command(verb, (address,))])
            shown = show(trace.replaced(index, *read))
            if shown is not None and _shows(shown, region, offset, bits):
                return case_id
    return _cell_of(trace, difference, masks, regions, show)


def _cell_of(
    trace: Trace,
    difference: Difference,
    masks: Masks,
    regions: RegionMap,
    show: Callable[[Trace], Difference | None],
) -> str:
    """Return the known case of which a cell is in the same memory; empty if there is none."""
    place = difference.places[0]
    memory = _memory(trace, difference, regions)
    if memory is None or not isinstance(place, RegisterPlace):
        return ""
    owner, own = place.register.owner.type, place.register.offset - memory.offset
    known = {
        case_id: offset - memory.offset
        for case_id, region, offset, _ in masks.registers_of(owner)
        if region == memory.name and 0 <= offset - memory.offset < memory.size
    }
    # Commands keep their alignment.
    spread = [memory.size // _CELLS * number + own % _CELLS for number in range(_CELLS)]
    for case_id, cell in known.items():
        if all(_shows_at(trace, memory, own, at, show) for at in (cell, *spread)):
            return case_id
    return ""


def _memory(trace: Trace, difference: Difference, regions: RegionMap) -> Region | None:
    """Return the region that showed the loss; None where it is too small for a memory."""
    step = trace.steps[step_index(trace, difference)]
    if not isinstance(step, Command) or step.space is None:
        return None
    region = regions.region_at(step.space, step.address)
    return region if region is not None and region.size >= _LEAST_MEMORY else None


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
        return shown is not None and _shows(shown, memory.name, memory.offset + cell, 0xFF)

    return 0 <= cell < memory.size and any(map(shows, _PATTERNS))


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
