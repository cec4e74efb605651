"""Which of two traces is simpler: the one order that every pass obeys.

Fewer cycles, then fewer commands, then less time, narrower accesses, smaller values (first
by how many bits are set, then by size), lower addresses, and reads before writes.
"""

from __future__ import annotations

from harness.command import SPOIL
from harness.trace import Trace

Key = tuple[int, ...]


def simplicity(trace: Trace) -> Key:
    """Return a key; the smaller, the simpler."""
    commands = trace.commands
    time_ns = sum(int(c.operands[0]) for c in commands if c.verb == "clock_step" and c.operands)
    values = [c.value for c in commands if c.is_write and c.spec.size]
    values += [int(str(c.operands[3]), 16) for c in commands if c.verb == SPOIL]
    return (
        trace.cycles,
        len(commands),
        time_ns,
        sum(c.size for c in commands),
        sum(value.bit_count() for value in values),
        sum(values),
        sum(c.address for c in commands),
        sum(c.is_write for c in commands),
    )


def is_simpler(trace: Trace, than: Trace) -> bool:
    """Say whether *trace* has the smaller key; most often that is told without making the keys."""
    counts, others = (trace.cycles, len(trace)), (than.cycles, len(than))
    return counts < others if counts != others else simplicity(trace) < simplicity(than)
