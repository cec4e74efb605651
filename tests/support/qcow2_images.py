"""Writer of qcow2 images with snapshots, in every form that the format has for them.

Written from the specification alone and apart from the reader; a real QEMU loads what it
writes, refcounts and all (``tests/qemu/test_qcow2.py``).
"""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass, field

#: How a cluster of the state is kept.  Where it can't be (a hole that is not all zeros, a
#: compressed cluster that is not smaller), it is stored.
STORED, HOLE, ZERO, ZERO_STORED, PACKED = "stored", "hole", "zero", "zero stored", "packed"
KINDS = (STORED, HOLE, ZERO, ZERO_STORED, PACKED)

NO_ICOUNT = (1 << 64) - 1


@dataclass
class Shot:
    """One snapshot to be written.

    Attributes:
        state: its VM state.
        kinds: how its clusters are kept, repeated as often as needed.
        extra: which numbers of the extra data are there: 0 to 3, or those bytes themselves.
        small_size: the 32-bit size; None for the right one.
        spare_entries: how many entries more than needed the L1 table has.
    """

    state: bytes
    name: str = "a"
    id: str = "1"
    kinds: tuple[str, ...] = (STORED,)
    extra: int | bytes = 3
    icount: int = NO_ICOUNT
    small_size: int | None = None
    spare_entries: int = 0
    date_s: int = 1_577_836_800
    date_ns: int = 5
    clock_ns: int = 7
    disk_size: int | None = None


