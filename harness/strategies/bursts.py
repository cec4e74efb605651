"""Bursts: writes to many registers of a device at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.command import VERBS, Command
from harness.learning import Lesson, Lessons
from harness.regions import Region
from harness.strategies.accesses import registers_in
from harness.strategies.worth import WRITES, Access, Worth, value_of
from harness.words import PATTERNS, WORD

#: Bytes that a command is drawn as: two choose what is reached, two the value or the time.
COMMAND_BYTES = 4
#: At most so many registers are dirtied at once.
_SOIL = 96


def bursts_of(
    accesses: Iterable[Access], lessons: Lessons, worth: Mapping[Access, Worth]
) -> tuple[Callable[[bytes], tuple[Command, ...]], ...]:
    """Return what makes bursts of writes; none where there is nothing to write.

    What ends the guest, or makes it reset itself, is left out: a burst reaches so many
    registers that hardly any trace would come to a cycle.
    """
    touchy = _touchy(lessons)
    writes = tuple(
        (verb, address)
        for verb, address in dict.fromkeys(accesses)
        if VERBS[verb].access == "write"
        and touchy.isdisjoint(range(address, address + VERBS[verb].size))
    )
    return (lambda data: _burst(writes, worth, data),) if writes else ()


def soil_of(
    accesses: Iterable[Access],
    regions: Iterable[Region],
    lessons: Lessons,
    worth: Mapping[Access, Worth],
) -> tuple[tuple[Command, ...], ...]:
    """Return ways to dirty all registers of *regions* that may be written.

    Done behind a checkpoint, they leave nothing as it was there, so that what neither reset nor
    load puts right can't be right by chance.  Together they leave each bit set and clear.
    """
    allowed, touchy = set(accesses), _touchy(lessons)
    writes = [
        (access, width)
        for region in regions
        for address, width in registers_in(region, lessons.get(region, Lesson()))
        if (access := (WRITES[region.space][width], address)) in allowed
        and touchy.isdisjoint(range(address, address + width))
    ]
    # What is known to keep what is written comes first, where there is too much.
    writes.sort(key=lambda write: write[0] not in worth)
    ways = []
    for pattern in PATTERNS:
        commands = []
        for (verb, address), width in writes[:_SOIL]:
            ones = (1 << 8 * width) - 1
            known = worth.get((verb, address), Worth(ones, 0, ()))
            # Bits that do not stick may be commands: they are left as they rest.
            value = known.rest & ~known.sticky | pattern & known.sticky
            commands.append(Command(verb, (address, value & ones)))
        ways.append(tuple(commands))
    return tuple(ways) if writes else ()


def _touchy(lessons: Lessons) -> set[int]:
    """Return the addresses whose writing ends the guest, or makes it reset itself."""
    return {
        address
        for region, lesson in lessons.items()
        for word in lesson.touchy
        for address in range(region.start + word, region.start + word + WORD)
    }


def _burst(
    writes: Sequence[Access], worth: Mapping[Access, Worth], data: bytes
) -> tuple[Command, ...]:
    """Return as many writes as *data* has bytes for, to one of *writes* each.

    There are no more of them than there are places: a few registers would only be written over
    and over again.
    """
    commands = []
    end = min(len(data), COMMAND_BYTES * len(writes))
    for start in range(0, end - COMMAND_BYTES + 1, COMMAND_BYTES):
        place = int.from_bytes(data[start : start + 2])
        access = verb, address = writes[place % len(writes)]
        seed = int.from_bytes(data[start + 2 : start + COMMAND_BYTES])
        value = value_of(seed, 8 * VERBS[verb].size, worth.get(access))
        commands.append(Command(verb, (address, value)))
    return tuple(commands)
