"""Virtio devices: the whole state of one, which a vmdesc shows as one opaque field.

In wire order: what the transport has in front; status, features and configuration; the
queues in use; what the class of device adds; subsections of ``virtio``.

Source: QEMU 11.1 hw/virtio/virtio.c: virtio_vmstate_info (virtio_save, virtio_load).
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.devices.place import inside
from vmstate.info.devices.subsections import load_subsections, save_subsections
from vmstate.info.devices.virtio_device import UNKNOWN_ENDIAN, VirtioDevice, VirtQueue
from vmstate.info.devices.virtio_subsections import SUBSECTIONS, least_features
from vmstate.info.devices.virtio_transport import MOST_QUEUES, NO_VECTOR, Transport

_MOST_BITS = 128


class Virtio:
    """The codec of ``VMSTATE_VIRTIO_DEVICE``; the value is a :class:`VirtioDevice`."""

    __slots__ = ()
    name = "virtio"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the device's state into *current* and return it.

        Raises:
            StreamError: the bytes are no state of such a device, or *current* is no device.
        """
        device = _checked(reader, current)
        with inside(reader, "transport"):
            device.transport.load_config(reader)
        _load_head(reader, device)
        _load_config(reader, device)
        _load_queues(reader, device)
        if device.body is not None:
            with inside(reader, "device"):
                device.device = device.body.load(reader, device.device, 0)
        device.device_endian = UNKNOWN_ENDIAN
        came = load_subsections(reader, "virtio", SUBSECTIONS, device)
        if device.device_endian == UNKNOWN_ENDIAN:
            device.device_endian = device.default_endian
        if device.host_features is None:
            device.host_features = least_features(came)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the device's state.

        Raises:
            EncodeError: *value* is no device, or a member does not fit.
        """
        device = _checked(writer, value)
        with inside(writer, "transport"):
            device.transport.save_config(writer)
        _save_head(writer, device)
        _save_queues(writer, device)
        if device.body is not None:
            with inside(writer, "device"):
                device.body.save(writer, device.device, 0)
        save_subsections(writer, SUBSECTIONS, device)

    def __repr__(self) -> str:
        return "VIRTIO"


VIRTIO = Virtio()


def _checked(cursor: Reader | Writer, value: object) -> VirtioDevice:
    if not isinstance(value, VirtioDevice):
        raise cursor.unfit(value, "not a VirtioDevice")
    if len(value.queues) != MOST_QUEUES:
        raise cursor.unfit(value.queues, f"not {MOST_QUEUES} queues")
    return value


def _load_head(reader: Reader, device: VirtioDevice) -> None:
    device.status, device.isr = reader.unsigned(1), reader.unsigned(1)
    offset = reader.offset
    device.queue_sel = reader.unsigned(2)
    if device.queue_sel >= MOST_QUEUES:
        with inside(reader, "queue_sel"):
            raise StreamError(
                f"queue {device.queue_sel} is selected: expected 0 to {MOST_QUEUES - 1}",
                offset=offset,
                path=reader.path,
            )
    device.guest_features = reader.unsigned(4)


def _save_head(writer: Writer, device: VirtioDevice) -> None:
    features: object = device.guest_features
    config: object = device.config
    if not isinstance(features, int) or features < 0 or features.bit_length() > _MOST_BITS:
        with inside(writer, "guest_features"):
            raise writer.unfit(features, f"not an unsigned integer of {_MOST_BITS} bits")
    if device.host_features is None:
        with inside(writer, "host_features"):
            raise writer.unfit(None, "what the device offers must be known")
    if not isinstance(config, bytes | bytearray):
        with inside(writer, "config"):
            raise writer.unfit(config, "not a bytearray")
    for member, width in (("status", 1), ("isr", 1), ("queue_sel", 2)):
        with inside(writer, member):
            writer.integer(getattr(device, member), width)
    writer.integer(features & (1 << 32) - 1, 4)
    writer.integer(len(config), 4)
    writer.put(config)


def _load_config(reader: Reader, device: VirtioDevice) -> None:
    with inside(reader, "config"):
        data = reader.take(reader.unsigned(4))
    if device.config is None:
        device.config = bytearray(data)
    else:
        # Of a longer one the rest is dropped; a shorter one leaves the local rest.
        kept = data[: len(device.config)]
        device.config[: len(kept)] = kept


def _load_queues(reader: Reader, device: VirtioDevice) -> None:
    offset = reader.offset
    count = reader.unsigned(4)
    if count > MOST_QUEUES:
        with inside(reader, "queues"):
            raise StreamError(
                f"{count} queues were sent: expected 0 to {MOST_QUEUES}",
                offset=offset,
                path=reader.path,
            )
    for number in range(count):
        with inside(reader, f"queues[{number}]"):
            _load_queue(reader, device.transport, device.queues[number])


def _load_queue(reader: Reader, transport: Transport, queue: VirtQueue) -> None:
    offset = reader.offset
    queue.num = reader.unsigned(4)
    if queue.num_default is not None and queue.num > queue.num_default:
        raise StreamError(
            f"a size of {queue.num} was sent: expected 0 to {queue.num_default}",
            offset=offset,
            path=reader.path,
        )
    if transport.has_alignment:
        queue.align = reader.unsigned(4)
    queue.desc, queue.last_avail_idx = reader.unsigned(8), reader.unsigned(2)
    if not queue.desc and queue.last_avail_idx:
        raise StreamError(
            f"index {queue.last_avail_idx:#x} of a queue without an address",
            offset=reader.offset - 2,
            path=reader.path,
        )
    queue.vector = NO_VECTOR
    if transport.has_vectors:
        vector = reader.unsigned(2)
        transport.check_vector(reader, vector)
        queue.vector = vector


def _save_queues(writer: Writer, device: VirtioDevice) -> None:
    transport = device.transport
    row = [("num", 4), ("desc", 8), ("last_avail_idx", 2)]
    if transport.has_alignment:
        row.insert(1, ("align", 4))
    if transport.has_vectors:
        row.append(("vector", 2))
    count = device.queues_in_use
    writer.integer(count, 4)
    for number, queue in enumerate(device.queues[:count]):
        for member, width in row:
            with inside(writer, f"queues[{number}].{member}"):
                writer.integer(getattr(queue, member), width)
