"""A virtio device on a PCI bus.

Source: QEMU 11.1 hw/virtio/virtio-pci.c: virtio_pci_save_config, virtio_pci_load_config,
virtio_pci_save_queue, vmstate_virtio_pci; hw/pci/pci.c: pci_device_save, pci_device_load.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.devices.msix import ENTRY_SIZE, MSIX, Msix
from vmstate.info.devices.pci import PCI_CONFIG, PCI_IRQ_STATE, ConfigSpace
from vmstate.info.devices.place import inside
from vmstate.info.devices.subsections import Subsection, load_subsections, save_subsections
from vmstate.info.devices.virtio_modern import (
    PCI_QUEUE,
    Modern,
    checked_features,
    load_features,
    load_queues,
    save_features,
    save_queues,
)
from vmstate.info.devices.virtio_transport import NO_VECTOR
from vmstate.info.less_or_equal import INT32_LE

#: The PCI status register's first byte, and its bit that tells of an interrupt.
_STATUS, _STATUS_INTERRUPT = 0x06, 0x08


@dataclass(slots=True)
class PciTransport:
    """A virtio device on a PCI bus.

    Attributes:
        config: the configuration space.
        irq_state: levels of the four pins.
        version_id: of the PCI device's state.
        msix: its MSI-X; None if it has none.
        config_vector: vector of configuration changes, 16 bits; sent with MSI-X only.
        modern: its modern registers; None if it is a legacy device.
    """

    has_alignment: ClassVar[bool] = False
    knows_extra_state: ClassVar[bool] = True

    config: ConfigSpace = field(default_factory=ConfigSpace.blank)
    irq_state: int = 0
    version_id: int = 2
    msix: Msix | None = None
    config_vector: int = NO_VECTOR
    modern: Modern | None = field(default_factory=Modern)

    @property
    def has_vectors(self) -> bool:
        """Whether each queue is sent with its vector."""
        return self.msix is not None

    @property
    def has_extra_state(self) -> bool:
        """Always, even where there is nothing in it."""
        return True

    def check_vector(self, reader: Reader, vector: int) -> None:
        """Raise StreamError if *vector*, which was just read, is none that there is."""
        vectors = len(self.msix.table) // ENTRY_SIZE if self.msix else 0
        if vector != NO_VECTOR and vector >= vectors:
            raise StreamError(
                f"vector {vector} was sent: expected 0 to {vectors - 1}, or {NO_VECTOR} for none",
                offset=reader.offset - 2,
                path=reader.path,
            )

    def load_config(self, reader: Reader) -> None:
        """Read the PCI device, MSI-X and the vector of configuration changes."""
        with inside(reader, "version_id"):
            self.version_id = INT32_LE.load(reader, self.version_id, 4)
        with inside(reader, "config"):
            PCI_CONFIG.load(reader, self.config, len(self.config.config))
        with inside(reader, "irq_state"):
            self.irq_state = PCI_IRQ_STATE.load(reader, self.irq_state, 16)
        if self.irq_state:
            self.config.config[_STATUS] |= _STATUS_INTERRUPT
        else:
            self.config.config[_STATUS] &= ~_STATUS_INTERRUPT
        with inside(reader, "msix"):
            MSIX.load(reader, self.msix, 0)
        if self.msix is None:
            self.config_vector = NO_VECTOR
            return
        with inside(reader, "config_vector"):
            vector = reader.unsigned(2)
            self.check_vector(reader, vector)
            self.config_vector = vector

    def save_config(self, writer: Writer) -> None:
        """Write them; the status bit that tells of an interrupt is sent as zero."""
        with inside(writer, "version_id"):
            INT32_LE.save(writer, self.version_id, 4)
        with inside(writer, "config"):
            space = self.config
            sent = bytearray(space.config)
            sent[_STATUS] &= ~_STATUS_INTERRUPT
            masked = ConfigSpace(sent, space.cmask, space.wmask, space.w1cmask)
            PCI_CONFIG.save(writer, masked, len(sent))
        with inside(writer, "irq_state"):
            PCI_IRQ_STATE.save(writer, self.irq_state, 16)
        with inside(writer, "msix"):
            MSIX.save(writer, self.msix, 0)
        if self.msix is not None:
            with inside(writer, "config_vector"):
                writer.integer(self.config_vector, 2)

    def load_extra_state(self, reader: Reader) -> None:
        """Read ``virtio_pci``: the modern registers, if they come."""
        load_subsections(reader, "virtio_pci", _PCI, self)

    def save_extra_state(self, writer: Writer) -> None:
        """Write ``virtio_pci``: the modern registers, if there are any."""
        save_subsections(writer, _PCI, self)


def _load_modern(reader: Reader, transport: PciTransport) -> None:
    modern = transport.modern = transport.modern or Modern()
    modern.dfselect, modern.gfselect = reader.unsigned(4), reader.unsigned(4)
    modern.guest_features = load_features(reader)
    load_queues(reader, modern, PCI_QUEUE)
    load_subsections(reader, "virtio_pci/modern_state", _MODERN, modern)


def _save_modern(writer: Writer, transport: PciTransport) -> None:
    modern = transport.modern or Modern()
    for member in ("dfselect", "gfselect"):
        with inside(writer, member):
            writer.integer(getattr(modern, member), 4)
    save_features(writer, checked_features(writer, modern, 128))
    save_queues(writer, modern, PCI_QUEUE)
    save_subsections(writer, _MODERN, modern)


def _load_upper_features(reader: Reader, modern: Modern) -> None:
    modern.guest_features |= load_features(reader) << 64


def _save_upper_features(writer: Writer, modern: Modern) -> None:
    save_features(writer, modern.guest_features >> 64)


_MODERN = (
    Subsection(
        "virtio_pci/modern_state/features128",
        _load_upper_features,
        _save_upper_features,
        lambda modern: modern.guest_features >> 64 != 0,
    ),
)
_PCI = (
    Subsection(
        "virtio_pci/modern_state",
        _load_modern,
        _save_modern,
        lambda transport: transport.modern is not None,
    ),
)
