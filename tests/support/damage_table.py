"""Damage: what single flipped bits of a migration stream do, region by region.

Owns telling which part of QEMU's format each byte is of, and flipping bits of it or of the
framed container.  ``python -m tests.support.damage_table`` measures the table of
``docs/containers.md``.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

from harness.errors import HarnessError
from harness.qemu.argv import Machine
from tests.support.stream_edit import Incoming, saved
from vmstate.containers import framed
from vmstate.errors import StreamError
from vmstate.stream import (
    Configuration,
    Eof,
    Event,
    Header,
    MappedBytes,
    RamPages,
    Section,
    SectionBegin,
    SectionEnd,
    VmdescText,
    event_bytes,
    find_vmdesc,
    read_stream,
    reader_for,
)

REGIONS = (
    "header",
    "configuration",
    "section headers",
    "bodies",
    "footers",
    "RAM words",
    "RAM contents",
    "vmdesc",
)
_FOOTER = 5
_WORD = 8
#: Events of a stream's memory with contents that the framed container is tried with.
FEW_PAGES = 2


class Piece(NamedTuple):
    """Bytes of one region that lie together."""

    region: str
    start: int
    size: int


def events_of(data: bytes) -> list[Event]:
    """Return the events of a stream that describes itself."""
    reader = reader_for(find_vmdesc(data)[0])
    return [*reader.feed(data), *reader.finish()]


def pieces(data: bytes) -> list[Piece]:
    """Return which region each byte of a stream is of, without gaps."""
    found = []
    place = 0
    for event in events_of(data):
        size = len(event_bytes(event))
        for region, part in _parts(event, size):
            if part:
                found.append(Piece(region, place, part))
            place += part
    assert place == len(data)
    return found


#: Events that are of one region as a whole; all others are words of memory.
_WHOLE = {
    Header: "header",
    Configuration: "configuration",
    SectionBegin: "section headers",
    Eof: "section headers",
    SectionEnd: "footers",
    MappedBytes: "RAM contents",
    VmdescText: "vmdesc",
}


def _parts(event: Event, size: int) -> Iterator[tuple[str, int]]:
    if isinstance(event, Section):
        footer = _FOOTER * event.has_footer
        yield "section headers", size - len(event.body) - footer
        yield "bodies", len(event.body)
        yield "footers", footer
    elif isinstance(event, RamPages):
        first = size - event.count * event.page_size - (event.count - 1) * _WORD
        for number in range(event.count):
            yield "RAM words", _WORD if number else first
            yield "RAM contents", event.page_size
    else:
        yield _WHOLE.get(type(event), "RAM words"), size


def flipped(data: bytes, bit: int) -> bytes:
    """Return *data* with one bit changed."""
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def chosen(data: bytes, region: str, most: int, seed: int = 1) -> list[int]:
    """Return the bits of *region*, or *most* of them drawn with *seed*."""
    bits = [
        bit
        for piece in pieces(data)
        if piece.region == region
        for bit in range(8 * piece.start, 8 * (piece.start + piece.size))
    ]
    return bits if len(bits) <= most else sorted(Random(seed).sample(bits, most))


def our_reader_takes(data: bytes) -> bool:
    """Whether the strict reader of QEMU's format, and of its vmdesc, sees nothing wrong."""
    try:
        read_stream(data)
    except StreamError:
        return False
    return True


def qemu_takes(machine: Machine, data: bytes) -> bool:
    """Whether a fresh *machine* loads *data*; dying and hanging are noticed as well."""
    with closing(Incoming(machine)) as session:
        try:
            session.load_stream(data)
        except HarnessError:
            return False
    return True


class Row(NamedTuple):
    """What became of the flips of one region: undetected ones, and how many there were."""

    region: str
    ours: tuple[int, int]
    qemu: tuple[int, int]


def table(machine: Machine, data: bytes, most_ours: int, most_qemu: int) -> Iterator[Row]:
    """Measure, region by region."""
    for region in REGIONS:
        bits = chosen(data, region, most_ours)
        ours = sum(our_reader_takes(flipped(data, bit)) for bit in bits)
        tried = chosen(data, region, most_qemu, seed=2)
        taken = sum(qemu_takes(machine, flipped(data, bit)) for bit in tried)
        yield Row(region, (ours, len(bits)), (taken, len(tried)))


