"""The state of a virtio device, and of its queues.

Source: QEMU 11.1 include/hw/virtio/virtio.h: VirtIODevice; hw/virtio/virtio.c: VirtQueue.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vmstate.info.devices.virtio_pci import PciTransport
from vmstate.info.devices.virtio_transport import MOST_QUEUES, NO_VECTOR, Transport
from vmstate.info.protocol import Info

#: Byte orders of a device.
UNKNOWN_ENDIAN, LITTLE_ENDIAN, BIG_ENDIAN = 0, 1, 2
#: Bits of features that decide what is sent.
VERSION_1, RING_PACKED = 1 << 32, 1 << 34


@dataclass(slots=True)
class VirtQueue:
    """A queue.

    Attributes:
        num: its size, 32 bits; 0 where it is not in use.
        num_default: the most that *num* can be; None where that is not known.
        align: alignment of its rings, 32 bits; sent by devices with registers in memory.
        desc, avail, used: guest addresses of its rings, 64 bits.
        last_avail_idx: where the device reads next, 16 bits.
        vector: its interrupt, 16 bits.
        last_avail_wrap_counter, used_idx, used_wrap_counter, inuse: the rest of a packed
            ring's position; bools, 16 and 32 bits.
    """

    num: int = 0
    num_default: int | None = None
    align: int = 0
    desc: int = 0
    avail: int = 0
    used: int = 0
    last_avail_idx: int = 0
    vector: int = NO_VECTOR
    last_avail_wrap_counter: bool = True
    used_idx: int = 0
    used_wrap_counter: bool = True
    inuse: int = 0


@dataclass(slots=True)
class VirtioDevice:
    """The state of a virtio device.

    Attributes:
        transport: what it is attached by: PciTransport, MmioTransport or CcwTransport.
        status, isr: 8 bits.
        queue_sel: the queue that is selected, below 1024.
        guest_features: what the guest has accepted, 128 bits.
        host_features: what the device offers, 128 bits; decides which subsections are
            sent.  None where it is not known: loading sets the least that explains what came.
        config: the device's configuration; its length is the device's.  None where that is
            not known: loading takes what comes.
        queues: 1024 of them; those in use come first.
        device_endian, default_endian: its byte order, and that of the target.
        broken, started, disabled: bools.
        body: codec of what its class adds; None if that is nothing.
        device: the value that *body* saves.
    """

    transport: Transport = field(default_factory=PciTransport)
    status: int = 0
    isr: int = 0
    queue_sel: int = 0
    guest_features: int = 0
    host_features: int | None = VERSION_1
    config: bytearray | None = None
    queues: list[VirtQueue] = field(
        default_factory=lambda: [VirtQueue() for _ in range(MOST_QUEUES)]
    )
    device_endian: int = LITTLE_ENDIAN
    default_endian: int = LITTLE_ENDIAN
    broken: bool = False
    started: bool = False
    disabled: bool = False
    body: Info | None = None
    device: Any = None

    @property
    def queues_in_use(self) -> int:
        """How many queues are sent: those before the first of size 0."""
        sizes = (number for number, queue in enumerate(self.queues) if queue.num == 0)
        return next(sizes, len(self.queues))

    def offers(self, features: int) -> bool:
        """Whether the device offers any of *features*."""
        return bool((self.host_features or 0) & features)
