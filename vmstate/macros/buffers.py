"""Buffers: raw bytes of a fixed length.

Where C takes a length from the member's type it is a parameter here.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.flags import VMS
from vmstate.info import BUFFER, PARTIAL_BUFFER, Buffer, Info


def VMSTATE_STATIC_BUFFER(
    f: str, version: int, test: FieldTest | None, start: int, size: int
) -> Field:
    """The bytes from *start* to *size* of a buffer, which may be longer.

    Wire: *size* - *start* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=VMS.BUFFER,
        info=Buffer(start=start, is_partial=True),
        size=size - start,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_BUFFER_V(f: str, size: int, v: int) -> Field:
    """A buffer of *size* bytes, from version *v* on.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.BUFFER, info=BUFFER, size=size, version_id=v)


def VMSTATE_BUFFER(f: str, size: int) -> Field:
    """A buffer of *size* bytes.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_BUFFER_V(f, size, 0)


def VMSTATE_BUFFER_TEST(f: str, test: FieldTest | None, size: int) -> Field:
    """A buffer of *size* bytes, if *test* says so.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.BUFFER, info=BUFFER, size=size, field_exists=test)


def VMSTATE_PARTIAL_BUFFER(f: str, size: int) -> Field:
    """The first *size* bytes of a buffer, which may be longer.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STATIC_BUFFER(f, 0, None, 0, size)


def VMSTATE_BUFFER_START_MIDDLE_V(f: str, start: int, v: int, size: int) -> Field:
    """A buffer of *size* bytes without its first *start*, from version *v* on.

    Wire: *size* - *start* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f, flags=VMS.BUFFER, info=Buffer(start=start), size=size - start, version_id=v
    )


def VMSTATE_BUFFER_START_MIDDLE(f: str, start: int, size: int) -> Field:
    """A buffer of *size* bytes without its first *start*.

    Wire: *size* - *start* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_BUFFER_START_MIDDLE_V(f, start, 0, size)


def VMSTATE_BUFFER_UNSAFE_INFO_TEST(
    f: str, test: FieldTest | None, version: int, info: Info, size: int
) -> Field:
    """*size* bytes of any type, with a codec of the caller's.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f, flags=VMS.BUFFER, info=info, size=size, version_id=version, field_exists=test
    )


def VMSTATE_BUFFER_UNSAFE_INFO(f: str, version: int, info: Info, size: int) -> Field:
    """*size* bytes of any type, with a codec of the caller's, from *version* on.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_BUFFER_UNSAFE_INFO_TEST(f, None, version, info, size)


def VMSTATE_BUFFER_UNSAFE(f: str, version: int, size: int) -> Field:
    """*size* bytes of any type, from *version* on.

    Wire: *size* bytes as they are, in the order of the host that saves.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_BUFFER_UNSAFE_INFO(f, version, PARTIAL_BUFFER, size)


def VMSTATE_BUFFER_POINTER_UNSAFE(f: str, version: int, size: int) -> Field:
    """*size* bytes behind a pointer, from *version* on.

    Wire: *size* bytes as they are.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.BUFFER | VMS.POINTER
    return Field(name=f, flags=flags, info=PARTIAL_BUFFER, size=size, version_id=version)
