"""The snapshot table: which snapshots an image holds, and where each keeps its VM state.

Source: QEMU 11.1 docs/interop/qcow2.rst, "Snapshots"; limits of block/qcow2.h and
qcow2_do_read_snapshots in block/qcow2-snapshot.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vmstate.qcow2.errors import ImageError
from vmstate.qcow2.file import ImageFile, ReadAt
from vmstate.qcow2.header import Header, read_header

#: L1 table: offset, entries; lengths of id and name; date: s, ns; clock: ns; state size;
#: length of the extra data.
_ENTRY = struct.Struct(">QIHHIIQII")
#: State size in 64 bits, disk size, instruction count; each may be the first to be absent.
_EXTRA = struct.Struct(">QQQ")
#: QEMU takes no more either.
_MOST_EXTRA = 1024
#: What stands for no instruction count.
_NO_ICOUNT = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One internal snapshot.

    Attributes:
        id: what QEMU counts them by, as text, e.g. ``1``.
        name: what it was given; bytes that are no UTF-8 stand in it in hex.
        vm_state_size: bytes of VM state; 0 where only the disk was kept.
        date_s: when it was taken, seconds since 1970.
        date_ns: the rest of that, nanoseconds.
        clock_ns: how long the guest had run, nanoseconds.
        disk_size: bytes of the virtual disk then.
        icount: instructions executed, where QEMU counted them.
        l1_offset: where in the file its L1 table begins.
        l1_entries: entries of that.
        header: of the image that it is in.
    """

    id: str
    name: str
    vm_state_size: int
    date_s: int
    date_ns: int
    clock_ns: int
    disk_size: int
    icount: int | None
    l1_offset: int
    l1_entries: int
    header: Header = field(repr=False)

    @property
    def vm_state_offset(self) -> int:
        """Where the VM state begins as QEMU sees the disk, bytes.

        Behind the disk's end, at the first place that an L1 entry of its own stands for.

        Source: QEMU 11.1 block/qcow2.h, qcow2_vm_state_offset and size_to_l1.
        """
        reach = self.header.reach
        return -(-self.disk_size // reach) * reach

    @property
    def title(self) -> str:
        """What to call it in a sentence."""
        return f"snapshot {self.name!r}" if self.name else f"nameless snapshot (id {self.id!r})"


def list_snapshots(read_at: ReadAt, size: int) -> tuple[Snapshot, ...]:
    """Return the snapshots of an image in the order of its table: the oldest first.

    Args:
        read_at: reads the image.
        size: bytes of the image file.

    Raises:
        ImageError: it is no qcow2 image, is damaged, or is of a kind that is not read.
    """
    file = ImageFile(read_at, size)
    header = read_header(file)
    if not header.snapshot_count:
        return ()
    if header.snapshots_offset % header.cluster_size:
        why = f"no multiple of a cluster ({header.cluster_size:#x})"
        raise ImageError("snapshot table", why, offset=header.snapshots_offset)
    file.check(header.snapshots_offset, header.snapshot_count * _ENTRY.size, "snapshot table")
    return tuple(_entries(file, header))


def _entries(file: ImageFile, header: Header) -> Iterator[Snapshot]:
    offset = header.snapshots_offset
    for number in range(header.snapshot_count):
        part = f"snapshot table, entry {number}"
        (l1_offset, l1_entries, id_size, name_size, date_s, date_ns, clock_ns, small, extra) = (
            _ENTRY.unpack(file.read(offset, _ENTRY.size, part))
        )
        if extra > _MOST_EXTRA:
            why = f"{extra} bytes of extra data, expected {_MOST_EXTRA} at most"
            raise ImageError(part, why, offset=offset + 36)
        rest = file.read(offset + _ENTRY.size, extra + id_size + name_size, part)
        large, disk_size, icount = _extra(rest[:extra])
        yield Snapshot(
            id=_text(rest[extra : extra + id_size]),
            name=_text(rest[extra + id_size :]),
            vm_state_size=small if large is None else large,
            date_s=date_s,
            date_ns=date_ns,
            clock_ns=clock_ns,
            disk_size=header.disk_size if disk_size is None else disk_size,
            icount=None if icount == _NO_ICOUNT else icount,
            l1_offset=l1_offset,
            l1_entries=l1_entries,
            header=header,
        )
        offset += -(-(_ENTRY.size + len(rest)) // 8) * 8


def _extra(data: bytes) -> tuple[int | None, int | None, int | None]:
    """Return the numbers of the extra data; None for each that is not there whole."""
    numbers = struct.unpack_from(f">{min(len(data), _EXTRA.size) // 8}Q", data)
    large, disk_size, icount, *_ = (*numbers, None, None, None)
    return large, disk_size, icount


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="backslashreplace")


def choose_snapshot(snapshots: Sequence[Snapshot], name: str | None = None) -> Snapshot:
    """Return the snapshot that is meant, which has a VM state.

    Args:
        snapshots: of an image.
        name: its name, or else its id; None for the only one with a VM state.

    Raises:
        ImageError: there is none, or more than one could be meant.
    """
    usable = [snapshot for snapshot in snapshots if snapshot.vm_state_size]
    there = ", ".join(f"{snapshot.name!r} (id {snapshot.id})" for snapshot in usable) or "none"
    if name is None:
        if len(usable) == 1:
            return usable[0]
        raise ImageError(
            "snapshot table",
            f"{len(usable)} snapshots with VM state, expected one: {there}",
            advice="name one of them" if usable else "make one with `savevm NAME`",
        )
    found = [snapshot for snapshot in snapshots if snapshot.name == name]
    found += [snapshot for snapshot in snapshots if snapshot.id == name]
    if not found:
        raise ImageError(
            "snapshot table",
            f"no snapshot {name!r}; with VM state there are: {there}",
            advice="name one of them" if usable else "make one with `savevm NAME`",
        )
    return found[0]