# The framed container ---------------------------------------------------------------------


def with_few_pages(data: bytes) -> list[Event]:
    """Return the events of a stream, most pages of memory with contents left out."""
    kept: list[Event] = []
    pages = 0
    for event in events_of(data):
        if isinstance(event, RamPages):
            pages += 1
            if pages > FEW_PAGES:
                continue
            one = framed_page(event)
            kept.append(one)
        else:
            kept.append(event)
    return kept


def framed_page(event: RamPages) -> RamPages:
    """Return the first page of *event*."""
    data = bytes(event.page(0))
    size = event.page_size
    return RamPages(event.block, event.is_named, event.address, size, 1, data, size)


def neighbourhoods(events: Iterable[Event]) -> Iterator[tuple[list[str], list[bytes]]]:
    """Yield short files, each with one frame of a stream among neighbours, and whose each is.

    A reader looks at no more of a file than the frame and the next one to judge it, so
    these stand for the whole file.
    """
    begin: SectionBegin | None = None
    for event in events:
        if isinstance(event, SectionBegin):
            begin = event
        around = [begin, event] if begin is not None and event is not begin else [event]
        names = [_name(begin) if begin is not None else _name(event)] * len(around)
        if isinstance(event, SectionEnd):
            begin = None
        yield ["preamble", *names, "end of the stream"], list(framed.dump(around))


def _name(event: Event) -> str:
    if isinstance(event, Section | SectionBegin):
        return str(framed.Label(event.idstr, event.instance_id))
    names = {Header: "header", Configuration: "configuration", Eof: "eof", VmdescText: "vmdesc"}
    return names[type(event)]


def verdict(data: bytes) -> str | None:
    """Return what the strict reader of the framed container names; None if it is content."""
    try:
        for _ in framed.load([data]):
            pass
    except StreamError as error:
        return error.path
    return None


def flips_in_frames(events: Iterable[Event], step: int) -> Counter[str]:
    """Flip every *step*-th bit of every frame; count what was noticed, and named rightly."""
    counts: Counter[str] = Counter()
    for names, parts in neighbourhoods(events):
        # The frame itself is the last but one.
        start = sum(map(len, parts[:-2]))
        whole = bytearray(b"".join(parts))
        for bit in range(8 * start, 8 * (start + len(parts[-2])), step):
            whole[bit // 8] ^= 1 << bit % 8
            name = verdict(bytes(whole))
            whole[bit // 8] ^= 1 << bit % 8
            counts["flipped"] += 1
            counts["noticed"] += name is not None
            counts["named"] += name == names[-2]
    return counts


def main() -> None:
    """Measure and print what ``docs/containers.md`` has."""
    parser = ArgumentParser(prog="python -m tests.support.damage_table", description=__doc__)
    parser.add_argument("binary", type=Path, help="QEMU 7.2 of x86_64")
    parser.add_argument("--ours", type=int, default=1000, help="flips of each region, our reader")
    parser.add_argument("--qemu", type=int, default=50, help="flips of each region, QEMU")
    parser.add_argument("--step", type=int, default=1, help="every how manieth bit of the frames")
    arguments = parser.parse_args()
    machine = Machine(arguments.binary, "pc")
    data = saved(machine)
    say = sys.stdout.write
    say("| region | our reader | QEMU |\n| --- | --- | --- |\n")
    for row in table(machine, data, arguments.ours, arguments.qemu):
        cells = [f"{100 * some / all_:.1f} % of {all_}" for some, all_ in (row.ours, row.qemu)]
        say(f"| {row.region} | {cells[0]} | {cells[1]} |\n")
    counts = flips_in_frames(with_few_pages(data), arguments.step)
    say(f"framed: {counts['flipped']} bits, {counts['noticed']} noticed, {counts['named']} named\n")


if __name__ == "__main__":
    main()
