"""Snapshots as sources: the stream that ``savevm`` left in a qcow2 image.

Owns reading the image file at any place; what is where in it is known in
:mod:`vmstate.qcow2`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from vmstate.qcow2 import Snapshot, choose_snapshot, list_snapshots, vm_state
from vmstate.stream.stream import find_vmdesc_text

#: Bytes at the end of a state in which its vmdesc is looked for, first and at most.
_TAIL, _LONGEST_TAIL = 1 << 20, 1 << 24


class SnapshotSource:
    """The VM state of one snapshot.

    Args:
        file: the image; must stay open as long as pieces are asked for.
        path: what a person calls it.
        name: name or id of the snapshot; None for the only one with a VM state.

    Raises:
        ImageError: it can't be read, or there is no such snapshot.

    Attributes:
        name: what a person calls the stream.
        size: bytes of all of it.
    """

    def __init__(self, file: BinaryIO, path: str, name: str | None = None) -> None:
        self._file = file.fileno()
        size = os.fstat(self._file).st_size
        self._snapshot: Snapshot = choose_snapshot(list_snapshots(self._read_at, size), name)
        self.name = f"{path}, {self._snapshot.title}"
        self.size: int | None = self._snapshot.vm_state_size

    def _read_at(self, offset: int, size: int) -> bytes:
        return os.pread(self._file, size, offset)

    def pieces(self) -> Iterator[bytes | memoryview]:
        """Yield all bytes, once.

        Raises:
            ImageError: the image is damaged.
        """
        yield from vm_state(self._read_at, self._snapshot)

    def vmdesc_text(self) -> bytes | None:
        """Return the text of the self-description at the end, if there is one.

        Raises:
            ImageError: the image is damaged.
        """
        whole = self._snapshot.vm_state_size
        size = _TAIL
        while True:
            start = max(0, whole - size)
            found = find_vmdesc_text(b"".join(vm_state(self._read_at, self._snapshot, start)))
            if found is not None:
                return found[0]
            if size >= min(whole, _LONGEST_TAIL):
                return None
            size *= 4
