"""What the descriptions of PCI devices share: what both sides know, and what may be put in."""

from __future__ import annotations

from tests.support.real_devices import Limit
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.pci import CONFIG_SIZE, EXPRESS_CONFIG_SIZE, ConfigSpace

#: Registers that every device lets the guest write, and that nothing depends on: the cache
#: line's size and the interrupt line, each a byte.
_FREE = (0x0C, 0x3C)


def pci_constants(field: str, size: int = CONFIG_SIZE, vectors: int = 0) -> dict[str, object]:
    """Return what a device knows of *field*: *size* of its space, *vectors* of its MSI-X."""
    constants: dict[str, object] = {
        f"{field}.version_id": 2,
        f"{field}.config": lambda: ConfigSpace.blank(size),
    }
    if vectors:
        constants[f"{field}.msix"] = lambda: Msix.blank(vectors)
    return constants


def pci_limit(field: str, size: int = CONFIG_SIZE) -> Limit:
    """Return what may be put into the configuration space of *field*."""
    mask = sum(0xFF << 8 * (size - 1 - register) for register in _FREE)
    return Limit(
        "hw/pci/pci.c, get_pci_config_device: bits that the guest can't write are compared",
        (f"{field}.config",),
        lambda drawn, before: drawn & mask | before & ~mask,
    )


__all__ = ["EXPRESS_CONFIG_SIZE", "pci_constants", "pci_limit"]
