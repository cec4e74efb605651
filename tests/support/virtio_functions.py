"""Virtio functions as QEMU maps them."""

import struct

from harness.qemu.pci.function import CAP_MSIX, CAP_VENDOR, Capability
from tests.support.driver_laws import function_of

COMMON, NOTIFY, ISR, DEVICE = 0xE0000000, 0xE0003000, 0xE0001000, 0xE0002000


def structure(kind, offset, *, bar=4, size=0x1000, multiplier=None):
    body = struct.pack("<BBBBBBHII", CAP_VENDOR, 0, 16, kind, bar, 0, 0, offset, size)
    if multiplier is not None:
        body += struct.pack("<I", multiplier)
    return Capability(CAP_VENDOR, 0x40, body)


CAPABILITIES = (
    Capability(CAP_MSIX, 0x98, bytes(12)),
    structure(5, 0, bar=0, size=0),
    structure(2, 0x3000, multiplier=4),
    structure(4, 0x2000),
    structure(3, 0x1000),
    structure(1, 0x0000),
)


def virtio(kind, *, ports=True, modern=True, class_code=0x00FF00):
    """A device of that type."""
    bars = [(0, "io", 0x80)] if ports else []
    if modern:
        bars.append((4, "memory", 0x4000))
    capabilities = CAPABILITIES if modern else ()
    device = 0x1000 if ports else 0x1040 + kind
    return function_of(
        0x1AF4,
        device,
        *bars,
        class_code=class_code,
        subsystem=kind if ports else 0x1100,
        capabilities=capabilities,
    )
