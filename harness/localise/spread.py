"""Spread: how much of the same loss there is, so that it is reported once.

From the minimal trace, other values are written (which bits of the register are lost?)
and other registers of the region are read (where else does it show?).  What shows
differences too belongs to the same finding and is masked with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.command import Command
from harness.difference import Difference, Place, RegisterPlace
from harness.regions import RegionMap
from harness.trace import Trace

#: How many registers around the first one are read.
_NEIGHBOURS = 32

Ask = Callable[[Trace], Difference | None]


def spread(trace: Trace, difference: Difference, regions: RegionMap, ask: Ask) -> tuple[Place, ...]:
    """Return every place that shows the same loss, that of *difference* first.

    Args:
        trace: the minimal trace.
        difference: what it shows.
        regions: the guest's map.
        ask: runs a trace and returns what it shows, known or not.
    """
    places: dict[tuple[object, ...], Place] = {}
    for place in difference.places:
        _add(places, place)
    if not isinstance(difference.places[0] if difference.places else None, RegisterPlace):
        return tuple(places.values())
    for candidate in (*_other_values(trace), *_other_registers(trace, difference, regions)):
        shown = ask(candidate)
        if shown is not None and shown.oracle == difference.oracle and shown.pin == difference.pin:
            for place in shown.places:
                _add(places, place)
    return tuple(places.values())


def _add(places: dict[tuple[object, ...], Place], place: Place) -> None:
    if isinstance(place, RegisterPlace):
        register = place.register
        key: tuple[object, ...] = (register.owner.type, register.region, register.offset)
        before = places.get(key)
        bits = place.bits | (before.bits if isinstance(before, RegisterPlace) else 0)
        places[key] = RegisterPlace(register, bits)
    else:
        places[(place,)] = place


def _other_values(trace: Trace) -> Iterator[Trace]:
    for index, command in enumerate(trace.steps):
        if not (isinstance(command, Command) and command.is_write and command.spec.size):
            continue
        width = 8 * command.size
        value, full = command.value, (1 << width) - 1
        candidates = [full, value ^ full, *(value ^ (1 << bit) for bit in range(width))]
        for candidate in dict.fromkeys(candidates):
            yield trace.replaced(index, Command(command.verb, (command.address, candidate)))


def _other_registers(trace: Trace, difference: Difference, regions: RegionMap) -> Iterator[Trace]:
    """Read other registers of the region in the place of the one that showed the loss."""
    index = step_index(trace, difference)
    command = trace.steps[index]
    if not isinstance(command, Command) or command.space is None or not command.is_read:
        return
    region = regions.region_at(command.space, command.address)
    if region is None:
        return
    size = command.size or 1
    start = max(region.start, command.address - _NEIGHBOURS // 2 * size)
    stop = min(region.end - size + 1, start + _NEIGHBOURS * size)
    for address in range(start, stop, 1 if command.space == "io" else size):
        if address != command.address:
            yield trace.replaced(index, Command(command.verb, (address, *command.operands[1:])))


def step_index(trace: Trace, difference: Difference) -> int:
    """Return the index of the step that showed *difference*."""
    before = trace.segments[: difference.cycle]
    return sum(map(len, before)) + len(before) + (difference.step or 0)
