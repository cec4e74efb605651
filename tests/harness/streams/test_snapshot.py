"""Snapshots as sources: the stream in an image, like one in a file."""

import pytest

from harness.streams.snapshot import SnapshotSource
from tests.support.qcow2_images import Image, Shot
from vmstate.qcow2 import ImageError

STREAM = b"QEVM\0\0\0\3\0\6\0\0\0\2{}"


@pytest.fixture
def opened(tmp_path):
    """Return what opens the source of a snapshot in an image of some shots."""
    files = []

    def open_one(*shots, name=None, damage=bytes):
        path = tmp_path / "disk.qcow2"
        path.write_bytes(damage(Image(shots, cluster_bits=9).data()))
        files.append(path.open("rb"))
        return SnapshotSource(files[-1], "disk.qcow2", name)

    yield open_one
    for file in files:
        file.close()


def test_the_bytes_are_those_of_the_snapshot(opened):
    source = opened(Shot(STREAM * 100), Shot(b"other", name="b"), name="a")
    assert b"".join(source.pieces()) == STREAM * 100
    assert source.size == len(STREAM) * 100
    assert source.name == "disk.qcow2, snapshot 'a'"


def test_the_only_snapshot_needs_no_name(opened):
    assert opened(Shot(STREAM)).name == "disk.qcow2, snapshot 'a'"
    with pytest.raises(ImageError, match="2 snapshots with VM state, expected one: 'a'"):
        opened(Shot(STREAM), Shot(STREAM, name="b"))


def test_the_self_description_is_found_at_the_end(opened):
    assert opened(Shot(STREAM)).vmdesc_text() == b"{}"
    assert opened(Shot(b"no stream")).vmdesc_text() is None


@pytest.mark.parametrize(("padding", "text"), [(3 << 20, b"{}"), (17 << 20, None)])
def test_it_is_looked_for_ever_further_from_the_end_up_to_a_bound(opened, padding, text):
    source = opened(Shot(b"x" * 50_000 + STREAM + bytes(padding), kinds=("hole",)))
    assert source.vmdesc_text() == text


def test_a_damaged_image_is_told(opened):
    def cut(data):
        return data[:600]

    with pytest.raises(ImageError, match="the file ends at 0x258"):
        opened(Shot(STREAM), damage=cut)
