"""Clusters: what each entry of a table means, and entries that contradict themselves."""

import struct

import pytest

from tests.support.qcow2_images import HOLE, STORED, Image, Shot, reader_of
from vmstate.qcow2 import ImageError, list_snapshots
from vmstate.qcow2.clusters import Hole, Packed, Stored, check_l1, extents
from vmstate.qcow2.file import ImageFile

CLUSTER = 512
SUBCLUSTER = 16384 // 32


def mapped(data):
    """Return the extents of the first snapshot's state."""
    file = ImageFile(reader_of(data), len(data))
    snapshot = list_snapshots(file.read_at, file.size)[0]
    check_l1(file, snapshot)
    return list(extents(file, snapshot))


def refusal(data):
    with pytest.raises(ImageError) as caught:
        mapped(data)
    return str(caught.value).removeprefix("qcow2 ")


def with_entries(*entries, size=None, **options):
    """Return an image whose state's first L2 entries are *entries*."""
    options = {"cluster_bits": 9, **options}
    is_extended = options.get("is_extended", False)
    count = len(entries) // (2 if is_extended else 1)
    state = b"x" * (size or count * (1 << options["cluster_bits"]))
    image = Image((Shot(state),), **options)
    data = bytearray(image.data())
    struct.pack_into(f">{len(entries)}Q", data, image.places["a l2"], *entries)
    return bytes(data), image.places["a l2"]


def test_each_kind_of_entry_is_told():
    data, _ = with_entries(1024 | 1 << 63, 1024, 0, 1, 1024 | 1)
    assert mapped(data) == [Stored(1024, 512), Stored(1024, 512), Hole(512), Hole(512), Hole(512)]


def test_bits_without_a_meaning_are_passed_over_as_qemu_does():
    data, _ = with_entries(1024 | 0x3F << 56 | 0xFE)
    assert mapped(data) == [Stored(1024, 512)]


def test_the_last_cluster_ends_with_the_state():
    data, _ = with_entries(1024, 2048, 0, size=2 * CLUSTER + 3)
    assert mapped(data) == [Stored(1024, 512), Stored(2048, 512), Hole(3)]


def test_an_l2_table_that_is_not_there_is_a_hole():
    state = bytes(CLUSTER * 64) + b"x" * 5
    data = Image((Shot(state, kinds=(HOLE,)),), cluster_bits=9).data()
    assert mapped(data)[0] == Hole(CLUSTER * 64)
    assert [type(each) for each in mapped(data)] == [Hole, Stored]


@pytest.mark.parametrize(
    ("bits", "sectors", "size"), [(9, 1, 512), (12, 0, 4096), (16, 2, 65536), (21, 8191, 1 << 21)]
)
def test_a_compressed_cluster_takes_whole_sectors_to_the_end_of_the_file(bits, sectors, size):
    entry = 1 << 62 | sectors << (62 - (bits - 8)) | 1000
    data, _ = with_entries(entry, cluster_bits=bits)
    end = min(1024 + sectors * 512, len(data))
    assert mapped(data) == [Packed(1000, end - 1000, size)]


def extended(entry, bitmap, size=None):
    return with_entries(entry, bitmap, size=size, cluster_bits=14, is_extended=True)[0]


def test_subclusters_are_stored_or_holes():
    at = 2 << 14
    bitmap = 0b1011 | 0b100 << 32
    assert mapped(extended(at, bitmap)) == [
        Stored(at, 2 * SUBCLUSTER),
        Hole(SUBCLUSTER),
        Stored(at + 3 * SUBCLUSTER, SUBCLUSTER),
        Hole(28 * SUBCLUSTER),
    ]
    assert mapped(extended(at, 0xFFFFFFFF)) == [Stored(at, 1 << 14)]
    assert mapped(extended(0, 0)) == [Hole(1 << 14)]


def test_the_last_subcluster_ends_with_the_state():
    at = 2 << 14
    assert mapped(extended(at, 0b11, size=SUBCLUSTER + 3)) == [Stored(at, SUBCLUSTER + 3)]
    assert mapped(extended(at, 0b01, size=SUBCLUSTER + 3)) == [Stored(at, SUBCLUSTER), Hole(3)]


def test_with_subclusters_the_lowest_bit_means_nothing():
    assert mapped(extended(2 << 14 | 1, 0xFFFFFFFF)) == [Stored(2 << 14, 1 << 14)]


def test_a_compressed_cluster_has_no_subclusters():
    entry = 1 << 62 | 1000
    assert mapped(extended(entry, (1 << 64) - 1)) == [Packed(1000, 24, 1 << 14)]


