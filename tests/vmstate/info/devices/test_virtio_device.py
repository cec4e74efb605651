"""The state of a virtio device: what it is from power-on, and what follows from it."""

from __future__ import annotations

from vmstate.info.devices.virtio_device import (
    LITTLE_ENDIAN,
    RING_PACKED,
    VERSION_1,
    VirtioDevice,
    VirtQueue,
)
from vmstate.info.devices.virtio_pci import PciTransport
from vmstate.info.devices.virtio_transport import NO_VECTOR


def test_it_begins_as_a_modern_device_on_pci_without_queues():
    device = VirtioDevice()
    assert isinstance(device.transport, PciTransport)
    assert device.host_features == VERSION_1
    assert device.device_endian == device.default_endian == LITTLE_ENDIAN
    assert (len(device.queues), device.queues_in_use) == (1024, 0)


def test_a_queue_begins_as_after_a_reset():
    queue = VirtQueue()
    assert queue.vector == NO_VECTOR
    assert (queue.last_avail_wrap_counter, queue.used_wrap_counter) == (True, True)


def test_the_queues_in_use_end_with_the_first_of_size_zero():
    device = VirtioDevice()
    for number in (0, 1, 3):
        device.queues[number].num = 64
    assert device.queues_in_use == 2
    for queue in device.queues:
        queue.num = 1
    assert device.queues_in_use == 1024


def test_what_it_offers_is_nothing_while_that_is_not_known():
    assert VirtioDevice(host_features=VERSION_1 | 1).offers(VERSION_1 | RING_PACKED)
    assert not VirtioDevice(host_features=VERSION_1).offers(RING_PACKED)
    assert not VirtioDevice(host_features=None).offers(VERSION_1)
