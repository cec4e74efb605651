"""Where the state of a virtio device's own class stands in its section.

A virtio section is one field.  What the class adds is found by reading the section with a
body that remembers where it began and ended.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.strategies.shapes import furnished, place_of, put
from vmstate import Release, VMStateDescription, load
from vmstate.cursor import Reader, Writer
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.pci import ConfigSpace
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.info.devices.virtio_pci import PciTransport


class _Found:
    """The codec of a body that reads a description and remembers where it stood."""

    name = "body"

    def __init__(self, description: VMStateDescription, constants: dict[str, Any]) -> None:
        self._description = description
        self._constants = constants
        self.range = (0, 0)

    def load(self, reader: Reader, current: object, size: int) -> object:
        state = furnished(self._description)
        for path, constant in self._constants.items():
            put(*place_of(state, path), constant() if callable(constant) else constant)
        start = reader.offset
        version = self._description.version_id
        load(self._description, state, reader, version, release=Release(7, 2))
        self.range = (start, reader.offset)
        return state

    def save(self, writer: Writer, value: object, size: int) -> None:
        raise AssertionError("nothing is saved with it")


def class_state(
    description: VMStateDescription, config: int, vectors: int, constants: dict[str, Any]
) -> Callable[[bytes], tuple[int, int]]:
    """Return what finds the state of *description* in a section.

    The device has a configuration space of *config* bytes and *vectors* of MSI-X.
    """

    def find(body: bytes) -> tuple[int, int]:
        found = _Found(description, constants)
        transport = PciTransport(
            config=ConfigSpace.blank(config), msix=Msix.blank(vectors) if vectors else None
        )
        reader = Reader(body)
        VIRTIO.load(reader, VirtioDevice(transport, host_features=None, body=found), 0)
        assert not reader.remaining, "the section was not read as it was meant"
        return found.range

    return find
