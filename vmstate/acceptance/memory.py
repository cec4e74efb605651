"""Guest memory: whether a destination takes the pages and blocks of the section ``ram``.

Source: QEMU 7.2 migration/ram.c (ram_load_precopy, ram_block_from_stream, load_xbzrle),
migration/xbzrle.c, softmmu/physmem.c (qemu_ram_resize).
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from vmstate.acceptance.registered import RESIZEABLE
from vmstate.cursor import Reader
from vmstate.errors import StreamError
from vmstate.stream.format import RAM_SECTION, RAM_VERSION, Ram

_WORD = 8
_ALL = (1 << 64) - 1
_COUNTED = (Ram.ZERO, Ram.PAGE, Ram.XBZRLE)
_XBZRLE_METHOD = 1
#: A page of one byte that goes on in the current block: its word and that byte.
_ZERO = Struct(">QB")


@dataclass(slots=True)
class MemoryLoader:
    """Guest memory of one destination, while it loads one stream.

    Attributes:
        sizes: bytes of each block in use; a resizeable one takes the stream's.
        page_size: bytes of a target page, and of one of the host's.
        takes_fill: whether a page of one repeated byte may be of another than 0.
        knows_flush: whether multifd's mark is known, which does nothing without multifd.
        current: the block of the latest page; empty before the first one.
    """

    sizes: dict[str, int]
    page_size: int
    takes_fill: bool
    knows_flush: bool
    current: str = ""

    def load(self, reader: Reader, version_id: int) -> None:
        """Move *reader* past the body of one part of the section.

        Raises:
            StreamError: it is refused.
        """
        if version_id != RAM_VERSION:
            raise StreamError(
                f"version {version_id} of guest memory, expected {RAM_VERSION}",
                offset=reader.offset,
                path=RAM_SECTION,
            )
        reader.path = RAM_SECTION
        flags = 0
        while not flags & Ram.EOS:
            self._skip_zeros(reader)
            offset = reader.offset
            word = reader.unsigned(_WORD)
            flags = word % self.page_size
            self._word(reader, flags, word - flags, offset)
        reader.path = ""

    def _skip_zeros(self, reader: Reader) -> None:
        """Move past pages of one byte that go on in the current block: most pages are."""
        flags = Ram.ZERO | Ram.CONTINUE
        size = self.sizes.get(self.current, 0)
        whole = reader.remaining // _ZERO.size * _ZERO.size
        for word, fill in _ZERO.iter_unpack(reader.data[reader.offset : reader.offset + whole]):
            is_zero = word % self.page_size == flags and word - flags < size
            if not is_zero or (fill and not self.takes_fill):
                return
            reader.offset += _ZERO.size

    def _word(self, reader: Reader, flags: int, address: int, offset: int) -> None:
        kind = flags & ~Ram.CONTINUE
        if flags & Ram.COMPRESSED:
            raise self._wrong("a compressed page, which nobody announced", offset)
        if flags & (Ram.ZERO | Ram.PAGE | Ram.XBZRLE):
            self._check_place(reader, flags, address, offset)
        if kind == Ram.BLOCKS:
            self._blocks(reader, address)
        elif kind in _COUNTED:
            self._page(reader, kind, offset)
        elif kind != Ram.EOS and not (kind == Ram.MULTIFD_FLUSH and self.knows_flush):
            raise self._wrong(
                f"a word of guest memory with the flags {flags:#x}, which mean nothing", offset
            )

    def _check_place(self, reader: Reader, flags: int, address: int, offset: int) -> None:
        if not flags & Ram.CONTINUE:
            name = self._name(reader)
            if name not in self.sizes:
                raise self._wrong(f"a page of {name!r}, which is no block here", offset)
            self.current = name
        elif not self.current:
            raise self._wrong("a page of the same block as the one before: there is none", offset)
        if address >= self.sizes[self.current]:
            raise self._wrong(
                f"a page at {address:#x} of {self.current!r}, which has "
                f"{self.sizes[self.current]:#x} bytes",
                offset,
            )

    def _page(self, reader: Reader, kind: int, offset: int) -> None:
        if kind == Ram.PAGE:
            reader.take(self.page_size)
        elif kind == Ram.ZERO:
            fill = reader.unsigned(1)
            if fill and not self.takes_fill:
                raise self._wrong(f"a zero page with the value {fill}", offset)
        else:
            method, size = reader.unsigned(1), reader.unsigned(2)
            if method != _XBZRLE_METHOD or size > self.page_size:
                raise self._wrong(f"a page encoded by method {method} in {size} bytes", offset)
            if not is_delta(reader.take(size), self.page_size):
                raise self._wrong("a page whose encoding can't be undone", offset)

    def _blocks(self, reader: Reader, total: int) -> None:
        left = total
        while left:
            offset = reader.offset
            name, size = self._name(reader), reader.unsigned(_WORD)
            self._resize(name, size, offset)
            # It counts down to nothing and, where it misses that, on through all of 64 bits.
            left = (left - size) & _ALL

    def _resize(self, name: str, size: int, offset: int) -> None:
        own = self.sizes.get(name)
        if own is None:
            raise self._wrong(f"a block {name!r}, which is none here", offset)
        aligned = (size + self.page_size - 1) & ~(self.page_size - 1) & _ALL
        if aligned == own:
            return
        most = RESIZEABLE.get(name)
        if most is None:
            raise self._wrong(f"{size:#x} bytes of {name!r}, which has {own:#x} here", offset)
        if aligned > most:
            raise self._wrong(f"{size:#x} bytes of {name!r}, expected {most:#x} at most", offset)
        self.sizes[name] = aligned

    @staticmethod
    def _name(reader: Reader) -> str:
        return reader.take(reader.unsigned(1)).split(b"\0")[0].decode("latin-1")

    @staticmethod
    def _wrong(why: str, offset: int) -> StreamError:
        return StreamError(why, offset=offset, path=RAM_SECTION)


def is_delta(data: bytes, page_size: int) -> bool:
    """Whether *data* can be undone as what changed in a page of *page_size* bytes."""
    at = reached = 0
    while at < len(data):
        for is_literal in (False, True):
            count, width = _small(data, at)
            is_first_skip = not is_literal and not at
            if not width or len(data) - at < 2 or (not count and not is_first_skip):
                return False
            at += width
            reached += count
            if is_literal:
                at += count
            if reached > page_size or at > len(data):
                return False
    return True


def _small(data: bytes, at: int) -> tuple[int, int]:
    """Return a number of up to 14 bits and the bytes that it takes; 0 bytes if it is none."""
    one, other = (*data[at : at + 2], 0, 0)[:2]
    if not one & 0x80:
        return one, 1
    return (0, 0) if other & 0x80 else (one & 0x7F | other << 7, 2)
