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

from harness.command import Command
from harness.errors import GuestError
from harness.guest import Guest
from harness.regions import PAGE, PAGE_HEADER, Region
from harness.words import PATTERNS, WORD, Word, sticking, usual_width, values

#: Bytes at the beginning of a region that count as registers anyway.
NEAR = 256
#: At most so much of a region is asked, and at most so many registers are kept of it.
_FAR, _MOST = 1 << 16, 192
#: Bytes that one command reads or writes.
_STEP = 1024
#: Registers that are written at once: what ends the guest takes so many with it.
_AT_ONCE = 32
#: With so many words of a region that end the guest or reset it, no more are asked alone: what
#: then does with others counts as such with all of them.
_TOUCHY = 8


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
        widths: bytes of an access that a word answers to, by offset, where accesses of the usual
            width tell nothing.
    """

    spots: tuple[int, ...] = ()
    rest: Mapping[int, int] = field(default_factory=dict)
    sticky: Mapping[int, int] = field(default_factory=dict)
    touchy: tuple[int, ...] = ()
    keys: Mapping[int, int] = field(default_factory=dict)
    widths: Mapping[int, int] = field(default_factory=dict)


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
    rest: dict[Region, dict[Word, int]] = {}
    if any(words.values()) and _can_tell(guest):
        rest = _rest(guest, words)
    found = {
        region: _lesson(guest, region, spots.get(region, ()), rest[region])
        # What is at work may be sent to sleep by its page, so that comes last.
        for region in sorted(rest, key=lambda one: one.name == PAGE)
    }
    return {region: found.get(region, Lesson(spots.get(region, ()))) for region in regions}


def _lesson(
    guest: Guest, region: Region, spots: tuple[int, ...], rest: Mapping[Word, int]
) -> Lesson:
    """Return what there is to know about *region*, whose words *rest* so."""
    kept, touchy = _bits(guest, rest)
    usual = usual_width(region)
    # The width by which bits stick is a better one than that by which anything was read.
    widths = {word.at: word.width for word in (*rest, *kept)}
    return Lesson(
        spots,
        {word.at: value for word, value in rest.items()},
        {word.at: bits for word, (bits, _) in kept.items()},
        touchy,
        {word.at: key for word, (_, key) in kept.items() if key},
        {at: width for at, width in widths.items() if width != usual},
    )


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


def _rest(guest: Guest, offsets: Mapping[Region, Sequence[int]]) -> dict[Region, dict[Word, int]]:
    """Return what words read as before anything is written; without regions that can't be read.

    Each is asked by accesses of the usual width, and by others if those tell nothing.
    """
    found = {}
    for region, some in offsets.items():
        usual = usual_width(region)
        try:
            found[region] = dict(_resting(guest, [Word(region, at, usual) for at in some]))
        except GuestError as error:
            _check_own(error)
            guest.restart()
    return found


def _resting(guest: Guest, words: Sequence[Word]) -> Iterator[tuple[Word, int]]:
    """Yield each of *words*, of the width by which it tells something, and what it reads as."""
    usual = dict(zip(words, values(guest, words), strict=True))
    mute = [word for word, value in usual.items() if word.is_mute(value)]
    others = [other for word in mute for other in word.others()]
    told = {
        other.at: (other, value)
        for other, value in zip(others, values(guest, others), strict=True)
        if not other.is_mute(value)
    }
    for word, value in usual.items():
        yield told.get(word.at, (word, value))


def _bits(
    guest: Guest, rest: Mapping[Word, int]
) -> tuple[dict[Word, tuple[int, int]], tuple[int, ...]]:
    """Return which bits of words stick, with their keys, and the offsets of touchy ones.

    Args:
        guest: to be asked.
        rest: the words of a region, and what they read as before anything is written.
    """
    words = list(rest)
    kept: dict[Word, tuple[int, int]] = {}
    touchy: list[int] = []
    groups = [(words[start : start + _AT_ONCE], False) for start in range(0, len(words), _AT_ONCE)]
    while groups:
        group, is_split = groups.pop(0)
        try:
            found = _keeping(guest, {word: rest[word] for word in group})
            is_touchy = _has_reset(guest)
        except GuestError as error:
            _check_own(error)
            is_touchy = True
        if not is_touchy:
            kept |= found
            continue
        guest.restart()
        if len(group) > 1 and len(touchy) < _TOUCHY:
            # Which of them it was is seen when each is asked alone.
            groups[:0] = [([word], True) for word in group]
            continue
        touchy += (word.at for word in group)
        while is_split and len(touchy) >= _TOUCHY and groups and groups[0][1]:
            touchy += (word.at for word in groups.pop(0)[0])
    return kept, tuple(touchy)


def _keeping(guest: Guest, rest: Mapping[Word, int]) -> dict[Word, tuple[int, int]]:
    """Return which words have bits that stick, which, and their keys.

    One that tells nothing and keeps nothing is asked by accesses of other widths, too.
    """
    bits = dict(zip(rest, sticking(guest, list(rest)), strict=True))
    mute = [word for word, value in rest.items() if word.is_mute(value) and not bits[word][0]]
    others = [other for word in mute for other in word.others()]
    kept = {word.at: (word, one) for word, one in bits.items() if one[0]}
    for other, one in zip(others, sticking(guest, others), strict=True):
        if one[0]:
            kept.setdefault(other.at, (other, one))
    return dict(kept.values())


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
    word = Word(region, at, usual_width(region))
    commands = (*word.reads, *word.writes(PATTERNS[0]))
    return all(guest.hazard(command) is None for command in commands)
