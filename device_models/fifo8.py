"""A FIFO of bytes in a ring, as QEMU's devices keep and save one.

It knows no device.  A place that has been read is zeroed, and an empty FIFO begins at 0:
what no reader can see any more must not tell two equal FIFOs apart.

Source: QEMU 7.2 util/fifo8.c, vmstate_fifo8.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vmstate import VMStateDescription
from vmstate.macros import VMSTATE_BUFFER_V, VMSTATE_UINT32


@dataclass(slots=True)
class Fifo8:
    """At most ``len(data)`` bytes, first in, first out.

    Attributes:
        data: the ring.
        head: where the oldest byte is.
        num: how many bytes there are.
    """

    data: bytearray = field(default_factory=lambda: bytearray(16))
    head: int = 0
    num: int = 0

    @property
    def is_full(self) -> bool:
        """Whether there is no room left."""
        return self.num == len(self.data)

    def push(self, byte: int) -> None:
        """Append *byte*; there must be room."""
        self.data[(self.head + self.num) % len(self.data)] = byte
        self.num += 1

    def pop(self) -> int:
        """Remove and return the oldest byte; there must be one."""
        byte = self.data[self.head]
        self.data[self.head] = 0
        self.num -= 1
        self.head = (self.head + 1) % len(self.data) if self.num else 0
        return byte

    def clear(self) -> None:
        """Forget every byte."""
        self.data[:] = bytes(len(self.data))
        self.head = self.num = 0


def _post_load(fifo: Fifo8, version_id: int) -> int:  # noqa: ARG001 (hook)
    """Refuse a ring that is not within its bounds."""
    return 0 if fifo.head < len(fifo.data) and fifo.num <= len(fifo.data) else -1


def fifo8_vmsd(capacity: int) -> VMStateDescription:
    """Return the description of a `Fifo8` of *capacity* bytes."""
    return VMStateDescription(
        name="Fifo8",
        version_id=1,
        minimum_version_id=1,
        post_load=_post_load,
        fields=(
            VMSTATE_BUFFER_V("data", capacity, 1),
            VMSTATE_UINT32("head"),
            VMSTATE_UINT32("num"),
        ),
        source="QEMU 7.2 util/fifo8.c: vmstate_fifo8",
    )
