"""Learning: which registers there are and which of their bits keep what is written.

Told by a device's own answers.  A region of many kilobytes mostly holds nothing.  What reads
as something after reset, or keeps what is written to it, is a register; so are the first few
bytes of every region.  Each of them is then written, to see what sticks.  What is learned
depends on guest and device alone: asked again, they say the same.  Knows guests; knows no
device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

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
#: With so many words of a region that end the guest or reset it, no more are asked alone: what
#: then does with others counts as such with all of them.
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
        keys: what words took that refused all else, by offset: some of its bits are a password.
    """

    spots: tuple[int, ...] = ()
    rest: Mapping[int, int] = field(default_factory=dict)
    sticky: Mapping[int, int] = field(default_factory=dict)
    touchy: tuple[int, ...] = ()
    keys: Mapping[int, int] = field(default_factory=dict)


Lessons = Mapping[Region, Lesson]
#: Tells what there is to know about some regions of a guest.
Learn = Callable[[Guest, Sequence[Region]], Lessons]


def learn(guest: Guest, regions: Iterable[Region]) -> Lessons:
    """Return what there is to know about each of *regions*.

    The guest is started anew for it, and left used.

    Raises:
        GuestError: it did not start, or was killed by somebody.
    """
    regions = tuple(regions)
    large = [one for one in regions if one.space == "memory" and one.size > NEAR]
    spots = _spots(guest, large) if large else {}
    words = {
        region: [
            at for at in (*_near(region), *spots.get(region, ())) if _is_safe(guest, region, at)
        ]
        for region in regions
    }
    rest: dict[Region, dict[int, int]] = {}
    if any(words.values()) and _can_tell(guest):
        rest = _rest(guest, words)
    found = {
        region: Lesson(
            spots.get(region, ()), rest[region], *_bits(guest, region, list(rest[region]))
        )
        # What is at work may be sent to sleep by its page, so that comes last.
        for region in sorted(rest, key=lambda one: one.name == PAGE)
    }
    return {region: found.get(region, Lesson(spots.get(region, ()))) for region in regions}


def _near(region: Region) -> range:
    # What is smaller than a word is one all the same.
    last = max(0, min(region.size, NEAR) - WORD) if region.size else -1
    return range(0, last + 1, WORD)


