"""Rewriting: a stream from a source to a target, with changes on the way.

Owns what can be done to a stream that can't be looked at as a whole: memory goes through
as it comes, and the devices' sections, which follow it, wait for the vmdesc.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vmstate.editing import Change, Key, changed, key_of
from vmstate.stream import (
    Command,
    Eof,
    Event,
    PackageEnd,
    Section,
    Tail,
    VmdescText,
)

#: What waits behind a section that waits; anything else is part of guest memory.
_WAITS = (Command, Eof, PackageEnd, Section, Tail, VmdescText)


def rewritten(events: Iterable[Event], changes: Sequence[Change]) -> Iterator[Event]:
    """Yield *events* with all *changes*; nothing of guest memory is kept.

    Raises:
        EditError: something that is to be changed is not there, or has left already.
        StreamError: as *events* does, or the vmdesc can't be read.
    """
    waiting: list[Event] = []
    passed: list[Key] = []
    for event in events:
        if isinstance(event, Section) or (waiting and isinstance(event, _WAITS)):
            waiting.append(event)
            continue
        # Guest memory comes behind sections that are needed for it: those can't wait.
        passed += [key_of(early) for early in waiting if isinstance(early, Section)]
        yield from waiting
        waiting.clear()
        yield event
    yield from changed(waiting, changes, passed)
