"""Requests that a SCSI device has not finished.

A marker, then the request: command block, tag, logical unit; then what the bus adds and
what the device adds, which are codecs of their own.

Source: QEMU 11.1 hw/scsi/scsi-bus.c: vmstate_info_scsi_requests (put_scsi_req,
get_scsi_requests), SCSI_CMD_BUF_SIZE; hw/scsi/virtio-scsi.c: virtio_scsi_save_request.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass
from typing import Any

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.place import inside
from vmstate.info.devices.virtqueue_element import Element, load_element, save_element
from vmstate.info.protocol import Info

#: Bytes of a command block.
CDB_SIZE = 16
_NO_MORE, _RETRY, _NO_RETRY = 0, 1, 2


@dataclass(slots=True)
class ScsiRequest:
    """A request.

    Attributes:
        cdb: its command block, 16 bytes.
        tag, lun: 32 bits each.
        retry: whether it failed and is tried again.
        bus: what the bus adds to it.
        device: what the device adds to it.
    """

    cdb: bytes = bytes(CDB_SIZE)
    tag: int = 0
    lun: int = 0
    retry: bool = False
    bus: Any = None
    device: Any = None


@dataclass(frozen=True, slots=True, repr=False)
class ScsiRequests:
    """The codec of ``requests``; the value is a list of :class:`ScsiRequest`.

    Loading appends to the list that the destination holds.

    Args:
        bus: codec of what the bus adds to a request; None if that is nothing.
        device: codec of what the device adds to it; it is given and returns the request
            itself, whose command block tells what there is; None if that is nothing.
    """

    bus: Info | None = None
    device: Info | None = None

    @property
    def name(self) -> str:
        """The type's name in a vmdesc."""
        return "scsi-requests"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read requests into *current* until a zero comes; return it.

        Raises:
            StreamError: *current* is no list.
        """
        if not isinstance(current, MutableSequence):
            raise reader.unfit(current, "not a list")
        while (marker := reader.unsigned(1)) != _NO_MORE:
            with inside(reader, f"[{len(current)}]"):
                cdb, tag, lun = reader.take(CDB_SIZE), reader.unsigned(4), reader.unsigned(4)
                request = ScsiRequest(cdb, tag, lun, marker == _RETRY)
                if self.bus is not None:
                    with inside(reader, "bus"):
                        request.bus = self.bus.load(reader, None, 0)
                if self.device is not None:
                    with inside(reader, "device"):
                        self.device.load(reader, request, 0)
                current.append(request)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the requests; EncodeError unless *value* is a list of them."""
        if not isinstance(value, MutableSequence):
            raise writer.unfit(value, "not a list")
        for number, request in enumerate(value):
            with inside(writer, f"[{number}]"):
                self._save(writer, request)
        writer.integer(_NO_MORE, 1)

    def _save(self, writer: Writer, request: object) -> None:
        if not isinstance(request, ScsiRequest):
            raise writer.unfit(request, "not a ScsiRequest")
        cdb: object = request.cdb
        if not isinstance(cdb, bytes | bytearray) or len(cdb) != CDB_SIZE:
            with inside(writer, "cdb"):
                raise writer.unfit(cdb, f"not {CDB_SIZE} bytes")
        writer.integer(_RETRY if request.retry else _NO_RETRY, 1)
        writer.put(cdb)
        for member in ("tag", "lun"):
            with inside(writer, member):
                writer.integer(getattr(request, member), 4)
        if self.bus is not None:
            with inside(writer, "bus"):
                self.bus.save(writer, request.bus, 0)
        if self.device is not None:
            with inside(writer, "device"):
                self.device.save(writer, request, 0)

    def __repr__(self) -> str:
        if self == SCSI_REQUESTS:
            return "SCSI_REQUESTS"
        return f"ScsiRequests(bus={self.bus!r}, device={self.device!r})"


SCSI_REQUESTS = ScsiRequests()


@dataclass(slots=True)
class VirtioScsiRequest:
    """What a virtio SCSI host adds to a request.

    Attributes:
        queue: the number of the request's queue, the first two not counted; 32 bits.
        element: what the guest has queued.
    """

    queue: int
    element: Element


@dataclass(frozen=True, slots=True)
class VirtioScsiBus:
    """The codec of what a virtio SCSI host adds; the value is a :class:`VirtioScsiRequest`.

    Args:
        is_packed: whether the host offers packed rings.
    """

    is_packed: bool = False

    @property
    def name(self) -> str:
        """QEMU has none: it is a part of a request."""
        return "virtio-scsi request"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read a queue's number and an element."""
        queue = reader.unsigned(4)
        return VirtioScsiRequest(queue, load_element(reader, is_packed=self.is_packed))

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write them; EncodeError unless *value* is a VirtioScsiRequest."""
        if not isinstance(value, VirtioScsiRequest):
            raise writer.unfit(value, "not a VirtioScsiRequest")
        with inside(writer, "queue"):
            writer.integer(value.queue, 4)
        save_element(writer, value.element, is_packed=self.is_packed)
