"""Virtio devices: one field that is the whole device."""

from __future__ import annotations

from tests.support.chips import chip
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.macros.devices.virtio import VMSTATE_VIRTIO_DEVICE

DESCRIPTION = chip(VMSTATE_VIRTIO_DEVICE(), version_id=2, name="virtio-blk")


def test_the_state_is_the_device(engine):
    device = VirtioDevice(config=bytearray(b"abcd"), status=7)
    saved = engine.save(DESCRIPTION, device)
    assert b"abcd" in saved.data
    loaded = engine.load(DESCRIPTION, VirtioDevice(config=bytearray(4)), saved.data, 2)
    assert (loaded.status, loaded.config) == (7, b"abcd")


def test_all_of_it_is_one_field(engine):
    [span] = engine.save(DESCRIPTION, VirtioDevice(config=bytearray())).spans
    assert (span.path, span.offset) == ("virtio", 0)
