"""The state of a virtio device: what it is from power-on, and what follows from it."""

from __future__ import annotations

from vmstate.info.devices.virtio_device import (
    BIG_ENDIAN,
    LITTLE_ENDIAN,
    RING_PACKED,
    UNKNOWN_ENDIAN,
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


def test_all_else_begins_as_nothing():
    device = VirtioDevice()
    numbers = (device.status, device.isr, device.queue_sel, device.guest_features)
    assert numbers == (0, 0, 0, 0)
    assert (device.config, device.body, device.device) == (None, None, None)
    assert [device.broken, device.started, device.disabled] == [False] * 3
    queue = VirtQueue()
    addresses = (queue.desc, queue.avail, queue.used)
    assert (*addresses, queue.num, queue.align, queue.last_avail_idx) == (0, 0, 0, 0, 0, 0)
    assert (queue.used_idx, queue.inuse, queue.num_default) == (0, 0, None)


def test_byte_orders_have_qemus_numbers():
    assert (UNKNOWN_ENDIAN, LITTLE_ENDIAN, BIG_ENDIAN) == (0, 1, 2)


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
