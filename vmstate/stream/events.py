"""Events: what a migration stream consists of, one value for each thing in it.

A reader makes them of bytes, a writer makes the same bytes of them; whoever edits a stream
replaces, drops and adds events between the two.  Values only.  Where an event stood in the
stream is told, and is no part of it: events of different streams are compared without.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from vmstate.stream.format import Kind

#: Bytes, or a look at some that are not copied.
Bytes: TypeAlias = bytes | memoryview


def _place() -> int:
    return field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Header:
    """The first eight bytes.

    Attributes:
        version: of the format.
    """

    version: int
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class ConfigurationPart:
    """A subsection of the configuration.

    Attributes:
        name: e.g. ``configuration/capabilities``.
        version_id: of its description.
        value: bits of a target page, names of capabilities, or the machine's UUID.
    """

    name: str
    version_id: int
    value: int | tuple[str, ...] | bytes


@dataclass(frozen=True, slots=True)
class Configuration:
    """What both sides must agree on before anything else is read.

    Attributes:
        machine: machine type, e.g. ``pc-i440fx-7.2``.
        parts: its subsections, in order.
    """

    machine: str
    parts: tuple[ConfigurationPart, ...] = ()
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class Command:
    """A command to the destination.

    Attributes:
        number: which one; see :class:`vmstate.stream.format.CommandNumber`.
        payload: its arguments.
    """

    number: int
    payload: bytes = b""
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class PackageEnd:
    """Where the package ends that the last PACKAGED command began."""

    offset: int = _place()


@dataclass(frozen=True, slots=True)
class SectionBegin:
    """The header of a section that is sent in parts, or of one of its parts.

    Attributes:
        kind: START, PART or END; FULL for guest memory in one, which QEMU would load too.
        section_id: number within the stream.
        idstr: whose it is, e.g. ``ram``; told again with each part.
        instance_id: which one of that name.
        version_id: version of its format.
    """

    kind: Kind
    section_id: int
    idstr: str
    instance_id: int
    version_id: int
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class SectionEnd:
    """The end of a section that is sent in parts, or of one of its parts.

    Attributes:
        section_id: of the section.
        has_footer: whether a footer says so in the stream.
    """

    section_id: int
    has_footer: bool = True
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class Section:
    """A device's section, whole (SECTION_FULL).

    Attributes:
        section_id: number within the stream.
        idstr: whose it is, e.g. ``dma`` or ``0000:00:01.3/piix4_pm``.
        instance_id: which one of that name.
        version_id: version of its description.
        body: fields and subsections, without header and footer.
        has_footer: whether a footer is behind it.
        offset: where *body* begins in the stream.
    """

    section_id: int
    idstr: str
    instance_id: int
    version_id: int
    body: bytes
    has_footer: bool = True
    offset: int = _place()

    @property
    def start(self) -> int:
        """Where its header begins in the stream."""
        return self.offset - len(self.idstr) - 14


@dataclass(frozen=True, slots=True)
class Content:
    """A piece of the content of a section in parts whose form nothing here knows.

    Attributes:
        data: its bytes.
    """

    data: bytes
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class MappedBlock:
    """Where a block's pages are in a file with mapped-ram.

    Attributes:
        version: of this header.
        page_size: bytes of a target page.
        bitmap_offset: of the bitmap, from the beginning of the file; 0 for a block whose
            pages are left out.
        pages_offset: of the first page, likewise.
    """

    version: int
    page_size: int
    bitmap_offset: int
    pages_offset: int


@dataclass(frozen=True, slots=True)
class RamBlock:
    """A block of guest memory, in the list of them.

    Attributes:
        name: e.g. ``pc.ram``.
        size: bytes in use.
        page_size: bytes of a page of the host's behind it; sent for postcopy if it is not
            the usual.
        address: where the guest sees it; sent if shared memory is left out.
        mapped: where its pages are, with mapped-ram.
    """

    name: str
    size: int
    page_size: int | None = None
    address: int | None = None
    mapped: MappedBlock | None = None
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class MappedBytes:
    """A piece of a block's bitmap, padding and pages, with mapped-ram.

    Attributes:
        data: its bytes.
    """

    data: Bytes
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class RamPages:
    """Pages that follow each other in memory and in the stream.

    Attributes:
        block: whose pages they are.
        is_named: whether the stream says whose; of many pages it never does.
        address: of the first one, within its block.
        page_size: bytes of one.
        count: how many.
        data: their bytes: page *n* begins at ``n * stride``.
        stride: bytes from page to page in *data*.
    """

    block: str
    is_named: bool
    address: int
    page_size: int
    count: int
    data: Bytes
    stride: int
    offset: int = _place()

    def page(self, number: int) -> Bytes:
        """Return the bytes of page *number*."""
        return self.data[number * self.stride :][: self.page_size]


@dataclass(frozen=True, slots=True)
class RamZeros:
    """Pages of one repeated byte that follow each other in memory and in the stream.

    Attributes:
        block: whose pages they are.
        is_named: whether the stream says whose; of many pages it never does.
        address: of the first one, within its block.
        step: bytes from one to the next.
        count: how many.
        fill: the byte; anything but 0 is refused since 8.2.
    """

    block: str
    is_named: bool
    address: int
    step: int
    count: int
    fill: int = 0
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class RamEncoded:
    """A page that is sent as what changed in it, or compressed.

    Attributes:
        flag: XBZRLE or COMPRESSED.
        block: whose page it is.
        is_named: whether the stream says whose.
        address: within its block.
        data: the encoded bytes.
        method: the byte in front of them that says how they are encoded (XBZRLE).
    """

    flag: int
    block: str
    is_named: bool
    address: int
    data: bytes
    method: int = 1
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class RamWord:
    """A word of guest memory that no page follows: BLOCKS, EOS, MULTIFD_FLUSH, HOOK.

    Attributes:
        flag: which one; CONTINUE in it means nothing.
        address: its other bits: for BLOCKS the bytes of all blocks, which follow one by
            one; for others they mean nothing.
    """

    flag: int
    address: int = 0
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class Eof:
    """The byte behind the last section."""

    offset: int = _place()


@dataclass(frozen=True, slots=True)
class VmdescText:
    """The self-description.

    Attributes:
        text: its JSON.
        offset: where the JSON begins in the stream.
    """

    text: bytes
    offset: int = _place()


@dataclass(frozen=True, slots=True)
class Tail:
    """A piece of what is behind the end of the stream or of a package, which nobody reads.

    Attributes:
        data: its bytes.
    """

    data: Bytes
    offset: int = _place()


Event: TypeAlias = (
    Header
    | Configuration
    | Command
    | PackageEnd
    | SectionBegin
    | SectionEnd
    | Section
    | Content
    | RamBlock
    | MappedBytes
    | RamPages
    | RamZeros
    | RamEncoded
    | RamWord
    | Eof
    | VmdescText
    | Tail
)
