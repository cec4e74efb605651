"""What a class of virtio devices adds to a device's state.

Owns the layouts that a vmdesc does not show: descriptions whose fields go into the blob,
and those older than descriptions.  Where a layout depends on what the bytes do not say, it
is here in all its forms, and whoever cuts takes the one that fits.

Source: QEMU 7.2 hw/net/virtio-net.c (vmstate_virtio_net_device), hw/block/virtio-blk.c
(virtio_blk_save_device), hw/char/virtio-serial-bus.c (virtio_serial_save_device),
hw/virtio/virtio-balloon.c, hw/virtio/virtio-iommu.c, hw/virtio/virtio-mem.c,
hw/display/virtio-gpu.c (virtio_gpu_save); for its scanouts' version 2, QEMU 11.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import product

from vmstate.decoded.cutter import Cut, Cutter, Row
from vmstate.decoded.types import size_of
from vmstate.info.devices import virtqueue_element

_MAC_SIZE, _VLANS_SIZE = 6, 4096 // 8
_KEY_SIZE = 40
_WORD_BITS = 64
#: More ports than a device can have: half of its queues belong to them.
_MOST_PORTS = 512


def nothing(cutter: Cutter) -> None:
    """Cut nothing: most classes add nothing."""


def _net(cutter: Cutter, *, has_pairs: bool, has_offloads: bool) -> None:
    cutter.array("mac", "uint8", _MAC_SIZE)
    cutter.row((("vqs[0].tx_waiting", "uint32"), ("mergeable_rx_bufs", "uint32")))
    cutter.row((("status", "uint16"), ("promisc", "uint8"), ("allmulti", "uint8")))
    entries = cutter.number("mac_table.in_use", "uint32")
    cutter.raw("mac_table.macs", "buffer", _MAC_SIZE * entries)
    cutter.raw("vlans", "buffer", _VLANS_SIZE)
    cutter.row(_NET)
    if has_pairs:
        cutter.number("max_queue_pairs", "uint16 equal")
        pairs = cutter.number("curr_queue_pairs", "uint16")
        for number in range(1, pairs):
            cutter.number(f"vqs[{number}].tx_waiting", "uint32")
    if has_offloads:
        cutter.number("curr_guest_offloads", "uint64")
    cutter.subsections("virtio-net-device", {"virtio-net-device/rss": _rss})


_NET: Row = (
    ("has_vnet_hdr", "uint32"),
    ("mac_table.multi_overflow", "uint8"),
    ("mac_table.uni_overflow", "uint8"),
    ("alluni", "uint8"),
    ("nomulti", "uint8"),
    ("nouni", "uint8"),
    ("nobcast", "uint8"),
    ("has_ufo", "uint8"),
)


def _rss(cutter: Cutter) -> None:
    cutter.row((("enabled", "bool"), ("redirect", "bool"), ("populate_hash", "bool")))
    cutter.number("hash_types", "uint32")
    count = cutter.number("indirections_len", "uint16")
    cutter.number("default_queue", "uint16")
    cutter.raw("key", "buffer", _KEY_SIZE)
    cutter.array("indirections_table", "uint16", count)


def _block(cutter: Cutter, *, is_packed: bool) -> None:
    # Both a queue's number and a count of descriptors would fit: what is sent is the first
    # where there are several queues, the second where packed rings are offered.
    has_queues = cutter.number_at("queue_count") > 1
    index = 0
    while cutter.has_more("requests"):
        with cutter.inside(f"requests[{index}]"):
            if has_queues:
                cutter.number("queue", "uint32")
            _element(cutter, is_packed=is_packed)
        index += 1


def _element(cutter: Cutter, *, is_packed: bool) -> None:
    """Cut an element of a queue, most of which is room for buffers that are not there."""
    if is_packed:
        cutter.number("ndescs", "uint32")
    cutter.row(tuple((name, "uint32 little-endian") for name in ("index", "out_num", "in_num")))
    cutter.raw("buffers", "buffer", virtqueue_element.SIZE - 12)


def _serial(cutter: Cutter, *, is_packed: bool) -> None:
    cutter.row((("cols", "uint16"), ("rows", "uint16")))
    most = cutter.number("max_nr_ports", "uint32")
    if most > _MOST_PORTS:
        # The copy of the device's configuration, which may be in the guest's byte order.
        most = int.from_bytes(most.to_bytes(4), "little")
    cutter.array("ports_map", "uint32", -(-most // 32))
    for index in range(cutter.number("port_count", "uint32")):
        with cutter.inside(f"ports[{index}]"):
            cutter.row((("id", "uint32"), ("guest_connected", "uint8")))
            cutter.number("host_connected", "uint8")
            if cutter.number("elem_popped", "uint32"):
                cutter.row((("iov_idx", "uint32"), ("iov_offset", "uint64")))
                _element(cutter, is_packed=is_packed)


def _balloon(cutter: Cutter) -> None:
    cutter.row((("num_pages", "uint32"), ("actual", "uint32")))
    hint: Row = (("free_page_hint_cmd_id", "uint32"), ("free_page_hint_status", "uint32"))
    cutter.subsections(
        "virtio-balloon-device",
        {
            "virtio-balloon-device/free-page-report": lambda inner: inner.row(hint),
            "virtio-balloon-device/page-poison": lambda inner: inner.row(
                (("poison_val", "uint32"),)
            ),
        },
    )


def _iommu(cutter: Cutter) -> None:
    count = cutter.number("domain_count", "uint32")
    for index in range(count):
        if not cutter.has_more("domains"):
            raise cutter.error(f"{index} domains, {count} were announced")
        with cutter.inside(f"domains[{index}]"):
            cutter.row((("key", "uint64"), ("id", "uint32")))
            _mappings(cutter)
            endpoint = 0
            while cutter.has_more("endpoint_list"):
                cutter.number(f"endpoint_list[{endpoint}].id", "uint32")
                endpoint += 1
            cutter.number("bypass", "bool")
    _end(cutter, "domains")
    cutter.number("bypass", "uint8")


def _mappings(cutter: Cutter) -> None:
    for index in range(cutter.number("mapping_count", "uint32")):
        if not cutter.has_more("mappings"):
            raise cutter.error("fewer mappings than were announced")
        with cutter.inside(f"mappings[{index}]"):
            cutter.row((("low", "uint64"), ("high", "uint64")))
            cutter.row((("phys_addr", "uint64"), ("flags", "uint32")))
    _end(cutter, "mappings")


def _end(cutter: Cutter, what: str) -> None:
    if cutter.has_more(what):
        raise cutter.error(f"more {what} than were announced")


def _memory(cutter: Cutter) -> None:
    cutter.number("addr", "uint64")
    region, block = cutter.number("region_size", "uint64"), cutter.number("block_size", "uint64")
    if not block:
        raise cutter.error("a region of blocks without size")
    cutter.number("node", "uint32")
    cutter.row(tuple((name, "uint64") for name in ("usable_region_size", "size")))
    cutter.number("requested_size", "uint64")
    cutter.raw("bitmap", "bitmap", -(-(region // block) // _WORD_BITS) * 8)


def _early_memory(cutter: Cutter) -> None:
    cutter.row((("usable_region_size", "uint64"), ("requested_size", "uint64")))


_BOTH = (False, True)
#: What each class adds, in the forms that it can have, by the name of its description.
BODIES: Mapping[str, Sequence[Cut]] = {
    "virtio-net": [
        partial(_net, has_pairs=pairs, has_offloads=offloads)
        for pairs, offloads in product(_BOTH, _BOTH)
    ],
    "virtio-blk": [partial(_block, is_packed=packed) for packed in _BOTH],
    "virtio-console": [partial(_serial, is_packed=packed) for packed in _BOTH],
    "virtio-balloon": [_balloon],
    "virtio-iommu": [_iommu],
    "virtio-mem": [_memory, _early_memory],
}


def gpu(cutter: Cutter) -> None:
    """Cut what a GPU has beside its state as a virtio device: resources and scanouts."""
    index = 0
    while cutter.number(f"reslist[{index}].resource_id", "uint32"):
        with cutter.inside(f"reslist[{index}]"):
            width = cutter.number("width", "uint32")
            height = cutter.number("height", "uint32")
            cutter.number("format", "uint32")
            count = cutter.number("iov_cnt", "uint32")
            cutter.rows("iov", (("addr", "uint64"), ("len", "uint32")), count)
            # All formats that there are have four bytes for a pixel.
            cutter.raw("image", "buffer", 4 * width * height)
        index += 1
    cutter.number("enable", "int32")
    count = cutter.number("max_outputs", "uint32 equal")
    row = (*_SCANOUT, *_FRAMEBUFFER)
    is_older = len(cutter.data) - cutter.offset < count * sum(size_of(kind) for _, kind in row)
    cutter.rows("scanout", _SCANOUT if is_older else row, count)


_SCANOUT: Row = (
    ("resource_id", "uint32"),
    ("width", "uint32"),
    ("height", "uint32"),
    ("x", "int32"),
    ("y", "int32"),
    ("cursor.resource_id", "uint32"),
    ("cursor.hot_x", "uint32"),
    ("cursor.hot_y", "uint32"),
    ("cursor.pos.x", "uint32"),
    ("cursor.pos.y", "uint32"),
)
#: What version 2 of a scanout has besides, since 8.2.
_FRAMEBUFFER: Row = tuple(
    (f"fb.{name}", "uint32")
    for name in ("format", "bytes_pp", "width", "height", "stride", "offset")
)
