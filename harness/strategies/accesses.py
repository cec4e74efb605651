"""Accesses: which reads and writes a trace is drawn from.

Everything is within the regions it is given; repetition is weight.  Draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from harness.command import VERBS, Command, Space
from harness.learning import NEAR, Lesson, Lessons
from harness.regions import PAGE, PAGE_HEADER, Region
from harness.strategies.worth import WRITES, Access
from harness.words import WORD, usual_width

#: What reads so many bytes, in each space.
READS: dict[Space, dict[int, str]] = {
    "io": {1: "inb", 2: "inw", 4: "inl"},
    "memory": {1: "readb", 2: "readw", 4: "readl"},
}
#: How often an access of each width stands in the choice, for ports or others: most registers
#: are narrow.  What answers to one width alone has that as often.
_OFTEN = 4
_WEIGHTS: dict[bool, dict[int, int]] = {
    True: {1: _OFTEN, 2: 1, 4: 1},
    False: {4: _OFTEN, 1: 1, 2: 1},
}
_NOTHING = Lesson()
#: One access in so many, at most, is to what ends the guest or makes it reset itself: a trace that
#: does never comes to its cycle.
_TOUCHY_ONE_IN = 32
#: With more accesses than this in a choice, what is drawn (two bytes) hardly tells them apart.
_MOST_ACCESSES = 1 << 14
#: At most so many accesses to others are chosen from: with the device's own, four times as many,
#: they are as many as what is drawn can tell apart.
_MOST_AROUND = 3000


def offsets_in(region: Region, size: int, lessons: Lessons) -> Iterator[int]:
    """Yield where in *region* accesses of *size* bytes may go: near its start, and to its spots."""
    near = min(region.size, NEAR)
    yield from range(0, near - size + 1, 1 if region.has_ports else size)
    for spot in lessons.get(region, _NOTHING).spots:
        yield from range(spot, min(spot + WORD, region.size - size + 1), size)


def registers_in(region: Region, lesson: Lesson) -> Iterator[tuple[int, int]]:
    """Yield the address of each register of *region*, and the width that it answers to."""
    usual = usual_width(region)
    for offset in dict.fromkeys(offsets_in(region, usual, {region: lesson})):
        width = lesson.widths.get(offset // WORD * WORD, usual)
        for at in range(offset, offset + usual, width):
            if at % width == 0 and at + width <= region.size:
                yield region.start + at, width


def accesses_of(
    regions: Sequence[Region], hazard: Callable[[Command], str | None], lessons: Lessons
) -> list[tuple[str, int]]:
    """Return every access that stays within reach, reads before writes, narrow before wide."""
    accesses: list[Access] = []
    touchy: list[Access] = []
    for region, access, weight in _within(regions, lessons):
        if hazard(_with_zero(access)) is None:
            words = lessons.get(region, _NOTHING).touchy
            if _is_write(access) and (access[1] - region.start) // WORD * WORD in words:
                touchy.append(access)
            else:
                accesses += [access] * weight
    return _thinly(accesses, touchy)


def some_of(regions: Sequence[Region], hazard: Callable[[Command], str | None]) -> list[Access]:
    """Return some of what :func:`accesses_of` would, spread evenly.

    Whether something is a hazard is asked of those alone: a board has tens of thousands.
    """
    found = [access for _, access, weight in _within(regions, {}) for _ in range(weight)]
    found = found[:: -(-len(found) // _MOST_AROUND) or 1]
    return [access for access in found if hazard(_with_zero(access)) is None]


def _within(regions: Sequence[Region], lessons: Lessons) -> Iterator[tuple[Region, Access, int]]:
    """Yield every access within reach, its region, and how often it is to stand in a choice."""
    for region in regions:
        widths = lessons.get(region, _NOTHING).widths
        for table, is_write in ((READS, False), (WRITES, True)):
            for size, verb in table[region.space].items():
                # Writes bring a device to new states, reads only show them.
                usual = _WEIGHTS[region.has_ports][size]
                for offset in offsets_in(region, size, lessons):
                    if is_write and region.name == PAGE and offset < PAGE_HEADER:
                        # Where a device is, and whether it answers, is none of its own doing.
                        continue
                    width = widths.get(offset // WORD * WORD)
                    weight = usual if width is None else _OFTEN if size == width else 1
                    yield region, (verb, region.start + offset), weight * (4 if is_write else 1)


def _is_write(access: Access) -> bool:
    return VERBS[access[0]].access == "write"


def _with_zero(access: Access) -> Command:
    """Return the command of *access*, which writes 0 if it writes."""
    verb, address = access
    return Command(verb, (address, 0) if _is_write(access) else (address,))


def _thinly(accesses: list[Access], touchy: list[Access]) -> list[Access]:
    """Return *accesses* and, so rare that most traces are without, those that are *touchy*."""
    times = max(1, -(-_TOUCHY_ONE_IN * len(touchy) // max(1, len(accesses))))
    return accesses * times + touchy if times * len(accesses) <= _MOST_ACCESSES else accesses
