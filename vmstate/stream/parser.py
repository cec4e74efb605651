"""The parser: what may follow what in a stream, and where each section ends.

A coroutine over an input: it yields events, and None where it waits for more bytes.

Source: QEMU 11.1 migration/savevm.c (qemu_loadvm_state, qemu_loadvm_state_main,
qemu_loadvm_section_start_full, loadvm_process_command).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from vmstate.errors import StreamError
from vmstate.stream.blocks import Reading
from vmstate.stream.boundary import FOOTER_SIZE, find_end, footer
from vmstate.stream.command import read_command
from vmstate.stream.configuration import read_configuration
from vmstate.stream.events import (
    Command,
    Configuration,
    Content,
    Eof,
    Header,
    PackageEnd,
    Section,
    SectionBegin,
    SectionEnd,
    Tail,
    VmdescText,
)
from vmstate.stream.format import (
    MAGIC,
    NO_STREAMS,
    PAGE_POWERS,
    RAM_SECTION,
    RAM_VERSION,
    VERSION,
    CommandNumber,
    Kind,
)
from vmstate.stream.input import Input, Waiting
from vmstate.stream.ram import RamReader

#: What errors name that are in no section.
OUTSIDE = "stream"
#: Bytes of a section's body that are looked at first.
_FIRST_LOOK = 1 << 12
#: How deep packages may be in each other; QEMU puts none into another.
_DEEPEST = 8
_PAGE_SIZE = re.compile(rb'"page_size":\s*(\d{1,18})')
#: What begins a part of a stream.
_KINDS = (Kind.EOF, Kind.START, Kind.PART, Kind.END, Kind.FULL, Kind.COMMAND)
#: What begins something that has a place of its own, and where that is.
_ELSEWHERE = {
    0x05: " (a subsection, which is inside a section)",
    0x06: " (a vmdesc, which is behind the end)",
    0x07: " (a configuration, which is directly behind the header)",
    0x7E: " (a footer, which is directly behind a section)",
}

#: What a section is known by: its idstr and its instance.
SectionKey = tuple[str, int]


class Parser:
    """One pass over one stream.

    Args:
        source: where the bytes come from.
        page_size: bytes of a target page; None to find out.
        sizes: bytes of the bodies of sections, as far as they are known.
        capabilities: what both sides agreed upon, beside what the configuration says.
        is_strict: whether to refuse what QEMU refuses, though it could be read.
    """

    def __init__(
        self,
        source: Input,
        page_size: int | None,
        sizes: Mapping[SectionKey, int],
        capabilities: Collection[str] = (),
        *,
        is_strict: bool,
    ) -> None:
        self._input = source
        self._sizes = sizes
        self._is_strict = is_strict
        self._ram = RamReader(source, page_size, is_strict=is_strict)
        for name in capabilities:
            self._ram.blocks.agree(name)
        #: Sections that were begun and may have more parts, by number.
        self._started: dict[int, SectionBegin] = {}
        #: Whether sections have footers; not known before the first one ends.
        self._has_footers: bool | None = None
        #: How many packages this place is in.
        self._depth = 0

    @property
    def page_size(self) -> int | None:
        """Bytes of a target page, as soon as it is known."""
        return self._ram.page_size

    def stream(self) -> Reading:
        """Read all of a stream."""
        source = self._input
        yield (yield from self._header())
        yield from source.need(1, "the first section")
        if source.byte() == Kind.CONFIGURATION:
            configuration = yield from read_configuration(source)
            self._agree(configuration)
            yield configuration
        yield from self._sections()
        yield from self._vmdesc()
        while True:
            yield from source.want(1)
            if not source:
                return
            offset = source.offset
            yield Tail(source.view(len(source.look(1))), offset=offset)

    def _header(self) -> Waiting[Header]:
        source = self._input
        yield from source.want(len(MAGIC))
        magic = source.peek(len(MAGIC))
        if magic != MAGIC[: len(magic)]:
            known = [what for first, what in NO_STREAMS.items() if magic.startswith(first)]
            why = "; ".join([f"starts with {magic!r}, expected {MAGIC!r}", *known])
            raise StreamError(why, offset=0, path=OUTSIDE)
        yield from source.need(8, "header")
        source.skip(len(MAGIC))
        version = int.from_bytes(source.take(4))
        if version != VERSION:
            raise StreamError(
                f"stream version {version}, expected {VERSION}", offset=4, path=OUTSIDE
            )
        return Header(version, offset=0)

    def _agree(self, configuration: Configuration) -> None:
        for part in configuration.parts:
            if isinstance(part.value, tuple):
                for name in part.value:
                    self._ram.blocks.agree(name)
            elif isinstance(part.value, int):
                self._set_page_size(1 << part.value, configuration.offset)

    def _set_page_size(self, size: int, offset: int) -> None:
        """Take notice of what the stream says of the size of a page.

        Raises:
            StreamError: pages have been read, or are to be read, with another one.
        """
        if size not in PAGE_POWERS:
            raise StreamError(
                f"pages have {size} bytes, expected a power of two from {min(PAGE_POWERS)} on",
                offset=offset,
                path=OUTSIDE,
            )
        used = self._ram.page_size
        if used not in (None, size):
            raise StreamError(
                f"pages have {size} bytes, and were read as if they had {used}; "
                f"tell the reader a page size of {size}",
                offset=offset,
                path=OUTSIDE,
            )
        self._ram.page_size = size

    def _sections(self) -> Reading:
        """Read sections and commands, up to and with what ends the stream or the package."""
        source = self._input
        while True:
            if self._depth:
                yield from source.want(1)
                if not source:
                    return
            yield from source.need(1, "the next section")
            offset = source.offset
            kind = source.byte()
            if kind == Kind.EOF:
                source.skip(1)
                yield Eof(offset=offset)
                return
            if kind == Kind.COMMAND:
                command = yield from read_command(source, is_strict=self._is_strict)
                yield command
                if command.number == CommandNumber.POSTCOPY_RUN and self._depth:
                    return
                yield from self._obey(command)
            elif kind in (Kind.START, Kind.FULL):
                yield from self._first(Kind(kind))
            elif kind in (Kind.PART, Kind.END):
                yield from self._part(Kind(kind))
            else:
                raise StreamError(
                    f"section of unknown kind {kind:#04x}{_ELSEWHERE.get(kind, '')}, expected one "
                    f"of {', '.join(f'{known.value:#04x} {known.name}' for known in _KINDS)}",
                    offset=offset,
                    path=OUTSIDE,
                )

    def _obey(self, command: Command) -> Reading:
        """Do what *command* means for what is behind it."""
        if command.number == CommandNumber.PACKAGED:
            yield from self._package(int.from_bytes(command.payload))
        elif command.number == CommandNumber.POSTCOPY_ADVISE and command.payload:
            self._ram.blocks.host_pages = int.from_bytes(command.payload[:8])
            self._set_page_size(int.from_bytes(command.payload[8:]), command.offset)

    def _package(self, size: int) -> Reading:
        """Read a package: a stream without header inside the stream."""
        outer = self._input
        if self._depth == _DEEPEST:
            raise StreamError(
                f"a package in {_DEEPEST} others, expected none in another",
                offset=outer.offset,
                path="package",
            )
        yield from outer.need(size, "package")
        inner = Input(outer.offset)
        inner.push(outer.view(size))
        inner.is_closed = True
        self._input = self._ram.source = inner
        self._depth += 1
        yield from self._sections()
        self._depth -= 1
        self._input = self._ram.source = outer
        if inner:
            offset = inner.offset
            yield Tail(inner.view(len(inner)), offset=offset)
        yield PackageEnd(offset=outer.offset)

    # Sections -----------------------------------------------------------------------------

    def _first(self, kind: Kind) -> Reading:
        """Read a section that comes whole, or the beginning of one that comes in parts."""
        source = self._input
        offset = source.offset
        yield from source.need(6, "header of a section")
        size = source.peek(6)[5]
        yield from source.need(6 + size + 8, "header of a section")
        head = source.take(6 + size + 8)
        idstr = head[6:-8].decode("latin-1")
        if not idstr:
            raise StreamError("the name of a section is empty", offset=offset + 6, path=OUTSIDE)
        section_id = int.from_bytes(head[1:5])
        instance_id, version_id = int.from_bytes(head[-8:-4]), int.from_bytes(head[-4:])
        begin = SectionBegin(kind, section_id, idstr, instance_id, version_id, offset=offset)
        self._started[section_id] = begin
        if idstr == RAM_SECTION and version_id != RAM_VERSION:
            raise StreamError(
                f"version {version_id} of guest memory, expected {RAM_VERSION}",
                offset=offset,
                path=idstr,
            )
        # How a section comes is nothing to QEMU: it has memory in one read as memory, too.
        if kind == Kind.START or idstr == RAM_SECTION:
            yield begin
            yield from self._content(begin)
        else:
            yield from self._whole(begin)

    def _whole(self, begin: SectionBegin) -> Reading:
        source = self._input
        offset = source.offset
        size = yield from self._body_size(begin)
        body = source.take(size)
        has_footer = yield from self._footer(begin)
        yield Section(
            begin.section_id,
            begin.idstr,
            begin.instance_id,
            begin.version_id,
            body,
            has_footer,
            offset=offset,
        )

    def _part(self, kind: Kind) -> Reading:
        source = self._input
        offset = source.offset
        yield from source.need(5, "header of a part of a section")
        section_id = int.from_bytes(source.take(5)[1:])
        first = self._started.get(section_id)
        if first is None:
            raise StreamError(
                f"a part of section {section_id:#x}, which was never started",
                offset=offset,
                path=OUTSIDE,
            )
        begin = SectionBegin(
            kind, section_id, first.idstr, first.instance_id, first.version_id, offset=offset
        )
        yield begin
        yield from self._content(begin)

    def _content(self, begin: SectionBegin) -> Reading:
        source = self._input
        if begin.idstr == RAM_SECTION:
            yield from self._ram.part()
        else:
            offset = source.offset
            size = yield from self._find_footer(begin)
            if size:
                yield Content(source.take(size), offset=offset)
        offset = source.offset
        has_footer = yield from self._footer(begin)
        yield SectionEnd(begin.section_id, has_footer, offset=offset)

    def _body_size(self, begin: SectionBegin) -> Waiting[int]:
        """Return the size of the body that begins here; that many bytes are there."""
        source = self._input
        size = self._sizes.get((begin.idstr, begin.instance_id))
        if size is None:
            return (yield from self._find_footer(begin))
        if self._has_footers is False:
            yield from source.need(size, begin.idstr)
            return size
        yield from source.want(size + FOOTER_SIZE)
        if len(source) >= size + FOOTER_SIZE:
            behind = bytes(source.look(size + FOOTER_SIZE)[size : size + FOOTER_SIZE])
            if behind == footer(begin.section_id):
                return size
        try:
            return (yield from self._find_footer(begin))
        except StreamError:
            if len(source) <= size:
                raise
            # Where it should be says more than that it is nowhere.
            return size

    def _find_footer(self, begin: SectionBegin) -> Waiting[int]:
        """Return how far away the footer is that ends what begins here."""
        source = self._input
        if self._has_footers is False:
            raise StreamError(
                "the stream has no footers, and nothing tells where this section ends: "
                "its vmdesc would, unless it comes in parts; or save with send-section-footer=on",
                offset=source.offset,
                path=begin.idstr,
            )
        looked_at, start = _FIRST_LOOK, 0
        while True:
            yield from source.want(looked_at)
            data = source.peek(looked_at)
            is_all = source.is_closed and len(data) == len(source)
            place, start = find_end(data, begin.section_id, self._started, start, is_all=is_all)
            if place is not None:
                return place
            if is_all:
                raise StreamError(
                    f"its end was not found: no footer {footer(begin.section_id).hex(' ')} with "
                    f"a section or the end behind it in the {len(data)} bytes that are left",
                    offset=source.offset,
                    path=begin.idstr,
                )
            looked_at *= 2

    def _footer(self, begin: SectionBegin) -> Waiting[bool]:
        """Read the footer; return whether there is one."""
        source = self._input
        expected = footer(begin.section_id)
        if self._has_footers is None:
            yield from source.need(1, f"{begin.idstr}, footer")
            self._has_footers = source.byte() not in _KINDS
        if not self._has_footers:
            return False
        yield from source.need(FOOTER_SIZE, f"{begin.idstr}, footer")
        offset = source.offset
        if (found := source.take(FOOTER_SIZE)) != expected:
            raise StreamError(
                f"{found.hex(' ')} after the section, expected its footer {expected.hex(' ')}",
                offset=offset,
                path=begin.idstr,
            )
        return True

    # The end ------------------------------------------------------------------------------

    def _vmdesc(self) -> Reading:
        """Read the self-description, if there is one."""
        source = self._input
        yield from source.want(1)
        if not source or source.byte() != Kind.VMDESC:
            return
        yield from source.need(5, "vmdesc")
        size = int.from_bytes(source.take(5)[1:])
        yield from source.need(size, "vmdesc")
        offset = source.offset
        text = source.take(size)
        if said := _PAGE_SIZE.search(text):
            self._set_page_size(int(said[1]), offset + said.start())
        yield VmdescText(text, offset=offset)
