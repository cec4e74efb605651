"""Functions: what a PCI device is, once its registers have been given addresses.

Values only; :mod:`harness.qemu.pci.firmware` finds them.

Source: PCI Local Bus Specification 3.0, chapter 6; PCI Express Base Specification 3.0, 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.command import Space

#: Capability identifiers.  Source: PCI Code and ID Assignment Specification 1.11, section 2.
CAP_PM, CAP_MSI, CAP_VENDOR, CAP_EXPRESS, CAP_MSIX = 0x01, 0x05, 0x09, 0x10, 0x11


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """Bus, device and function number."""

    bus: int
    device: int
    function: int = 0

    def __str__(self) -> str:
        return f"{self.bus:02x}:{self.device:02x}.{self.function:x}"


@dataclass(frozen=True, slots=True)
class Bar:
    """A base address register that has been given an address.

    Attributes:
        index: 0 to 5.
        space: ``io`` or ``memory``.
        address: where the region begins.
        size: bytes.
    """

    index: int
    space: Space
    address: int
    size: int


@dataclass(frozen=True, slots=True)
class Capability:
    """An entry of the list of capabilities.

    Attributes:
        id: what it is, e.g. :data:`CAP_MSI`.
        offset: where it begins in the configuration space.
        body: its bytes at power-on, from its first one up to the next capability or the
            end of what was read.
    """

    id: int
    offset: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a PCI device, mapped.

    Attributes:
        address: where it is.
        vendor_id, device_id: who made it, and what it is.
        class_code: base class, subclass and interface, 24 bits, e.g. ``0x010601`` for AHCI.
        header_type: 0 for a device, 1 for a bridge.
        subsystem_id: of the subsystem; 0 for a bridge.
        bars: those that have an address, by index.
        capabilities: in the order of the list.
        path: QOM path of the device; empty where it is not known.
        type: its QOM type, e.g. ``e1000``; empty where it is not known.
    """

    address: Address
    vendor_id: int
    device_id: int
    class_code: int
    header_type: int = 0
    subsystem_id: int = 0
    bars: tuple[Bar, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    path: str = ""
    type: str = ""

    def bar(self, index: int) -> Bar | None:
        """Return the base address register with that index, or None."""
        return next((bar for bar in self.bars if bar.index == index), None)

    def capability(self, which: int) -> Capability | None:
        """Return the first capability with that identifier, or None."""
        return next((one for one in self.capabilities if one.id == which), None)
