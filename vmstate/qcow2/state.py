"""The VM state of a snapshot: its bytes, in pieces, from the clusters that they are in.

Owns unpacking, joining what lies together, and the bounds on what an image may ask for.

Source: QEMU 11.1 docs/interop/qcow2.rst; block/qcow2-threads.c, qcow2_zlib_decompress.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from vmstate.qcow2.clusters import Extent, Hole, Packed, Stored, check_l1, extents
from vmstate.qcow2.errors import ImageError
from vmstate.qcow2.file import ImageFile, ReadAt
from vmstate.qcow2.snapshots import Snapshot

#: Bytes of a piece at most, unless a cluster that was compressed is larger.
PIECE = 1 << 20
_ZEROS = bytes(PIECE)
#: Deflate makes no more than so many bytes of one, so no image holds more than that.
_MOST_EXPANSION = 1032
#: Bits of the window, negative for deflate without a wrapper.  QEMU packs with 12, but as it
#: unpacks a cluster in one go it takes what looks back further, too.
_WINDOW = -15


def vm_state(read_at: ReadAt, snapshot: Snapshot, start: int = 0) -> Iterator[bytes]:
    """Yield the VM state of *snapshot* in pieces, to be fed to a ``StreamReader``.

    They are ``vm_state_size`` bytes together; where the stream ends before, the reader
    tells the rest as its ``Tail``.

    Args:
        read_at: reads the image that *snapshot* was listed from.
        snapshot: which one.
        start: how many bytes of the state to leave out at its beginning.

    Raises:
        ImageError: it has no VM state, or the image is damaged; from the call where the
            tables are so, from the iterator where a cluster is.
    """
    file = ImageFile(read_at, snapshot.header.file_size)
    if not snapshot.vm_state_size:
        raise ImageError(
            snapshot.title,
            "it has no VM state, only the disk",
            advice="make one with `savevm` while QEMU runs; if the machine has several disks, "
            "the state is in the first of them",
        )
    most = _MOST_EXPANSION * file.size
    if snapshot.vm_state_size > most:
        raise ImageError(
            snapshot.title,
            f"{snapshot.vm_state_size} bytes of VM state, a file of {file.size} bytes holds "
            f"{most} at most",
        )
    check_l1(file, snapshot)
    cluster, skipped = divmod(start, snapshot.header.cluster_size)
    return _behind(_pieces(file, snapshot, cluster), skipped)


def _behind(pieces: Iterator[bytes], skipped: int) -> Iterator[bytes]:
    """Yield *pieces* without their first *skipped* bytes."""
    for piece in pieces:
        if skipped < len(piece):
            yield piece[skipped:] if skipped else piece
        skipped = max(0, skipped - len(piece))


def _pieces(file: ImageFile, snapshot: Snapshot, cluster: int) -> Iterator[bytes]:
    left = file.size
    for extent in _joined(extents(file, snapshot, cluster)):
        if isinstance(extent, Packed):
            data, taken = _unpacked(file, snapshot, extent)
            left = _spent(left, taken, snapshot)
            yield data
        else:
            if isinstance(extent, Stored):
                left = _spent(left, extent.size, snapshot)
            for begin in range(0, extent.size, PIECE):
                size = min(PIECE, extent.size - begin)
                if isinstance(extent, Hole):
                    yield _ZEROS[:size]
                else:
                    part = f"VM state of {snapshot.title}"
                    yield file.read(extent.offset + begin, size, part)


def _spent(left: int, size: int, snapshot: Snapshot) -> int:
    """Return what is left of the file's bytes when *size* more are used.

    Raises:
        ImageError: not so many are left.
    """
    if size > left:
        raise ImageError(
            f"VM state of {snapshot.title}",
            "more bytes than the file has, so that some clusters are used twice",
        )
    return left - size


def _joined(parts: Iterable[Extent]) -> Iterator[Extent]:
    """Yield *parts* with those made one that lie together, up to the size of a piece."""
    last: Extent = Hole(0)
    for part in parts:
        if last.size >= PIECE:
            yield last
            last = part
        elif isinstance(last, Hole) and isinstance(part, Hole):
            last = Hole(last.size + part.size)
        elif (
            isinstance(last, Stored)
            and isinstance(part, Stored)
            and last.offset + last.size == part.offset
        ):
            last = Stored(last.offset, last.size + part.size)
        else:
            yield last
            last = part
    yield last


def _unpacked(file: ImageFile, snapshot: Snapshot, extent: Packed) -> tuple[bytes, int]:
    """Return the content of a compressed cluster, and how many bytes it takes in the file."""
    part, header = f"compressed cluster of {snapshot.title}", snapshot.header
    if header.compression:
        name = "zstd" if header.compression == 1 else f"type {header.compression}"
        raise ImageError(
            part,
            f"compressed with {name}, expected deflate",
            offset=extent.offset,
            advice="savevm writes no compressed clusters: load the snapshot and save it again",
        )
    packed = file.read(extent.offset, extent.packed_size, part)
    unpacker = zlib.decompressobj(_WINDOW)
    try:
        data = unpacker.decompress(packed, header.cluster_size)
    except zlib.error as error:
        raise ImageError(part, f"it can't be unpacked ({error})", offset=extent.offset) from error
    if len(data) != header.cluster_size:
        why = f"unpacks to {len(data)} bytes, expected {header.cluster_size}"
        raise ImageError(part, why, offset=extent.offset)
    taken = len(packed) - len(unpacker.unconsumed_tail) - len(unpacker.unused_data)
    return data[: extent.size], taken