@pytest.mark.parametrize(
    ("entries", "options", "why"),
    [
        (
            (1024, 1),
            {"version": 2},
            "L2 entry at offset {at8:#x}: a zero cluster in an image of version 2; the image is",
        ),
        (
            (1024,),
            {"cluster_bits": 12},
            "L2 entry at offset {at:#x}: cluster at 0x400, expected a multiple of 0x1000",
        ),
        (
            (1 << 62 | 1 << 40,),
            {},
            "L2 entry at offset {at:#x}: compressed cluster at 0x10000000000, the file ends at",
        ),
        (
            (1 << 14, 1 | 1 << 32),
            {"cluster_bits": 14, "is_extended": True},
            "L2 entry at offset {at:#x}: subclusters are stored and zero at once (bitmap 0x1000",
        ),
        (
            (0, 6),
            {"cluster_bits": 14, "is_extended": True},
            "L2 entry at offset {at:#x}: subclusters are stored nowhere (bitmap 0x6, no cluster)",
        ),
        (
            (1 << 13, 0),
            {"cluster_bits": 14, "is_extended": True},
            "L2 entry at offset {at:#x}: cluster at 0x2000, expected a multiple of 0x4000",
        ),
    ],
)
def test_an_entry_that_contradicts_itself_says_where(entries, options, why):
    data, at = with_entries(*entries, **options)
    assert refusal(data).startswith(why.format(at=at, at8=at + 8))


def test_a_compressed_cluster_begins_before_the_end_of_the_file():
    size = len(with_entries(0)[0])
    assert mapped(with_entries(1 << 62 | size - 1)[0]) == [Packed(size - 1, 1, 512)]
    assert f"compressed cluster at {size:#x}, the file ends at {size:#x}" in refusal(
        with_entries(1 << 62 | size)[0]
    )


def with_table(entry):
    """Return an image of 4 KiB clusters whose state's L1 entry is *entry*."""
    image = Image((Shot(b"x" * 5000),), cluster_bits=12, disk_size=0)
    data = bytearray(image.data())
    struct.pack_into(">Q", data, image.places["a l1"], entry)
    return bytes(data)


def test_an_l2_table_off_its_cluster_or_out_of_the_file_is_refused():
    assert refusal(with_table(512)).startswith(
        "L2 table 0 of snapshot 'a' at offset 0x200: no multiple of a cluster (0x1000); the image"
    )
    assert refusal(with_table(1 << 50)).startswith(
        "L2 table 0 of snapshot 'a' at offset 0x4000000000000: needs 4096 bytes, the file ends at"
    )


def test_an_l2_table_that_is_there_twice_is_refused():
    """Or a small image could ask for any number of clusters to be looked at."""
    image = Image((Shot(b"x" * (64 * 512 + 1)),), cluster_bits=9, disk_size=0)
    data = bytearray(image.data())
    at = image.places["a l1"]
    data[at + 8 : at + 16] = data[at : at + 8]
    assert refusal(bytes(data)).startswith(
        f"L2 table 1 of snapshot 'a' at offset {image.places['a l2']:#x}: an earlier entry of the "
        "L1 table has it, too; expected another one for each; the image"
    )


def with_l1(offset, form, value):
    """Return an image in whose snapshot table *value* stands at *offset*."""
    image = Image((Shot(b"x" * 100, disk_size=512),), cluster_bits=9)
    data = bytearray(image.data())
    struct.pack_into(form, data, image.places["snapshots"] + offset, value)
    return bytes(data)


@pytest.mark.parametrize(
    ("offset", "form", "value", "why"),
    [
        (0, ">Q", 600, " at offset 0x258: no multiple of a cluster (0x200); the image"),
        (0, ">Q", 1 << 30, " at offset 0x40000000: needs 16 bytes, the file ends at"),
        (8, ">I", (4 << 20) + 1, ": 4194305 entries, expected 4194304 at most"),
        (8, ">I", 1, ": 1 entries, expected 2 for the disk and the VM state behind it"),
        (48, ">Q", 1 << 62, ": 2 entries, expected 140737488355329 for the disk"),
    ],
)
def test_an_l1_table_that_does_not_fit_is_refused(offset, form, value, why):
    found = refusal(with_l1(offset, form, value))
    assert found.startswith("L1 table of snapshot 'a'")
    assert why in found


def test_long_tables_are_looked_at_in_pieces():
    state = b"".join(bytes([n % 255 + 1]) * 512 for n in range(300))
    data = Image((Shot(state + bytes(6 << 18), kinds=(STORED,)),), cluster_bits=9).data()
    sizes = []

    def watched(offset, size):
        sizes.append(size)
        return data[offset : offset + size]

    [snapshot] = list_snapshots(watched, len(data))
    found = list(extents(ImageFile(watched, len(data)), snapshot))
    assert sum(extent.size for extent in found) == snapshot.vm_state_size
    assert max(sizes) <= 1 << 16


def test_a_table_of_many_pieces_is_read_in_order():
    """An L2 table of 2 MiB, of which four pieces are needed."""
    bits, count = 21, 3 * 8192 + 5
    image = Image((Shot(b"x" * (1 << bits)),), cluster_bits=bits, disk_size=0)
    data = bytearray(image.data())
    entries = [0, 1, 2 << bits] * (count // 3) + [2 << bits] * (count % 3)
    struct.pack_into(f">{count}Q", data, image.places["a l2"], *entries)
    struct.pack_into(">Q", data, image.places["snapshots"] + 40, count << bits)
    found = mapped(bytes(data))
    assert found == [
        (Hole(1 << bits), Hole(1 << bits), Stored(2 << bits, 1 << bits))[n % 3]
        if n < count // 3 * 3
        else Stored(2 << bits, 1 << bits)
        for n in range(count)
    ]
