"""The passes: each proposes simpler traces, most promising first.

A pass runs nothing itself; one that bisects asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.command import Command
from harness.regions import RegionMap
from harness.trace import CYCLE, Trace

#: At most this many lower addresses are tried for one command.
_LOWER_ADDRESSES = 32
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
Pass = Callable[[Trace, RegionMap, Ask], Iterator[Trace]]


def isolate_cycles(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Keep one cycle and what follows it, first with nothing before it, then with what is."""
    segments = trace.segments
    for number in range(len(segments) - 1, 0, -1):
        yield Trace.join([(), segments[number]])
        if number > 1:
            yield Trace.join([segments[number - 1], segments[number]])
            before = [command for segment in segments[:number] for command in segment]
            yield Trace.join([before, segments[number]])


def drop_runs(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Leave out runs of steps: halves first, then quarters, … then single steps, from the end."""
    size = max(1, len(trace) // 2)
    while True:
        for start in range(len(trace) - size, -size, -size):
            begin = max(0, start)
            yield trace.without(begin, min(size, start + size - begin))
        if size == 1:
            return
        size //= 2


def drop_cycles(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Leave out single cycles, keeping the commands around them."""
    for index, step in enumerate(trace.steps):
        if step is CYCLE:
            yield trace.without(index)


def narrow_accesses(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Make wide accesses one byte wide, at each of the bytes that they reach."""
    for index, command in _commands(trace):
        verb = _NARROWER.get(command.verb)
        if verb is None:
            continue
        for offset in range(command.size):
            address = command.address + offset
            if regions.region_at(command.space or "io", address) is None:
                continue
            if command.is_write:
                byte = (command.value >> (8 * offset)) & 0xFF
                yield trace.replaced(index, Command(verb, (address, byte)))
            else:
                yield trace.replaced(index, Command(verb, (address,)))


def lower_values(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Write zero, or a single bit, or the same value with one bit less."""
    for index, command in _commands(trace):
        if not (command.is_write and command.spec.size):
            continue
        value = command.value
        candidates = [0, *(1 << bit for bit in range(8 * command.size))]
        candidates += [value & ~(1 << bit) for bit in reversed(range(8 * command.size))]
        seen = {value}
        for candidate in candidates:
            simpler = (candidate.bit_count(), candidate) < (value.bit_count(), value)
            if simpler and candidate not in seen:
                seen.add(candidate)
                yield trace.replaced(index, Command(command.verb, (command.address, candidate)))


def lower_addresses(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Reach a lower address of the same region."""
    for index, command in _commands(trace):
        if command.space is None:
            continue
        region = regions.region_at(command.space, command.address)
        if region is None:
            continue
        step = 1 if command.space == "io" else command.size or 1
        for address in list(range(region.start, command.address, step))[:_LOWER_ADDRESSES]:
            yield trace.replaced(index, Command(command.verb, (address, *command.operands[1:])))


def less_time(trace: Trace, regions: RegionMap, ask: Ask) -> Iterator[Trace]:  # noqa: ARG001 (a pass)
    """Step the clock less far: a power of ten, or else the least that a bisection finds."""
    for index, command in _commands(trace):
        if command.verb != "clock_step" or not command.operands:
            continue

        def stepping(step_ns: int, index: int = index) -> Trace:
            return trace.replaced(index, Command("clock_step", (step_ns,)))

        now_ns = int(command.operands[0])
        for exponent in range(10):
            if 10**exponent < now_ns:
                yield stepping(10**exponent)
        if now_ns > 1 and not ask(stepping(now_ns - 1)):
            # Where time matters it is a threshold, and this is it.
            continue
        too_little_ns, enough_ns = 0, now_ns
        while enough_ns - too_little_ns > 1:
            middle_ns = (too_little_ns + enough_ns) // 2
            if ask(stepping(middle_ns)):
                enough_ns = middle_ns
            else:
                too_little_ns = middle_ns
        yield stepping(enough_ns)


#: In the order of :func:`harness.shrink.order.simplicity`.
PASSES: tuple[Pass, ...] = (
    isolate_cycles,
    drop_runs,
    drop_cycles,
    less_time,
    narrow_accesses,
    lower_values,
    lower_addresses,
)


def _commands(trace: Trace) -> Iterator[tuple[int, Command]]:
    for index, step in enumerate(trace.steps):
        if isinstance(step, Command):
            yield index, step