@dataclass
class Image:
    """An image to be written.

    Attributes:
        seed: of the order in which clusters lie in the file; None for one after another.
    """

    shots: tuple[Shot, ...] = ()
    version: int = 3
    cluster_bits: int = 16
    is_extended: bool = False
    disk_size: int = 1 << 20
    compression: int = 0
    features: int = 0
    crypt: int = 0
    header_length: int = 112
    seed: int | None = None
    #: Where things ended up, for those who damage them.
    places: dict[str, int] = field(default_factory=dict)

    @property
    def cluster_size(self):
        return 1 << self.cluster_bits

    @property
    def reach(self):
        return self.cluster_size // self._entry_size * self.cluster_size

    @property
    def _entry_size(self):
        return 16 if self.is_extended else 8

    def data(self):
        """Return the bytes of the image file."""
        self._file = bytearray(self.cluster_size)
        self._used = {0: 1}
        entries = -(-self.disk_size // self.reach)
        active = self._allocate(-(-entries * 8 // self.cluster_size) or 1)
        table = b""
        for shot in self.shots:
            table += bytes(-len(table) % 8) + self._shot(shot)
        table_at = self._put(table) if self.shots else 0
        self.places["snapshots"] = table_at
        refcounts = self._refcounts()
        self._header(entries, active, refcounts, table_at)
        return bytes(self._file)

    def _allocate(self, clusters):
        """Return the offset of so many new clusters in a row."""
        offset = len(self._file)
        self._file += bytes(clusters * self.cluster_size)
        for number in range(clusters):
            self._used[offset // self.cluster_size + number] = 1
        return offset

    def _put(self, data):
        offset = self._allocate(-(-len(data) // self.cluster_size) or 1)
        self._file[offset : offset + len(data)] = data
        return offset

    def _shot(self, shot):
        """Write a snapshot's tables and clusters; return its entry of the snapshot table."""
        disk_size = self.disk_size if shot.disk_size is None else shot.disk_size
        first = -(-disk_size // self.reach)
        entries = self._clusters(shot)
        per_table = self.cluster_size // self._entry_size
        tables = [entries[n : n + per_table] for n in range(0, len(entries), per_table)]
        l1 = [0] * first
        for table in tables:
            if not any(any(pair) for pair in table):
                l1.append(0)
                continue
            words = [word for pair in table for word in pair[: self._entry_size // 8]]
            at = self._put(struct.pack(f">{len(words)}Q", *words))
            self.places.setdefault(f"{shot.name} l2", at)
            l1.append(at | 1 << 63)
        l1 += [0] * shot.spare_entries
        l1_at = self._put(struct.pack(f">{len(l1)}Q", *l1))
        self.places[f"{shot.name} l1"] = l1_at
        size = len(shot.state)
        extra = shot.extra
        if isinstance(extra, int):
            extra = struct.pack(">QQQ", size, disk_size, shot.icount)[: extra * 8]
        name, id_ = shot.name.encode(), shot.id.encode()
        return (
            struct.pack(
                ">QIHHIIQII",
                l1_at,
                len(l1),
                len(id_),
                len(name),
                shot.date_s,
                shot.date_ns,
                shot.clock_ns,
                (size if shot.small_size is None else shot.small_size) & 0xFFFFFFFF,
                len(extra),
            )
            + extra
            + id_
            + name
        )

    def _clusters(self, shot):
        """Write a state's clusters; return an entry for each, with its bitmap."""
        size = self.cluster_size
        contents = [shot.state[at : at + size] for at in range(0, len(shot.state), size)]
        contents = [content.ljust(size, b"\0") for content in contents]
        kinds = [
            self._possible(shot.kinds[n % len(shot.kinds)], content)
            for n, content in enumerate(contents)
        ]
        free = [self._allocate(1) for kind in kinds if kind in (STORED, ZERO_STORED)]
        if self.seed is not None:
            random.Random(self.seed).shuffle(free)
        entries = []
        for kind, content in zip(kinds, contents, strict=True):
            if kind == STORED:
                entries.append(self._stored(free.pop(0), content))
            elif kind == ZERO_STORED:
                # What lies there must not be read.
                at = free.pop(0)
                self._file[at : at + size] = b"\xaa" * size
                entries.append((at | self._zero_flag | 1 << 63, 0xFFFFFFFF << 32))
            elif kind == PACKED:
                entries.append((self._packed(content), 0))
            else:
                zero = (self._zero_flag, 0xFFFFFFFF << 32) if kind == ZERO else (0, 0)
                entries.append(zero)
        self._packed_end = 0
        return entries

    @property
    def _zero_flag(self):
        return 0 if self.is_extended else 1

    def _possible(self, kind, content):
        if kind in (HOLE, ZERO, ZERO_STORED):
            is_possible = not any(content) and (kind == HOLE or self.version > 2)
        else:
            is_possible = kind == STORED or len(self._deflated(content)) < len(content)
        return kind if is_possible else STORED

    def _stored(self, at, content):
        if not self.is_extended:
            self._file[at : at + len(content)] = content
            return at | 1 << 63, 0
        bitmap = 0
        step = len(content) // 32
        for number in range(32):
            part = content[number * step : (number + 1) * step]
            begin = at + number * step
            if any(part):
                bitmap |= 1 << number
            else:
                # Zeros in turn: not stored, stored, and said to be zeros.
                bitmap |= (0, 1 << number, 1 << number + 32)[number % 3]
                if number % 3 != 1:
                    part = b"\xbb" * step
            self._file[begin : begin + step] = part
        return at | 1 << 63, bitmap

    @staticmethod
    def _deflated(content):
        packer = zlib.compressobj(wbits=-12)
        return packer.compress(content) + packer.flush()

    _packed_end = 0

    def _packed(self, content):
        """Write a compressed cluster behind the one before; return its entry."""
        data = self._deflated(content)
        at = self._packed_end or self._allocate(1)
        last = at + len(data) - 1
        for cluster in range(at // self.cluster_size, last // self.cluster_size + 1):
            if cluster * self.cluster_size == len(self._file):
                self._allocate(1)
            elif cluster * self.cluster_size < self._packed_end:
                self._used[cluster] += 1
        self._file[at : last + 1] = data
        self._packed_end = last + 1
        sectors = (at + len(data) - 1) // 512 - at // 512
        return 1 << 62 | sectors << (62 - (self.cluster_bits - 8)) | at

    def _refcounts(self):
        """Write blocks and table of reference counts; return offset and clusters of that."""
        per_block = self.cluster_size // 2
        begin = len(self._file) // self.cluster_size
        blocks = tables = 0
        while True:
            total = begin + blocks + tables
            need_blocks = -(-total // per_block)
            need_tables = -(-need_blocks * 8 // self.cluster_size)
            if (need_blocks, need_tables) == (blocks, tables):
                break
            blocks, tables = need_blocks, need_tables
        blocks_at = self._allocate(blocks)
        table_at = self._allocate(tables)
        counts = [self._used[number] for number in range(total)]
        struct.pack_into(f">{total}H", self._file, blocks_at, *counts)
        offsets = [blocks_at + number * self.cluster_size for number in range(blocks)]
        struct.pack_into(f">{blocks}Q", self._file, table_at, *offsets)
        return table_at, tables

    def _header(self, l1_entries, l1_at, refcounts, table_at):
        struct.pack_into(
            ">4sIQIIQIIQQIIQ",
            self._file,
            0,
            b"QFI\xfb",
            self.version,
            0,
            0,
            self.cluster_bits,
            self.disk_size,
            self.crypt,
            l1_entries,
            l1_at,
            *refcounts,
            len(self.shots),
            table_at,
        )
        if self.version > 2:
            features = self.features | (16 if self.is_extended else 0)
            features |= 8 if self.compression else 0
            struct.pack_into(">QQQII", self._file, 72, features, 0, 0, 4, self.header_length)
            if self.header_length > 104:
                self._file[104] = self.compression


def reader_of(data):
    """Return what reads the image *data*, as an open file would."""
    view = memoryview(data)

    def read_at(offset, size):
        assert offset >= 0
        assert size >= 0
        return bytes(view[offset : offset + size])

    return read_at
