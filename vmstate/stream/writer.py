"""The writer: events in, bytes out; the bytes that a reader makes the same events of.

Source: QEMU 11.1 migration/savevm.c (save_section_header, qemu_savevm_command_send),
migration/ram.c (save_page_header, mapped_ram_setup_ramblock).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from struct import Struct, error
from typing import Any

from vmstate.errors import EncodeError
from vmstate.stream.boundary import footer
from vmstate.stream.configuration import configuration_bytes, counted
from vmstate.stream.events import (
    Bytes,
    Command,
    Configuration,
    Content,
    Eof,
    Event,
    Header,
    MappedBytes,
    PackageEnd,
    RamBlock,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
    Section,
    SectionBegin,
    SectionEnd,
    Tail,
    VmdescText,
)
from vmstate.stream.format import MAGIC, CommandNumber, Kind, Ram


def event_bytes(event: Event) -> Bytes:
    """Return the bytes that *event* stands for.

    Raises:
        EncodeError: a number does not fit into its field, or a name is too long.
    """
    try:
        return _WRITERS[type(event)](event)
    except (OverflowError, ValueError, error) as err:
        raise EncodeError(type(event).__name__, event, str(err)) from err


def write_events(events: Iterable[Event]) -> Iterator[Bytes]:
    """Yield the bytes of *events*, piece by piece.

    The size of a package is that of what is in it, whatever its command says; it is
    therefore held back until it ends.

    Raises:
        EncodeError: as :func:`event_bytes`, or a package does not end.
    """
    package: list[Bytes] | None = None
    for event in events:
        if isinstance(event, Command) and event.number == CommandNumber.PACKAGED:
            package = []
        elif isinstance(event, PackageEnd):
            if package is None:
                raise EncodeError("PackageEnd", event, "no package has begun")
            size = sum(map(len, package))
            yield event_bytes(Command(CommandNumber.PACKAGED, size.to_bytes(4)))
            yield from package
            package = None
        elif package is not None:
            package.append(event_bytes(event))
        else:
            yield event_bytes(event)
    if package is not None:
        raise EncodeError("Command", CommandNumber.PACKAGED, "its package does not end")


def _header(event: Header) -> bytes:
    return MAGIC + event.version.to_bytes(4)


def _command(event: Command) -> bytes:
    head = bytes([Kind.COMMAND]) + event.number.to_bytes(2) + len(event.payload).to_bytes(2)
    return head + event.payload


def _section_header(kind: Kind, event: Section | SectionBegin) -> bytes:
    return (
        bytes([kind])
        + event.section_id.to_bytes(4)
        + counted(event.idstr)
        + event.instance_id.to_bytes(4)
        + event.version_id.to_bytes(4)
    )


def _section(event: Section) -> bytes:
    end = footer(event.section_id) if event.has_footer else b""
    return _section_header(Kind.FULL, event) + event.body + end


def _begin(event: SectionBegin) -> bytes:
    if event.kind == Kind.START:
        return _section_header(event.kind, event)
    return bytes([event.kind]) + event.section_id.to_bytes(4)


def _end(event: SectionEnd) -> bytes:
    return footer(event.section_id) if event.has_footer else b""


def _block(event: RamBlock) -> bytes:
    written = counted(event.name) + event.size.to_bytes(8)
    for number in (event.page_size, event.address):
        if number is not None:
            written += number.to_bytes(8)
    if event.mapped is not None:
        mapped = event.mapped
        written += Struct(">IQQQ").pack(
            mapped.version, mapped.page_size, mapped.bitmap_offset, mapped.pages_offset
        )
    return written


def _page_head(flag: int, event: RamPages | RamZeros | RamEncoded) -> bytes:
    if event.is_named:
        return (event.address | flag).to_bytes(8) + counted(event.block)
    return (event.address | flag | Ram.CONTINUE).to_bytes(8)


def _pages(event: RamPages) -> bytes:
    if event.count == 1:
        return b"".join((_page_head(Ram.PAGE, event), event.page(0)))
    first = event.address | Ram.PAGE | Ram.CONTINUE
    size, stride, data = event.page_size, event.stride, event.data
    pieces: list[Bytes] = []
    for number in range(event.count):
        pieces.append((first + number * size).to_bytes(8))
        pieces.append(data[number * stride : number * stride + size])
    return b"".join(pieces)


def _zeros(event: RamZeros) -> bytes:
    if event.count == 1:
        return _page_head(Ram.ZERO, event) + bytes([event.fill])
    pack = Struct(">QB").pack
    first = event.address | Ram.ZERO | Ram.CONTINUE
    return b"".join(pack(first + number * event.step, event.fill) for number in range(event.count))


def _encoded(event: RamEncoded) -> bytes:
    head = _page_head(event.flag, event)
    size = len(event.data)
    if event.flag == Ram.XBZRLE:
        return head + bytes([event.method]) + size.to_bytes(2) + event.data
    return head + size.to_bytes(4) + event.data


def _vmdesc(event: VmdescText) -> bytes:
    return bytes([Kind.VMDESC]) + len(event.text).to_bytes(4) + event.text


_WRITERS: dict[type[Any], Callable[[Any], Bytes]] = {
    Header: _header,
    Configuration: configuration_bytes,
    Command: _command,
    PackageEnd: lambda _: b"",
    SectionBegin: _begin,
    SectionEnd: _end,
    Section: _section,
    Content: lambda event: event.data,
    RamBlock: _block,
    MappedBytes: lambda event: event.data,
    RamPages: _pages,
    RamZeros: _zeros,
    RamEncoded: _encoded,
    RamWord: lambda event: (event.address | event.flag).to_bytes(8),
    Eof: lambda _: bytes([Kind.EOF]),
    VmdescText: _vmdesc,
    Tail: lambda event: event.data,
}
