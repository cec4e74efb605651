"""The VM state: its bytes however they are kept, and what an image may not ask for."""

import random
import struct
import zlib

import pytest

from tests.support.qcow2_images import HOLE, KINDS, PACKED, Image, Shot, reader_of
from vmstate.qcow2 import ImageError, list_snapshots, vm_state
from vmstate.qcow2.state import PIECE
from vmstate.stream import Tail, read_events


def pieces_of(data, index=0):
    read_at = reader_of(data)
    return vm_state(read_at, list_snapshots(read_at, len(data))[index])


def refusal(data):
    with pytest.raises(ImageError) as caught:
        list(pieces_of(data))
    return str(caught.value).removeprefix("qcow2 ")


def test_each_snapshot_has_its_own_state():
    shots = (Shot(b"first" * 300), Shot(b"second", name="b"), Shot(b"third" * 5000, name="c"))
    data = Image(shots, cluster_bits=9).data()
    for index, shot in enumerate(shots):
        assert b"".join(pieces_of(data, index)) == shot.state


def test_a_state_kept_in_every_way_is_whole():
    blocks = (b"text " * 103, bytes(512), b"\1" * 512, bytes(512), b"more " * 120)
    state = b"".join(block[:512].ljust(512, b".") for block in blocks * 9) + b"end"
    for seed in (None, 1):
        data = Image((Shot(state, kinds=KINDS),), cluster_bits=9, seed=seed).data()
        assert b"".join(pieces_of(data)) == state


def test_clusters_that_lie_together_come_as_one_piece():
    state = bytes(range(1, 256)) * 40
    data = Image((Shot(state),), cluster_bits=9).data()
    assert list(pieces_of(data)) == [state]


def test_a_piece_is_never_large():
    state = b"x" * (3 * PIECE + 5)
    for bits in (9, 16, 21):
        for kinds in ((), (HOLE,)):
            content = bytes(len(state)) if kinds else state
            shot = Shot(content, kinds=kinds or ("stored",))
            pieces = list(pieces_of(Image((shot,), cluster_bits=bits).data()))
            assert b"".join(pieces) == content
            assert max(map(len, pieces)) <= PIECE


def test_a_state_longer_than_the_stream_ends_in_a_tail():
    stream = b"QEVM\0\0\0\3\0\6\0\0\0\2{}"
    data = Image((Shot(stream + bytes(700)),), cluster_bits=9).data()
    events = list(read_events(pieces_of(data)))
    tails = [event.data for event in events if isinstance(event, Tail)]
    assert b"".join(tails) == bytes(700)
    assert b"".join(pieces_of(data))[: len(stream)] == stream


@pytest.mark.parametrize("is_extended", [False, True])
def test_a_state_can_be_read_from_any_place_on(is_extended):
    bits = 14 if is_extended else 9
    state = bytes(n % 255 for n in range(3 << bits)) + bytes(40_000) + b"end"
    image = Image((Shot(state, kinds=KINDS),), cluster_bits=bits, is_extended=is_extended)
    data = image.data()
    read_at = reader_of(data)
    [snapshot] = list_snapshots(read_at, len(data))
    for start in (0, 1, (1 << bits) - 1, 1 << bits, 33_000, len(state) - 1, len(state)):
        assert b"".join(vm_state(read_at, snapshot, start)) == state[start:]


def test_what_is_left_out_is_not_read():
    asked = []
    data = Image((Shot(b"x" * 100_000),), cluster_bits=9).data()

    def read_at(offset, size):
        asked.append(size)
        return data[offset : offset + size]

    [snapshot] = list_snapshots(read_at, len(data))
    asked.clear()
    assert b"".join(vm_state(read_at, snapshot, 99_000)) == b"x" * 1000
    assert sum(asked) < 3000


def test_a_snapshot_of_the_disk_alone_is_refused_at_once():
    data = Image((Shot(b"", name="disk"),)).data()
    with pytest.raises(ImageError) as caught:
        pieces_of(data)
    assert str(caught.value) == (
        "qcow2 snapshot 'disk': it has no VM state, only the disk; make one with `savevm` while "
        "QEMU runs; if the machine has several disks, the state is in the first of them"
    )


def test_a_damaged_table_is_refused_at_once():
    image = Image((Shot(b"x"),))
    data = bytearray(image.data())
    struct.pack_into(">I", data, image.places["snapshots"] + 8, 0)
    with pytest.raises(ImageError, match="L1 table of snapshot 'a' at offset"):
        pieces_of(bytes(data))


def test_more_state_than_deflate_could_make_of_the_file_is_refused():
    image = Image((Shot(b"x", extra=1),), cluster_bits=9)
    data = bytearray(image.data())
    struct.pack_into(">Q", data, image.places["snapshots"] + 40, 1032 * len(data) + 1)
    size = len(data)
    assert refusal(bytes(data)).startswith(
        f"snapshot 'a': {1032 * size + 1} bytes of VM state, a file of {size} bytes holds "
        f"{1032 * size} at most; the image is damaged"
    )


