"""An empty qcow2 image: where a guest's snapshots are kept, each under its tag.

Written from the specification, so that no ``qemu-img`` is needed.  Knows nothing of
processes or files: it returns bytes.

Source: QEMU 7.2 docs/interop/qcow2.txt.
"""

from __future__ import annotations

import struct

_CLUSTER_BITS = 16
_CLUSTER = 1 << _CLUSTER_BITS

#: Bytes of a version 3 header without optional fields.
_HEADER_LENGTH = 104
#: Reference counts are 2 ** 4 = 16 bits wide.
_REFCOUNT_ORDER = 4

# One cluster each, in this order.
_HEADER_CLUSTER = 0
_REFCOUNT_TABLE_CLUSTER = 1
_REFCOUNT_BLOCK_CLUSTER = 2
_L1_TABLE_CLUSTER = 3
_CLUSTERS = 4

#: An L2 table holds one 8-byte entry per cluster and fills a cluster itself: so many bytes of
#: the disk does one L1 entry reach.
_L1_REACH = _CLUSTER // 8 * _CLUSTER


def empty_qcow2(disk_size: int = 1 << 20) -> bytes:
    """Return a qcow2 (version 3) image of *disk_size* bytes that has nothing allocated.

    Snapshots' device state goes behind the virtual disk, for which QEMU extends the tables
    itself; so the disk may be small.

    Raises:
        ValueError: *disk_size* is not positive, no multiple of 512 or needs more than one
            L1 entry.
    """
    if not 0 < disk_size <= _L1_REACH or disk_size % 512:
        raise ValueError(
            f"a disk of {disk_size} bytes: expected a multiple of 512 from 512 to {_L1_REACH}"
        )
    header = struct.pack(
        ">4sIQIIQIIQQIIQQQQII",
        b"QFI\xfb",
        3,  # version
        0,  # backing file name: offset …
        0,  # … and length
        _CLUSTER_BITS,
        disk_size,
        0,  # no encryption
        1,  # L1 entries
        _L1_TABLE_CLUSTER * _CLUSTER,
        _REFCOUNT_TABLE_CLUSTER * _CLUSTER,
        1,  # clusters of the refcount table
        0,  # snapshots: number …
        0,  # … and offset of their table
        0,  # incompatible features
        0,  # compatible features
        0,  # autoclear features
        _REFCOUNT_ORDER,
        _HEADER_LENGTH,
    )
    image = bytearray(_CLUSTERS * _CLUSTER)
    image[: len(header)] = header
    struct.pack_into(
        ">Q", image, _REFCOUNT_TABLE_CLUSTER * _CLUSTER, _REFCOUNT_BLOCK_CLUSTER * _CLUSTER
    )
    for cluster in range(_CLUSTERS):
        struct.pack_into(">H", image, _REFCOUNT_BLOCK_CLUSTER * _CLUSTER + 2 * cluster, 1)
    return bytes(image)


def checked_tag(tag: str) -> str:
    """Return *tag* if the human monitor takes it as one word.

    Raises:
        ValueError: it is empty or would be read as something else.
    """
    if not tag.isidentifier():
        raise ValueError(f"snapshot tag {tag!r}: expected letters, digits and underscores")
    return tag
