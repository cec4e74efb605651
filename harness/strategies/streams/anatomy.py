"""Anatomy: where each thing is in a stream's bytes.

Made of the events that a reader tells and of the vmdesc at the end; it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vmstate.errors import StreamError
from vmstate.leaves import leaves
from vmstate.stream import (
    Configuration,
    Eof,
    Event,
    Kind,
    RamBlock,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
    Section,
    SectionBegin,
    SectionEnd,
    VmdescText,
    event_bytes,
    find_vmdesc,
    reader_for,
)
from vmstate.vmdesc import SentDescription, subsection_header

_FOOTER = 5
#: Bytes of a section's header without its name.
_HEADER = 14


@dataclass(frozen=True, slots=True)
class Span:
    """A run of bytes.

    Attributes:
        where: what it is, for people.
        start: offset of its first byte.
        end: offset behind its last byte.
    """

    where: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part(Span):
    """A section, or a part of one, with its header and its footer.

    Attributes:
        kind: FULL, START, PART or END.
        idstr, instance_id, version_id, section_id: what its header says.
    """

    kind: Kind
    idstr: str
    instance_id: int
    version_id: int
    section_id: int

    @property
    def has_name(self) -> bool:
        """Whether its header has name, instance and version."""
        return self.kind in (Kind.FULL, Kind.START)

    @property
    def body(self) -> int:
        """Where its header ends."""
        return self.start + (_HEADER + len(self.idstr) if self.has_name else _FOOTER)


@dataclass(frozen=True, slots=True)
class LeafSpan(Span):
    """A leaf field of a section.

    Attributes:
        kind: name of its codec.
        section: whose field it is.
        path: its path in the section.
    """

    kind: str
    section: str
    path: str


@dataclass(frozen=True, slots=True)
class Subsection(Span):
    """A subsection with its header and those that are in it.

    Attributes:
        name: its own.
        version_id: of its description.
    """

    name: str
    version_id: int


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Where each thing is in a stream.

    Attributes:
        data: the stream.
        machine: the machine type that it names, and the offset of its configuration.
        configuration: the configuration's bytes.
        parts: sections and parts of sections, in order.
        leaves: fields of devices.
        subsections: of devices; nested ones behind those that they are in.
        blocks: guest memory's blocks with their offsets.
        words: the other words of guest memory, of pages the first of each run.
        eof: where the last section has ended.
        vmdesc: the self-description with its header.
    """

    data: bytes
    machine: str
    configuration: Span
    parts: tuple[Part, ...]
    leaves: tuple[LeafSpan, ...]
    subsections: tuple[Subsection, ...]
    blocks: tuple[RamBlock, ...]
    words: tuple[RamWord | RamPages | RamZeros | RamEncoded, ...]
    eof: int
    vmdesc: Span

    @property
    def devices(self) -> tuple[Part, ...]:
        """The sections that are sent whole."""
        return tuple(part for part in self.parts if part.kind == Kind.FULL)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """Where a section or a command can stand."""
        return tuple(sorted({*(part.start for part in self.parts), self.eof}))

    def bytes_of(self, span: Span) -> bytes:
        """Return the bytes of *span*."""
        return self.data[span.start : span.end]


def anatomy_of(data: bytes) -> Anatomy:
    """Return where each thing is in the stream *data*.

    Raises:
        StreamError: it is no stream, has no configuration, or does not describe itself.
    """
    vmdesc, _ = find_vmdesc(data)
    reader = reader_for(vmdesc)
    events: list[Event] = [*reader.feed(data), *reader.finish()]
    found_leaves: list[LeafSpan] = []
    subsections: list[Subsection] = []
    sections = [event for event in events if isinstance(event, Section)]
    for section, device in zip(sections, vmdesc.devices, strict=True):
        name = _name(section.idstr, section.instance_id)
        found_leaves += (
            LeafSpan(
                f"{name}/{leaf.path}",
                section.offset + leaf.offset,
                section.offset + leaf.offset + len(leaf.data),
                leaf.type,
                name,
                leaf.path,
            )
            for leaf in leaves(device, section.body)
        )
        subsections += _subsections(device.body, name, section.offset)
    configuration = next((one for one in events if isinstance(one, Configuration)), None)
    if configuration is None:
        raise StreamError("no configuration, expected one behind the header", offset=8)
    text = next(event for event in events if isinstance(event, VmdescText))
    start = configuration.offset
    return Anatomy(
        data=data,
        machine=configuration.machine,
        configuration=Span("configuration", start, start + len(event_bytes(configuration))),
        parts=tuple(_parts(events)),
        leaves=tuple(found_leaves),
        subsections=tuple(subsections),
        blocks=tuple(event for event in events if isinstance(event, RamBlock)),
        words=tuple(
            event
            for event in events
            if isinstance(event, RamWord | RamPages | RamZeros | RamEncoded)
        ),
        eof=next(event.offset for event in events if isinstance(event, Eof)),
        vmdesc=Span("vmdesc", text.offset - 5, text.offset + len(text.text)),
    )


def _name(idstr: str, instance_id: int) -> str:
    return f"{idstr}#{instance_id}" if instance_id else idstr


def _parts(events: list[Event]) -> Iterator[Part]:
    begin: SectionBegin | None = None
    for event in events:
        if isinstance(event, Section):
            name = _name(event.idstr, event.instance_id)
            end = event.offset + len(event.body) + (_FOOTER if event.has_footer else 0)
            yield Part(name, event.start, end, Kind.FULL, *_header(event))
        elif isinstance(event, SectionBegin):
            begin = event
        elif isinstance(event, SectionEnd) and begin is not None:
            name = f"{_name(begin.idstr, begin.instance_id)} {begin.kind.name}"
            end = event.offset + (_FOOTER if event.has_footer else 0)
            yield Part(name, begin.offset, end, begin.kind, *_header(begin))


def _header(event: Section | SectionBegin) -> tuple[str, int, int, int]:
    return event.idstr, event.instance_id, event.version_id, event.section_id


def _subsections(sent: SentDescription, where: str, offset: int) -> Iterator[Subsection]:
    """Yield the subsections of what *sent* describes, which begins at *offset*."""
    for field in sent.fields:
        for _ in range(field.count):
            # Of containers nothing but the first element's place is certain.
            for element in field.elements[:1] if field.type == "struct" else ():
                yield from _subsections(element, f"{where}/{field.name}", offset)
            offset += field.size
    for sub in sent.subsections:
        start = offset + len(subsection_header(sub))
        end = start + sub.wire_size()
        name = f"{where}<{sub.name}>"
        yield Subsection(name, offset, end, sub.name, sub.version)
        yield from _subsections(sub, name, start)
        offset = end
