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
from vmstate.stream.format import MAGIC, PAGE_POWERS, CommandNumber, Kind, Ram

#: Bits of an address that are flags with the smallest page that there is.
_FLAGS = min(PAGE_POWERS) - 1


def event_bytes(event: Event) -> Bytes:
    """Return the bytes that *event* stands for.

    Raises:
        EncodeError: a number does not fit into its field, a name is too long, or pages
            contradict their event.
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
    packages: list[list[Bytes]] = []
    for event in events:
        pieces: list[Bytes] = []
        if isinstance(event, Command) and event.number == CommandNumber.PACKAGED:
            packages.append([])
        elif isinstance(event, PackageEnd):
            if not packages:
                raise EncodeError("PackageEnd", event, "no package has begun")
            pieces = _packaged(packages.pop())
        else:
            pieces.append(event_bytes(event))
        if packages:
            packages[-1] += pieces
        else:
            yield from pieces
    if packages:
        raise EncodeError("Command", CommandNumber.PACKAGED, "its package does not end")


def _packaged(pieces: list[Bytes]) -> list[Bytes]:
    """Return *pieces* behind the command that says how many bytes they are."""
    size = sum(map(len, pieces))
    if size >= 1 << 32:
        raise EncodeError("Command", CommandNumber.PACKAGED, f"its package has {size} bytes")
    return [event_bytes(Command(CommandNumber.PACKAGED, size.to_bytes(4))), *pieces]


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
    if event.kind in (Kind.START, Kind.FULL):
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
    if event.address & _FLAGS:
        raise ValueError(f"the address {event.address:#x} has bits that are flags")
    if event.is_named:
        return (event.address | flag).to_bytes(8) + counted(event.block)
    return (event.address | flag | Ram.CONTINUE).to_bytes(8)


def _check_count(event: RamPages | RamZeros) -> None:
    if event.count < 1 or (event.is_named and event.count > 1):
        raise ValueError("pages that name their block come one by one, others one or more")


def _pages(event: RamPages) -> bytes:
    _check_count(event)
    size, stride, data = event.page_size, event.stride, event.data
    reach = (event.count - 1) * stride + size
    if len(data) < reach or not 0 < size <= stride:
        raise ValueError(f"{len(data)} bytes of data, expected {reach}")
    pieces: list[Bytes] = [_page_head(Ram.PAGE, event), data[:size]]
    first = event.address | Ram.PAGE | Ram.CONTINUE
    for number in range(1, event.count):
        pieces.append((first + number * size).to_bytes(8))
        pieces.append(data[number * stride : number * stride + size])
    return b"".join(pieces)


def _zeros(event: RamZeros) -> bytes:
    _check_count(event)
    head = _page_head(Ram.ZERO, event) + bytes([event.fill])
    pack = Struct(">QB").pack
    first = event.address | Ram.ZERO | Ram.CONTINUE
    rest = (pack(first + number * event.step, event.fill) for number in range(1, event.count))
    return b"".join((head, *rest))


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
