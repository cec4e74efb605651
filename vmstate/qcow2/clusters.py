"""Clusters: where in the file each part of a snapshot's VM state is.

Owns the two levels of tables and what their entries mean; reads no content of a cluster.

Source: QEMU 11.1 docs/interop/qcow2.rst, "Cluster mapping" and "Extended L2 Entries";
block/qcow2.h, qcow2_get_cluster_type; block/qcow2-cluster.c, qcow2_get_subcluster_type
and qcow2_parse_compressed_l2_entry.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from vmstate.qcow2.errors import ImageError
from vmstate.qcow2.file import ImageFile
from vmstate.qcow2.header import Header
from vmstate.qcow2.snapshots import Snapshot

_OFFSET = 0x00FF_FFFF_FFFF_FE00
_COMPRESSED = 1 << 62
_ZERO = 1
_SUBCLUSTERS = 32
_SECTOR = 512
#: Bytes of an entry of an L1 table, and how many of them QEMU takes.
_L1_ENTRY = 8
_MOST_L1_ENTRIES = (32 << 20) // _L1_ENTRY
#: Bytes of a table that are looked at together.
_SLICE = 1 << 16


@dataclass(frozen=True, slots=True)
class Hole:
    """Bytes that are stored nowhere and read as zeros.

    Attributes:
        size: how many.
    """

    size: int


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes that are stored as they are.

    Attributes:
        offset: where in the file.
        size: how many.
    """

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A cluster that is stored compressed.

    Attributes:
        offset: where in the file.
        packed_size: bytes there that it may take; it says itself where it ends.
        size: bytes of it that are wanted, from its beginning.
    """

    offset: int
    packed_size: int
    size: int


Extent: TypeAlias = Hole | Stored | Packed


def check_l1(file: ImageFile, snapshot: Snapshot) -> None:
    """Raise ImageError unless the L1 table is in the file and reaches over the VM state."""
    part, header = f"L1 table of {snapshot.title}", snapshot.header
    entries, offset = snapshot.l1_entries, snapshot.l1_offset
    if entries > _MOST_L1_ENTRIES:
        why = f"{entries} entries, expected {_MOST_L1_ENTRIES} at most"
        raise ImageError(part, why, offset=offset)
    if offset % header.cluster_size:
        why = f"no multiple of a cluster ({header.cluster_size:#x})"
        raise ImageError(part, why, offset=offset)
    file.check(offset, entries * _L1_ENTRY, part)
    need = -(-(snapshot.vm_state_offset + snapshot.vm_state_size) // header.reach)
    if need > entries:
        why = f"{entries} entries, expected {need} for the disk and the VM state behind it"
        raise ImageError(part, why, offset=offset)


def extents(file: ImageFile, snapshot: Snapshot, cluster: int = 0) -> Iterator[Extent]:
    """Yield what the VM state consists of, in order, up to exactly its size.

    Args:
        file: the image.
        snapshot: whose state.
        cluster: which of its clusters to begin with.

    Raises:
        ImageError: a table contradicts itself or points out of the file.
    """
    header, size = snapshot.header, snapshot.vm_state_size
    first = snapshot.vm_state_offset // header.reach
    start = cluster * header.cluster_size
    passed = start // header.reach
    count = -(-size // header.reach) - passed
    tables: set[int] = set()
    for number, entry in _l1_entries(file, snapshot, first + passed, count):
        begin = (number - first) * header.reach
        wanted = range(max(0, start - begin), min(size - begin, header.reach))
        part = f"L2 table {number} of {snapshot.title}"
        offset = entry & _OFFSET
        if not offset:
            yield Hole(len(wanted))
            continue
        if offset % header.cluster_size:
            why = f"no multiple of a cluster ({header.cluster_size:#x})"
            raise ImageError(part, why, offset=offset)
        if offset in tables:
            why = "an earlier entry of the L1 table has it, too; expected another one for each"
            raise ImageError(part, why, offset=offset)
        tables.add(offset)
        yield from _of_table(file, header, offset, wanted, part)


def _l1_entries(
    file: ImageFile, snapshot: Snapshot, first: int, count: int
) -> Iterator[tuple[int, int]]:
    """Yield *count* entries of the L1 table from number *first*, with their numbers."""
    part, step = f"L1 table of {snapshot.title}", _SLICE // _L1_ENTRY
    for begin in range(first, first + count, step):
        some = min(step, first + count - begin)
        data = file.read(snapshot.l1_offset + begin * _L1_ENTRY, some * _L1_ENTRY, part)
        yield from enumerate(struct.unpack(f">{some}Q", data), begin)


def _of_table(
    file: ImageFile, header: Header, table: int, wanted: range, part: str
) -> Iterator[Extent]:
    """Yield the *wanted* bytes, from a cluster's first one, of what a table of L2 maps."""
    entry_size, cluster_size = header.entry_size, header.cluster_size
    file.check(table, cluster_size, part)
    count = -(-wanted.stop // cluster_size)
    words = entry_size // 8
    for begin in range(wanted.start // cluster_size, count, _SLICE // entry_size):
        some = min(_SLICE // entry_size, count - begin)
        data = file.read(table + begin * entry_size, some * entry_size, part)
        numbers = struct.unpack(f">{some * words}Q", data)
        for index in range(some):
            entry = numbers[index * words]
            size = min(cluster_size, wanted.stop - (begin + index) * cluster_size)
            at = table + (begin + index) * entry_size
            if entry & _COMPRESSED:
                yield _packed(file, header, entry, size, at)
            elif header.is_extended:
                yield from _subclusters(header, entry, numbers[index * words + 1], size, at)
            else:
                yield _cluster(header, entry, size, at)


def _cluster(header: Header, entry: int, size: int, at: int) -> Extent:
    """Return the cluster of a plain *entry*, which stands at *at*."""
    offset = entry & _OFFSET
    if entry & _ZERO:
        if header.version < 3:
            raise ImageError("L2 entry", "a zero cluster in an image of version 2", offset=at)
        return Hole(size)
    if not offset:
        return Hole(size)
    _check_aligned(header, offset, at)
    return Stored(offset, size)


def _subclusters(header: Header, entry: int, bitmap: int, size: int, at: int) -> Iterator[Extent]:
    """Yield the subclusters of an extended *entry*: one extent for each run of one kind."""
    offset = entry & _OFFSET
    allocated, zero = bitmap & 0xFFFF_FFFF, bitmap >> _SUBCLUSTERS
    if allocated & zero:
        why = f"subclusters are stored and zero at once (bitmap {bitmap:#x})"
        raise ImageError("L2 entry", why, offset=at)
    if allocated and not offset:
        why = f"subclusters are stored nowhere (bitmap {bitmap:#x}, no cluster)"
        raise ImageError("L2 entry", why, offset=at)
    _check_aligned(header, offset, at)
    step = header.cluster_size // _SUBCLUSTERS
    begin = 0
    while begin < size:
        is_stored = allocated >> begin // step & 1
        end = begin
        while end < size and allocated >> end // step & 1 == is_stored:
            end += step
        end = min(end, size)
        yield Stored(offset + begin, end - begin) if is_stored else Hole(end - begin)
        begin = end


def _check_aligned(header: Header, offset: int, at: int) -> None:
    if offset % header.cluster_size:
        why = f"cluster at {offset:#x}, expected a multiple of {header.cluster_size:#x}"
        raise ImageError("L2 entry", why, offset=at)


def _packed(file: ImageFile, header: Header, entry: int, size: int, at: int) -> Packed:
    """Return the compressed cluster of *entry*.

    What is behind the end of the file is left out: the last sector is counted whole.
    """
    shift = 62 - (header.cluster_bits - 8)
    offset = entry & ~(~0 << shift)
    sectors = (entry & ~_COMPRESSED & ~(1 << 63)) >> shift
    if offset >= file.size:
        why = f"compressed cluster at {offset:#x}, the file ends at {file.size:#x}"
        raise ImageError("L2 entry", why, offset=at)
    end = (offset // _SECTOR + sectors + 1) * _SECTOR
    return Packed(offset, min(end, file.size) - offset, size)
