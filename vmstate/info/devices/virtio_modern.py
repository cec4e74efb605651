"""Modern registers of a virtio device, which its transport keeps beside the device.

Source: QEMU 11.1 hw/virtio/virtio-pci.c: vmstate_virtio_pci_modern_state_sub,
vmstate_virtio_pci_modern_queue_state; hw/virtio/virtio-mmio.c:
vmstate_virtio_mmio_state_sub, vmstate_virtio_mmio_queue_state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct, error

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.place import inside
from vmstate.info.devices.virtio_transport import MOST_QUEUES

_WORD = (1 << 32) - 1
#: A queue of a PCI device; there is an unused byte before ``enabled``.
PCI_QUEUE = Struct(">HxB6I")
#: A queue of a device with registers in memory.
MMIO_QUEUE = Struct(">HB6I")


@dataclass(slots=True)
class ModernQueue:
    """What the guest has set up of a queue through modern registers.

    Attributes:
        num: its size, 16 bits.
        enabled: whether it is.
        desc, avail, used: guest addresses, sent as two words, the lower first.
    """

    num: int = 0
    enabled: bool = False
    desc: int = 0
    avail: int = 0
    used: int = 0


@dataclass(slots=True)
class Modern:
    """The registers of a modern device, and of one that is both modern and legacy.

    Attributes:
        dfselect, gfselect: which words of features are looked at, 32 bits (PCI only).
        guest_features: what the guest has accepted, 64 bits; 128 with PCI.
        vqs: 1024 queues.
    """

    dfselect: int = 0
    gfselect: int = 0
    guest_features: int = 0
    vqs: list[ModernQueue] = field(
        default_factory=lambda: [ModernQueue() for _ in range(MOST_QUEUES)]
    )


def load_queues(reader: Reader, modern: Modern, row: Struct) -> None:
    """Read all queues, each of them a *row*."""
    data = reader.take(row.size * MOST_QUEUES)
    for queue, numbers in zip(modern.vqs, row.iter_unpack(data), strict=True):
        queue.num, enabled, *words = numbers
        queue.enabled = enabled != 0
        queue.desc, queue.avail, queue.used = (
            low | high << 32 for low, high in zip(words[::2], words[1::2], strict=True)
        )


def save_queues(writer: Writer, modern: Modern, row: Struct) -> None:
    """Write all queues, each of them a *row*.

    Raises:
        EncodeError: there are not 1024, or a number does not fit.
    """
    if len(modern.vqs) != MOST_QUEUES:
        raise writer.unfit(modern.vqs, f"not {MOST_QUEUES} queues")
    for number, queue in enumerate(modern.vqs):
        try:
            words = [
                word
                for address in (queue.desc, queue.avail, queue.used)
                for word in (address & _WORD, address >> 32)
            ]
            writer.put(row.pack(queue.num, bool(queue.enabled), *words))
        except (error, TypeError) as err:
            with inside(writer, f"vqs[{number}]"):
                why = "its num must have 16 bits, its addresses 64"
                raise writer.unfit(queue, why) from err


def load_features(reader: Reader) -> int:
    """Read 64 bits of features, the lower word first."""
    return reader.unsigned(4) | reader.unsigned(4) << 32


def save_features(writer: Writer, features: int) -> None:
    """Write 64 bits of features, the lower word first."""
    writer.integer(features & _WORD, 4)
    writer.integer(features >> 32 & _WORD, 4)


def checked_features(writer: Writer, modern: Modern, bits: int) -> int:
    """Return the features that the guest has accepted.

    Raises:
        EncodeError: they are no unsigned integer of *bits* bits.
    """
    features: object = modern.guest_features
    if not isinstance(features, int) or features < 0 or features.bit_length() > bits:
        with inside(writer, "guest_features"):
            raise writer.unfit(features, f"not an unsigned integer of {bits} bits")
    return features
