"""Noise: what a guest answers otherwise although the same is done to it.

A trace without any reload is run from power-on several times, each in a guest that was started
for it: twice alike; with other random numbers; and slowly, so that the host's clock goes further
while the guest's does not.  What comes apart is a source of nondeterminism, by register or
field, and no reload's doing.  Knows guests and traces; reports nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import msgspec

from harness.cycle import CycleRecord, Future, run_suffix
from harness.difference import RegisterPlace
from harness.errors import GuestError
from harness.fields import differences, general_section
from harness.guest import Guest
from harness.oracles import places_apart
from harness.trace import Trace
from vmstate.paths import general_path

#: Where a source's values come from: nobody knows, but they are others each time (memory that
#: nobody wrote, addresses of the host); the generator of random numbers; the host's clock.
Origin = Literal["each run", "random numbers", "host clock"]
#: For so long, in seconds, a guest is left alone so that the host's clock shows.
PAUSE_S = 1.1


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A register or field that differs by itself.

    Attributes:
        origin: what makes it differ.
        owner: QOM type of the register's device, or the name of the field's section.
        place: register as region and offset, e.g. ``rtc+0x1``; or path of the field, every index
            left open.
    """

    origin: Origin
    owner: str
    place: str


@dataclass(frozen=True, slots=True)
class _Run:
    """What one run showed, and the state that it ended in."""

    future: Future
    state: bytes


def known_sources() -> dict[Source, str]:
    """Return why each source differs that is known: the table that ships with the tool."""
    text = files("harness").joinpath("noise.toml").read_text("utf-8")
    table = msgspec.toml.decode(text, type=_Table)
    return {Source(one.origin, one.owner, one.place): one.why for one in table.source}


class _Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    origin: Origin
    owner: str
    place: str
    why: str


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: tuple[_Known, ...]


@dataclass(frozen=True, slots=True)
class Noise:
    """What some traces showed.

    Attributes:
        sources: what differs by itself in any of them.
        ended: why the guest ended in each of those that it did not survive, which tell nothing.
    """

    sources: frozenset[Source]
    ended: tuple[str, ...]


def noise_of(
    guest: Guest, traces: Iterable[Trace], *, pause: Callable[[float], None] = time.sleep
) -> Noise:
    """Return what differs by itself in *traces*.

    Args:
        guest: it is started anew for each run.
        traces: their cycles are left out.
        pause: waits for so many seconds of the host's clock.

    Raises:
        GuestError: the guest did not start.
    """
    found: set[Source] = set()
    ended: list[str] = []
    for trace in traces:
        try:
            found.update(_sources(guest, trace, pause))
        except GuestError as error:
            ended.append(str(error).splitlines()[0])
            # A guest that does not even start says so.
            guest.restart()
    return Noise(frozenset(found), tuple(ended))


def _sources(guest: Guest, trace: Trace, pause: Callable[[float], None]) -> Iterator[Source]:
    commands = trace.commands

    def run(chance: int = 0, *, is_slow: bool = False) -> _Run:
        guest.chance = chance
        try:
            guest.restart()
        finally:
            guest.chance = 0
        if is_slow:
            pause(PAUSE_S)
        future = run_suffix(guest, commands)
        return _Run(future, guest.state())

    first = run()
    anyway = set(_apart(guest, trace, first, run()))
    yield from (Source("each run", *place) for place in anyway)
    others: tuple[tuple[Origin, _Run], ...] = (
        ("random numbers", run(chance=1)),
        ("host clock", run(is_slow=True)),
    )
    for origin, other in others:
        for place in _apart(guest, trace, first, other):
            if place not in anyway:
                yield Source(origin, *place)


def _apart(guest: Guest, trace: Trace, first: _Run, second: _Run) -> Iterator[tuple[str, str]]:
    """Yield what differs between two runs of *trace*: owner and place."""
    record = CycleRecord(
        0, trace.commands, first.state, second.state, first.future, second.future, None, ()
    )
    for place in places_apart(record, guest.map):
        if isinstance(place, RegisterPlace):
            register = place.register
            yield register.owner.type, f"{register.region}+{register.offset:#x}"
    before, after = (guest.decode(run.state) for run in (first, second))
    if first.state != second.state and (before is None or after is None):
        # Its layout may be one that it did not have at power-on.
        yield ("state", "of unknown layout")
    elif before is not None and after is not None:
        for one in differences(before, after):
            yield general_section(one.field.section), general_path(one.field.path)
