"""Headers: both versions, every size of cluster, and the images that are not read."""

import struct

import pytest

from harness.qemu.image import empty_qcow2
from tests.support.qcow2_images import Image, reader_of
from vmstate.qcow2 import ImageError, is_qcow2, read_header
from vmstate.qcow2.file import ImageFile


def header_of(data):
    return read_header(ImageFile(reader_of(data), len(data)))


def refusal(data):
    with pytest.raises(ImageError) as caught:
        header_of(data)
    assert caught.value.part == "header"
    return str(caught.value).removeprefix("qcow2 header at offset ")


def changed(offset, form, value, **options):
    """Return an image whose header has *value* at *offset*."""
    data = bytearray(Image(**options).data())
    struct.pack_into(form, data, offset, value)
    return bytes(data)


@pytest.mark.parametrize("bits", range(9, 22))
@pytest.mark.parametrize("version", [2, 3])
def test_both_versions_and_every_size_of_cluster_are_read(bits, version):
    header = header_of(Image(version=version, cluster_bits=bits, disk_size=1536).data())
    assert (header.version, header.cluster_size, header.disk_size) == (version, 1 << bits, 1536)
    assert (header.entry_size, header.reach) == (8, (1 << bits) ** 2 // 8)
    assert (header.is_extended, header.compression, header.snapshot_count) == (False, 0, 0)


@pytest.mark.parametrize("bits", range(14, 22))
def test_extended_entries_are_twice_as_long(bits):
    header = header_of(Image(is_extended=True, cluster_bits=bits).data())
    assert header.is_extended
    assert (header.entry_size, header.reach) == (16, (1 << bits) ** 2 // 16)


def test_the_image_that_the_harness_starts_qemu_with_is_read():
    data = empty_qcow2(1 << 20)
    header = header_of(data)
    assert (header.version, header.cluster_bits, header.disk_size) == (3, 16, 1 << 20)
    assert header.file_size == len(data)


def test_the_shortest_header_of_version_3_is_read():
    header = header_of(Image(header_length=104).data())
    assert (header.version, header.compression) == (3, 0)


def test_what_stands_behind_a_short_header_is_no_compression():
    assert header_of(changed(104, "B", 1, header_length=104)).compression == 0


def test_a_qcow2_image_is_told_by_its_first_bytes():
    data = empty_qcow2()
    assert is_qcow2(data)
    assert is_qcow2(data[:4])
    assert not is_qcow2(data[:3])
    assert not is_qcow2(b"QEVM\0\0\0\3")
    assert not is_qcow2(b"")


def test_a_feature_that_matters_to_writers_only_is_passed_over():
    assert header_of(Image(features=1).data()).version == 3


def test_compatible_and_autoclear_features_are_passed_over():
    assert header_of(changed(80, ">QQ"[:2], 0xFF)).version == 3
    assert header_of(changed(88, ">Q", 0xFF)).version == 3


def test_another_compression_is_told():
    assert header_of(Image(compression=1).data()).compression == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(
            b"QFI\xfb",
            "0x0: the file has 4 bytes, expected at least 72; give an image made by `qemu-img",
            id="short",
        ),
        pytest.param(
            b"QEVM" + bytes(100), "0x0: begins with 5145564d, expected 514649fb; give", id="magic"
        ),
        pytest.param(
            changed(4, ">I", 1), "0x4: version 1, expected 2 or 3; give an image made", id="old"
        ),
        pytest.param(changed(4, ">I", 4), "0x4: version 4, expected 2 or 3; give", id="new"),
        pytest.param(
            changed(20, ">I", 8), "0x14: cluster_bits is 8, expected 9 to 21; the image", id="small"
        ),
        pytest.param(changed(20, ">I", 22), "0x14: cluster_bits is 22, expected 9 to 21", id="big"),
        pytest.param(
            Image(crypt=1).data(),
            "0x20: the image is encrypted (AES), expected none; take the snapshot on an image "
            "without encryption",
            id="aes",
        ),
        pytest.param(
            Image(crypt=2, version=2).data(), "0x20: the image is encrypted (LUKS)", id="luks"
        ),
        pytest.param(
            Image(crypt=7).data(), "0x20: the image is encrypted (method 7)", id="unknown method"
        ),
        pytest.param(
            changed(60, ">I", 65537), "0x3c: 65537 snapshots, expected 65536 at most", id="many"
        ),
        pytest.param(
            Image(features=2).data(),
            "0x48: QEMU marked the image as corrupt (bits 0x2); the image is damaged: `qemu-img",
            id="corrupt",
        ),
        pytest.param(
            Image(features=4).data(),
            "0x48: the data is in an external file, which can't hold snapshots (bits 0x4); take "
            "the snapshot on an image without data_file",
            id="data file",
        ),
        pytest.param(
            Image(features=1 << 5 | 1 << 63).data(),
            "0x48: incompatible features that are not known (bits 0x8000000000000020); read it "
            "with its QEMU",
            id="unknown feature",
        ),
        pytest.param(
            Image(header_length=96).data(),
            "0x64: its length is 96, expected a multiple of 8 from 104 to 65536",
            id="short 3",
        ),
        pytest.param(Image(header_length=108).data(), "0x64: its length is 108", id="odd"),
        pytest.param(
            Image(header_length=1024, cluster_bits=9).data(),
            "0x64: its length is 1024, expected a multiple of 8 from 104 to 512",
            id="long",
        ),
        pytest.param(
            Image(is_extended=True, cluster_bits=13).data(),
            "0x14: cluster_bits is 13 with extended L2 entries, expected 14 to 21",
            id="small extended",
        ),
        pytest.param(
            Image(features=8).data(),
            "0x68: compression type 0, but feature bit 3 says that there is another",
            id="no compression",
        ),
        pytest.param(
            changed(104, "B", 1),
            "0x68: compression type 1, but feature bit 3 does not say that there is another",
            id="compression",
        ),
        pytest.param(
            Image(version=3).data()[:100], "0x48: needs 32 bytes, the file ends at 0x64", id="cut"
        ),
    ],
)
def test_an_image_that_is_not_read_says_why(data, why):
    assert refusal(data).startswith(why)
