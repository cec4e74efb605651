"""The passes: each proposes simpler traces, most promising first.

A pass runs nothing itself; one that bisects asks.  It is sent whether its last proposal was
taken, and goes on from there: beginning again after every success would cost a run for
everything that has been seen to matter already.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from harness.command import SPOIL, Command
from harness.difference import Difference
from harness.regions import RegionMap
from harness.trace import CYCLE, Trace

#: At most this many lower addresses are tried for one command.
_LOWER_ADDRESSES = 8
#: In a trace of more steps each write is tried with 0 and each address with the lowest, no more:
#: what sets up rings and queues is no easier to read for a bit less.
_FEW_STEPS = 16
#: Of what is spoilt in a longer field the bits are not looked at one by one.
_FEW_BYTES = 8
_NARROWER = {
    "inl": "inb",
    "inw": "inb",
    "outl": "outb",
    "outw": "outb",
    "readq": "readb",
    "readl": "readb",
    "readw": "readb",
    "writeq": "writeb",
    "writel": "writeb",
    "writew": "writeb",
}

#: Whether a trace still fails; asking twice costs nothing.
Ask = Callable[[Trace], bool]
Run = tuple[Command, ...]
#: Proposals; sent back is whether the last one was taken.
Proposals = Generator[Trace, bool | None, None]
Pass = Callable[[Trace, RegionMap, Ask], Proposals]


def what_shows(difference: Difference) -> Pass:
    """Return the pass that keeps only the cycle and the command that showed *difference*."""

    def propose(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
        segments = trace.segments
        number, step = difference.cycle, difference.step
        suffix = segments[number] if step is None else segments[number][: step + 1]
        shows = () if step is None else suffix[-1:]
        if shows and regions.transfers(shows[0]):
            # What it reaches was selected just before.
            shows = suffix[-2:]
        before = tuple(command for segment in segments[:number] for command in segment)
        for parts in (
            [segments[number - 1], shows],
            [before, shows],
            [segments[number - 1], suffix],
            [before, suffix],
            [*segments[:number], shows],
            [*segments[:number], suffix],
        ):
            if (yield Trace.join(parts)):
                return

    return propose


def isolate_cycles(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Keep one cycle and what follows it, first with nothing before it, then with what is."""
    segments = trace.segments
    for number in range(len(segments) - 1, 0, -1):
        before = tuple(command for segment in segments[:number] for command in segment)
        choices: list[list[Run]] = [[(), segments[number]]]
        if number > 1:
            choices += [[segments[number - 1], segments[number]], [before, segments[number]]]
        for parts in choices:
            if (yield Trace.join(parts)):
                return


