"""Traces at random: what is done to the registers of one device, and when it is cycled.

Simpler things stand first in every choice, so that Hypothesis shrinks towards them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

from harness.command import VERBS, Command
from harness.fields import LeafField
from harness.strategies.accesses import READS
from harness.strategies.bursts import COMMAND_BYTES
from harness.strategies.spoils import SPOILT_KINDS, spoil_of, spoilable
from harness.strategies.vocabulary import Vocabulary
from harness.strategies.worth import value_of
from harness.trace import Trace

#: How far time may step at once, in nanoseconds: one second.
_LONGEST_STEP_NS = 1_000_000_000
#: How many places the bytes can tell apart that choose what is reached.
_PLACES = 1 << 16
#: Which of four runs is an access and no request.
_ACCESS = 3
#: Bytes that a request is made of.
_REQUEST_BYTES = 96
#: A command in so many is a step of the clock, where there is one that can be stepped.
_ONE_STEP_IN = 4
#: Behind one in so many of a trace's last cycles that are swept first, all is dirtied.
_SOILED = 4
#: Of so many openings the first begins with a device that was not started, those with one that is
#: at work and has been asked for nothing else.
_OPENINGS, _AT_WORK = 8, (1, 2)
_LONGEST_PREFIX = 16
_LONGEST_SUFFIX = 10
#: Fields that are spoilt at once, and bytes that choose which element and what it holds.
_MOST_SPOILS, _SPOIL_BYTES = 3, 10


def _step_ns(seed: int) -> int:
    """Return a step of the clock: short, middling and long ones equally often."""
    magnitude, rest = seed % 10, seed // 10
    return min(_LONGEST_STEP_NS, int(10**magnitude + rest * 10 ** max(0, magnitude - 3)))


class _Reader:
    """Reads commands from drawn bytes; the same bytes always give the same commands."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def opening(self, data: bytes) -> tuple[Command, ...]:
        """Return what *data* stands for where a trace begins."""
        known = self._vocabulary
        if self.is_at_work(data):
            return (*known.start, *known.resume)
        opening = self.run(data, known.accesses)
        # Most devices do nothing before they have been started; some of the time that is seen.
        return (*known.start, *opening) if data[:1] and data[0] % _OPENINGS else opening

    def is_at_work(self, data: bytes) -> bool:
        """Say whether the opening that *data* stands for leaves a device that can just go on.

        Nothing is drawn there: a driver that has done anything else would first set up anew.
        """
        is_wanted = bool(data[:1]) and data[0] % _OPENINGS in _AT_WORK
        return is_wanted and bool(self._vocabulary.resume)

    def run(self, data: bytes, accesses: tuple[tuple[str, int], ...]) -> tuple[Command, ...]:
        """Return the commands that *data* stands for: requests, where there are any."""
        made = self.requests if self._vocabulary.requests else self.commands
        return made(data, accesses)

    def commands(self, data: bytes, accesses: tuple[tuple[str, int], ...]) -> tuple[Command, ...]:
        """Return the commands that *data* stands for, a whole one for every four bytes."""
        return self._vocabulary.lowered(self._drawn(data, accesses))

    def _drawn(
        self, data: bytes, accesses: tuple[tuple[str, int], ...], places: int = _PLACES
    ) -> Iterator[Command]:
        for start in range(0, len(data) - COMMAND_BYTES + 1, COMMAND_BYTES):
            place = int.from_bytes(data[start : start + 2])
            seed = int.from_bytes(data[start + 2 : start + COMMAND_BYTES])
            yield self._command(place, places, seed, accesses)

    def requests(self, data: bytes, accesses: tuple[tuple[str, int], ...]) -> tuple[Command, ...]:
        """Return what *data* stands for where a driver knows how to put the device to work.

        Of four runs of four bytes three are requests, one is an access like any other.
        """
        made: list[Command] = []
        for start in range(0, len(data) - COMMAND_BYTES + 1, COMMAND_BYTES):
            piece = data[start : start + COMMAND_BYTES]
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
        value = value_of(seed, 8 * spec.size, self._vocabulary.worth.get(access))
        command = Command(verb, (address, value))
        if self._vocabulary.hazard(command) is not None:
            return Command(READS[spec.space or "io"][spec.size], (address,))
        return command