def test_clusters_that_are_used_again_and_again_are_refused():
    image = Image((Shot(b"x" * 512),), cluster_bits=9)
    data = bytearray(image.data())
    table = image.places["a l2"]
    data[table : table + 512] = data[table : table + 8] * 64
    struct.pack_into(">Q", data, image.places["snapshots"] + 40, 512 * 64)
    assert len(data) < 512 * 64
    assert refusal(bytes(data)) == (
        "VM state of snapshot 'a': more bytes than the file has, so that some clusters are used "
        "twice; the image is damaged: `qemu-img check` says how far, a copy of it may be whole"
    )


@pytest.mark.parametrize("more", [0, 1])
def test_all_bytes_of_the_file_can_be_state_but_no_more(more):
    image = Image((Shot(b"x" * 512),), cluster_bits=9)
    data = bytearray(image.data())
    table = image.places["a l2"]
    data[table : table + 512] = data[table : table + 8] * 64
    size = len(data) + more
    struct.pack_into(">Q", data, image.places["snapshots"] + 40, size)
    if more:
        assert "clusters are used twice" in refusal(bytes(data))
    else:
        assert b"".join(pieces_of(bytes(data))) == b"x" * size


def test_the_first_piece_comes_before_all_tables_are_read():
    asked = []
    data = Image((Shot(b"x" * (3 * PIECE)),), cluster_bits=9).data()

    def read_at(offset, size):
        asked.append(size)
        return data[offset : offset + size]

    [snapshot] = list_snapshots(read_at, len(data))
    asked.clear()
    assert next(vm_state(read_at, snapshot))
    assert len(asked) < 50


def test_a_stored_cluster_behind_the_end_is_refused():
    image = Image((Shot(b"x" * 512),), cluster_bits=9)
    data = bytearray(image.data())
    struct.pack_into(">Q", data, image.places["a l2"], 1 << 40)
    assert refusal(bytes(data)).startswith(
        "VM state of snapshot 'a' at offset 0x10000000000: needs 512 bytes, the file ends at"
    )


def packed(change=bytes, state=b"abc" * 500, **options):
    """Return an image of compressed clusters, *change* done to the first one's bytes."""
    image = Image((Shot(state, kinds=(PACKED,)),), cluster_bits=12, **options)
    data = bytearray(image.data())
    entry = struct.unpack_from(">Q", data, image.places["a l2"])[0]
    assert entry >> 62 == 1
    at = entry & (1 << 58) - 1
    content = change(bytes(data[at : at + 4096]))
    data[at : at + len(content)] = content
    return bytes(data)


def test_compressed_clusters_are_unpacked():
    state = b"".join(bytes([n]) * 4096 for n in range(20)) + b"abc"
    assert b"".join(pieces_of(packed(state=state))) == state


def test_what_can_not_be_unpacked_is_refused():
    found = refusal(packed(lambda data: b"\xff" * 600))
    assert found.startswith("compressed cluster of snapshot 'a' at offset 0x2000: it can't be unp")
    assert "invalid block type" in found


def test_a_cluster_may_look_back_as_far_as_deflate_can():
    """QEMU packs with a window of 4 KiB, and unpacks what was packed with a larger one."""
    noise = random.Random(1).randbytes(30000)
    state = noise + noise + bytes(5536)
    packer = zlib.compressobj(wbits=-15)
    content = packer.compress(state) + packer.flush()
    assert len(content) < 31000
    image = Image((Shot(b"a" * 65536, kinds=(PACKED,)),))
    data = bytearray(image.data())
    at = len(data)
    entry = 1 << 62 | (len(content) // 512 + 1) << 54 | at
    struct.pack_into(">Q", data, image.places["a l2"], entry)
    assert b"".join(pieces_of(bytes(data) + content)) == state


def test_what_unpacks_to_less_is_refused():
    short = zlib.compressobj(wbits=-12)
    content = short.compress(b"x" * 700) + short.flush()
    assert refusal(packed(lambda data: content)).startswith(
        "compressed cluster of snapshot 'a' at offset 0x2000: unpacks to 700 bytes, expected 4096"
    )


def test_what_would_unpack_to_more_is_cut_off():
    long = zlib.compressobj(wbits=-12)
    content = long.compress(b"y" * (1 << 20)) + long.flush()
    assert b"".join(pieces_of(packed(lambda data: content))) == b"y" * 1500


def test_the_last_sector_of_a_compressed_cluster_may_be_behind_the_end():
    image = Image((Shot(b"abc" * 500, kinds=(PACKED,)),), cluster_bits=12)
    data = bytearray(image.data())
    content = zlib.compressobj(wbits=-12)
    packed = content.compress(b"z" * 4096) + content.flush()
    # As many sectors more as the descriptor can say.
    entry = 1 << 62 | 0xF << 58 | len(data)
    struct.pack_into(">Q", data, image.places["a l2"], entry)
    assert b"".join(pieces_of(bytes(data) + packed)) == b"z" * 1500


@pytest.mark.parametrize(("compression", "name"), [(1, "zstd"), (9, "type 9")])
def test_another_compression_is_refused_where_it_was_used(compression, name):
    options = {"cluster_bits": 12, "compression": compression}
    assert b"".join(pieces_of(Image((Shot(b"x"),), **options).data())) == b"x"
    assert refusal(packed(compression=compression)) == (
        "compressed cluster of snapshot 'a' at offset 0x2000: compressed with "
        f"{name}, expected deflate; savevm writes no compressed clusters: load the snapshot and "
        "save it again"
    )
