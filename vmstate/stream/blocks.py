"""The list of guest memory's blocks, and what may stand behind an entry of it.

What an entry consists of depends on what was agreed upon before; the destination is told
that by the configuration and by a command.

Source: QEMU 11.1 migration/ram.c (ram_save_setup, mapped_ram_setup_ramblock, parse_ramblocks,
parse_ramblock, mapped_ram_read_header).
"""

from __future__ import annotations

from collections.abc import Generator
from struct import Struct
from typing import TypeAlias

from vmstate.errors import StreamError
from vmstate.stream.events import Event, MappedBlock, MappedBytes, RamBlock
from vmstate.stream.format import (
    MAPPED_ALIGNMENT,
    MAPPED_VERSION,
    PAGE_POWERS,
    RAM_SECTION,
)
from vmstate.stream.input import Input, Waiting

Reading: TypeAlias = Generator[Event | None, None, None]

_WORD = 8
_MAPPED = Struct(">IQQQ")
#: Bytes that one event of a block's pages in a file with mapped-ram holds, at most.
_MAPPED_PIECE = 1 << 22
_PATH = f"{RAM_SECTION}, list of blocks"


class BlockList:
    """Reads lists of blocks and remembers what was in them.

    Attributes:
        sizes: bytes of each block by its name, in the order of the list.
        page_size: bytes of a target page, if an entry told them.
        host_pages: sizes of the host's pages, each a bit; 0 unless blocks may come with them.
        ignores_shared: whether shared blocks are listed only, each with its address.
        is_mapped: whether pages are at fixed places of a file.
    """

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.page_size: int | None = None
        self.host_pages = 0
        self.ignores_shared = False
        self.is_mapped = False
        #: Where the stream begins in its file; known with the first bitmap.
        self._begin: int | None = None

    def agree(self, capability: str) -> None:
        """Take notice of a capability that both sides have."""
        self.ignores_shared |= capability == "x-ignore-shared"
        self.is_mapped |= capability == "mapped-ram"

    def read(self, source: Input, total: int) -> Reading:
        """Read the entries of blocks that have *total* bytes together."""
        while total > 0:
            block = yield from self._entry(source, total)
            total -= block.size
            self.sizes[block.name] = block.size
            yield block
            if block.mapped is not None:
                yield from self._pages(source, block, block.mapped)

    def _entry(self, source: Input, left: int) -> Waiting[RamBlock]:
        offset = source.offset
        yield from source.need(1, _PATH)
        size = source.byte()
        yield from source.need(1 + size + _WORD, _PATH)
        source.skip(1)
        name = source.take(size).decode("latin-1")
        used = int.from_bytes(source.take(_WORD))
        if not 0 < used <= left:
            raise StreamError(
                f"block {name!r} has {used} bytes, {left} are left of the total",
                offset=offset,
                path=RAM_SECTION,
            )
        host_page = address = mapped = None
        if self.host_pages:
            yield from source.need(_WORD, _PATH)
            number = int.from_bytes(source.peek(_WORD))
            # Sent only if it is not the usual one; nothing else that may stand here is one.
            if number & self.host_pages and number.bit_count() == 1:
                host_page = number
                source.skip(_WORD)
        if self.ignores_shared:
            yield from source.need(_WORD, _PATH)
            address = int.from_bytes(source.take(_WORD))
        if self.is_mapped:
            yield from source.need(_MAPPED.size, _PATH)
            mapped = MappedBlock(*_MAPPED.unpack(source.take(_MAPPED.size)))
        return RamBlock(name, used, host_page, address, mapped, offset=offset)

    def _pages(self, source: Input, block: RamBlock, mapped: MappedBlock) -> Reading:
        """Read bitmap, padding and pages of a block, which follow its entry."""
        self._check(block, mapped, source.offset)
        if not mapped.pages_offset:
            return
        end = source.offset + mapped.pages_offset - mapped.bitmap_offset + block.size
        while source.offset < end:
            yield from source.need(1, f"{RAM_SECTION}, pages of {block.name!r}")
            offset = source.offset
            size = min(len(source.look(1)), end - offset, _MAPPED_PIECE)
            yield MappedBytes(source.view(size), offset=offset)

    def _check(self, block: RamBlock, mapped: MappedBlock, place: int) -> None:
        """Refuse a header of a block's pages that contradicts itself or another one.

        Places are counted from the beginning of the file, in which something else may
        precede the stream.
        """
        bitmap, pages = mapped.bitmap_offset, mapped.pages_offset
        if mapped.version > MAPPED_VERSION:
            raise _wrong(block, place, f"version {mapped.version}", f"{MAPPED_VERSION} at most")
        size = self.page_size or mapped.page_size
        if mapped.page_size != size or size not in PAGE_POWERS:
            expected = self.page_size or "a power of two"
            raise _wrong(block, place, f"pages of {mapped.page_size} bytes", str(expected))
        self.page_size = size
        if not bitmap and not pages:
            # A shared block, whose pages are left out.
            return
        begin = bitmap - place
        if self._begin is None and begin >= 0:
            self._begin = begin
        if begin != self._begin:
            here = place + (self._begin or 0)
            raise _wrong(block, place, f"its bitmap at {bitmap:#x}", f"it here, at {here:#x}")
        if pages % MAPPED_ALIGNMENT or not 0 <= pages - bitmap <= MAPPED_ALIGNMENT + block.size:
            raise _wrong(
                block,
                place,
                f"its pages at {pages:#x}",
                f"the next multiple of {MAPPED_ALIGNMENT:#x} behind its bitmap",
            )


def _wrong(block: RamBlock, place: int, found: str, expected: str) -> StreamError:
    return StreamError(
        f"block {block.name!r} has {found}, expected {expected}", offset=place, path=_PATH
    )
