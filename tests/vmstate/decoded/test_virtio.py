"""Virtio devices' states: real ones and made ones, cut to the last byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import virtio_blobs
from tests.support.cursors import saved
from tests.support.pieces import numbers, paths, tiles
from vmstate.decoded import virtio
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_device import (
    BIG_ENDIAN,
    RING_PACKED,
    VERSION_1,
    VirtioDevice,
    VirtQueue,
)
from vmstate.info.devices.virtio_mmio import MmioTransport
from vmstate.info.devices.virtio_modern import Modern
from vmstate.info.devices.virtio_pci import PciTransport

#: A real state, the description around it, vectors of its MSI-X, sizes of its queues.
REAL = {
    "block": (virtio_blobs.BLOCK, "virtio-blk", 2, [256]),
    "packed block": (virtio_blobs.PACKED_BLOCK, "virtio-blk", 4, [256] * 3),
    "legacy block": (virtio_blobs.LEGACY_BLOCK, "virtio-blk", 0, [256]),
    "random": (virtio_blobs.RANDOM, "virtio-rng", 2, [8]),
    "SCSI": (virtio_blobs.SCSI, "virtio-scsi", 4, [256] * 3),
    "block, MMIO": (virtio_blobs.MMIO_BLOCK, "virtio-blk", 0, [256]),
    "legacy block, MMIO": (virtio_blobs.LEGACY_MMIO_BLOCK, "virtio-blk", 0, [256]),
}
EACH = pytest.mark.parametrize(("blob", "owner", "vectors", "sizes"), REAL.values(), ids=REAL)


def device(transport=None, *, queues=2, **members):
    """Return a device whose queues have numbers that tell them apart."""
    made = VirtioDevice(
        MmioTransport(modern=None) if transport is None else transport,
        **{"config": bytearray(b"conf"), "host_features": 0, **members},
    )
    for number in range(queues):
        made.queues[number] = VirtQueue(
            num=0x100 + number, desc=0x1000 + number, last_avail_idx=number, avail=7, used=8
        )
    return made


def cut(value, owner="virtio-rng"):
    cutter = virtio.cut(saved(VIRTIO, value), owner)
    assert cutter.is_at_end
    assert tiles(cutter)
    return numbers(cutter)


@EACH
def test_a_real_state_is_cut_to_the_last_byte(blob, owner, vectors, sizes):
    cutter = virtio.cut(blob, owner)
    assert cutter.is_at_end
    assert tiles(cutter)
    found = numbers(cutter)
    assert found["queue_count"] == len(sizes).to_bytes(4)
    for number, size in enumerate(sizes):
        assert found[f"queues[{number}].num"] == size.to_bytes(4)
        assert (f"queues[{number}].vector" in found) == (vectors > 0)
    assert sum(path.endswith("].control") for path in found) == vectors
    assert not any(piece.type == virtio.UNKNOWN_CLASS for piece in cutter.pieces)


@EACH
def test_a_state_that_is_cut_off_is_cut_as_far_as_it_goes(blob, owner, vectors, sizes):
    for end in {0, 1, 5, 300, len(blob) // 2, len(blob) - 1}:
        cutter = virtio.cut(blob[:end], owner)
        assert tiles(cutter)
        assert cutter.offset <= end


def test_each_field_of_a_queue_in_use_is_a_piece_and_the_others_are_one():
    found = cut(device(host_features=VERSION_1 | RING_PACKED))
    assert found["queues[1].desc"] == (0x1001).to_bytes(8)
    assert found["queues[1].last_avail_idx"] == b"\0\1"
    assert found["<virtio/virtqueues>.vq[1].vring.avail"] == (7).to_bytes(8)
    assert len(found["<virtio/virtqueues>.vq_not_in_use"]) == 16 * 1022
    assert "<virtio/packed_virtqueues>.vq[1].used_idx" in found
    assert "<virtio/virtqueues>.vq[2].vring.avail" not in found


def test_of_a_device_without_queues_all_rows_are_one_piece():
    found = cut(device(queues=0, host_features=VERSION_1))
    assert len(found["<virtio/virtqueues>.vq_not_in_use"]) == 16 * 1024


def test_of_a_device_with_all_queues_none_is_left():
    found = cut(device(queues=1024, host_features=VERSION_1))
    assert "<virtio/virtqueues>.vq_not_in_use" not in found
    assert "queues[1023].num" in found


def test_flags_and_byte_order_are_in_subsections():
    found = cut(
        device(
            broken=True,
            started=True,
            disabled=True,
            device_endian=BIG_ENDIAN,
            host_features=VERSION_1 | 1 << 64,
            guest_features=0x3 << 64 | VERSION_1 | 5,
        )
    )
    assert found["guest_features"] == b"\0\0\0\5"
    assert found["<virtio/64bit_features>.guest_features"] == (VERSION_1 | 5).to_bytes(8)
    assert found["<virtio/128bit_features>.guest_features"] == (3).to_bytes(8)
    assert found["<virtio/device_endian>.device_endian"] == bytes([BIG_ENDIAN])
    for name in ("broken", "started", "disabled"):
        assert found[f"<virtio/{name}>.{name}"] == b"\1"


@pytest.mark.parametrize("vectors", [0, 3])
def test_a_pci_devices_modern_registers_are_cut(vectors):
    transport = PciTransport(
        msix=Msix.blank(vectors) if vectors else None,
        modern=Modern(gfselect=1, guest_features=1 << 64 | 6),
    )
    transport.config.config[0x06] = 0x10
    transport.config.config[0x34] = 0x40
    transport.config.config[0x40] = 0x11 if vectors else 0x09
    transport.config.config[0x42] = max(vectors - 1, 0)
    transport.modern.vqs[1].num = 64
    found = cut(device(transport))
    extra = "<virtio/extra_state>.<virtio_pci/modern_state>"
    assert found[f"{extra}.guest_features[0]"] == b"\0\0\0\6"
    assert found[f"{extra}.vqs[1].num"] == b"\0\x40"
    assert len(found[f"{extra}.vqs_not_in_use"]) == 28 * 1022
    features = f"{extra}.<virtio_pci/modern_state/features128>.guest_features"
    assert found[f"{features}[0]"] == b"\0\0\0\1"
    assert ("transport.config_vector" in found) == (vectors > 0)


def test_an_mmio_devices_modern_registers_are_cut():
    found = cut(device(MmioTransport(modern=Modern(guest_features=6))))
    extra = "<virtio/extra_state>.<virtio_mmio/state>"
    assert found[f"{extra}.guest_features[0]"] == b"\0\0\0\6"
    assert len(found[f"{extra}.vqs_not_in_use"]) == 27 * 1022
    assert found["queues[0].align"] == b"\0\0\0\0"


def test_what_an_unknown_class_adds_is_one_piece_that_is_not_decoded():
    plain = saved(VIRTIO, device(started=True))
    tail = plain.index(b"\x05\x0evirtio/started")
    blob = plain[:tail] + b"\x05of\x05virtio/its own" + plain[tail:]
    cutter = virtio.cut(blob, "virtio-unheard-of")
    assert cutter.is_at_end
    (unknown,) = (piece for piece in cutter.pieces if piece.type == virtio.UNKNOWN_CLASS)
    assert unknown.path == "device.bytes"
    assert blob[unknown.offset : unknown.offset + unknown.size] == b"\x05of\x05virtio/its own"
    assert paths(cutter)[-1] == "<virtio/started>.started"


def test_behind_an_unknown_class_there_may_be_nothing():
    blob = saved(VIRTIO, device()) + b"own"
    cutter = virtio.cut(blob, "virtio-unheard-of")
    assert cutter.is_at_end
    assert cutter.pieces[-1].type == virtio.UNKNOWN_CLASS


@pytest.mark.parametrize(
    ("at", "number"),
    # Of a device with registers in memory: the selected queue, and the number of queues.
    [(14, 0x400), (28, 0xFFFFFFFF)],
)
def test_a_number_that_no_device_has_ends_the_walk(at, number):
    blob = bytearray(saved(VIRTIO, device()))
    size = 2 if at == 14 else 4
    blob[at : at + size] = number.to_bytes(size)
    cutter = virtio.cut(bytes(blob), "virtio-rng")
    assert not cutter.is_at_end
    assert tiles(cutter)


@given(st.binary(max_size=700), st.sampled_from(["virtio-net", "virtio-blk", "", "virtio-gpu"]))
def test_odd_bytes_are_cut_as_far_as_they_go(data, owner):
    cutter = virtio.cut(data, owner)
    assert tiles(cutter)


@given(
    which=st.sampled_from([virtio_blobs.LEGACY_BLOCK, virtio_blobs.LEGACY_MMIO_BLOCK]),
    at=st.integers(0, 430),
    byte=st.integers(0, 255),
)
def test_a_changed_byte_anywhere_loses_none(which, at, byte):
    blob = bytearray(which)
    blob[at % len(blob)] = byte
    cutter = virtio.cut(bytes(blob), "virtio-blk")
    assert tiles(cutter)