def drop_runs(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Leave out runs of steps: halves first, then quarters, … then single steps, from the end."""
    size = max(1, len(trace) // 2)
    while True:
        for start in range(len(trace) - size, -size, -size):
            begin = max(0, start)
            shorter = trace.without(begin, min(size, start + size - begin))
            if (yield shorter):
                trace = shorter
        if size == 1:
            return
        size //= 2


def drop_cycles(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Leave out single cycles, keeping the commands around them."""
    index = 0
    while index < len(trace):
        if trace.steps[index] is CYCLE and (yield trace.without(index)):
            trace = trace.without(index)
        else:
            index += 1


def narrow_accesses(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Make wide accesses one byte wide, at each of the bytes that they reach."""
    for index, command in _commands(trace) if len(trace) <= _FEW_STEPS else ():
        verb = _NARROWER.get(command.verb)
        if verb is None or regions.selects(command):
            continue
        for offset in range(command.size):
            address = command.address + offset
            is_there = regions.region_at(command.space or "io", address) is not None
            if not (is_there or regions.transfers(command)):
                continue
            byte = (regions.bytes_of(command, command.value)[offset],) if command.is_write else ()
            narrower = trace.replaced(index, Command(verb, (address, *byte)))
            if (yield narrower):
                trace = narrower
                break


def lower_values(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Write zero, or a single bit, or the same value with one bit less."""
    is_short = len(trace) <= _FEW_STEPS
    for index, command in _commands(trace):
        if not (command.is_write and command.spec.size) or regions.selects(command):
            continue
        value = command.value
        bits = [1 << bit for bit in range(8 * command.size)]
        # Any bit of a byte, but of what is wider only those that were written.
        simplest = [0]
        if is_short:
            simplest += [bit for bit in bits if command.size == 1 or value & bit]
        for candidate in simplest:
            if (candidate.bit_count(), candidate) < (value.bit_count(), value):
                lower = trace.replaced(index, Command(command.verb, (command.address, candidate)))
                if (yield lower):
                    trace, value = lower, candidate
                    break
        for bit in reversed(bits) if is_short else ():
            candidate = value & ~bit
            if candidate not in (value, *simplest):
                lower = trace.replaced(index, Command(command.verb, (command.address, candidate)))
                if (yield lower):
                    trace, value = lower, candidate


def lower_spoils(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Spoil a field with fewer bits."""
    for index, command in _commands(trace):
        if command.verb != SPOIL:
            continue
        *field, text = command.operands
        data = bytes.fromhex(str(text).removeprefix("0x"))
        for bit in range(8 * len(data)) if len(data) <= _FEW_BYTES else ():
            less = (int.from_bytes(data) & ~(1 << bit)).to_bytes(len(data))
            spoilt = trace.replaced(index, Command(SPOIL, (*field, f"0x{less.hex()}")))
            if less != data and (yield spoilt):
                trace, data = spoilt, less


def lower_addresses(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Reach a lower address of the same region."""
    most = _LOWER_ADDRESSES if len(trace) <= _FEW_STEPS else 1
    for index, command in _commands(trace):
        if command.space is None:
            continue
        region = regions.region_at(command.space, command.address)
        if region is None:
            continue
        step = 1 if command.space == "io" else command.size or 1
        for address in range(region.start, command.address, step)[:most]:
            lower = trace.replaced(index, Command(command.verb, (address, *command.operands[1:])))
            if (yield lower):
                trace = lower
                break


def less_time(trace: Trace, regions: RegionMap, ask: Ask) -> Proposals:  # noqa: ARG001 (a pass)
    """Step the clock less far: a power of ten, or else the least that a bisection finds."""
    for index, command in _commands(trace):
        if command.verb != "clock_step" or not command.operands:
            continue
        now_ns = int(command.operands[0])
        for exponent in range(10):
            if 10**exponent < now_ns:
                shorter = trace.replaced(index, Command("clock_step", (10**exponent,)))
                if (yield shorter):
                    trace, now_ns = shorter, 10**exponent
                    break
        shorter = _least_step(trace, index, now_ns, ask)
        if shorter != trace and (yield shorter):
            trace = shorter


def _least_step(trace: Trace, index: int, now_ns: int, ask: Ask) -> Trace:
    """Return *trace* with the least step of the clock at *index* that a bisection finds."""

    def stepping(step_ns: int) -> Trace:
        return trace.replaced(index, Command("clock_step", (step_ns,)))

    if now_ns <= 1 or not ask(stepping(now_ns - 1)):
        # Where time matters it is a threshold, and this is it.
        return trace
    too_little_ns, enough_ns = 0, now_ns
    while enough_ns - too_little_ns > 1:
        middle_ns = (too_little_ns + enough_ns) // 2
        if ask(stepping(middle_ns)):
            enough_ns = middle_ns
        else:
            too_little_ns = middle_ns
    return stepping(enough_ns)


#: In the order of :func:`harness.shrink.order.simplicity`.
PASSES: tuple[Pass, ...] = (
    isolate_cycles,
    drop_runs,
    drop_cycles,
    less_time,
    narrow_accesses,
    lower_values,
    lower_spoils,
    lower_addresses,
)


def _commands(trace: Trace) -> Iterator[tuple[int, Command]]:
    for index, step in enumerate(trace.steps):
        if isinstance(step, Command):
            yield index, step