def _spots(guest: Guest, regions: Iterable[Region]) -> dict[Region, tuple[int, ...]]:
    """Return the offsets, from each region's start, of what reads as something or sticks."""
    guest.restart()
    sizes = {region: min(region.size, _FAR) // WORD * WORD for region in regions}
    before = {}
    for region, size in sizes.items():
        try:
            before[region] = _read(guest, region, size)
        except GuestError as error:
            _check_own(error)
            guest.restart()
    found = {}
    for region, old in before.items():
        try:
            guest.execute(_writes(region, sizes[region]))
            new = _read(guest, region, sizes[region])
        except GuestError as error:
            _check_own(error)
            # Something of it ends the guest: what it reads as must do.
            guest.restart()
            new = old
        found[region] = _thinned(
            [
                at
                for at in range(NEAR, sizes[region], WORD)
                if any(old[at : at + WORD]) or old[at : at + WORD] != new[at : at + WORD]
            ]
        )
    return found


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


def _rest(guest: Guest, words: Mapping[Region, Sequence[int]]) -> dict[Region, dict[int, int]]:
    """Return what words read as before anything is written; without regions that can't be read."""
    found = {}
    for region, some in words.items():
        try:
            found[region] = dict(zip(some, _values(guest, region, some), strict=True))
        except GuestError as error:
            _check_own(error)
            guest.restart()
    return found


def _bits(
    guest: Guest, region: Region, words: Sequence[int]
) -> tuple[dict[int, int], tuple[int, ...], dict[int, int]]:
    """Return which bits of words of *region* stick, which words are touchy, and keys."""
    sticky: dict[int, int] = {}
    keys: dict[int, int] = {}
    touchy: list[int] = []
    groups = [(words[start : start + _AT_ONCE], False) for start in range(0, len(words), _AT_ONCE)]
    while groups:
        group, is_split = groups.pop(0)
        try:
            bits = list(_sticking(guest, region, group))
            is_touchy = _has_reset(guest)
        except GuestError as error:
            _check_own(error)
            is_touchy = True
        if not is_touchy:
            sticky |= ((at, mask) for at, (mask, _) in zip(group, bits, strict=True) if mask)
            keys |= ((at, key) for at, (_, key) in zip(group, bits, strict=True) if key)
            continue
        guest.restart()
        if len(group) > 1 and len(touchy) < _TOUCHY:
            # Which of them it was is seen when each is asked alone.
            groups[:0] = [([at], True) for at in group]
            continue
        touchy += group
        while is_split and len(touchy) >= _TOUCHY and groups and groups[0][1]:
            touchy += groups.pop(0)[0]
    return sticky, tuple(touchy), keys


def _can_tell(guest: Guest) -> bool:
    """Start *guest*; say whether it can be seen that it has reset itself."""
    guest.restart()
    try:
        _has_reset(guest)
    except GuestError as error:
        _check_own(error)
        return False
    return True


def _check_own(error: GuestError) -> None:
    """Raise *error* if it is none of the device's doing, for then nothing is learned of it.

    Somebody else ended it, for want of memory as a rule.
    """
    if error.was_killed:
        raise error


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
    if _is_by_word(region):
        return [Command("readl" if region.space == "memory" else "inl", (region.start + at,))]
    verb = "readb" if region.space == "memory" else "inb"
    return [Command(verb, (region.start + at + byte,)) for byte in range(min(WORD, region.size))]


def _is_by_word(region: Region) -> bool:
    return not region.has_ports and region.size >= WORD


def _writes_of(region: Region, at: int, value: int) -> list[Command]:
    if _is_by_word(region):
        verb = "writel" if region.space == "memory" else "outl"
        return [Command(verb, (region.start + at, value))]
    verb = "writeb" if region.space == "memory" else "outb"
    return [
        Command(verb, (region.start + at + byte, value >> 8 * byte & 0xFF))
        for byte in range(min(WORD, region.size))
    ]


def _values(guest: Guest, region: Region, words: Sequence[int]) -> Iterator[int]:
    """Return what each of *words* reads as now."""
    reads = [command for at in words for command in _reads_of(region, at)]
    return _joined(_run(guest, region, reads), len(reads) // len(words) if words else 1)


def _run(guest: Guest, region: Region, commands: Sequence[Command]) -> list[Observation]:
    """Return what each of *commands*, all of which reach *region*, shows."""
    sent = [region.lowered(command) for command in commands]
    seen = iter(guest.execute([one for some in sent for one in some]))
    return [[next(seen) for _ in some][-1] for some in sent]


def _joined(observations: Sequence[Observation], parts: int) -> Iterator[int]:
    """Yield the words that *parts* answers each are, the lowest bits first."""
    answers = [one.answer if isinstance(one.answer, int) else 0 for one in observations]
    for start in range(0, len(answers), parts):
        yield sum(answers[start + part] << 8 * part for part in range(parts))


def _sticking(guest: Guest, region: Region, words: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the bits of each of *words* that were read as they had been written, and its key."""
    asked = [
        command
        for at in words
        for value in _PATTERNS
        for command in (*_writes_of(region, at, value), *_reads_of(region, at))
    ]
    pairs = zip(asked, _run(guest, region, asked), strict=True)
    seen = [observation for command, observation in pairs if command.is_read]
    values = list(_joined(seen, len(seen) // len(words) // len(_PATTERNS)))
    for start in range(0, len(values), len(_PATTERNS)):
        ones = zeros = 0
        reads = values[start : start + len(_PATTERNS)]
        for wrote, read in zip(_PATTERNS, reads, strict=True):
            ones |= wrote & read
            zeros |= ~wrote & ~read
        yield ones & zeros, _key(reads) if ones & zeros else 0


def _key(reads: Sequence[int]) -> int:
    """Return which of the patterns alone changed a word that *reads* so after each; 0 if none."""
    changed = [new for old, new in pairwise(range(len(reads))) if reads[old] != reads[new]]
    return _PATTERNS[changed[0]] if len(changed) == 1 and changed[0] > 1 else 0
