"""Flags and numbers of descriptions: QEMU's ``VMS_*`` and ``MIG_PRI_*``.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

import enum


class VMS(enum.Flag):
    """How a field is laid out: QEMU's ``VMS_*`` flags, with the values of 11.1."""

    NONE = 0
    SINGLE = 0x1
    POINTER = 0x2
    ARRAY = 0x4
    STRUCT = 0x8
    VARRAY_INT32 = 0x10
    BUFFER = 0x20
    ARRAY_OF_POINTER = 0x40
    VARRAY_UINT16 = 0x80
    VBUFFER = 0x100
    MULTIPLY = 0x200
    VARRAY_UINT8 = 0x400
    VARRAY_UINT32 = 0x800
    MUST_EXIST = 0x1000
    ALLOC = 0x2000
    MULTIPLY_ELEMENTS = 0x4000
    VSTRUCT = 0x8000
    ARRAY_OF_POINTER_AUTO_ALLOC = 0x10000
    END = 0x20000


#: The flags that say "the count is the value of another field".
VARRAY = VMS.VARRAY_INT32 | VMS.VARRAY_UINT16 | VMS.VARRAY_UINT8 | VMS.VARRAY_UINT32


def c_int(value: int) -> int:
    """Return *value* as QEMU holds counts and sizes: the low 32 bits, with their sign."""
    return ((value + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class MigrationPriority(enum.IntEnum):
    """What is saved earlier: higher numbers; those of 11.1.

    ``UNINITIALIZED`` counts as ``DEFAULT``.  Releases differ in numbers, not in order.
    """

    UNINITIALIZED = 0
    LOW = 1
    DEFAULT = 2
    IOMMU = 3
    PCI_BUS = 4
    VIRTIO_MEM = 5
    APIC = 6
    GICV3_ITS = 7
    GICV3 = 8
    MAX = 9
