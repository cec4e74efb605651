"""Sources: where the bytes of a stream come from: a file, a pipe, a snapshot in an image.

Owns reading piece by piece without keeping what was read.  It knows no stream, but that
its self-description is at its end.
"""

from __future__ import annotations

import fcntl
import io
import mmap
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from vmstate.stream.stream import find_vmdesc_text

if TYPE_CHECKING:
    from harness.streams.snapshot import SnapshotSource

#: What stands for standard input and output.
STANDARD = "-"
#: Bytes of a file that are looked at together; a multiple of every page size.
_WINDOW = 1 << 24
#: Bytes that may come into memory together, where one of them is looked at.
_AROUND = 1 << 21
#: Bytes of a pipe that are asked for together.
_PIECE = 1 << 20
#: First bytes of a qcow2 image.
_IMAGE = b"QFI\xfb"
#: Bytes at the end of a file in which its vmdesc is looked for first.
_TAIL, _LONGEST_TAIL = 1 << 20, 1 << 24


class PipeSource:
    """Bytes that come one after the other.

    Args:
        file: where from.
        name: what a person calls it.

    Attributes:
        name: the same.
        size: None: it is not known before the end.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self.name = name
        self.size: int | None = None

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield all bytes, once, as they come."""
        # A pipe passes on 64 KiB at a time unless it is told otherwise; a small one will do.
        with suppress(OSError):
            fcntl.fcntl(self._file.fileno(), fcntl.F_SETPIPE_SZ, _PIECE)
        # A piece that is there is passed on: whoever writes may wait for us.
        read = self._file.read1 if isinstance(self._file, io.BufferedReader) else self._file.read
        while piece := read(_PIECE):
            yield piece

    def vmdesc_text(self) -> bytes | None:
        """Return None: the end can't be looked at first."""
        return None


class MappedSource:
    """A file that is mapped into memory.

    Args:
        mapped: the file; empty ones can't be mapped, and are bytes.
        name: what a person calls it.

    Attributes:
        name: the same.
        size: bytes of all of it.
    """

    def __init__(self, mapped: mmap.mmap | bytes, name: str) -> None:
        self._mapped = mapped
        self.name = name
        self.size: int = len(mapped)

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield all bytes, once; they stay valid as long as anybody looks at them."""
        whole = memoryview(self._mapped)
        for at in range(0, len(whole), _WINDOW):
            yield whole[at : at + _WINDOW]
            if isinstance(self._mapped, mmap.mmap):
                # It has been looked at: its pages needn't count as ours any longer.  Its end is
                # looked at again, with what follows, and would come back with all around it.
                start, end = max(0, at - _AROUND), min(at + _WINDOW, len(whole)) - _AROUND
                if end > start:
                    self._mapped.madvise(mmap.MADV_DONTNEED, start, end - start)

    def vmdesc_text(self) -> bytes | None:
        """Return the text of the self-description at the end, if there is one."""
        size = _TAIL
        while True:
            found = find_vmdesc_text(self._mapped[-size:])
            if found is not None:
                return found[0]
            if size >= min(self.size, _LONGEST_TAIL):
                return None
            size *= 4


#: Any of them.
Source: TypeAlias = "PipeSource | MappedSource | SnapshotSource"


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open the file *path*, or standard input where it is ``-``.

    A qcow2 image stands for the VM state of its snapshot; ``image#name`` says of which one.

    Raises:
        OSError: it can't be opened.
        ImageError: it is an image that can't be read, or has no such snapshot.
    """
    if path == STANDARD:
        yield PipeSource(sys.stdin.buffer, "standard input")
        return
    real, hash_sign, tag = path.rpartition("#")
    is_named = bool(hash_sign) and not Path(path).exists()
    with Path(real if is_named else path).open("rb") as file:
        status = os.fstat(file.fileno())
        is_file = stat.S_ISREG(status.st_mode)
        if is_file and (is_named or os.pread(file.fileno(), len(_IMAGE), 0) == _IMAGE):
            # Loaded for those few who need it.
            module = import_module("harness.streams.snapshot")
            yield module.SnapshotSource(file, path, tag if is_named else None)
            return
        if not is_file:
            yield PipeSource(file, path)
        elif not status.st_size:
            yield MappedSource(b"", path)
        else:
            # Never closed by hand: events may still look at it, and it goes with the last.
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            # Nobody comes back to a page: none need be kept for that when it is let go.
            mapped.madvise(mmap.MADV_SEQUENTIAL)
            yield MappedSource(mapped, path)
