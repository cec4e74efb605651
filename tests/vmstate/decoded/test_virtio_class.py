"""What classes of virtio devices add, written by hand after QEMU's descriptions."""

from __future__ import annotations

from struct import pack

import pytest

from tests.support.cursors import saved
from tests.support.pieces import numbers, paths, tiles
from vmstate.decoded import virtio, virtio_class
from vmstate.decoded.cutter import Cutter
from vmstate.errors import StreamError
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_block import BlockRequest, BlockRequests
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.info.devices.virtio_mmio import MmioTransport
from vmstate.info.devices.virtqueue_element import SIZE, Element


def header(name):
    return bytes([5, len(name)]) + name.encode() + (1).to_bytes(4)


def in_device(body, owner, queues=1):
    """Cut a device whose class adds *body*; return the class's pieces by path."""
    device = VirtioDevice(
        MmioTransport(modern=None), config=bytearray(), host_features=0, started=True
    )
    for queue in device.queues[:queues]:
        queue.num = 64
    plain = saved(VIRTIO, device)
    tail = plain.index(b"\x05\x0evirtio/started")
    cutter = virtio.cut(plain[:tail] + body + plain[tail:], owner)
    assert cutter.is_at_end
    assert tiles(cutter)
    assert not any(piece.type == virtio.UNKNOWN_CLASS for piece in cutter.pieces)
    return {
        path.removeprefix("device."): data
        for path, data in numbers(cutter).items()
        if path.startswith("device.")
    }


def net(entries=0, *, pairs=(), offloads=b"", rss=b""):
    head = pack(">6sIIHBBI", b"\x52\x54\0\x12\x34\x56", 1, 2, 3, 4, 5, entries)
    body = head + bytes(6 * entries) + b"\xff" * 512 + bytes(4 + 7)
    if pairs:
        body += pack(">HH", 4, len(pairs) + 1) + pack(f">{len(pairs)}I", *pairs)
    return body + offloads + rss


@pytest.mark.parametrize("entries", [0, 2])
@pytest.mark.parametrize("pairs", [(), (7, 8)])
@pytest.mark.parametrize("offloads", [b"", pack(">Q", 9)])
def test_a_network_device_has_what_its_options_make_it_have(entries, pairs, offloads):
    found = in_device(net(entries, pairs=pairs, offloads=offloads), "virtio-net")
    assert found["status"] == b"\0\3"
    assert len(found.get("mac_table.macs", b"")) == 6 * entries
    assert ("vqs[2].tx_waiting" in found) == bool(pairs)
    assert found.get("curr_guest_offloads", b"") == offloads


def test_the_hashing_of_a_network_device_is_in_a_subsection():
    rss = header("virtio-net-device/rss") + pack(">???IHH40s3H", 1, 0, 1, 5, 3, 1, b"key", 7, 8, 9)
    found = in_device(net(rss=rss), "virtio-net")
    prefix = "<virtio-net-device/rss>"
    assert found[f"{prefix}.hash_types"] == b"\0\0\0\5"
    assert found[f"{prefix}.indirections_table[2]"] == b"\0\x09"


@pytest.mark.parametrize("queues", [1, 3])
@pytest.mark.parametrize("is_packed", [False, True])
def test_the_requests_of_a_block_device_are_cut(queues, is_packed):
    requests = [BlockRequest(Element(index=5, inputs=[(1, 2)])), BlockRequest(Element(index=6))]
    body = saved(BlockRequests(queues, is_packed), requests)
    found = in_device(body, "virtio-blk", queues)
    assert found["requests[0].index"] == b"\5\0\0\0"
    assert found["requests[1].index"] == b"\6\0\0\0"
    assert ("requests[0].queue" in found) == (queues > 1)
    assert ("requests[0].ndescs" in found) == is_packed


