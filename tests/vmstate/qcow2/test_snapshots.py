"""The snapshot table: what each entry says, entries of other QEMUs, damaged ones."""

import struct

import pytest

from tests.support.qcow2_images import Image, Shot, reader_of
from vmstate.qcow2 import ImageError, choose_snapshot, list_snapshots


def snapshots_of(data):
    return list_snapshots(reader_of(data), len(data))


def refusal(data):
    with pytest.raises(ImageError) as caught:
        snapshots_of(data)
    return str(caught.value).removeprefix("qcow2 ")


def changed(offset, form, value, *shots):
    """Return an image whose snapshot table has *value* at *offset*."""
    image = Image(shots or (Shot(b"state"),))
    data = bytearray(image.data())
    struct.pack_into(form, data, image.places["snapshots"] + offset, value)
    return bytes(data)


def test_an_image_without_snapshots_has_none():
    assert snapshots_of(Image().data()) == ()


def test_all_that_an_entry_says_is_told():
    image = Image((Shot(b"state", name="näm", id="12", icount=9, spare_entries=3),))
    [snapshot] = snapshots_of(image.data())
    assert (snapshot.id, snapshot.name, snapshot.vm_state_size) == ("12", "näm", 5)
    assert (snapshot.date_s, snapshot.date_ns, snapshot.clock_ns) == (1_577_836_800, 5, 7)
    assert (snapshot.disk_size, snapshot.icount) == (1 << 20, 9)
    assert (snapshot.l1_offset, snapshot.l1_entries) == (image.places["näm l1"], 5)
    assert snapshot.vm_state_offset == 1 << 29


def test_snapshots_come_in_the_order_of_the_table():
    shots = tuple(Shot(b"x" * n, name=f"n{n}" * n, id=str(n)) for n in range(1, 12))
    found = snapshots_of(Image(shots).data())
    assert [(each.id, each.name, each.vm_state_size) for each in found] == [
        (str(n), f"n{n}" * n, n) for n in range(1, 12)
    ]


@pytest.mark.parametrize(
    ("extra", "size", "disk_size"),
    [
        (0, 4, 1 << 20),
        (bytes(7), 4, 1 << 20),
        (1, 5, 1 << 20),
        (2, 5, 4096),
        (3, 5, 4096),
        (struct.pack(">QQQ", 5, 4096, (1 << 64) - 1) + b"more", 5, 4096),
    ],
)
def test_extra_data_may_end_early_or_go_on(extra, size, disk_size):
    shots = (Shot(b"state", extra=extra, small_size=4, disk_size=4096), Shot(b"", name="next"))
    first, second = snapshots_of(Image(shots).data())
    assert (first.vm_state_size, first.disk_size, first.icount) == (size, disk_size, None)
    assert second.name == "next"


def test_the_longer_size_counts_even_if_it_says_nothing():
    [snapshot] = snapshots_of(Image((Shot(b"state", extra=bytes(8)),)).data())
    assert snapshot.vm_state_size == 0


def test_extra_data_is_taken_up_to_qemus_limit():
    [snapshot] = snapshots_of(Image((Shot(b"state", extra=bytes(7) + b"\5" + bytes(1016)),)).data())
    assert (snapshot.vm_state_size, snapshot.name) == (5, "a")


def test_a_name_that_is_no_text_is_told_in_hex():
    [snapshot] = snapshots_of(changed(40 + 24 + 1, "B", 0xFF))
    assert snapshot.name == r"\xff"


@pytest.mark.parametrize(
    ("disk_size", "offset"), [(0, 0), (512, 32768), (32768, 32768), (32769, 65536)]
)
def test_the_state_begins_behind_the_disk_where_an_l1_entry_does(disk_size, offset):
    image = Image((Shot(b"state", disk_size=disk_size),), cluster_bits=9)
    [snapshot] = snapshots_of(image.data())
    assert snapshot.vm_state_offset == offset


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(
            changed(36, ">I", 1025),
            "snapshot table, entry 0 at offset 0x50024: 1025 bytes of extra data, expected 1024",
            id="extra",
        ),
        pytest.param(
            changed(14, ">H", 65535)[: 0x50000 + 100],
            "snapshot table, entry 0 at offset 0x50028: needs 65560 bytes, the file ends at ",
            id="name",
        ),
        pytest.param(
            Image((Shot(b"x"),)).data()[: 0x50000 + 20],
            "snapshot table at offset 0x50000: needs 40 bytes, the file ends at 0x50014",
            id="cut",
        ),
    ],
)
def test_a_damaged_table_says_where(data, why):
    assert refusal(data).startswith(why)


def test_a_table_off_its_cluster_is_refused():
    data = bytearray(Image((Shot(b"x"),)).data())
    struct.pack_into(">Q", data, 64, 0x50008)
    assert refusal(bytes(data)).startswith(
        "snapshot table at offset 0x50008: no multiple of a cluster (0x10000); the image is"
    )


def test_more_snapshots_than_fit_are_refused_before_any_is_read():
    data = bytearray(Image((Shot(b"x"),)).data())
    struct.pack_into(">I", data, 60, 65536)
    assert refusal(bytes(data)).startswith(f"snapshot table at offset 0x50000: needs {65536 * 40}")


def chosen(name, *shots):
    return choose_snapshot(snapshots_of(Image(shots).data()), name)


A, B, DISK = Shot(b"x", name="a", id="1"), Shot(b"y", name="b", id="2"), Shot(b"", "d", "3")


def test_the_only_state_needs_no_name():
    assert chosen(None, DISK, B).name == "b"


def test_a_snapshot_is_chosen_by_name_then_by_id():
    assert chosen("b", A, B).id == "2"
    assert chosen("1", A, B).name == "a"
    assert chosen("1", A, Shot(b"z", name="1", id="7")).id == "7"
    assert chosen("d", A, DISK).name == "d"


@pytest.mark.parametrize(
    ("name", "shots", "why"),
    [
        (
            None,
            (A, B, DISK),
            "2 snapshots with VM state, expected one: 'a' (id 1), 'b' (id 2); name one of them",
        ),
        (None, (DISK,), "0 snapshots with VM state, expected one: none; make one with `savevm"),
        (
            "x",
            (A, DISK),
            "no snapshot 'x'; with VM state there are: 'a' (id 1); name one of them",
        ),
        ("x", (), "no snapshot 'x'; with VM state there are: none; make one with `savevm NAME`"),
    ],
)
def test_a_choice_that_is_none_says_what_there_is(name, shots, why):
    with pytest.raises(ImageError) as caught:
        chosen(name, *shots)
    assert str(caught.value).startswith(f"qcow2 snapshot table: {why}")


def test_a_snapshot_without_a_name_is_called_by_its_id():
    first, second = snapshots_of(Image((A, Shot(b"y", name="", id="2"))).data())
    assert (first.title, second.title) == ("snapshot 'a'", "nameless snapshot (id '2')")
