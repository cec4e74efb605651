"""Virtio devices: how far their bytes go, which are one field to whoever describes them.

Source: QEMU 7.2 hw/virtio/virtio.c, virtio_load.
"""

from __future__ import annotations

from functools import lru_cache

from vmstate.acceptance.layout import Piece
from vmstate.cursor import Reader
from vmstate.errors import StreamError
from vmstate.info.devices.msix import ENTRY_SIZE, Msix
from vmstate.info.devices.pci import ConfigSpace
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_block import BlockRequests
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.info.devices.virtio_pci import PciTransport

_BLOCK = "virtio-blk"
#: Vectors of MSI-X that a device can have here; more are not tried.
_MOST_TRIED = 64


def load_virtio(reader: Reader, piece: Piece, device: str) -> None:
    """Move *reader* past the state of a virtio device.

    Args:
        reader: where it begins.
        piece: the field, with the destination's own bytes, which tell what the device has.
        device: name of the description that the field is in.

    Raises:
        StreamError: it is refused.
    """
    vectors = _vectors(piece.own, device)
    if vectors is None:
        # A class whose own part is not known: as long as it is here.
        reader.take(piece.size)
    else:
        VIRTIO.load(reader, _device(vectors, device), 0)


def _device(vectors: int, device: str) -> VirtioDevice:
    msix = Msix(bytearray(ENTRY_SIZE * vectors), bytearray((vectors + 7) // 8))
    transport = PciTransport(ConfigSpace.blank(), msix=msix if vectors else None)
    body = BlockRequests() if device == _BLOCK else None
    return VirtioDevice(transport, host_features=None, body=body, device=[])


@lru_cache(maxsize=64)
def _vectors(own: bytes, device: str) -> int | None:
    """Return how many vectors a device has whose state is *own*; None if that is unknown."""
    for vectors in range(_MOST_TRIED):
        reader = Reader(own)
        try:
            VIRTIO.load(reader, _device(vectors, device), 0)
        except StreamError:
            continue
        if not reader.remaining:
            return vectors
    return None
