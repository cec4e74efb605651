"""Learning: which registers there are and which of their bits keep what is written.

Told by a device's own answers.  A region of many kilobytes mostly holds nothing.  What reads
as something after reset, or keeps what is written to it, is a register; so are the first few
bytes of every region.  Each of them is then written, to see what sticks.  What is learned
depends on guest and device alone: asked again, they say the same.  Knows guests; knows no
device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.command import Command
from harness.errors import GuestError
from harness.guest import Guest
from harness.observation import Observation
from harness.regions import PAGE, PAGE_HEADER, Region

#: Bytes at the beginning of a region that count as registers anyway.
NEAR = 256
#: At most so much of a region is asked, and at most so many registers are kept of it.
_FAR, _MOST = 1 << 16, 192
#: Bytes that one command reads or writes.
_STEP = 1024
#: Bytes that are learned of together.
WORD = 4
#: Registers that are written at once: what ends the guest takes so many with it.
_AT_ONCE = 32
#: With so many words of a region that end the guest or reset it, all of them count as such.
_TOUCHY = 8
#: What is written to see which bits stick: each bit once set and once clear.
_PATTERNS = (0xFFFFFFFF, 0x00000000, 0x5A5A5A5A, 0xA5A5A5A5)


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is known of a region.

    Attributes:
        spots: offsets, from the region's start, of the registers that are far from it.
        rest: what each word reads as that was asked, by offset.
        sticky: the bits of a word that keep what is written, by offset; only words that
            have any.
        touchy: offsets of words that end the guest, or make it reset itself, when written.
    """

    spots: tuple[int, ...] = ()
    rest: Mapping[int, int] = field(default_factory=dict)
    sticky: Mapping[int, int] = field(default_factory=dict)
    touchy: tuple[int, ...] = ()


Lessons = Mapping[Region, Lesson]


def learn(guest: Guest, regions: Iterable[Region]) -> Lessons:
    """Return what there is to know about each of *regions*.

    The guest is started anew for it, and left used.

    Raises:
        GuestError: it did not start.
    """
    found = {}
    for region in regions:
        spots: tuple[int, ...] = ()
        if region.space == "memory" and region.size > NEAR:
            spots = _thinned(_spots(guest, region))
        found[region] = Lesson(spots, *_bits(guest, region, spots))
    return found


def _spots(guest: Guest, region: Region) -> list[int]:
    """Return the offsets, from the region's start, of what reads as something or sticks."""
    guest.restart()
    size = min(region.size, _FAR) // WORD * WORD
    try:
        before = _read(guest, region, size)
    except GuestError:
        return []
    try:
        guest.execute(_writes(region, size))
        after = _read(guest, region, size)
    except GuestError:
        # Something of it ends the guest: what it reads as must do.
        guest.restart()
        after = before
    return [
        offset
        for offset in range(NEAR, size, WORD)
        if any(before[offset : offset + WORD])
        or before[offset : offset + WORD] != after[offset : offset + WORD]
    ]


def _read(guest: Guest, region: Region, size: int) -> bytes:
    pieces = [
        Command("read", (region.start + at, min(_STEP, size - at))) for at in range(0, size, _STEP)
    ]
    answers = [observation.answer for observation in guest.execute(pieces)]
    return b"".join(answer for answer in answers if isinstance(answer, bytes))


def _writes(region: Region, size: int) -> list[Command]:
    # Not from the region's start: what is there turns devices off and resets them.
    return [
        Command("write", (region.start + at, length, "0x" + "5a" * length))
        for at in range(NEAR, size, _STEP)
        if (length := min(_STEP, size - at))
    ]