def serial(most, *, is_swapped=False, element=False):
    shown = most.to_bytes(4, "little" if is_swapped else "big")
    ports = pack(">IBBI", 1, 0, 1, int(element))
    if element:
        ports += pack(">IQ", 2, 3) + bytes(SIZE)
    return pack(">HH", 80, 25) + shown + bytes(4 * -(-most // 32)) + pack(">I", 1) + ports


@pytest.mark.parametrize("most", [1, 31, 32, 33, 511])
@pytest.mark.parametrize("is_swapped", [False, True])
def test_the_ports_of_a_serial_device_follow_a_map_of_them(most, is_swapped):
    found = in_device(serial(most, is_swapped=is_swapped), "virtio-console")
    assert f"ports_map[{(most - 1) // 32}]" in found
    assert f"ports_map[{(most - 1) // 32 + 1}]" not in found
    assert found["ports[0].host_connected"] == b"\1"


def test_a_port_may_be_in_the_middle_of_an_element():
    found = in_device(serial(31, element=True), "virtio-console")
    assert found["ports[0].iov_offset"] == (3).to_bytes(8)
    assert len(found["ports[0].buffers"]) == SIZE - 12


def test_a_balloon_has_sizes_and_what_it_was_asked():
    body = pack(">II", 1, 2)
    body += header("virtio-balloon-device/free-page-report") + pack(">II", 3, 4)
    body += header("virtio-balloon-device/page-poison") + pack(">I", 5)
    found = in_device(body, "virtio-balloon")
    assert found["actual"] == b"\0\0\0\2"
    assert found["<virtio-balloon-device/page-poison>.poison_val"] == b"\0\0\0\5"


def iommu(*, announced=1, mappings=1):
    domain = b"\1" + pack(">QI", 7, 7)
    domain += pack(">I", mappings) + (b"\1" + pack(">QQQI", 1, 2, 3, 4)) * 1 + b"\0"
    domain += b"\1" + pack(">I", 9) + b"\1" + pack(">I", 10) + b"\0" + b"\1"
    return pack(">I", announced) + domain + b"\0" + b"\1"


def test_an_iommus_domains_have_mappings_and_endpoints():
    found = in_device(iommu(), "virtio-iommu")
    assert found["domains[0].mappings[0].phys_addr"] == (3).to_bytes(8)
    assert found["domains[0].endpoint_list[1].id"] == b"\0\0\0\x0a"
    assert found["bypass"] == b"\1"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (iommu(announced=2), "1 domains, 2 were announced"),
        (iommu(announced=0), "more domains than were announced"),
        (iommu(mappings=0), "more mappings than were announced"),
        (iommu(mappings=2), "fewer mappings than were announced"),
    ],
)
def test_an_iommu_that_miscounts_is_an_error(body, why):
    (cut,) = virtio_class.BODIES["virtio-iommu"]
    with pytest.raises(StreamError, match=why):
        cut(Cutter(body))


def test_a_memory_devices_bitmap_has_a_bit_for_each_block():
    body = pack(">QQQI", 1 << 32, 130 << 21, 1 << 21, 0) + pack(">QQQ", 1, 2, 3) + bytes(24)
    found = in_device(body, "virtio-mem")
    assert len(found["bitmap"]) == 24
    assert found["size"] == (2).to_bytes(8)


def test_a_memory_device_may_have_sent_most_of_it_early():
    assert list(in_device(pack(">QQ", 1, 2), "virtio-mem")) == [
        "usable_region_size",
        "requested_size",
    ]


def test_blocks_without_a_size_are_an_error():
    with pytest.raises(StreamError, match="a region of blocks without size"):
        virtio_class.BODIES["virtio-mem"][0](Cutter(bytes(100)))


def scanouts(count, *, is_newer):
    return pack(">iI", 1, count) + bytes((64 if is_newer else 40) * count)


@pytest.mark.parametrize("count", [0, 1, 3])
@pytest.mark.parametrize("is_newer", [False, True])
def test_a_gpus_scanouts_have_more_since_version_2(count, is_newer):
    cutter = Cutter(bytes(4) + scanouts(count, is_newer=is_newer))
    virtio_class.gpu(cutter)
    assert cutter.is_at_end
    assert tiles(cutter)
    assert ("scanout[0].fb.stride" in paths(cutter)) == (is_newer and count > 0)


def test_a_gpus_resources_have_their_images():
    resource = pack(">IIIII", 7, 3, 2, 1, 1) + pack(">QI", 0x1000, 24) + b"p" * 24
    cutter = Cutter(resource + bytes(4) + scanouts(1, is_newer=False))
    virtio_class.gpu(cutter)
    assert cutter.is_at_end
    found = numbers(cutter)
    assert found["reslist[0].image"] == b"p" * 24
    assert found["reslist[0].iov[0].addr"] == (0x1000).to_bytes(8)


def test_most_classes_add_nothing():
    cutter = Cutter(b"abc")
    virtio_class.nothing(cutter)
    assert cutter.offset == 0
