"""Worth: which values are worth writing to a register, by what was learned of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from harness.command import Space
from harness.learning import Lesson, Lessons
from harness.regions import Region
from harness.words import WORD

#: Verb and address of an access.
Access = tuple[str, int]
#: The verb that writes, by address space and width in bytes.
WRITES: dict[Space, dict[int, str]] = {
    "io": {1: "outb", 2: "outw", 4: "outl"},
    "memory": {1: "writeb", 2: "writew", 4: "writel"},
}
#: Constants of a region that are worth writing to its registers; more are mere contents.
_CONSTANTS = 16
_NOTHING = Lesson()


@dataclass(frozen=True, slots=True)
class Worth:
    """What is worth writing to a register, as far as it was learned.

    Attributes:
        sticky: its bits that keep what is written; at least one.
        rest: what it reads as before anything is done to it; for one that takes nothing without
            a key, what it took.
        constants: what is seen in registers beside it.
    """

    sticky: int
    rest: int
    constants: tuple[int, ...]

    def value(self, seed: int, bits: int) -> int:
        """Return a value: a constant, or what it rests at but for one bit."""
        kind, seed = seed % 4, seed // 4
        if kind == 0 and self.constants:
            return self.constants[seed % len(self.constants)] & (1 << bits) - 1
        places = _places(self.sticky)
        return self.rest ^ 1 << places[seed % len(places)]


@cache
def _places(bits: int) -> tuple[int, ...]:
    """Return the places of the bits that are set."""
    return tuple(place for place in range(bits.bit_length()) if bits >> place & 1)


def worth_of(regions: Iterable[Region], lessons: Lessons) -> dict[Access, Worth]:
    """Return what is worth writing by each access to a register of which bits stick."""
    found = {}
    for region in regions:
        lesson = lessons.get(region, _NOTHING)
        seen = dict.fromkeys(value for value in lesson.rest.values() if value)
        constants = tuple(seen)[:_CONSTANTS]
        for size, verb in WRITES[region.space].items():
            mask = (1 << 8 * size) - 1
            for word, sticky in lesson.sticky.items():
                for byte in range(0, WORD - size + 1, 1 if region.has_ports else size):
                    if bits := sticky >> 8 * byte & mask:
                        key = lesson.keys.get(word) if size == WORD else None
                        rest = (lesson.rest[word] if key is None else key) >> 8 * byte & mask
                        found[verb, region.start + word + byte] = Worth(bits, rest, constants)
    return found


def value_of(seed: int, bits: int, worth: Worth | None) -> int:
    """Return the value that *seed* stands for: any one; mostly a small one, or a single bit.

    Indices are small, and flags are bits.  Half of the values are what is worth writing, where
    that is known.
    """
    if worth is not None:
        seed, is_known = divmod(seed, 2)
        if is_known:
            return worth.value(seed, bits)
    kind, rest = seed % 3, seed // 3
    if kind == 0:
        return rest % 16
    if kind == 1:
        return 1 << rest % bits
    # Wide values repeat the byte that is drawn, turned a little each time.
    wide = rest | rest << 13 | rest << 26
    return wide & ((1 << bits) - 1)
