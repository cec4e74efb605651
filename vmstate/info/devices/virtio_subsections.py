"""Subsections of a virtio device: what came after the state was frozen.

Source: QEMU 11.1 hw/virtio/virtio.c: vmstate_virtio and its subsections, with their
"needed" functions.
"""

from __future__ import annotations

from struct import Struct, error

from vmstate.cursor import Reader, Writer
from vmstate.info.boolean import BOOL
from vmstate.info.devices.place import inside
from vmstate.info.devices.subsections import Subsection
from vmstate.info.devices.virtio_device import (
    LITTLE_ENDIAN,
    RING_PACKED,
    VERSION_1,
    VirtioDevice,
)
from vmstate.info.devices.virtio_transport import EXTRA_STATE, MOST_QUEUES

#: A bit of the second word that decides nothing by itself.
_ACCESS_PLATFORM = 1 << 33
_LOWER = (1 << 32) - 1


def least_features(came: list[str]) -> int:
    """Return the least that a device offers that sends the subsections that came."""
    features = 0
    for name, bits in (
        ("virtio/virtqueues", VERSION_1),
        ("virtio/packed_virtqueues", RING_PACKED),
        ("virtio/128bit_features", 1 << 64),
    ):
        if name in came:
            features |= bits
    if "virtio/64bit_features" in came and not features >> 32 & _LOWER:
        features |= _ACCESS_PLATFORM
    return features


def _load_rows(reader: Reader, device: VirtioDevice, row: Struct, members: tuple[str, ...]) -> None:
    data = reader.take(row.size * MOST_QUEUES)
    for queue, numbers in zip(device.queues, row.iter_unpack(data), strict=True):
        for member, number in zip(members, numbers, strict=True):
            setattr(queue, member, number)


def _save_rows(writer: Writer, device: VirtioDevice, row: Struct, members: tuple[str, ...]) -> None:
    for number, queue in enumerate(device.queues):
        values = [getattr(queue, member) for member in members]
        try:
            writer.put(row.pack(*values))
        except error as err:
            with inside(writer, f"queues[{number}]"):
                why = f"{', '.join(members)} must fit into {row.size} bytes ({row.format[1:]})"
                raise writer.unfit(queue, why) from err


_SPLIT, _SPLIT_MEMBERS = Struct(">QQ"), ("avail", "used")
_PACKED = Struct(">H?H?I")
_PACKED_MEMBERS = (
    "last_avail_idx",
    "last_avail_wrap_counter",
    "used_idx",
    "used_wrap_counter",
    "inuse",
)
#: Bytes of a ring's size that was sent once.
_RING_SIZE = 4


def _load_endian(reader: Reader, device: VirtioDevice) -> None:
    device.device_endian = reader.unsigned(1)


def _load_upper(reader: Reader, device: VirtioDevice) -> None:
    lower = device.guest_features & (1 << 64) - 1
    device.guest_features = reader.unsigned(8) << 64 | lower


def _load_lower(reader: Reader, device: VirtioDevice) -> None:
    device.guest_features = device.guest_features >> 64 << 64 | reader.unsigned(8)


def _is_endian_needed(device: VirtioDevice) -> bool:
    is_modern = device.guest_features & VERSION_1
    return device.device_endian != (LITTLE_ENDIAN if is_modern else device.default_endian)


def _flag(member: str) -> Subsection[VirtioDevice]:
    """Return the subsection of a bool, which is sent when it is true."""

    def load(reader: Reader, device: VirtioDevice) -> None:
        setattr(device, member, BOOL.load(reader, None, 0))

    def save(writer: Writer, device: VirtioDevice) -> None:
        BOOL.save(writer, getattr(device, member), 0)

    return Subsection(f"virtio/{member}", load, save, lambda device: bool(getattr(device, member)))


#: In wire order.
SUBSECTIONS: tuple[Subsection[VirtioDevice], ...] = (
    Subsection(
        "virtio/device_endian",
        _load_endian,
        lambda writer, device: writer.integer(device.device_endian, 1),
        _is_endian_needed,
    ),
    Subsection(
        "virtio/128bit_features",
        _load_upper,
        lambda writer, device: writer.integer(device.guest_features >> 64, 8),
        lambda device: (device.host_features or 0) >> 64 != 0,
    ),
    Subsection(
        "virtio/64bit_features",
        _load_lower,
        lambda writer, device: writer.integer(device.guest_features & (1 << 64) - 1, 8),
        lambda device: device.offers(_LOWER << 32),
    ),
    Subsection(
        "virtio/virtqueues",
        lambda reader, device: _load_rows(reader, device, _SPLIT, _SPLIT_MEMBERS),
        lambda writer, device: _save_rows(writer, device, _SPLIT, _SPLIT_MEMBERS),
        lambda device: device.offers(VERSION_1),
    ),
    Subsection(
        # Understood, and not sent by any release since 2.3.
        "virtio/ringsize",
        lambda reader, _: reader.take(_RING_SIZE * MOST_QUEUES),
        lambda writer, _: writer.put(bytes(_RING_SIZE * MOST_QUEUES)),
        lambda _: False,
    ),
    _flag("broken"),
    Subsection(
        "virtio/extra_state",
        lambda reader, device: EXTRA_STATE.load(reader, device.transport, 0),
        lambda writer, device: EXTRA_STATE.save(writer, device.transport, 0),
        lambda device: device.transport.has_extra_state,
    ),
    _flag("started"),
    Subsection(
        "virtio/packed_virtqueues",
        lambda reader, device: _load_rows(reader, device, _PACKED, _PACKED_MEMBERS),
        lambda writer, device: _save_rows(writer, device, _PACKED, _PACKED_MEMBERS),
        lambda device: device.offers(RING_PACKED),
    ),
    _flag("disabled"),
)
