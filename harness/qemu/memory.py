"""Kept memory: a machine's RAM in a file of ours, copied and put back without QEMU.

A save looks at every page, touched or not: a second for a gigabyte, which some boards insist on.
In a file that has holes, what nobody touched costs nothing.  Knows pages; knows no machine.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

_PAGE = 4096
_ZEROS = bytes(_PAGE)


class KeptMemory:
    """The RAM of one process.

    Args:
        path: the file that QEMU has mapped, shared with us.

    Raises:
        OSError: it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("r+b", buffering=0)
        self._copies: dict[str, dict[int, bytes]] = {}

    def save(self, tag: str) -> None:
        """Remember all memory as of now under *tag*."""
        self._copies[tag] = {at: page for at, page in self._pages() if page != _ZEROS}

    def load(self, tag: str) -> None:
        """Put back what was remembered under *tag*; nothing if nothing was."""
        copy = self._copies.get(tag)
        if copy is None:
            return
        for at, page in self._pages():
            wanted = copy.get(at, _ZEROS)
            if page != wanted:
                os.pwrite(self._file.fileno(), wanted, at)

    def _pages(self) -> Iterator[tuple[int, bytes]]:
        """Yield offset and contents of each page that was ever touched."""
        handle, at = self._file.fileno(), 0
        size = os.fstat(handle).st_size
        while at < size:
            try:
                at = os.lseek(handle, at, os.SEEK_DATA)
            except OSError:
                # Only a hole is left.
                return
            end = os.lseek(handle, at, os.SEEK_HOLE)
            for start in range(at // _PAGE * _PAGE, end, _PAGE):
                yield start, os.pread(handle, _PAGE, start)
            at = end

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
