"""Nodes of the trees in QEMU's own unit test: whole descriptions, not fields.

Source: QEMU 11.1 tests/unit/test-vmstate.c.
"""

from __future__ import annotations

from vmstate.description import VMStateDescription
from vmstate.macros import VMSTATE_UINT32, VMSTATE_UINT64


def VMSTATE_INTERVAL() -> VMStateDescription:
    """An interval of addresses, the key of a node.

    Wire: 8 bytes lowest address, 8 bytes highest.
    Source: QEMU 11.1 tests/unit/test-vmstate.c.
    """
    return VMStateDescription(
        name="interval",
        version_id=1,
        minimum_version_id=1,
        fields=(VMSTATE_UINT64("low"), VMSTATE_UINT64("high")),
        source="QEMU 11.1 tests/unit/test-vmstate.c: VMSTATE_INTERVAL",
    )


def VMSTATE_MAPPING() -> VMStateDescription:
    """Where an interval is mapped to, the value of a node.

    Wire: 8 bytes physical address, 4 bytes flags.
    Source: QEMU 11.1 tests/unit/test-vmstate.c.
    """
    return VMStateDescription(
        name="mapping",
        version_id=1,
        minimum_version_id=1,
        fields=(VMSTATE_UINT64("phys_addr"), VMSTATE_UINT32("flags")),
        source="QEMU 11.1 tests/unit/test-vmstate.c: VMSTATE_MAPPING",
    )
