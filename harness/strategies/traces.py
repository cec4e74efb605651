"""Traces at random: what is done to the registers of one device, and when it is cycled.

Everything is drawn from a guest's own map; there is no knowledge of any device here.
Simpler things stand first in every choice, so that Hypothesis shrinks towards them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, zip_longest

from hypothesis import strategies as st

from harness.command import VERBS, Command
from harness.learning import WORD, Lessons
from harness.regions import Owner, Region, RegionMap
from harness.strategies.accesses import READS, accesses_of, offsets_in, some_of
from harness.strategies.worth import Access, Worth, worth_of
from harness.trace import Trace

#: At most this many reads are swept after a cycle.
_SWEEP = 96
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
        start: brings the device to work; empty where nobody knows how.
        requests: each makes well-formed requests to the device from drawn bytes.
        worth: what is worth writing by an access; not all have any.
        lowered: what a guest is sent for commands that were drawn.
    """

    accesses: tuple[tuple[str, int], ...]
    own: tuple[tuple[str, int], ...]
    sweep: tuple[Command, ...]
    has_clock: bool
    hazard: Callable[[Command], str | None]
    start: tuple[Command, ...] = ()
    requests: tuple[Callable[[bytes], tuple[Command, ...]], ...] = ()
    worth: Mapping[Access, Worth] = field(default_factory=dict)
    lowered: Callable[[Iterable[Command]], tuple[Command, ...]] = tuple

    @classmethod
    def of_owner(
        cls,
        regions: RegionMap,
        owner: Owner | None,
        *,
        has_clock: bool,
        hazard: Callable[[Command], str | None],
        lessons: Lessons | None = None,
    ) -> Vocabulary:
        """Return what may be done to *owner*; to the whole machine if it is None.

        Accesses to other devices are in it too, some four times rarer: devices talk to
        each other.  There are bursts of writes to what was learned of, see below.
        """
        lessons = lessons or {}
        own = [region for region in regions.regions if owner in (None, region.owner)]
        others = [region for region in regions.regions if region not in own]
        accesses = accesses_of(own, hazard, lessons)
        around = some_of(others, hazard)
        weight = max(1, 4 * len(around) // max(1, len(accesses)))
        worth = worth_of(own, lessons)
        return cls(
            tuple(accesses * weight + around),
            tuple(accesses),
            _sweep(own, hazard, lessons),
            has_clock,
            hazard,
            requests=_bursts(accesses, lessons, worth) if lessons else (),
            worth=worth,
            lowered=regions.lowered,
        )

    @classmethod
    def of_plugged(
        cls,
        own: Sequence[Region],
        lessons: Lessons,
        *,
        has_clock: bool,
        hazard: Callable[[Command], str | None],
    ) -> Vocabulary:
        """Return what may be done to one device alone, whose regions are *own*.

        Beside single accesses there are bursts of writes, since a large device has far more
        registers than a trace has commands.
        """
        accesses = tuple(accesses_of(own, hazard, lessons))
        worth = worth_of(own, lessons)
        return cls(
            accesses,
            accesses,
            _sweep(own, hazard, lessons),
            has_clock,
            hazard,
            requests=_bursts(accesses, lessons, worth),
            worth=worth,
            lowered=RegionMap(tuple(own)).lowered,
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be done."""
        return not self.own and not self.requests


def _bursts(
    accesses: Iterable[Access], lessons: Lessons, worth: Mapping[Access, Worth]
) -> tuple[Callable[[bytes], tuple[Command, ...]], ...]:
    """Return what makes bursts of writes; none where there is nothing to write.

    What ends the guest, or makes it reset itself, is left out: a burst reaches so many
    registers that hardly any trace would come to a cycle.
    """
    touchy = {
        address
        for region, lesson in lessons.items()
        for word in lesson.touchy
        for address in range(region.start + word, region.start + word + WORD)
    }
    writes = tuple(
        (verb, address)
        for verb, address in dict.fromkeys(accesses)
        if VERBS[verb].access == "write"
        and touchy.isdisjoint(range(address, address + VERBS[verb].size))
    )
    return (lambda data: _burst(writes, worth, data),) if writes else ()


def _sweep(
    regions: Sequence[Region], hazard: Callable[[Command], str | None], lessons: Lessons
) -> tuple[Command, ...]:
    """Return reads of the regions' registers; some of each region where they are too many."""
    reads = []
    for region in regions:
        size = 1 if region.has_ports else min(4, region.size)
        if size not in READS[region.space]:
            size = 1
        commands = [
            Command(READS[region.space][size], (region.start + offset,))
            for offset in dict.fromkeys(offsets_in(region, size, lessons))
            if not region.has_ports or offset % size == 0
        ]
        reads.append([region.lowered(command) for command in commands if hazard(command) is None])
    if sum(map(len, reads)) > _SWEEP and any(lesson.spots for lesson in lessons.values()):
        turns = chain.from_iterable(zip_longest(*reads))
        chosen = islice((command for command in turns if command is not None), _SWEEP)
    else:
        chosen = islice(chain.from_iterable(reads), _SWEEP)
    return tuple(chain.from_iterable(chosen))


#: Bytes that a command is drawn as: two choose what is reached, two the value or the time.
_BYTES = 4
#: How many places the bytes can tell apart that choose what is reached.
_PLACES = 1 << 16
#: Which of four runs is an access and no request.
_ACCESS = 3
#: Bytes that a request is made of.
_REQUEST_BYTES = 96
#: A command in so many is a step of the clock, where there is one that can be stepped.
_ONE_STEP_IN = 4
_LONGEST_PREFIX = 16
_LONGEST_SUFFIX = 10


def _value(seed: int, bits: int, worth: Worth | None) -> int:
    """Return any value; often a small number (indices are), or a single bit (flags are).

    Half of the values are what is worth writing, where that is known.
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


def _burst(
    writes: Sequence[Access], worth: Mapping[Access, Worth], data: bytes
) -> tuple[Command, ...]:
    """Return as many writes as *data* has bytes for, to one of *writes* each.

    There are no more of them than there are places: a few registers would only be written over
    and over again.
    """
    commands = []
    end = min(len(data), _BYTES * len(writes))
    for start in range(0, end - _BYTES + 1, _BYTES):
        place = int.from_bytes(data[start : start + 2])
        access = verb, address = writes[place % len(writes)]
        seed = int.from_bytes(data[start + 2 : start + _BYTES])
        value = _value(seed, 8 * VERBS[verb].size, worth.get(access))
        commands.append(Command(verb, (address, value)))
    return tuple(commands)


def _step_ns(seed: int) -> int:
    """Return a step of the clock: short, middling and long ones equally often."""
    magnitude, rest = seed % 10, seed // 10
    return min(_LONGEST_STEP_NS, int(10**magnitude + rest * 10 ** max(0, magnitude - 3)))


class _Reader:
    """Reads commands from drawn bytes; the same bytes always give the same commands."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def commands(self, data: bytes, accesses: tuple[tuple[str, int], ...]) -> tuple[Command, ...]:
        """Return the commands that *data* stands for, a whole one for every four bytes."""
        return self._vocabulary.lowered(self._drawn(data, accesses))

    def _drawn(
        self, data: bytes, accesses: tuple[tuple[str, int], ...], places: int = _PLACES
    ) -> Iterator[Command]:
        for start in range(0, len(data) - _BYTES + 1, _BYTES):
            place = int.from_bytes(data[start : start + 2])
            seed = int.from_bytes(data[start + 2 : start + _BYTES])
            yield self._command(place, places, seed, accesses)

    def requests(self, data: bytes, accesses: tuple[tuple[str, int], ...]) -> tuple[Command, ...]:
        """Return what *data* stands for where a driver knows how to put the device to work.

        Of four runs of four bytes three are requests, one is an access like any other.
        """
        made: list[Command] = []
        for start in range(0, len(data) - _BYTES + 1, _BYTES):
            piece = data[start : start + _BYTES]
            kind, rest = divmod(piece[0], 4)
            if rest == _ACCESS and accesses:
                # What has chosen it is taken out: with it, most registers were never reached.
                made += self._drawn(bytes([kind]) + piece[1:], accesses, _PLACES // 4)
                continue
            requests = self._vocabulary.requests
            made += requests[kind % len(requests)](_stretched(piece))
        hazard = self._vocabulary.hazard
        return self._vocabulary.lowered(command for command in made if hazard(command) is None)

    def _command(
        self, place: int, places: int, seed: int, accesses: tuple[tuple[str, int], ...]
    ) -> Command:
        """Return the command that *place*, below *places*, and *seed* stand for."""
        if self._vocabulary.has_clock:
            place, remainder = divmod(place, _ONE_STEP_IN)
            if remainder == _ONE_STEP_IN - 1:
                return Command("clock_step", (_step_ns(seed),))
            places //= _ONE_STEP_IN
        if len(accesses) > places:
            # Else those at the end were never reached.
            place = place * len(accesses) // places
        access = verb, address = accesses[place % len(accesses)]
        spec = VERBS[verb]
        if spec.access == "read":
            return Command(verb, (address,))
        value = _value(seed, 8 * spec.size, self._vocabulary.worth.get(access))
        command = Command(verb, (address, value))
        if self._vocabulary.hazard(command) is not None:
            return Command(READS[spec.space or "io"][spec.size], (address,))
        return command


def traces(vocabulary: Vocabulary, *, cycles: int = 8) -> st.SearchStrategy[Trace]:
    """Return traces of one to *cycles* cycles, each followed by commands and the sweep.

    Whole runs of commands are drawn as bytes: drawing them one by one would take longer
    than running them.
    """
    if vocabulary.is_empty:
        raise ValueError("there is nothing to do to this guest")
    reader = _Reader(vocabulary)
    run = reader.requests if vocabulary.requests else reader.commands
    suffix = st.tuples(st.booleans(), _runs(0, _LONGEST_SUFFIX))

    def segment(parts: tuple[bool, bytes]) -> tuple[Command, ...]:
        # What is swept after the commands shows what they lead to; what is swept before
        # them, while they dirty the device for the second run, shows what reset left.
        is_swept_first, data = parts
        drawn = run(data, vocabulary.own)
        if is_swept_first:
            return (*vocabulary.sweep, *drawn)
        return (*drawn, *vocabulary.sweep)

    def build(parts: tuple[bytes, list[tuple[bool, bytes]]]) -> Trace:
        first, rest = parts
        opening = run(first, vocabulary.accesses)
        # Most devices do nothing before they have been started; some of the time that is seen.
        if first[0] % 8:
            opening = (*vocabulary.start, *opening)
        return Trace.join([opening, *map(segment, rest)])

    suffixes = st.lists(suffix, min_size=1, max_size=cycles)
    return st.tuples(_runs(1, _LONGEST_PREFIX), suffixes).map(build)


def _stretched(piece: bytes) -> bytes:
    """Return many bytes that the few drawn ones stand for; nothing but zeros for zeros."""
    seed = piece[1:]
    return hashlib.shake_128(seed).digest(_REQUEST_BYTES) if any(seed) else bytes(_REQUEST_BYTES)


def _runs(least: int, most: int) -> st.SearchStrategy[bytes]:
    """Return the bytes of *least* to *most* commands, long runs as often as short ones."""
    sizes = range(_BYTES * least, _BYTES * most + 1, _BYTES * max(1, most // 4))
    return st.one_of([st.binary(min_size=size, max_size=size) for size in sizes])
