"""The parser: what may follow what in a stream, and where each section ends.

A coroutine over an input: it yields events, and None where it waits for more bytes.

Source: QEMU 11.1 migration/savevm.c (qemu_loadvm_state, qemu_loadvm_state_main,
qemu_loadvm_section_start_full, loadvm_process_command).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping

from vmstate.errors import StreamError
from vmstate.stream.boundary import FOOTER_SIZE, find_end, footer
from vmstate.stream.configuration import read_configuration
from vmstate.stream.events import (
    Command,
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
    PAYLOADS,
    RAM_SECTION,
    RAM_VERSION,
    VERSION,
    CommandNumber,
    Kind,
)
from vmstate.stream.input import Input
from vmstate.stream.ram import RamReader, Reading

#: Bytes of a section's body that are looked at first.
_FIRST_LOOK = 1 << 12
_CAPABILITIES = {"mapped-ram": "is_mapped", "x-ignore-shared": "ignores_shared"}

#: What a section is known by: its idstr and its instance.
SectionKey = tuple[str, int]


class Parser:
    """One pass over one stream, or over one package in it.

    Args:
        source: where the bytes come from.
        page_size: bytes of a target page; None to find out.
        sizes: bytes of the bodies of sections, as far as they are known.
        is_strict: whether to refuse what QEMU refuses, though it could be read.
    """

    def __init__(
        self,
        source: Input,
        page_size: int | None,
        sizes: Mapping[SectionKey, int],
        *,
        is_strict: bool,
    ) -> None:
        self._input = source
        self._sizes = sizes
        self._is_strict = is_strict
        self._ram = RamReader(source, page_size)
        #: Sections that were begun and may have more parts, by number.
        self._started: dict[int, SectionBegin] = {}
        #: Whether sections have footers; not known before the first one ends.
        self._has_footers: bool | None = None

    @property
    def page_size(self) -> int | None:
        """Bytes of a target page, as soon as it is known."""
        return self._ram.page_size

    def stream(self) -> Reading:
        """Read all of a stream."""
        source = self._input
        yield from source.want(len(MAGIC))
        magic = bytes(source.look(len(MAGIC))[: len(MAGIC)])
        if magic != MAGIC[: len(magic)]:
            raise StreamError(f"starts with {magic!r}, expected {MAGIC!r}", offset=0)
        yield from source.need(8, "header")
        source.skip(len(MAGIC))
        version = int.from_bytes(source.take(4))
        if version != VERSION:
            raise StreamError(f"stream version {version}, expected {VERSION}", offset=4)
        yield Header(version, offset=0)
        yield from source.need(1, "the first section")
        if source.look(1)[0] == Kind.CONFIGURATION:
            configuration = yield from read_configuration(source)
            for part in configuration.parts:
                if isinstance(part.value, tuple):
                    for name in part.value:
                        if name in _CAPABILITIES:
                            setattr(self._ram, _CAPABILITIES[name], True)
                elif isinstance(part.value, int):
                    self._ram.page_size = self._ram.page_size or 1 << part.value
            yield configuration
        yield from self.sections()
        yield from self._end()

    def sections(self, *, in_package: bool = False) -> Reading:
        """Read sections and commands, up to and with the byte that ends them."""
        source = self._input
        while True:
            if in_package:
                yield from source.want(1)
                if not source:
                    return
            yield from source.need(1, "the next section")
            offset = source.offset
            kind = source.look(1)[0]
            if kind == Kind.EOF:
                source.skip(1)
                yield Eof(offset=offset)
                return
            if kind == Kind.COMMAND:
                command = yield from self._command()
                yield command
                if command.number == CommandNumber.PACKAGED:
                    yield from self._package(int.from_bytes(command.payload))
                elif command.number == CommandNumber.POSTCOPY_RUN and in_package:
                    return
            elif kind == Kind.FULL:
                yield from self._full()
            elif kind in (Kind.START, Kind.PART, Kind.END):
                yield from self._part(Kind(kind))
            else:
                raise StreamError(
                    f"section of unknown kind {kind:#04x}, expected one of "
                    f"{', '.join(f'{known.value:#04x} {known.name}' for known in _EXPECTED)}",
                    offset=offset,
                )

    # Commands -----------------------------------------------------------------------------

    def _command(self) -> Generator[None, None, Command]:
        source = self._input
        offset = source.offset
        yield from source.need(5, "command")
        head = source.take(5)
        number, size = int.from_bytes(head[1:3]), int.from_bytes(head[3:5])
        if self._is_strict:
            self._check_command(number, size, offset)
        yield from source.need(size, f"command {number}")
        payload = source.take(size)
        if number == CommandNumber.POSTCOPY_ADVISE and payload:
            self._ram.host_pages = int.from_bytes(payload[:8])
        return Command(number, payload, offset=offset)

    @staticmethod
    def _check_command(number: int, size: int, offset: int) -> None:
        try:
            known = CommandNumber(number)
        except ValueError:
            known = CommandNumber.INVALID
        if known == CommandNumber.INVALID:
            raise StreamError(
                f"command {number:#x} is unknown, expected one of 0x1 to {max(CommandNumber):#x}",
                offset=offset,
            )
        sizes = PAYLOADS.get(known)
        if sizes is not None and size not in sizes:
            raise StreamError(
                f"command {known.name} has {size} bytes of payload, expected "
                f"{' or '.join(map(str, sizes))}",
                offset=offset,
            )

    def _package(self, size: int) -> Reading:
        """Read a package: a stream without header inside the stream."""
        source = self._input
        yield from source.need(size, "package")
        inner = Input(source.offset)
        inner.push(source.view(size))
        inner.is_closed = True
        parser = Parser(inner, self.page_size, {}, is_strict=self._is_strict)
        yield from parser.sections(in_package=True)
        if inner:
            offset = inner.offset
            yield Tail(inner.take(len(inner)), offset=offset)
        yield PackageEnd(offset=source.offset)

    # Sections -----------------------------------------------------------------------------

    def _header(self) -> Generator[None, None, tuple[int, str, int, int]]:
        source = self._input
        yield from source.need(6, "header of a section")
        size = source.look(6)[5]
        yield from source.need(6 + size + 8, "header of a section")
        source.skip(1)
        section_id = int.from_bytes(source.take(4))
        source.skip(1)
        place = source.offset
        idstr = source.take(size).decode("latin-1")
        if not idstr:
            raise StreamError("the name of a section is empty", offset=place)
        numbers = source.take(8)
        return section_id, idstr, int.from_bytes(numbers[:4]), int.from_bytes(numbers[4:])

    def _full(self) -> Reading:
        section_id, idstr, instance_id, version_id = yield from self._header()
        offset = self._input.offset
        size = yield from self._body_size(section_id, idstr, instance_id)
        body = self._input.take(size)
        has_footer = yield from self._footer(section_id, idstr)
        yield Section(section_id, idstr, instance_id, version_id, body, has_footer, offset=offset)

    def _part(self, kind: Kind) -> Reading:
        source = self._input
        offset = source.offset
        if kind == Kind.START:
            section_id, idstr, instance_id, version_id = yield from self._header()
            begin = SectionBegin(kind, section_id, idstr, instance_id, version_id, offset=offset)
            if idstr == RAM_SECTION and version_id != RAM_VERSION:
                raise StreamError(
                    f"version {version_id} of guest memory, expected {RAM_VERSION}",
                    offset=offset,
                    path=idstr,
                )
            self._started[section_id] = begin
        else:
            yield from source.need(5, "header of a part of a section")
            section_id = int.from_bytes(source.take(5)[1:])
            first = self._started.get(section_id)
            if first is None:
                raise StreamError(
                    f"a part of section {section_id:#x}, which was never started", offset=offset
                )
            begin = SectionBegin(
                kind, section_id, first.idstr, first.instance_id, first.version_id, offset=offset
            )
        yield begin
        if begin.idstr == RAM_SECTION:
            yield from self._ram.part()
        else:
            place = source.offset
            size = yield from self._find_footer(section_id, begin.idstr)
            if size:
                yield Content(source.take(size), offset=place)
        place = source.offset
        has_footer = yield from self._footer(section_id, begin.idstr)
        yield SectionEnd(section_id, has_footer, offset=place)

    def _body_size(
        self, section_id: int, idstr: str, instance_id: int
    ) -> Generator[None, None, int]:
        """Return the size of the body that begins here."""
        source = self._input
        size = self._sizes.get((idstr, instance_id))
        if size is not None:
            yield from source.want(size + FOOTER_SIZE)
            mark = bytes(source.look(size + FOOTER_SIZE)[size : size + FOOTER_SIZE])
            if mark == footer(section_id) or (self._has_footers is False and len(source) >= size):
                return size
        try:
            return (yield from self._find_footer(section_id, idstr))
        except StreamError:
            if size is None or not mark:
                raise
            # Where it should be says more than that it is nowhere.
            return size

    def _find_footer(self, section_id: int, idstr: str) -> Generator[None, None, int]:
        """Return how far away the footer is that ends what begins here."""
        source = self._input
        if self._has_footers is False:
            raise StreamError(
                "the stream has no footers, and nothing tells where this section ends: "
                "its vmdesc would, or save with send-section-footer=on",
                offset=source.offset,
                path=idstr,
            )
        looked_at, start = _FIRST_LOOK, 0
        while True:
            yield from source.want(looked_at)
            data = bytes(source.look(looked_at)[:looked_at])
            is_all = source.is_closed and len(data) == len(source)
            place, start = find_end(data, section_id, self._started, start, is_all=is_all)
            if place is not None:
                return place
            if is_all:
                raise StreamError(
                    f"its end was not found: no footer {footer(section_id).hex(' ')} with "
                    f"a section or the end behind it in the {len(data)} bytes that are left",
                    offset=source.offset,
                    path=idstr,
                )
            looked_at *= 2

    def _footer(self, section_id: int, path: str) -> Generator[None, None, bool]:
        """Read the footer; return whether there is one."""
        source = self._input
        expected = footer(section_id)
        if self._has_footers is None:
            yield from source.want(FOOTER_SIZE)
            mark = bytes(source.look(FOOTER_SIZE)[:FOOTER_SIZE])
            self._has_footers = not mark or mark[0] == expected[0]
        if not self._has_footers:
            return False
        yield from source.need(FOOTER_SIZE, f"{path}, footer")
        offset = source.offset
        if (found := source.take(FOOTER_SIZE)) != expected:
            raise StreamError(
                f"{found.hex(' ')} after the section, expected its footer {expected.hex(' ')}",
                offset=offset,
                path=path,
            )
        return True

    # The end ------------------------------------------------------------------------------

    def _end(self) -> Reading:
        """Read the vmdesc, if there is one, and what is behind it."""
        source = self._input
        yield from source.want(1)
        if source and source.look(1)[0] == Kind.VMDESC:
            yield from source.need(5, "vmdesc")
            source.skip(1)
            size = int.from_bytes(source.take(4))
            yield from source.need(size, "vmdesc")
            offset = source.offset
            yield VmdescText(source.take(size), offset=offset)
        while True:
            yield from source.want(1)
            if not source:
                return
            offset = source.offset
            yield Tail(source.take(len(source.look(1))), offset=offset)


_EXPECTED = (Kind.EOF, Kind.START, Kind.PART, Kind.END, Kind.FULL, Kind.COMMAND)
