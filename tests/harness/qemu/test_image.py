"""The empty image, read back by the letter of the specification."""

import struct

import pytest

from harness.qemu.image import checked_tag, empty_qcow2

HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
NAMES = [
    "magic",
    "version",
    "backing_offset",
    "backing_size",
    "cluster_bits",
    "size",
    "crypt",
    "l1_size",
    "l1_offset",
    "refcount_table_offset",
    "refcount_table_clusters",
    "snapshots",
    "snapshots_offset",
    "incompatible",
    "compatible",
    "autoclear",
    "refcount_order",
    "header_length",
]


def header(image):
    return dict(zip(NAMES, HEADER.unpack_from(image), strict=True))


def test_the_header_is_that_of_a_version_3_image_without_features():
    found = header(empty_qcow2(1 << 20))
    assert found["magic"] == b"QFI\xfb"
    assert (found["version"], found["header_length"]) == (3, HEADER.size)
    assert (found["size"], found["l1_size"]) == (1 << 20, 1)
    for name in ("backing_offset", "crypt", "snapshots", "incompatible", "autoclear"):
        assert found[name] == 0


def test_every_table_lies_on_a_cluster_of_its_own():
    image = empty_qcow2()
    found = header(image)
    cluster = 1 << found["cluster_bits"]
    (block,) = struct.unpack_from(">Q", image, found["refcount_table_offset"])
    places = [0, found["refcount_table_offset"], block, found["l1_offset"]]
    assert sorted(places) == [n * cluster for n in range(4)]
    assert len(image) == 4 * cluster


def test_exactly_the_clusters_in_use_are_counted_once():
    image = empty_qcow2()
    found = header(image)
    assert 1 << found["refcount_order"] == 16
    (block,) = struct.unpack_from(">Q", image, found["refcount_table_offset"])
    counts = struct.unpack_from(">32768H", image, block)
    assert counts[:4] == (1, 1, 1, 1)
    assert not any(counts[4:])


def test_nothing_of_the_disk_is_allocated():
    image = empty_qcow2()
    assert struct.unpack_from(">Q", image, header(image)["l1_offset"]) == (0,)


@pytest.mark.parametrize("size", [0, -512, 1000, (1 << 29) + 512])
def test_a_size_that_does_not_work_is_refused(size):
    with pytest.raises(ValueError, match=f"a disk of {size} bytes: expected a multiple of 512"):
        empty_qcow2(size)


def test_the_largest_disk_has_one_l1_entry():
    assert header(empty_qcow2(1 << 29))["size"] == 1 << 29


def test_a_tag_is_one_word_to_the_human_monitor():
    assert checked_tag("power_on") == "power_on"
    with pytest.raises(ValueError, match="snapshot tag 'a;b': expected letters, digits and under"):
        checked_tag("a;b")
