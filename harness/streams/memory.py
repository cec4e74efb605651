"""Memory: what a stream holds of each block of guest memory, in numbers.

Owns counting, and hashing for those who compare.  A page that is sent again replaces what
was sent before, as it does in the guest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from vmstate.stream import Event, MappedBytes, RamBlock, RamEncoded, RamPages, RamZeros

#: Bytes of the hash of one page.
_DIGEST = 16
_NO_DIGEST = bytes(_DIGEST)


@dataclass(slots=True)
class Block:
    """One block of guest memory.

    Attributes:
        name: e.g. ``pc.ram``.
        size: bytes in use.
        pages: pages that came with their bytes, each time counted.
        zeros: pages of one repeated byte.
        encoded: pages as what changed in them, or compressed.
        bytes: bytes of pages in the stream, without addresses.
    """

    name: str
    size: int
    pages: int = 0
    zeros: int = 0
    encoded: int = 0
    bytes: int = 0

    def numbers(self) -> dict[str, object]:
        """Return what is known, by name."""
        return {
            "block": self.name,
            "size": self.size,
            "pages": self.pages,
            "zero_pages": self.zeros,
            "encoded_pages": self.encoded,
            "bytes": self.bytes,
        }


@dataclass(slots=True)
class Memory:
    """All blocks that a stream has told of.

    Attributes:
        hashes: whether to hash contents, too.
        blocks: those seen so far, by name.
    """

    hashes: bool = False
    blocks: dict[str, Block] = field(default_factory=dict)
    _digests: dict[str, bytearray] = field(default_factory=dict)
    _mapped: dict[str, Any] = field(default_factory=dict)
    _last: str = ""

    def observe(self, event: Event) -> bool:
        """Count *event*; return whether it was one of guest memory."""
        match event:
            case RamPages():
                self._pages(event)
            case RamZeros():
                self._zeros(event)
            case RamEncoded():
                self._encoded(event)
            case RamBlock():
                self.blocks.setdefault(event.name, Block(event.name, event.size))
                self._last = event.name
            case MappedBytes():
                self._mapped_bytes(event)
            case _:
                return False
        return True

    def _pages(self, event: RamPages) -> None:
        block = self._block(event.block)
        block.pages += event.count
        block.bytes += event.count * event.page_size
        if not self.hashes:
            return
        for number in range(event.count):
            page = event.page(number)
            # A page of zeros may be sent as such, or not.
            digest = blake2b(page, digest_size=_DIGEST).digest() if any(page) else _NO_DIGEST
            self._put(event.block, event.address + number * event.page_size, digest)

    def _zeros(self, event: RamZeros) -> None:
        self._block(event.block).zeros += event.count
        if self.hashes:
            digest = bytes([event.fill]) * _DIGEST
            for number in range(event.count):
                self._put(event.block, event.address + number * event.step, digest)

    def _encoded(self, event: RamEncoded) -> None:
        block = self._block(event.block)
        block.encoded += 1
        block.bytes += len(event.data)
        if self.hashes:
            digest = blake2b(event.data, digest_size=_DIGEST).digest()
            self._put(event.block, event.address, digest)

    def _mapped_bytes(self, event: MappedBytes) -> None:
        self._block(self._last).bytes += len(event.data)
        if self.hashes:
            self._mapped.setdefault(self._last, blake2b(digest_size=_DIGEST)).update(event.data)

    def _block(self, name: str) -> Block:
        return self.blocks.setdefault(name, Block(name, 0))

    def _put(self, block: str, address: int, digest: bytes) -> None:
        # Targets have pages of 1 KiB at least: no two share a place.
        place = (address >> 10) * _DIGEST
        digests = self._digests.setdefault(block, bytearray())
        if not any(digest) and place >= len(digests):
            return
        if len(digests) < place + _DIGEST:
            digests.extend(bytes(place + _DIGEST - len(digests)))
        digests[place : place + _DIGEST] = digest

    def contents(self) -> Mapping[str, str]:
        """Return a hash of what each block holds; blocks of zeros alone have the same."""
        return {name: self._content(name) for name in self.blocks}

    def _content(self, name: str) -> str:
        if name in self._mapped:
            return str(self._mapped[name].hexdigest())
        digests = self._digests.get(name, bytearray())
        return blake2b(bytes(digests).rstrip(b"\0"), digest_size=_DIGEST).hexdigest()
