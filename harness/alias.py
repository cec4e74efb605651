"""Aliases: whether a loss is one that is known, seen through another register.

Knows cases by the places that they hide; how a trace is run it does not know.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.command import Command, Space
from harness.difference import Difference
from harness.localise import step_index
from harness.masks import Masks
from harness.regions import Owner, RegionMap
from harness.trace import Trace


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
            if shown is not None and shown.shows(region, offset, bits):
                return case_id
    return ""


def _addresses(
    regions: RegionMap, owner: Owner, region: str, offset: int
) -> list[tuple[int, Space]]:
    return [
        (candidate.start + offset - candidate.offset, candidate.space)
        for candidate in regions.of(owner)
        if candidate.name == region and 0 <= offset - candidate.offset < candidate.size
    ]
