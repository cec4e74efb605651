"""Words: what stands in front of pages that follow each other, and how many those are.

Owns the loops that look at every page of guest memory.  The pages themselves are in no
cache, and little else may be spent on each.
"""

from __future__ import annotations

from struct import Struct, pack

_WORD = 8
#: Pages that follow each other from which on a run counts as long.
_LONG = 32
#: Pages of a long run that are looked at together.
_MANY = 512
#: Bits of the addresses that a table of words spans, and bytes of a word that are left.
_SPAN, _HIGH = 24, _WORD - 3
#: Regions of such addresses that there are.
_REGIONS = 1 << 8 * _HIGH


class Words:
    """The words of pages that continue a block.

    Args:
        size: bytes of a page, a power of two.
        flags: the bits of each word that are no address.

    Attributes:
        size: the same.
    """

    __slots__ = ("_flags", "_one", "_region", "_table", "_words", "size")

    def __init__(self, size: int, flags: int) -> None:
        self.size = size
        self._flags = flags
        self._one = Struct(f">Q{size}x")
        # The words of one region, of which all but the high bytes are the same in each.
        self._table = bytearray()
        self._words = memoryview(self._table).cast("Q")
        self._region = 0

    def consecutive(self, window: memoryview, first: int, most: int) -> int:
        """Return how many pages follow each other in *window*, *most* at most.

        Args:
            window: each page behind its word.
            first: the word that the first page must have.
            most: how many there is room for.
        """
        size, record = self.size, _WORD + self.size
        count = self._one_by_one(window, first, min(most, _LONG))
        if count < _LONG:
            return count
        # A long run goes on, mostly: many words are then compared in one step.
        while count < most and size <= 1 << _SPAN:
            region, low = divmod(first + count * size, 1 << _SPAN)
            if region >= _REGIONS:
                break
            place = low // size
            together = min(most - count, _MANY, (1 << _SPAN) // size - place)
            pages = window[count * record : (count + together) * record].cast("Q")
            if pages[:: record // _WORD] != self._of(region)[place : place + together]:
                break
            count += together
        rest = window[count * record :]
        return count + self._one_by_one(rest, first + count * size, min(most - count, _MANY))

    def _one_by_one(self, window: memoryview, first: int, most: int) -> int:
        """Return the same as :meth:`consecutive`, looking at one page after the other."""
        expected, count = first, 0
        for (word,) in self._one.iter_unpack(window[: most * self._one.size]):
            if word != expected:
                break
            expected += self.size
            count += 1
        return count

    def _of(self, region: int) -> memoryview:
        """Return the words of all pages of a region, as they stand in a stream."""
        pages = (1 << _SPAN) // self.size
        if not self._table:
            words = range(self._flags, 1 << _SPAN, self.size)
            self._table = bytearray(pack(f">{pages}Q", *words))
            self._words = memoryview(self._table).cast("Q")
        if region != self._region:
            for place, byte in enumerate(region.to_bytes(_HIGH)):
                if self._table[place] != byte:
                    self._table[place::_WORD] = bytes([byte]) * pages
            self._region = region
        return self._words
