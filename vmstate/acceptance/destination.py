"""Destinations: what a QEMU that waits for a stream has, as far as its own stream told.

::

    destination_of(own stream)                     what it says of itself
    destination_of(own stream, dump, release)      and what its binary knows besides
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vmstate.acceptance.layout import Layout, sent_layout
from vmstate.acceptance.registered import ALIASES
from vmstate.dump import Dump
from vmstate.errors import StreamError
from vmstate.release import Release
from vmstate.stream import (
    Configuration,
    Event,
    RamBlock,
    Section,
    SectionBegin,
    check_described,
    find_vmdesc,
    reader_for,
)
from vmstate.stream.format import RAM_SECTION, RAM_VERSION, Kind

#: What stands for no alias, -1, is found by this number.
NO_ALIAS = 0xFFFFFFFF
#: The release whose rules hold where none is named: the one that they were measured on.
MEASURED = Release(7, 2)


@dataclass(frozen=True, slots=True)
class Entry:
    """A section that a destination has registered.

    Attributes:
        idstr, instance_id: what it is found by.
        version_id: the highest version that it loads.
        layout: what it reads; None for guest memory.
        old_name, old_instance_id: what an older release called it; empty if nothing else.
        alias_id: another instance id that it is found by.
    """

    idstr: str
    instance_id: int
    version_id: int
    layout: Layout | None
    old_name: str = ""
    old_instance_id: int = 0
    alias_id: int = NO_ALIAS

    def is_called(self, idstr: str, instance_id: int) -> bool:
        """Whether a stream means this section by *idstr* and *instance_id*."""
        if idstr == self.idstr:
            return instance_id in (self.instance_id, self.alias_id)
        if not self.old_name or idstr != self.old_name:
            return False
        return instance_id in (self.old_instance_id, self.alias_id)


@dataclass(frozen=True, slots=True)
class Destination:
    """A QEMU that waits for a stream.

    Attributes:
        machine: canonical name of its machine type.
        page_size: bytes of a target page.
        entries: its sections, in the order in which they are looked through.
        blocks: its blocks of guest memory, bytes in use by name.
        release: whose rules it follows.
    """

    machine: str
    page_size: int
    entries: tuple[Entry, ...]
    blocks: Mapping[str, int]
    release: Release = MEASURED


def destination_of(
    data: bytes, dump: Dump | None = None, release: Release = MEASURED
) -> Destination:
    """Return the destination whose own stream *data* is.

    Args:
        data: what the very same machine has saved.
        dump: what its binary says of all devices; without it, no version but the one that
            was sent is known to be loaded, and no subsection that was not sent.
        release: its release.

    Raises:
        StreamError: the stream can't be read, or does not describe itself.
    """
    vmdesc, _ = find_vmdesc(data)
    reader = reader_for(vmdesc)
    events: list[Event] = [*reader.feed(data), *reader.finish()]
    sections = [event for event in events if isinstance(event, Section)]
    names = [event.machine for event in events if isinstance(event, Configuration)]
    if not names:
        raise StreamError("its own stream has no configuration, which names the machine", offset=8)
    if len(sections) < len(vmdesc.devices):
        raise StreamError(f"its vmdesc has {len(vmdesc.devices)} sections, not {len(sections)}")
    numbered = list(_memory(events))
    old: Counter[str] = Counter()
    for index, section in enumerate(sections):
        check_described(section, index, vmdesc)
        device = vmdesc.devices[index]
        name = device.body.name
        layout = sent_layout(device.body, section.body, dump.named(name) if dump else ())
        has_path = section.idstr != name and section.idstr.endswith(f"/{name}")
        entry = Entry(
            section.idstr,
            section.instance_id,
            section.version_id,
            layout,
            old_name=name if has_path else "",
            old_instance_id=old[name],
            alias_id=ALIASES.get((section.idstr, section.instance_id), NO_ALIAS),
        )
        old[name] += has_path
        numbered.append((section.section_id, entry))
    blocks = {event.name: event.size for event in events if isinstance(event, RamBlock)}
    entries = tuple(entry for _, entry in sorted(numbered, key=_number))
    return Destination(names[0], vmdesc.page_size, entries, blocks, release)


def _number(numbered: tuple[int, Entry]) -> int:
    return numbered[0]


def _memory(events: list[Event]) -> Iterator[tuple[int, Entry]]:
    """Yield guest memory's entry, which is found by instance 0 in any case."""
    for event in events:
        if isinstance(event, SectionBegin) and event.kind == Kind.START:
            is_memory = event.idstr == RAM_SECTION
            version_id = RAM_VERSION if is_memory else event.version_id
            entry = Entry(event.idstr, event.instance_id, version_id, None, alias_id=0)
            yield event.section_id, entry
            if not is_memory:
                raise StreamError(
                    "a section in parts that is not guest memory; strict mode knows no such",
                    offset=event.offset,
                    path=event.idstr,
                )
