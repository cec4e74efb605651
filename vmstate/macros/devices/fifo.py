"""Rings of bytes and of words.

The capacity is a constant of the device's, which nothing carries.  No hook is left out.

Source: QEMU 7.2 util/fifo8.c; QEMU 11.1 include/qemu/fifo8.h, include/qemu/fifo32.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.macros import VMSTATE_STRUCT_TEST, VMSTATE_UINT32, VMSTATE_VBUFFER_UINT32

vmstate_fifo8 = VMStateDescription(
    name="Fifo8",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_VBUFFER_UINT32("data", 1, None, "capacity"),
        VMSTATE_UINT32("head"),
        VMSTATE_UINT32("num"),
    ),
    source="QEMU 7.2 util/fifo8.c: vmstate_fifo8",
)


def VMSTATE_FIFO8_TEST(f: str, test: FieldTest | None) -> Field:
    """A ring of bytes, if *test* says so.

    Wire: ``capacity`` bytes, 4 bytes head, 4 bytes count.
    Source: QEMU 11.1 include/qemu/fifo8.h.
    """
    return VMSTATE_STRUCT_TEST(f, test, 0, vmstate_fifo8)


def VMSTATE_FIFO8(f: str) -> Field:
    """A ring of bytes.

    Wire: ``capacity`` bytes, 4 bytes head, 4 bytes count.
    Source: QEMU 11.1 include/qemu/fifo8.h.
    """
    return VMSTATE_FIFO8_TEST(f, None)


def VMSTATE_FIFO32(f: str) -> Field:
    """A ring of words, which is a ring of bytes named ``fifo`` inside *f*.

    Wire: ``capacity`` bytes, 4 bytes head, 4 bytes count, both in bytes.
    Source: QEMU 11.1 include/qemu/fifo32.h.
    """
    return VMSTATE_FIFO8(f"{f}.fifo")
