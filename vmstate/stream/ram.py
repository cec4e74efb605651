"""Guest memory: what stands in the parts of the section ``ram``.

Pages make up nearly all of a stream.  Those that follow each other are read as one event,
in loops that touch each once and copy none.

Source: QEMU 11.1 migration/ram.c (ram_load_precopy, ram_load_postcopy, parse_ramblocks,
mapped_ram_read_header, load_xbzrle); for compressed pages, QEMU 7.2.
"""

from __future__ import annotations

from collections.abc import Generator
from struct import Struct

from vmstate.errors import StreamError
from vmstate.stream.events import (
    Event,
    MappedBlock,
    MappedBytes,
    RamBlock,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
)
from vmstate.stream.format import (
    MAPPED_ALIGNMENT,
    MAPPED_HEADER,
    PAGE_SIZES,
    RAM_FLAGS,
    RAM_PAGES,
    RAM_SECTION,
    RAM_WORDS,
    Ram,
)
from vmstate.stream.input import Input

_WORD = 8
_ZERO = Struct(">QB")
_MAPPED = Struct(">IQQQ")
#: Bytes of a run of pages that are looked at together.
_WINDOW = 1 << 24
#: Bytes that one event of a block's pages in a file with mapped-ram holds, at most.
_MAPPED_PIECE = 1 << 22

Reading = Generator[Event | None, None, None]


