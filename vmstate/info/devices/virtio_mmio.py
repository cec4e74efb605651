"""A virtio device with registers in memory.

Source: QEMU 11.1 hw/virtio/virtio-mmio.c: virtio_mmio_save_config,
virtio_mmio_load_config, virtio_mmio_has_extra_state, vmstate_virtio_mmio.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.place import inside
from vmstate.info.devices.subsections import Subsection, load_subsections, save_subsections
from vmstate.info.devices.virtio_modern import (
    MMIO_QUEUE,
    Modern,
    checked_features,
    load_features,
    load_queues,
    save_features,
    save_queues,
)


@dataclass(slots=True)
class MmioTransport:
    """A virtio device with registers in memory.

    Attributes:
        host_features_sel, guest_features_sel: which words of features are looked at, 32 bits.
        guest_page_shift: legacy devices' page size, as a power of two.
        modern: its modern registers; None if it is a legacy device.
    """

    has_alignment: ClassVar[bool] = True
    knows_extra_state: ClassVar[bool] = True

    host_features_sel: int = 0
    guest_features_sel: int = 0
    guest_page_shift: int = 0
    modern: Modern | None = None

    @property
    def has_vectors(self) -> bool:
        """Never: there is one interrupt line."""
        return False

    @property
    def has_extra_state(self) -> bool:
        """Whether the device is a modern one."""
        return self.modern is not None

    def check_vector(self, reader: Reader, vector: int) -> None:
        """Do nothing: no vectors are sent."""

    def load_config(self, reader: Reader) -> None:
        """Read the three registers."""
        self.host_features_sel = reader.unsigned(4)
        self.guest_features_sel = reader.unsigned(4)
        self.guest_page_shift = reader.unsigned(4)

    def save_config(self, writer: Writer) -> None:
        """Write the three registers."""
        for member in ("host_features_sel", "guest_features_sel", "guest_page_shift"):
            with inside(writer, member):
                writer.integer(getattr(self, member), 4)

    def load_extra_state(self, reader: Reader) -> None:
        """Read ``virtio_mmio``: the modern registers."""
        load_subsections(reader, "virtio_mmio", _MMIO, self)

    def save_extra_state(self, writer: Writer) -> None:
        """Write ``virtio_mmio``: the modern registers."""
        save_subsections(writer, _MMIO, self)


def _load_state(reader: Reader, transport: MmioTransport) -> None:
    modern = transport.modern = transport.modern or Modern()
    modern.guest_features = load_features(reader)
    load_queues(reader, modern, MMIO_QUEUE)


def _save_state(writer: Writer, transport: MmioTransport) -> None:
    modern = transport.modern or Modern()
    save_features(writer, checked_features(writer, modern, 64))
    save_queues(writer, modern, MMIO_QUEUE)


_MMIO = (Subsection("virtio_mmio/state", _load_state, _save_state, lambda _: True),)
