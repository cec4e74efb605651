"""Virtio devices: one field for everything that a transport, a device and its queues have.

Source: QEMU 11.1 include/hw/virtio/virtio.h, hw/virtio/virtio.c.
"""

from __future__ import annotations

from vmstate.description import Field
from vmstate.flags import VMS
from vmstate.info.devices.virtio import VIRTIO


def VMSTATE_VIRTIO_DEVICE() -> Field:
    """The whole state, which is a ``vmstate.info.devices.virtio_device.VirtioDevice``.

    In C it is no function: the name alone stands among the fields.

    Wire: the transport's part; status, features, configuration; the queues in use; what the
        kind of device adds; then subsections of ``virtio``.
    Source: QEMU 11.1 include/hw/virtio/virtio.h.
    """
    return Field(name="virtio", flags=VMS.SINGLE, info=VIRTIO, whole=True)