class RamReader:
    """Reads the content of the section ``ram``, part by part.

    Args:
        source: where the bytes come from.
        page_size: bytes of a target page; None to find out.

    Attributes:
        page_size: the same; found out with the first page.
        host_pages: sizes of the host's pages, each a bit; 0 unless blocks may come with them.
        ignores_shared: whether shared blocks are listed only, each with its address.
        is_mapped: whether pages are at fixed places of a file.
    """

    def __init__(self, source: Input, page_size: int | None) -> None:
        self._input = source
        self.page_size = page_size
        self.ignores_shared = False
        self.is_mapped = False
        self.host_pages = 0
        self._block = ""

    def part(self) -> Reading:
        """Read one part, up to and with its last word."""
        source = self._input
        while True:
            yield from source.need(_WORD, RAM_SECTION)
            offset = source.offset
            word = int.from_bytes(source.look(_WORD)[:_WORD])
            flag, is_continued = word & RAM_FLAGS & ~Ram.CONTINUE, bool(word & Ram.CONTINUE)
            address = word & ~RAM_FLAGS
            if flag not in RAM_WORDS or (is_continued and flag not in RAM_PAGES):
                raise self._wrong(word)
            if flag in RAM_PAGES:
                yield from self._pages(flag, address, is_named=not is_continued)
            else:
                source.skip(_WORD)
                yield RamWord(flag, address, offset=offset)
                if flag == Ram.EOS:
                    return
                if flag == Ram.BLOCKS:
                    yield from self._blocks(address)

    def _wrong(self, word: int) -> StreamError:
        known = ", ".join(f"{flag.value:#x} {flag.name}" for flag in Ram)
        return StreamError(
            f"word {word:#018x} has the flags {word & RAM_FLAGS:#x}, expected one of {known}",
            offset=self._input.offset,
            path=RAM_SECTION,
        )

    # Pages --------------------------------------------------------------------------------

    def _pages(self, flag: int, address: int, *, is_named: bool) -> Reading:
        source = self._input
        offset = source.offset
        if self.is_mapped:
            raise StreamError(
                "a page in a stream whose pages are elsewhere (mapped-ram)",
                offset=offset,
                path=RAM_SECTION,
            )
        if not is_named and not self._block:
            raise StreamError(
                "a page that continues a block, and none came before it",
                offset=offset,
                path=RAM_SECTION,
            )
        if is_named:
            yield from source.need(_WORD + 1, RAM_SECTION)
            size = source.look(_WORD + 1)[_WORD]
            yield from source.need(_WORD + 1 + size, RAM_SECTION)
            source.skip(_WORD + 1)
            self._block = source.take(size).decode("latin-1")
        if flag == Ram.ZERO:
            yield from self._zeros(address, offset, is_named=is_named)
        elif flag == Ram.PAGE:
            yield from self._plain(address, offset, is_named=is_named)
        else:
            yield from self._encoded(flag, address, offset, is_named=is_named)

    def _zeros(self, address: int, offset: int, *, is_named: bool) -> Reading:
        source = self._input
        if is_named:
            yield from source.need(1, RAM_SECTION)
            fill = source.take(1)[0]
            yield RamZeros(self._block, is_named, address, 0, 1, fill, offset=offset)
            return
        yield from source.need(_ZERO.size, RAM_SECTION)
        window = source.look(_ZERO.size)[:_WINDOW]
        records = _ZERO.iter_unpack(window[: len(window) - len(window) % _ZERO.size])
        first, fill = next(records)
        count, step, expected = 1, 0, first
        for word, byte in records:
            if not step:
                step = self.page_size or word - first
                if step not in PAGE_SIZES:
                    step = 0
                    break
                expected = first + step
            if word != expected or byte != fill:
                break
            expected += step
            count += 1
        source.skip(count * _ZERO.size)
        step = step if count > 1 else 0
        yield RamZeros(self._block, is_named, address, step, count, fill, offset=offset)

    def _plain(self, address: int, offset: int, *, is_named: bool) -> Reading:
        source = self._input
        skipped = 0 if is_named else _WORD
        if self.page_size is None:
            yield from self._find_page_size(skipped, address)
        size = self.page_size or 0
        if address % size:
            raise StreamError(
                f"address {address:#x} of a page is no multiple of its size {size:#x}",
                offset=offset,
                path=RAM_SECTION,
            )
        yield from source.need(skipped + size, f"{RAM_SECTION}, page {address:#x}")
        if is_named:
            data = source.view(size)
            yield RamPages(self._block, is_named, address, size, 1, data, size, offset=offset)
            return
        record = _WORD + size
        window = source.look(record)[:_WINDOW]
        expected, count = address | Ram.PAGE | Ram.CONTINUE, 0
        for (word,) in Struct(f">Q{size}x").iter_unpack(
            window[: len(window) - len(window) % record]
        ):
            if word != expected:
                break
            expected += size
            count += 1
        data = window[_WORD : count * record]
        source.skip(count * record)
        yield RamPages(self._block, is_named, address, size, count, data, record, offset=offset)

    def _find_page_size(self, skipped: int, address: int) -> Generator[None, None, None]:
        """Find out how large a page is by what stands behind the first one."""
        source = self._input
        for size in PAGE_SIZES:
            yield from source.want(skipped + size + 2 * _WORD)
            window = source.look(0)
            behind = bytes(window[skipped + size : skipped + size + 2 * _WORD])
            if address % size == 0 and self._may_follow(behind, address, size):
                self.page_size = size
                return
        raise StreamError(
            f"the page at {address:#x} has none of the usual sizes, or the stream ends in it",
            offset=source.offset,
            path=RAM_SECTION,
        )

    def _may_follow(self, behind: bytes, address: int, size: int) -> bool:
        """Whether *behind* can stand behind a page of *size* bytes."""
        if len(behind) < _WORD:
            return False
        word = int.from_bytes(behind[:_WORD])
        flag, to = word & (size - 1) & ~Ram.CONTINUE, word & ~(size - 1)
        if word & Ram.CONTINUE:
            return flag in RAM_PAGES and to > address
        if flag in RAM_PAGES:
            return bool(behind[_WORD:]) and behind[_WORD] > 0
        return flag == Ram.EOS or (flag == Ram.MULTIFD_FLUSH and not to)

    def _encoded(self, flag: int, address: int, offset: int, *, is_named: bool) -> Reading:
        source = self._input
        skipped = 0 if is_named else _WORD
        is_xbzrle = flag == Ram.XBZRLE
        head = 3 if is_xbzrle else 4
        yield from source.need(skipped + head, RAM_SECTION)
        source.skip(skipped)
        method = source.take(1)[0] if is_xbzrle else 1
        size = int.from_bytes(source.take(2 if is_xbzrle else 4))
        yield from source.need(size, f"{RAM_SECTION}, encoded page {address:#x}")
        data = source.take(size)
        yield RamEncoded(flag, self._block, is_named, address, data, method, offset=offset)

    # Blocks -------------------------------------------------------------------------------

    def _blocks(self, total: int) -> Reading:
        while total > 0:
            block = yield from self._listed(total)
            total -= block.size
            yield block
            if block.mapped is not None:
                yield from self._mapped(block)

    def _listed(self, left: int) -> Generator[Event | None, None, RamBlock]:
        source = self._input
        offset = source.offset
        path = f"{RAM_SECTION}, list of blocks"
        yield from source.need(1, path)
        size = source.look(1)[0]
        yield from source.need(1 + size + _WORD, path)
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
            yield from source.want(_WORD)
            number = int.from_bytes(source.look(_WORD)[:_WORD])
            # Sent only if it is not the usual one; nothing else that may stand here is one.
            if number & self.host_pages and number.bit_count() == 1:
                host_page = int.from_bytes(source.take(_WORD))
        if self.ignores_shared:
            yield from source.need(_WORD, path)
            address = int.from_bytes(source.take(_WORD))
        if self.is_mapped:
            yield from source.need(MAPPED_HEADER, path)
            mapped = MappedBlock(*_MAPPED.unpack(source.take(MAPPED_HEADER)))
        return RamBlock(name, used, host_page, address, mapped, offset=offset)

    def _mapped(self, block: RamBlock) -> Reading:
        """Read bitmap, padding and pages of a block, which follow its entry."""
        source = self._input
        mapped = block.mapped
        if mapped is None or not mapped.pages_offset:
            return
        end = mapped.pages_offset + block.size
        place = source.offset
        is_behind = place <= mapped.bitmap_offset <= mapped.pages_offset
        if not is_behind or mapped.pages_offset - place > 2 * MAPPED_ALIGNMENT + block.size:
            raise StreamError(
                f"block {block.name!r} has its bitmap at {mapped.bitmap_offset:#x} and its pages "
                f"at {mapped.pages_offset:#x}, expected both behind this place and near it",
                offset=place,
                path=RAM_SECTION,
            )
        while source.offset < end:
            yield from source.need(1, f"{RAM_SECTION}, pages of {block.name!r}")
            offset = source.offset
            size = min(len(source.look(1)), end - offset, _MAPPED_PIECE)
            yield MappedBytes(source.view(size), offset=offset)
