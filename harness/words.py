"""Words: how a register is read and written, and which of its bits keep what is written.

A device may answer to accesses of one width alone, as its bus has it.  So a word is asked by
accesses of some width: the widest that fit into memory, the narrowest of ports; where that tells
nothing, by others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.command import ACCESSES, Command
from harness.guest import Guest
from harness.observation import Observation
from harness.regions import Region

#: Bytes that are learned of together.
WORD = 4
#: What is written to see which bits stick: each bit once set and once clear.
PATTERNS = (0xFFFFFFFF, 0x00000000, 0x5A5A5A5A, 0xA5A5A5A5)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a region, or less where the region is smaller, asked by accesses of one width.

    Attributes:
        region: whose it is.
        at: its offset from the region's start.
        width: bytes that one access reaches.
    """

    region: Region
    at: int
    width: int

    @property
    def size(self) -> int:
        """Its bytes."""
        return min(WORD, self.region.size) // self.width * self.width

    @property
    def reads(self) -> list[Command]:
        """What reads it, the lowest address first."""
        verb = ACCESSES[self.region.space, "read", self.width]
        return [Command(verb, (address,)) for address in self._addresses]

    def writes(self, value: int) -> list[Command]:
        """Return what writes *value* to it."""
        verb, bits = ACCESSES[self.region.space, "write", self.width], 8 * self.width
        return [
            Command(verb, (address, value >> bits * part & (1 << bits) - 1))
            for part, address in enumerate(self._addresses)
        ]

    def is_mute(self, value: int) -> bool:
        """Say whether *value* is what is read where nothing answers: no bit is set, or all are."""
        return value in (0, (1 << 8 * self.size) - 1)

    def others(self) -> list[Word]:
        """Return the word as it is asked by accesses of other widths."""
        wide = (2, WORD) if self.region.has_ports else (1, 2)
        widths = [one for one in wide if one != self.width and one <= self.region.size]
        return [Word(self.region, self.at, one) for one in widths]

    @property
    def _addresses(self) -> range:
        start = self.region.start + self.at
        return range(start, start + self.size, self.width)


def usual_width(region: Region) -> int:
    """Return the width of access that most registers of such a region take."""
    # Few devices take wider accesses to ports; what is smaller than a word is one all the same.
    return WORD if not region.has_ports and region.size >= WORD else 1


def values(guest: Guest, words: Sequence[Word]) -> Iterator[int]:
    """Yield what each of *words* reads as now.

    Raises:
        GuestError: the guest died or hung.
    """
    answers = _answers(guest, [(word, command) for word in words for command in word.reads])
    for word in words:
        yield _joined(word, answers)


def sticking(guest: Guest, words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the bits of each of *words* that were read as they had been written, and its key.

    A key is the only pattern that the word took; 0 where it took others, too.

    Raises:
        GuestError: the guest died or hung.
    """
    asked = [
        (word, command)
        for word in words
        for value in PATTERNS
        for command in (*word.writes(value), *word.reads)
    ]
    answers = _answers(guest, asked)
    for word in words:
        ones = zeros = 0
        reads = [_joined(word, answers) for _ in PATTERNS]
        for wrote, read in zip(PATTERNS, reads, strict=True):
            ones |= wrote & read
            zeros |= ~wrote & ~read
        bits = ones & zeros
        yield bits, _key(reads) if bits else 0


def _answers(guest: Guest, asked: Sequence[tuple[Word, Command]]) -> Iterator[Observation]:
    """Yield what each read of *asked* shows."""
    sent = [word.region.lowered(command) for word, command in asked]
    seen = iter(guest.execute([one for some in sent for one in some]))
    for (_, command), some in zip(asked, sent, strict=True):
        shown = [next(seen) for _ in some]
        if command.is_read:
            yield shown[-1]


def _joined(word: Word, answers: Iterator[Observation]) -> int:
    """Return the word that the next *answers* are, the lowest bits first."""
    value = 0
    for part in range(word.size // word.width):
        answer = next(answers).answer
        value |= (answer if isinstance(answer, int) else 0) << 8 * word.width * part
    return value


def _key(reads: Sequence[int]) -> int:
    """Return which of the patterns alone changed a word that *reads* so after each; 0 if none."""
    changed = [new for old, new in pairwise(range(len(reads))) if reads[old] != reads[new]]
    return PATTERNS[changed[0]] if len(changed) == 1 and changed[0] > 1 else 0
