"""Requests that a virtio block device holds back: what its class adds to a virtio device.

Source: QEMU 11.1 hw/block/virtio-blk.c: virtio_blk_save_device, virtio_blk_load_device.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass, field

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.devices.place import inside
from vmstate.info.devices.virtqueue_element import Element, load_element, save_element

_MORE, _NO_MORE = 1, 0


@dataclass(slots=True)
class BlockRequest:
    """A request that waits to be tried again.

    Attributes:
        element: what the guest has queued.
        queue: the number of its queue; sent where there are several.
    """

    element: Element = field(default_factory=Element)
    queue: int = 0


@dataclass(frozen=True, slots=True)
class BlockRequests:
    """The codec of the requests; the value is a list of :class:`BlockRequest` in wire order.

    A one before each, then a zero.  QEMU's own list is in the opposite order after loading.

    Args:
        queues: how many queues the device has.
        is_packed: whether it offers packed rings.
    """

    queues: int = 1
    is_packed: bool = False

    @property
    def name(self) -> str:
        """QEMU has none: the requests are a part of a virtio device's bytes."""
        return "virtio-blk requests"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read requests into *current*, behind those that are there, and return it.

        Raises:
            StreamError: a queue is none of the device's, or *current* is no list.
        """
        if not isinstance(current, MutableSequence):
            raise reader.unfit(current, "not a list")
        while reader.unsigned(1) != _NO_MORE:
            with inside(reader, f"[{len(current)}]"):
                offset, queue = reader.offset, 0
                if self.queues > 1:
                    queue = reader.unsigned(4)
                if queue >= self.queues:
                    raise StreamError(
                        f"queue {queue} was sent: expected 0 to {self.queues - 1}",
                        offset=offset,
                        path=reader.path,
                    )
                element = load_element(reader, is_packed=self.is_packed)
                current.append(BlockRequest(element, queue))
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the requests; EncodeError unless *value* is a list of them."""
        if not isinstance(value, MutableSequence):
            raise writer.unfit(value, "not a list")
        for number, request in enumerate(value):
            with inside(writer, f"[{number}]"):
                if not isinstance(request, BlockRequest):
                    raise writer.unfit(request, "not a BlockRequest")
                writer.integer(_MORE, 1)
                if self.queues > 1:
                    with inside(writer, "queue"):
                        writer.integer(request.queue, 4)
                save_element(writer, request.element, is_packed=self.is_packed)
        writer.integer(_NO_MORE, 1)
