"""What a device sends in an order that means nothing, put into one that it always has.

A device may keep a set as a list, which loading turns round: what is saved again is the same
set, in other bytes.  This knows the bytes of such fields, and whose they are; what is compared
with what is not its business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from harness.fields import LeafField
from vmstate.cursor import Reader
from vmstate.errors import TruncatedStreamError

#: The bytes of a pixel: every format that the device takes has as many.
#: Source: QEMU 7.2 hw/display/virtio-gpu.c, virtio_gpu_get_pixman_format.
_PIXEL = 4
#: A piece of a resource's memory: address and length.
_PIECE = 8 + 4


def in_order(fields: Iterable[LeafField]) -> tuple[LeafField, ...]:
    """Return *fields*, those that hold a set in the order of its members."""
    return tuple(
        replace(field, data=_ORDERS[field.path](field.data)) if field.path in _ORDERS else field
        for field in fields
    )


def is_a_set(field: LeafField) -> bool:
    """Say whether *field* may hold its members in another order than was saved."""
    return field.path in _ORDERS


def _resources(data: bytes) -> bytes:
    """Return a GPU's resources by their numbers, and what follows them as it is.

    They are found by their numbers, and each has one; the list begins with the latest, and
    loading puts each in front of those before it.

    Source: QEMU 7.2 hw/display/virtio-gpu.c, virtio_gpu_save and virtio_gpu_load.
    """
    reader = Reader(data)
    found: dict[int, bytes] = {}
    end = 0
    try:
        while number := reader.unsigned(4):
            if number in found:
                return data
            width, height, _, pieces = (reader.unsigned(4) for _ in range(4))
            reader.take(pieces * _PIECE + width * height * _PIXEL)
            found[number] = data[end : reader.offset]
            end = reader.offset
    except TruncatedStreamError:
        return data
    return b"".join(found[number] for number in sorted(found)) + data[end:]


_ORDERS: dict[str, Callable[[bytes], bytes]] = {"virtio-gpu": _resources}
