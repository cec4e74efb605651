"""Spread: how much of the same loss there is, so that it is reported once.

From the minimal trace, other values are written (which bits of the register are lost?)
and other registers of the region are read (where else does it show?).  What shows
differences too belongs to the same finding and is masked with it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from harness.command import Command
from harness.difference import Difference, Place, RegisterPlace
from harness.regions import RegionMap
from harness.trace import Trace

#: How many registers around the first one are read.
_NEIGHBOURS = 32
#: At most so many other values are written, in all.
VALUES = 64

#: Runs a trace; returns every register that differs after the given cycle, and by which
#: bits, known or not.
Ask = Callable[[Trace, int], Collection[Place]]


def spread(
    trace: Trace, difference: Difference, regions: RegionMap, ask: Ask, *, values: int = VALUES
) -> tuple[Place, ...]:
    """Return every place that shows the same loss, that of *difference* first.

    Args:
        trace: the minimal trace.
        difference: what it shows.
        regions: the guest's map.
        ask: runs a trace.
        values: how many other values may be written, in all.
    """
    places = list(difference.places)
    first = places[0] if places else None
    if not isinstance(first, RegisterPlace):
        return tuple(places)

    def shows(candidate: Trace) -> bool:
        """Add what *candidate* shows of the same region; say whether it shows any."""
        found = [
            place
            for place in ask(candidate, difference.cycle)
            if isinstance(place, RegisterPlace) and _region(place) == _region(first)
        ]
        places.extend(found)
        return bool(found)

    _write_others(trace, regions, shows, values)
    around = _neighbours(trace, difference, regions)
    if around:
        index = step_index(trace, difference)
        shows(trace.replaced(index, trace.steps[index], *around))
    return merged_places(places)


def _region(place: RegisterPlace) -> tuple[str, str]:
    return place.register.owner.type, place.register.region


def merged_places(found: Iterable[Place]) -> tuple[Place, ...]:
    """Return *found* with the bits of each register put together, in order."""
    places: dict[tuple[object, ...], Place] = {}
    for place in found:
        if isinstance(place, RegisterPlace):
            register = place.register
            key: tuple[object, ...] = (register.owner.type, register.region, register.offset)
            before = places.get(key)
            bits = place.bits | (before.bits if isinstance(before, RegisterPlace) else 0)
            places[key] = RegisterPlace(register, bits)
        else:
            places[(place,)] = place
    return tuple(places.values())


def _write_others(
    trace: Trace, regions: RegionMap, shows: Callable[[Trace], bool], left: int
) -> None:
    """Write all bits, then those that were not written; then bit by bit.

    Not that where the whole of a wide register showed it: a byte may hold a number, which
    selects one bit at a time.
    """
    for index, command in reversed([*enumerate(trace.steps)]):
        if not (isinstance(command, Command) and command.is_write and command.spec.size):
            continue
        if regions.selects(command):
            continue
        width = 8 * command.size
        value, full = command.value, (1 << width) - 1

        def writing(candidate: int, index: int = index, command: Command = command) -> Trace:
            return trace.replaced(index, Command(command.verb, (command.address, candidate)))

        rounds = ((full, value ^ full), [value ^ (1 << bit) for bit in range(width)])
        for candidates in rounds:
            if len(candidates) > left:
                return
            left -= len(candidates)
            # All of them: each may show bits of its own.
            shown = [shows(writing(candidate)) for candidate in candidates if candidate != value]
            if any(shown) and command.size > 1:
                break


def _neighbours(trace: Trace, difference: Difference, regions: RegionMap) -> tuple[Command, ...]:
    """Return reads of the registers around the one that showed the loss."""
    suffix = trace.segments[difference.cycle][: (difference.step or 0) + 1]
    command = list(regions.raised(suffix))[-1]
    if command.space is None or not command.is_read:
        return ()
    region = regions.region_at(command.space, command.address)
    if region is None:
        return ()
    size = command.size or 1
    start = max(region.start, command.address - _NEIGHBOURS // 2 * size)
    stop = min(region.end - size + 1, start + _NEIGHBOURS * size)
    return regions.lowered(
        Command(command.verb, (address, *command.operands[1:]))
        for address in range(start, stop, 1 if region.has_ports else size)
        if address != command.address
    )


def step_index(trace: Trace, difference: Difference) -> int:
    """Return the index of the step that showed *difference*."""
    before = trace.segments[: difference.cycle]
    return sum(map(len, before)) + len(before) + (difference.step or 0)
