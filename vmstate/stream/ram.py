"""Guest memory: what stands in the parts of the section ``ram``.

Pages make up nearly all of a stream.  Those that follow each other are read as one event,
in loops that touch each once and copy none.

Source: QEMU 11.1 migration/ram.c (ram_load_precopy, ram_load_postcopy, parse_ramblocks,
load_xbzrle); for compressed pages, QEMU 7.2.
"""

from __future__ import annotations

from struct import Struct

from vmstate.errors import StreamError
from vmstate.stream.blocks import BlockList, Reading
from vmstate.stream.events import RamEncoded, RamPages, RamWord, RamZeros
from vmstate.stream.format import (
    PAGE_SIZES,
    RAM_FLAGS,
    RAM_PAGES,
    RAM_SECTION,
    RAM_WORDS,
    XBZRLE_METHOD,
    Ram,
)
from vmstate.stream.input import Input, Waiting
from vmstate.stream.words import Words

_WORD = 8
_ZERO = Struct(">QB")
#: Flags of pages that continue a block.
_PAGE, _ZEROS = Ram.PAGE | Ram.CONTINUE, Ram.ZERO | Ram.CONTINUE
#: Bytes of a run of pages that are looked at together.
_WINDOW = 1 << 24


class RamReader:
    """Reads the content of the section ``ram``, part by part.

    Args:
        source: where the bytes come from.
        page_size: bytes of a target page; None to find out.
        is_strict: whether to refuse what QEMU refuses, though it could be read.

    Attributes:
        source: the same; another one while a package is read.
        page_size: the same; found out with the first page.
        blocks: what has been listed.
    """

    def __init__(self, source: Input, page_size: int | None, *, is_strict: bool) -> None:
        self.source = source
        self.page_size = page_size
        self.blocks = BlockList()
        self._is_strict = is_strict
        self._block: str | None = None
        self._words: Words | None = None

    def part(self) -> Reading:
        """Read one part, up to and with its last word."""
        source = self.source
        while True:
            if (run := self._run(source.look(0))) is not None:
                yield run
                continue
            yield from source.need(_WORD, RAM_SECTION)
            offset = source.offset
            word = int.from_bytes(source.peek(_WORD))
            flags = word & self._mask()
            flag, address = flags & ~Ram.CONTINUE, word - flags
            if flag not in RAM_WORDS:
                raise self._wrong(word, "expected one of", RAM_WORDS | {Ram.CONTINUE})
            if self.blocks.is_mapped and flag not in (Ram.EOS, Ram.BLOCKS):
                raise self._wrong(
                    word,
                    "the pages of this stream are at places of their own (mapped-ram), expected",
                    {Ram.EOS, Ram.BLOCKS},
                )
            if flag in RAM_PAGES:
                yield from self._pages(flag, address, is_named=flag == flags)
                continue
            source.skip(_WORD)
            yield RamWord(flags, address, offset=offset)
            if flag == Ram.EOS:
                return
            if flag == Ram.BLOCKS:
                self.blocks.page_size = self.page_size
                yield from self.blocks.read(source, address)
                self.page_size = self.blocks.page_size

    def _mask(self) -> int:
        return RAM_FLAGS if self.page_size is None else self.page_size - 1

    def _wrong(self, word: int, why: str, flags: frozenset[Ram] | set[Ram]) -> StreamError:
        known = ", ".join(f"{flag.value:#x} {flag.name}" for flag in sorted(flags))
        return StreamError(
            f"word {word:#018x} has the flags {word & self._mask():#x}, {why} {known}",
            offset=self.source.offset,
            path=RAM_SECTION,
        )

    # Runs ---------------------------------------------------------------------------------

    def _run(self, window: memoryview) -> RamPages | RamZeros | None:
        """Return the pages at the front that continue a block; None if there is more to it.

        Nearly all of a stream is read here: nothing is waited for, and nothing found out.
        """
        size = self.page_size
        if size is None or self._block is None or self.blocks.is_mapped or len(window) < _WORD:
            return None
        word = int.from_bytes(window[:_WORD])
        flags = word & (size - 1)
        if flags == _PAGE and len(window) >= _WORD + size:
            return self._plain_run(window, word - flags, size)
        if flags == _ZEROS and len(window) >= _ZERO.size:
            return self._zero_run(window, word - flags, size)
        return None

    def _plain_run(self, window: memoryview, address: int, size: int) -> RamPages | None:
        source, record = self.source, _WORD + size
        most = self._room(address, size, min(len(window), _WINDOW) // record or 1)
        if most < 1:
            return None
        if self._words is None or self._words.size != size:
            self._words = Words(size, _PAGE)
        count = self._words.consecutive(window, address | _PAGE, most)
        offset, data = source.offset, window[_WORD : count * record]
        source.skip(count * record)
        return RamPages(
            self._block or "",
            is_named=False,
            address=address,
            page_size=size,
            count=count,
            data=data,
            stride=record,
            offset=offset,
        )

    def _zero_run(self, window: memoryview, address: int, step: int) -> RamZeros | None:
        source = self.source
        most = self._room(address, step, min(len(window), _WINDOW) // _ZERO.size)
        if most < 1:
            return None
        fill, count, expected = window[_WORD], 0, address | _ZEROS
        for record in _ZERO.iter_unpack(window[: most * _ZERO.size]):
            if record != (expected, fill):
                break
            expected += step
            count += 1
        offset = source.offset
        source.skip(count * _ZERO.size)
        step = step if count > 1 else 0
        return RamZeros(
            self._block or "",
            is_named=False,
            address=address,
            step=step,
            count=count,
            fill=fill,
            offset=offset,
        )

    def _room(self, address: int, size: int, most: int) -> int:
        """Return how many pages of *size* bytes can follow from *address* on in their block."""
        sizes = self.blocks.sizes
        if not self._is_strict or not sizes:
            return most
        left = sizes.get(self._block or "", 0) - address
        return min(most, -(-left // size))

    # Pages --------------------------------------------------------------------------------

    def _pages(self, flag: int, address: int, *, is_named: bool) -> Reading:
        source = self.source
        offset = source.offset
        if is_named:
            yield from source.need(_WORD + 1, RAM_SECTION)
            size = source.peek(_WORD + 1)[_WORD]
            yield from source.need(_WORD + 1 + size, RAM_SECTION)
            source.skip(_WORD + 1)
            self._block = source.take(size).decode("latin-1")
        elif self._block is None:
            raise StreamError(
                "a page that continues a block, and none came before it",
                offset=offset,
                path=RAM_SECTION,
            )
        if self._is_strict:
            self._check_place(address, offset)
        if flag == Ram.ZERO:
            yield from self._zeros(address, offset, is_named=is_named)
        elif flag == Ram.PAGE:
            yield from self._plain(address, offset, is_named=is_named)
        else:
            yield from self._encoded(flag, address, offset, is_named=is_named)

    def _check_place(self, address: int, offset: int) -> None:
        """Refuse a page of no block, or behind its block's end."""
        sizes, name = self.blocks.sizes, self._block or ""
        if not sizes:
            return
        if name not in sizes:
            raise StreamError(
                f"a page of block {name!r}, the list of blocks has {', '.join(map(repr, sizes))}",
                offset=offset,
                path=RAM_SECTION,
            )
        if address >= sizes[name]:
            raise StreamError(
                f"a page at {address:#x} of block {name!r}, which has {sizes[name]:#x} bytes",
                offset=offset,
                path=RAM_SECTION,
            )

    def _zeros(self, address: int, offset: int, *, is_named: bool) -> Reading:
        source, block = self.source, self._block or ""
        if is_named:
            yield from source.need(1, RAM_SECTION)
            fill = source.take(1)[0]
            yield RamZeros(block, is_named, address, 0, 1, fill, offset=offset)
            return
        yield from source.need(_ZERO.size, RAM_SECTION)
        window = source.look(_ZERO.size)
        step = self.page_size or _step(window)
        yield self._zero_run(window, address, step) if step else self._zero(address)

    def _zero(self, address: int) -> RamZeros:
        offset = self.source.offset
        fill = self.source.take(_ZERO.size)[_WORD]
        return RamZeros(
            self._block or "",
            is_named=False,
            address=address,
            step=0,
            count=1,
            fill=fill,
            offset=offset,
        )

    def _plain(self, address: int, offset: int, *, is_named: bool) -> Reading:
        source, block = self.source, self._block or ""
        skipped = 0 if is_named else _WORD
        size = self.page_size or (yield from self._find_page_size(skipped, address))
        self.page_size = size
        yield from source.need(skipped + size, f"{RAM_SECTION}, page {address:#x} of {block!r}")
        if is_named:
            data = source.view(size)
            yield RamPages(block, is_named, address, size, 1, data, size, offset=offset)
        else:
            yield self._plain_run(source.look(_WORD + size), address, size)

    def _find_page_size(self, skipped: int, address: int) -> Waiting[int]:
        """Find out how large a page is by what stands behind the first one."""
        source = self.source
        for size in PAGE_SIZES:
            reach = skipped + size + _WORD + 1 + 0xFF
            yield from source.want(reach)
            behind = bytes(source.look(reach)[skipped + size : reach])
            if address % size == 0 and self._may_follow(behind, size):
                return size
        raise StreamError(
            f"the page at {address:#x} has none of the usual sizes, or the stream ends in it",
            offset=source.offset,
            path=RAM_SECTION,
        )

    def _may_follow(self, behind: bytes, size: int) -> bool:
        """Whether *behind* can stand behind a page of *size* bytes."""
        word = int.from_bytes(behind[:_WORD])
        flags = word & (size - 1)
        if len(behind) < _WORD or flags & ~Ram.CONTINUE not in RAM_PAGES:
            return word in (Ram.EOS, Ram.MULTIFD_FLUSH)
        sizes, name = self.blocks.sizes, self._block or ""
        if not flags & Ram.CONTINUE:
            length = behind[_WORD] if len(behind) > _WORD else 0
            name = behind[_WORD + 1 :][:length].decode("latin-1")
            if not length or (sizes and name not in sizes):
                return False
        return not sizes or word - flags < sizes.get(name, 0)

    def _encoded(self, flag: int, address: int, offset: int, *, is_named: bool) -> Reading:
        source, block = self.source, self._block or ""
        skipped = 0 if is_named else _WORD
        is_xbzrle = flag == Ram.XBZRLE
        head = 3 if is_xbzrle else 4
        path = f"{RAM_SECTION}, encoded page {address:#x} of {block!r}"
        yield from source.need(skipped + head, path)
        source.skip(skipped)
        place = source.offset
        method = source.take(1)[0] if is_xbzrle else XBZRLE_METHOD
        size = int.from_bytes(source.take(2 if is_xbzrle else 4))
        if self._is_strict and method != XBZRLE_METHOD:
            raise StreamError(
                f"encoded by method {method}, expected {XBZRLE_METHOD}", offset=place, path=path
            )
        if self._is_strict and self.page_size is not None:
            most = self.page_size if is_xbzrle else _most_compressed(self.page_size)
            if size > most:
                raise StreamError(
                    f"{size} bytes of a page of {self.page_size}, expected {most} at most",
                    offset=place,
                    path=path,
                )
        yield from source.need(size, path)
        data = source.take(size)
        yield RamEncoded(flag, block, is_named, address, data, method, offset=offset)


def _step(window: memoryview) -> int:
    """Return how far the first two pages of zeros in *window* are apart; 0 if by no page."""
    if len(window) < 2 * _ZERO.size:
        return 0
    (first, _), (second, _) = _ZERO.iter_unpack(window[: 2 * _ZERO.size])
    return second - first if second - first in PAGE_SIZES else 0


def _most_compressed(size: int) -> int:
    """Return how many bytes zlib makes of *size* at most.

    Source: zlib 1.3 compress.c (compressBound).
    """
    return size + (size >> 12) + (size >> 14) + (size >> 25) + 13
