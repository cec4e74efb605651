"""A whole stream: its devices' sections beside the self-description that they came with.

Owns joining the two: it finds the self-description at the end first, which tells how long
the sections are, and checks that it describes the very sections that came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from vmstate.errors import StreamError
from vmstate.stream.events import Bytes, Configuration, Eof, Event, Section
from vmstate.stream.format import Kind
from vmstate.stream.parser import OUTSIDE, SectionKey
from vmstate.stream.reader import StreamReader, read_events
from vmstate.vmdesc import Vmdesc, parse_vmdesc

#: What the end of a stream looks like: the last section is behind, the vmdesc begins.
_END_MARK = bytes([Kind.EOF, Kind.VMDESC])
#: The mark, and the length of the vmdesc.
_END_SIZE = 6
#: Bytes at the end of a stream that are searched first: a vmdesc has some hundred thousand.
_FIRST_LOOK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream, read.

    Attributes:
        machine: machine type in the configuration section; empty where there is none.
        sections: the devices' sections in stream order; guest memory is left out.
        vmdesc: the self-description; its devices match *sections* one to one.
    """

    machine: str
    sections: tuple[Section, ...]
    vmdesc: Vmdesc


def read_stream(data: Bytes | bytearray) -> Stream:
    """Read a whole stream that describes itself.

    Raises:
        StreamError: the bytes are no stream, or it has no self-description, or not its own.
    """
    if find_vmdesc_text(data) is None:
        # What is no stream, or cut off, has no vmdesc either, which says less.
        for _ in read_events([data]):
            pass
    vmdesc, place = find_vmdesc(data)
    reader = reader_for(vmdesc)
    events = [*reader.feed(data), *reader.finish()]
    return joined(events, vmdesc, place)


def reader_for(vmdesc: Vmdesc) -> StreamReader:
    """Return a reader of the stream that *vmdesc* describes."""
    return StreamReader(page_size=vmdesc.page_size, sizes=body_sizes(vmdesc))


def body_sizes(vmdesc: Vmdesc) -> dict[SectionKey, int]:
    """Return the bytes of each section's body, as *vmdesc* has them.

    Sections that stand twice are left out: they may differ.
    """
    keys = [(device.idstr, device.instance_id) for device in vmdesc.devices]
    counts = Counter(keys)
    return {
        key: device.wire_size()
        for key, device in zip(keys, vmdesc.devices, strict=True)
        if counts[key] == 1
    }


def joined(events: Iterable[Event], vmdesc: Vmdesc, end: int | None = None) -> Stream:
    """Return the stream that *events* make up, which *vmdesc* describes.

    Args:
        events: all of a stream.
        vmdesc: its self-description.
        end: where the stream must end, if that is known.

    Raises:
        StreamError: *vmdesc* describes other sections.
    """
    machine, sections = "", list[Section]()
    for event in events:
        if isinstance(event, Configuration):
            machine = event.machine
        elif isinstance(event, Section):
            check_described(event, len(sections), vmdesc)
            sections.append(event)
        elif isinstance(event, Eof) and end not in (None, event.offset):
            raise StreamError(
                f"ends here, expected its end at {end:#x}, before the vmdesc",
                offset=event.offset,
                path=OUTSIDE,
            )
    missing = len(vmdesc.devices) - len(sections)
    if missing:
        raise StreamError(
            f"ends with {missing} sections fewer than it describes", offset=end, path=OUTSIDE
        )
    return Stream(machine, tuple(sections), vmdesc)


def check_described(section: Section, index: int, vmdesc: Vmdesc) -> None:
    """Raise StreamError unless *section*, the one of number *index*, is described there."""
    devices = vmdesc.devices
    if index >= len(devices):
        raise StreamError(
            f"more sections than the {len(devices)} described",
            offset=section.start,
            path=section.idstr,
        )
    sent = devices[index]
    if (sent.idstr, sent.instance_id) != (section.idstr, section.instance_id):
        raise StreamError(
            f"instance {section.instance_id} of {section.idstr!r}, the vmdesc has instance "
            f"{sent.instance_id} of {sent.idstr!r} here",
            offset=section.start,
            path=section.idstr,
        )


def find_vmdesc(data: Bytes | bytearray) -> tuple[Vmdesc, int]:
    """Return the self-description of a whole stream, and where the end mark before it stands.

    Raises:
        StreamError: there is none, or it can't be read.
    """
    found = find_vmdesc_text(data)
    if found is None:
        raise StreamError(
            "it has no vmdesc at its end: sections can't be told apart without one; "
            "save with suppress-vmdesc=off",
            offset=len(data),
            path=OUTSIDE,
        )
    text, place = found
    try:
        return parse_vmdesc(text), place
    except StreamError as error:
        start = place + _END_SIZE
        raise StreamError(error.why, offset=start, path=error.path, number=error.number) from error


def find_vmdesc_text(data: Bytes | bytearray) -> tuple[bytes, int] | None:
    """Return the text of the self-description, and where the end mark before it stands.

    Searched for backwards: JSON has neither of the two bytes in it, so the last place at
    which the length fits is the right one.  Bytes behind it are padding.
    """
    looked_at = _FIRST_LOOK
    while True:
        begin = max(0, len(data) - looked_at)
        found = _last_text(bytes(data[begin:]))
        if found is not None:
            text, place = found
            return text, begin + place
        if not begin:
            return None
        looked_at *= 4


def _last_text(data: bytes) -> tuple[bytes, int] | None:
    place = data.rfind(_END_MARK)
    while place >= 0:
        start = place + _END_SIZE
        size = int.from_bytes(data[place + 2 : start])
        if data[start : start + 1] == b"{" and start + size <= len(data):
            return data[start : start + size], place
        place = data.rfind(_END_MARK, 0, place + 1)
    return None
