"""Bytes that nobody uses any more: zeros are saved, whatever is loaded is thrown away.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.flags import VMS
from vmstate.info import UNUSED_BUFFER


def VMSTATE_UNUSED_BUFFER(test: FieldTest | None, version: int, size: int) -> Field:
    """*size* bytes; there if *test* says so, else from *version* on.

    Wire: *size* zeros; anything is read.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name="unused",
        flags=VMS.BUFFER,
        info=UNUSED_BUFFER,
        size=size,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_UNUSED_V(v: int, size: int) -> Field:
    """*size* bytes, from version *v* on.

    Wire: *size* zeros; anything is read.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_UNUSED_BUFFER(None, v, size)


def VMSTATE_UNUSED(size: int) -> Field:
    """*size* bytes.

    Wire: *size* zeros; anything is read.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_UNUSED_V(0, size)


def VMSTATE_UNUSED_TEST(test: FieldTest | None, size: int) -> Field:
    """*size* bytes, if *test* says so.

    Wire: *size* zeros; anything is read.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_UNUSED_BUFFER(test, 0, size)


def VMSTATE_UNUSED_VARRAY_UINT32(
    test: FieldTest | None, version: int, field_num: str, size: int
) -> Field:
    """*size* bytes for each of as many elements as the uint32 *field_num* says.

    Wire: *field_num* times *size* zeros; anything is read.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name="unused",
        flags=VMS.VARRAY_UINT32 | VMS.BUFFER,
        info=UNUSED_BUFFER,
        num_field=field_num,
        size=size,
        version_id=version,
        field_exists=test,
    )