def _thinned(spots: list[int]) -> tuple[int, ...]:
    """Return at most so many of *spots*, spread evenly."""
    if len(spots) <= _MOST:
        return tuple(spots)
    return tuple(spots[number * len(spots) // _MOST] for number in range(_MOST))


def _bits(
    guest: Guest, region: Region, spots: Sequence[int]
) -> tuple[dict[int, int], dict[int, int], tuple[int, ...]]:
    """Return what words of *region* rest at, which of their bits stick, which are touchy."""
    near = range(0, min(region.size, NEAR) - WORD + 1, WORD)
    words = [at for at in (*near, *spots) if _is_safe(guest, region, at)]
    rest: dict[int, int] = {}
    sticky: dict[int, int] = {}
    touchy: list[int] = []
    if not words or not _can_tell(guest):
        return rest, sticky, ()
    groups = [words[start : start + _AT_ONCE] for start in range(0, len(words), _AT_ONCE)]
    while groups:
        if len(touchy) == _TOUCHY:
            return rest, sticky, tuple(words)
        group = groups.pop(0)
        try:
            resting = list(_values(guest, region, group))
            bits = list(_sticking(guest, region, group))
            is_touchy = _has_reset(guest)
        except GuestError:
            is_touchy = True
        if not is_touchy:
            rest |= zip(group, resting, strict=True)
            sticky |= ((at, mask) for at, mask in zip(group, bits, strict=True) if mask)
            continue
        guest.restart()
        if len(group) == 1:
            touchy += group
        else:
            # Which of them it was is seen when each is asked alone.
            groups[:0] = [[at] for at in group]
    return rest, sticky, tuple(touchy)


def _can_tell(guest: Guest) -> bool:
    """Start *guest*; say whether it can be seen that it has reset itself."""
    guest.restart()
    try:
        _has_reset(guest)
    except GuestError:
        return False
    return True


def _has_reset(guest: Guest) -> bool:
    """Say whether the guest reset itself, or went off, over what was asked last."""
    # Reading the state brings in whatever was asked for before it.
    guest.state()
    return bool(guest.incidents())


def _is_safe(guest: Guest, region: Region, at: int) -> bool:
    if region.name == PAGE and at < PAGE_HEADER:
        return False
    commands = (*_reads_of(region, at), *_writes_of(region, at, _PATTERNS[0]))
    return all(guest.hazard(command) is None for command in commands)


def _reads_of(region: Region, at: int) -> list[Command]:
    """Return what reads a word; ports by bytes, for few devices take wider accesses."""
    if region.space == "memory":
        return [Command("readl", (region.start + at,))]
    return [Command("inb", (region.start + at + byte,)) for byte in range(WORD)]


def _writes_of(region: Region, at: int, value: int) -> list[Command]:
    if region.space == "memory":
        return [Command("writel", (region.start + at, value))]
    return [
        Command("outb", (region.start + at + byte, value >> 8 * byte & 0xFF))
        for byte in range(WORD)
    ]


def _values(guest: Guest, region: Region, words: Sequence[int]) -> Iterator[int]:
    """Return what each of *words* reads as now."""
    reads = [command for at in words for command in _reads_of(region, at)]
    return _joined(guest.execute(reads), len(reads) // len(words))


def _joined(observations: Sequence[Observation], parts: int) -> Iterator[int]:
    """Yield the words that *parts* answers each are, the lowest bits first."""
    answers = [one.answer if isinstance(one.answer, int) else 0 for one in observations]
    for start in range(0, len(answers), parts):
        yield sum(answers[start + part] << 8 * part for part in range(parts))


def _sticking(guest: Guest, region: Region, words: Sequence[int]) -> Iterator[int]:
    """Yield the bits of each of *words* that were read as they had been written."""
    asked = [
        command
        for at in words
        for value in _PATTERNS
        for command in (*_writes_of(region, at, value), *_reads_of(region, at))
    ]
    pairs = zip(asked, guest.execute(asked), strict=True)
    seen = [observation for command, observation in pairs if command.is_read]
    values = list(_joined(seen, len(seen) // len(words) // len(_PATTERNS)))
    for start in range(0, len(values), len(_PATTERNS)):
        ones = zeros = 0
        for wrote, read in zip(_PATTERNS, values[start : start + len(_PATTERNS)], strict=True):
            ones |= wrote & read
            zeros |= ~wrote & ~read
        yield ones & zeros