def traces(
    vocabulary: Vocabulary, *, cycles: int = 8, is_soiled: bool = False
) -> st.SearchStrategy[Trace]:
    """Return traces of one to *cycles* cycles, each followed by commands and the sweep.

    Args:
        vocabulary: what may be done.
        cycles: at most so many.
        is_soiled: whether all registers are dirtied behind some of the checkpoints: what is done
            there only matters to a device that is used on.

    Whole runs of commands are drawn as bytes: drawing them one by one would take longer
    than running them.
    """
    if vocabulary.is_empty:
        raise ValueError("there is nothing to do to this guest")
    reader = _Reader(vocabulary)
    soil = vocabulary.soil if is_soiled else ()
    suffix = st.tuples(st.booleans(), _runs(0, _LONGEST_SUFFIX))

    def segment(parts: tuple[bool, bytes], *, is_last: bool) -> tuple[Command, ...]:
        # What is swept after the commands shows what they lead to; what is swept before
        # them, while they dirty the device for the second run, shows what reset left.
        is_swept_first, data = parts
        drawn = reader.run(data, vocabulary.own)
        if is_swept_first and soil and is_last and data[:1] and data[0] % _SOILED == 0:
            # No cycle comes behind it, to be begun with all of that.
            return (*vocabulary.sweep, *soil[data[-1] % len(soil)])
        return (*vocabulary.sweep, *drawn) if is_swept_first else (*drawn, *vocabulary.sweep)

    def build(parts: tuple[bytes, list[tuple[bool, bytes]]]) -> Trace:
        first, rest = parts
        segments = [segment(one, is_last=at == len(rest)) for at, one in enumerate(rest, start=1)]
        if reader.is_at_work(first):
            # A request sets up all that it needs, and reading may take away what there is to see:
            # only a device that just goes on needs all that it had.
            segments[0] = (*vocabulary.resume, *segments[0])
        return Trace.join([reader.opening(first), *segments])

    suffixes = st.lists(suffix, min_size=1, max_size=cycles)
    return st.tuples(_runs(1, _LONGEST_PREFIX), suffixes).map(build)


def hostile_traces(vocabulary: Vocabulary, fields: Sequence[LeafField]) -> st.SearchStrategy[Trace]:
    """Return traces of one cycle, in which a few fields are loaded with any values.

    Args:
        vocabulary: what may be done before and after it.
        fields: what may be spoilt, at least one; arrays are no likelier than single fields.
    """
    reader = _Reader(vocabulary)
    columns = list(spoilable(fields).values())

    def build(parts: tuple[bytes, list[tuple[list[LeafField], int, bytes]]]) -> Trace:
        first, chosen = parts
        spoils = {
            one.key: spoil_of(one, kind, data)
            for column, kind, data in chosen
            for one in [column[int.from_bytes(data[:2]) % len(column)]]
        }
        return Trace.join([(*reader.opening(first), *spoils.values()), vocabulary.sweep])

    spoil = st.tuples(
        st.sampled_from(columns),
        st.integers(0, SPOILT_KINDS - 1),
        st.binary(min_size=_SPOIL_BYTES, max_size=_SPOIL_BYTES),
    )
    return st.tuples(
        _runs(0, _LONGEST_PREFIX), st.lists(spoil, min_size=1, max_size=_MOST_SPOILS)
    ).map(build)


def _stretched(piece: bytes) -> bytes:
    """Return many bytes that the few drawn ones stand for; nothing but zeros for zeros."""
    seed = piece[1:]
    return hashlib.shake_128(seed).digest(_REQUEST_BYTES) if any(seed) else bytes(_REQUEST_BYTES)


def _runs(least: int, most: int) -> st.SearchStrategy[bytes]:
    """Return the bytes of *least* to *most* commands, long runs as often as short ones."""
    sizes = (COMMAND_BYTES * count for count in range(least, most + 1, max(1, most // 4)))
    return st.one_of([st.binary(min_size=size, max_size=size) for size in sizes])
