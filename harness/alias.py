"""Aliases: whether a loss is one that is known, seen through another register.

Knows cases by the places that they hide; how a trace is run it does not know.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.command import Command, Space
from harness.difference import Difference, FieldPlace
from harness.lines import is_interrupt_status
from harness.localise import step_index
from harness.masks import Masks
from harness.regions import Owner, RegionMap
from harness.trace import CYCLE, Trace


def find_alias(
    trace: Trace,
    difference: Difference,
    masks: Masks,
    regions: RegionMap,
    show: Callable[[Trace], Difference | None],
) -> str:
    """Return the known case behind what *trace* shows; empty if there is none.

    If what put the state there also puts a known loss there, and that loss shows where
    the case says, then the new register is only another window on it; or it shows what a
    known field of the device's section lost.

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
        if is_interrupt_status(region, offset):
            # It shows what any register did that drives the line.
            continue
        for address, space in _addresses(regions, owner, region, offset):
            verb = "inb" if space == "io" else "readb"
            read = regions.lowered([Command(verb, (address,))])
            shown = show(trace.replaced(index, *read))
            if shown is not None and shown.shows(region, offset, bits):
                return case_id
    return _field_behind(trace, difference, owner, masks, show)


def _field_behind(
    trace: Trace,
    difference: Difference,
    owner: Owner,
    masks: Masks,
    show: Callable[[Trace], Difference | None],
) -> str:
    """Return the known case of a field that changes with what *trace* does; empty for none.

    One that changes without it, too, has nothing to do with it.
    """
    if not masks.knows_fields_of(owner.section):
        return ""
    cycles = [at for at, step in enumerate(trace.steps) if step is CYCLE]
    loaded = Trace(trace.steps[: cycles[difference.cycle - 1] + 1])
    changed = _known_fields(show(loaded), owner, masks)
    if not changed:
        return ""
    anyway = _known_fields(show(Trace((CYCLE,))), owner, masks)
    return next((case for path, case in changed.items() if path not in anyway), "")


def _known_fields(shown: Difference | None, owner: Owner, masks: Masks) -> dict[str, str]:
    """Return the fields of *owner*'s section that *shown* names and cases know, with the case."""
    own = (owner.section, owner.instance_id)
    fields = [
        place
        for place in (shown.places if shown is not None else ())
        if isinstance(place, FieldPlace) and (place.section, place.instance_id) == own
    ]
    known = {place.path: masks.cases_of_field(place.section, place.path) for place in fields}
    return {path: min(cases) for path, cases in known.items() if cases}


def _addresses(
    regions: RegionMap, owner: Owner, region: str, offset: int
) -> list[tuple[int, Space]]:
    return [
        (candidate.start + offset - candidate.offset, candidate.space)
        for candidate in regions.of(owner)
        if candidate.name == region and 0 <= offset - candidate.offset < candidate.size
    ]
