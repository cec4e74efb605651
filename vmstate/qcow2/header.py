"""The header of a qcow2 image: how large its units are, and where the snapshots are listed.

Owns what kinds of image are read, and the refusal of the others.

Source: QEMU 11.1 docs/interop/qcow2.rst; limits of block/qcow2.h and qcow2_do_open in
block/qcow2.c.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag

from vmstate.qcow2.errors import DAMAGED, ImageError
from vmstate.qcow2.file import ImageFile

MAGIC = b"QFI\xfb"

#: Everything up to the snapshot table's offset; all there is in version 2.
_HEADER = struct.Struct(">4sIQIIQIIQQIIQ")
#: Feature bits (incompatible, compatible, autoclear), refcount order, length of the header.
_HEADER_3 = struct.Struct(">QQQII")
_LEAST_LENGTH_3 = _HEADER.size + _HEADER_3.size
#: Where a longer header has the way in which clusters are compressed.
_COMPRESSION_AT = 104

_CLUSTER_BITS = range(9, 22)
#: Clusters are divided into 32 subclusters, each at least a sector.
_LEAST_EXTENDED_CLUSTER_BITS = 14
_MOST_SNAPSHOTS = 65536
_ENCRYPTIONS = {1: "AES", 2: "LUKS"}

_NOT_QCOW2 = "give an image made by `qemu-img create -f qcow2`"


class Feature(IntFlag):
    """Incompatible features: whoever does not know one can't read the image."""

    DIRTY = 1
    CORRUPT = 2
    DATA_FILE = 4
    COMPRESSION = 8
    EXTENDED_L2 = 16


_KNOWN = ~(~0 << len(Feature))


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says, as far as it concerns snapshots.

    Attributes:
        version: of the format, 2 or 3.
        cluster_bits: a cluster has ``2 ** cluster_bits`` bytes.
        disk_size: bytes of the virtual disk.
        is_extended: whether each entry of an L2 table has a bitmap of subclusters.
        compression: how compressed clusters are packed: 0 deflate, 1 zstd.
        snapshot_count: how many snapshots there are.
        snapshots_offset: where in the file their table begins.
        file_size: bytes of the image file.
    """

    version: int
    cluster_bits: int
    disk_size: int
    is_extended: bool
    compression: int
    snapshot_count: int
    snapshots_offset: int
    file_size: int

    @property
    def cluster_size(self) -> int:
        """Bytes of a cluster."""
        return 1 << self.cluster_bits

    @property
    def entry_size(self) -> int:
        """Bytes of an entry of an L2 table."""
        return 16 if self.is_extended else 8

    @property
    def reach(self) -> int:
        """Bytes of the disk that one entry of an L1 table stands for."""
        return self.cluster_size // self.entry_size * self.cluster_size


def is_qcow2(first_bytes: bytes) -> bool:
    """Whether a file that begins with *first_bytes*, four or more, is a qcow2 image."""
    return first_bytes.startswith(MAGIC)


def read_header(file: ImageFile) -> Header:
    """Return the header of an image.

    Raises:
        ImageError: it is none, is damaged, or is of a kind that is not read.
    """
    if file.size < _HEADER.size:
        raise ImageError(
            "header",
            f"the file has {file.size} bytes, expected at least {_HEADER.size}",
            offset=0,
            advice=_NOT_QCOW2,
        )
    (magic, version, _, _, bits, disk_size, crypt, _, _, _, _, count, table) = _HEADER.unpack(
        file.read(0, _HEADER.size, "header")
    )
    if magic != MAGIC:
        why = f"begins with {magic.hex()}, expected {MAGIC.hex()}"
        raise ImageError("header", why, offset=0, advice=_NOT_QCOW2)
    if version not in (2, 3):
        why = f"version {version}, expected 2 or 3"
        raise ImageError("header", why, offset=4, advice=_NOT_QCOW2)
    if bits not in _CLUSTER_BITS:
        raise ImageError("header", f"cluster_bits is {bits}, expected 9 to 21", offset=20)
    if crypt:
        name = _ENCRYPTIONS.get(crypt, f"method {crypt}")
        raise ImageError(
            "header",
            f"the image is encrypted ({name}), expected none",
            offset=32,
            advice="take the snapshot on an image without encryption",
        )
    if count > _MOST_SNAPSHOTS:
        why = f"{count} snapshots, expected {_MOST_SNAPSHOTS} at most"
        raise ImageError("header", why, offset=60)
    features, compression = _version_3(file, 1 << bits) if version > 2 else (Feature(0), 0)
    is_extended = Feature.EXTENDED_L2 in features
    if is_extended and bits < _LEAST_EXTENDED_CLUSTER_BITS:
        why = f"cluster_bits is {bits} with extended L2 entries, expected 14 to 21"
        raise ImageError("header", why, offset=20)
    return Header(version, bits, disk_size, is_extended, compression, count, table, file.size)


def _version_3(file: ImageFile, cluster_size: int) -> tuple[Feature, int]:
    """Return the incompatible features and the compression of an image of version 3."""
    number, _, _, _, length = _HEADER_3.unpack(file.read(_HEADER.size, _HEADER_3.size, "header"))
    if not _LEAST_LENGTH_3 <= length <= cluster_size or length % 8:
        why = f"its length is {length}, expected a multiple of 8 from 104 to {cluster_size}"
        raise ImageError("header", why, offset=100)
    _check_features(number)
    features = Feature(number)
    compression = 0
    if length > _COMPRESSION_AT:
        compression = file.read(_COMPRESSION_AT, 1, "header")[0]
    if (Feature.COMPRESSION in features) != (compression != 0):
        said = "says" if compression == 0 else "does not say"
        why = f"compression type {compression}, but feature bit 3 {said} that there is another"
        raise ImageError("header", why, offset=_COMPRESSION_AT)
    return features, compression


def _check_features(number: int) -> None:
    """Raise ImageError unless an image with these incompatible features can be read."""
    for flag, why, advice in (
        (number & ~_KNOWN, "incompatible features that are not known", "read it with its QEMU"),
        (
            number & Feature.DATA_FILE,
            "the data is in an external file, which can't hold snapshots",
            "take the snapshot on an image without data_file",
        ),
        (number & Feature.CORRUPT, "QEMU marked the image as corrupt", DAMAGED),
    ):
        if flag:
            raise ImageError("header", f"{why} (bits {flag:#x})", offset=72, advice=advice)
