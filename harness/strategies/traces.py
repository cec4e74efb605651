"""Traces at random: what is done to the registers of one device, and when it is cycled.

Everything is drawn from a guest's own map; there is no knowledge of any device here.
Simpler things stand first in every choice, so that Hypothesis shrinks towards them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from harness.command import VERBS, Command, Space
from harness.regions import Owner, Region, RegionMap
from harness.trace import Trace

#: At most this much of one region is reached: what lies beyond is mostly memory.
_REACH = 256
#: At most this many reads are swept after a cycle.
_SWEEP = 96
_READS: dict[Space, dict[int, str]] = {
    "io": {1: "inb", 2: "inw", 4: "inl"},
    "memory": {1: "readb", 2: "readw", 4: "readl"},
}
_WRITES: dict[Space, dict[int, str]] = {
    "io": {1: "outb", 2: "outw", 4: "outl"},
    "memory": {1: "writeb", 2: "writew", 4: "writel"},
}
#: How often an access of each width stands in the choice: most registers are narrow.
_WEIGHTS: dict[Space, dict[int, int]] = {
    "io": {1: 4, 2: 1, 4: 1},
    "memory": {4: 4, 1: 1, 2: 1},
}
#: How far time may step at once, in nanoseconds: one second.
_LONGEST_STEP_NS = 1_000_000_000


@dataclass(frozen=True)
class Vocabulary:
    """What may be done to a guest in one job.

    Attributes:
        accesses: verb and address of every access that may be drawn before a cycle;
            repetition is weight.
        own: those of them that reach the device itself; only these follow a cycle, so
            that what is seen there is the device's.
        sweep: reads of the device's own registers that follow each cycle's commands.
        has_clock: whether time may be stepped.
        hazard: why a command must not be sent, or None.
    """

    accesses: tuple[tuple[str, int], ...]
    own: tuple[tuple[str, int], ...]
    sweep: tuple[Command, ...]
    has_clock: bool
    hazard: Callable[[Command], str | None]

    @classmethod
    def of_owner(
        cls,
        regions: RegionMap,
        owner: Owner | None,
        *,
        has_clock: bool,
        hazard: Callable[[Command], str | None],
    ) -> Vocabulary:
        """Return what may be done to *owner*; to the whole machine if it is None.

        Accesses to other devices are in it too, some four times rarer: devices talk to
        each other.
        """
        own = [region for region in regions.regions if owner in (None, region.owner)]
        others = [region for region in regions.regions if region not in own]
        accesses = _accesses(own, hazard)
        around = _accesses(others, hazard)
        weight = max(1, 4 * len(around) // max(1, len(accesses)))
        sweep = _sweep(own, hazard)
        return cls(tuple(accesses * weight + around), tuple(accesses), sweep, has_clock, hazard)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be done."""
        return not self.own


def _accesses(
    regions: list[Region], hazard: Callable[[Command], str | None]
) -> list[tuple[str, int]]:
    """Return every access that stays within reach, reads before writes, narrow before wide."""
    accesses: list[tuple[str, int]] = []
    for region in regions:
        reach = min(region.size, _REACH)
        for table, is_write in ((_READS, False), (_WRITES, True)):
            for size, verb in table[region.space].items():
                for offset in range(0, reach, 1 if region.space == "io" else size):
                    address = region.start + offset
                    command = Command(verb, (address, 0) if is_write else (address,))
                    if offset + size <= reach and hazard(command) is None:
                        # Writes bring a device to new states, reads only show them.
                        weight = _WEIGHTS[region.space][size] * (4 if is_write else 1)
                        accesses += [(verb, address)] * weight
    return accesses


def _sweep(regions: list[Region], hazard: Callable[[Command], str | None]) -> tuple[Command, ...]:
    sweep = []
    for region in regions:
        size = 1 if region.space == "io" else min(4, region.size)
        if size not in _READS[region.space]:
            size = 1
        for offset in range(0, min(region.size, _REACH) - size + 1, size):
            command = Command(_READS[region.space][size], (region.start + offset,))
            if hazard(command) is None:
                sweep.append(command)
    return tuple(sweep[:_SWEEP])


def _values(bits: int) -> st.SearchStrategy[int]:
    """Any value; often a single bit (flags are), or a small number (indices are)."""
    return st.one_of(
        st.sampled_from([1 << bit for bit in range(bits)]),
        st.integers(0, 15),
        st.integers(0, (1 << bits) - 1),
    )


@st.composite
def _accesses_drawn(
    draw: st.DrawFn,
    choice: st.SearchStrategy[tuple[str, int]],
    values: dict[int, st.SearchStrategy[int]],
    hazard: Callable[[Command], str | None],
) -> Command:
    verb, address = draw(choice)
    spec = VERBS[verb]
    if spec.access == "read":
        return Command(verb, (address,))
    command = Command(verb, (address, draw(values[spec.size])))
    if hazard(command) is not None:
        return Command(_READS[spec.space or "io"][spec.size], (address,))
    return command


def _steps() -> st.SearchStrategy[Command]:
    """Steps of the clock: short, middling and long ones equally often."""
    magnitudes = [10**exponent for exponent in range(10)]
    return st.one_of(
        st.sampled_from(magnitudes), st.integers(1, 100_000), st.integers(1, _LONGEST_STEP_NS)
    ).map(lambda step_ns: Command("clock_step", (step_ns,)))


def traces(vocabulary: Vocabulary, *, cycles: int = 4) -> st.SearchStrategy[Trace]:
    """Return traces of one to *cycles* cycles, each followed by commands and the sweep."""
    if vocabulary.is_empty:
        raise ValueError("there is nothing to do to this guest")
    values = {size: _values(8 * size) for size in (1, 2, 4)}

    def commands(accesses: tuple[tuple[str, int], ...]) -> st.SearchStrategy[Command]:
        drawn = _accesses_drawn(st.sampled_from(accesses), values, vocabulary.hazard)
        return st.one_of(drawn, drawn, drawn, _steps()) if vocabulary.has_clock else drawn

    prefix = st.lists(commands(vocabulary.accesses), min_size=1, max_size=16)
    suffix = st.tuples(st.booleans(), st.lists(commands(vocabulary.own), min_size=0, max_size=10))

    def segment(parts: tuple[bool, list[Command]]) -> tuple[Command, ...]:
        # What is swept after the commands shows what they lead to; what is swept before
        # them, while they dirty the device for the second run, shows what reset left.
        is_swept_first, drawn = parts
        if is_swept_first:
            return (*vocabulary.sweep, *drawn)
        return (*drawn, *vocabulary.sweep)

    return st.tuples(prefix, st.lists(suffix, min_size=1, max_size=cycles)).map(
        lambda parts: Trace.join([parts[0], *map(segment, parts[1])])
    )
