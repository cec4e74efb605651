"""Buffers and bitmaps behind a pointer, whose length another field or they themselves hold.

A length in another field is read from the state when its buffer is reached, as an int32
whatever the macro's name says, so that the field which carries it has to come first.

Source: QEMU 11.1 include/migration/vmstate.h; migration/vmstate.c, vmstate_size.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.flags import VMS
from vmstate.info import BITMAP, G_BYTE_ARRAY, PARTIAL_BUFFER

_VBUFFER = VMS.VBUFFER | VMS.POINTER


def VMSTATE_VBUFFER_MULTIPLY(
    f: str, version: int, test: FieldTest | None, field_size: str, multiply: int
) -> Field:
    """*multiply* times as many bytes as the uint32 *field_size* says.

    Wire: *field_size* times *multiply* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=_VBUFFER | VMS.MULTIPLY,
        info=PARTIAL_BUFFER,
        size=multiply,
        size_field=field_size,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_VBUFFER(f: str, version: int, test: FieldTest | None, field_size: str) -> Field:
    """As many bytes as the int32 *field_size* says.

    Wire: *field_size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=_VBUFFER,
        info=PARTIAL_BUFFER,
        size_field=field_size,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_VBUFFER_UINT32(f: str, version: int, test: FieldTest | None, field_size: str) -> Field:
    """As many bytes as the uint32 *field_size* says.

    Wire: *field_size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_VBUFFER(f, version, test, field_size)


def VMSTATE_VBUFFER_UINT64(f: str, version: int, test: FieldTest | None, field_size: str) -> Field:
    """As many bytes as the low half of the uint64 *field_size* says.

    Wire: *field_size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h, since 11.0.
    """
    return VMSTATE_VBUFFER(f, version, test, field_size)


def VMSTATE_VBUFFER_ALLOC_UINT32(
    f: str, version: int, test: FieldTest | None, field_size: str
) -> Field:
    """As many bytes as the uint32 *field_size* says, in a buffer that loading makes.

    Wire: *field_size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=_VBUFFER | VMS.ALLOC,
        info=PARTIAL_BUFFER,
        size_field=field_size,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_PARTIAL_VBUFFER(f: str, size: str) -> Field:
    """As many bytes as the int32 *size* says.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_VBUFFER(f, 0, None, size)


def VMSTATE_PARTIAL_VBUFFER_UINT32(f: str, size: str) -> Field:
    """As many bytes as the uint32 *size* says.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_VBUFFER_UINT32(f, 0, None, size)


def VMSTATE_BITMAP_TEST(f: str, test: FieldTest | None, version: int, field_size: str) -> Field:
    """As many bits as the int32 *field_size* says.

    Wire: whole words of 8 bytes, the one with the lowest bits first.
    Source: QEMU 11.1 include/migration/vmstate.h, since 8.0.
    """
    return Field(
        name=f,
        flags=_VBUFFER,
        info=BITMAP,
        size_field=field_size,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_BITMAP(f: str, version: int, field_size: str) -> Field:
    """As many bits as the int32 *field_size* says, from *version* on.

    Wire: whole words of 8 bytes, the one with the lowest bits first.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_BITMAP_TEST(f, None, version, field_size)


def VMSTATE_GBYTEARRAY(f: str, version: int) -> Field:
    """A byte array that brings its own length, from *version* on.

    Wire: 4 bytes length, then as many bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h, since 11.1.
    """
    return Field(name=f, flags=VMS.SINGLE, info=G_BYTE_ARRAY, version_id=version)
