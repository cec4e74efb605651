"""The image file as far as it can be trusted: reads that stay within it.

Owns the one call that leaves this package, and the rule that whatever an image asks for is
compared with what is there before anything is read or made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from vmstate.qcow2.errors import ImageError

#: Given offset and size, returns so many bytes of the image; fewer only at its end.
ReadAt: TypeAlias = Callable[[int, int], bytes]

_CHANGED = "read it while the guest is stopped, or read a copy"


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image file.

    Attributes:
        read_at: reads it.
        size: its bytes.
    """

    read_at: ReadAt
    size: int

    def read(self, offset: int, size: int, part: str) -> bytes:
        """Return *size* bytes at *offset*.

        Raises:
            ImageError: they are not all within the file.
        """
        self.check(offset, size, part)
        data = self.read_at(offset, size)
        if len(data) != size:
            why = f"{len(data)} bytes could be read, expected {size}: the file became shorter"
            raise ImageError(part, why, offset=offset, advice=_CHANGED)
        return data

    def check(self, offset: int, size: int, part: str) -> None:
        """Raise ImageError unless *size* bytes at *offset* are within the file."""
        if offset + size > self.size:
            why = f"needs {size} bytes, the file ends at {self.size:#x}"
            raise ImageError(part, why, offset=offset)
