"""Arrays of values with a codec: of a fixed count, or of a count that another field holds.

A count is read from the state when its array is reached, so that the field which carries
it has to come first.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.flags import VMS
from vmstate.info import Info


def VMSTATE_ARRAY(f: str, num: int, version: int, info: Info) -> Field:
    """*num* values with their codec, from *version* on.

    Wire: *num* times the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.ARRAY, num=num, info=info, version_id=version)


def VMSTATE_ARRAY_TEST(f: str, num: int, test: FieldTest | None, info: Info) -> Field:
    """*num* values with their codec, if *test* says so.

    Wire: *num* times the codec's bytes.
    Source: QEMU 7.2 include/migration/vmstate.h, until 9.0.
    """
    return Field(name=f, flags=VMS.ARRAY, num=num, info=info, field_exists=test)


def VMSTATE_2DARRAY(f: str, n1: int, n2: int, version: int, info: Info) -> Field:
    """*n1* rows of *n2* values with their codec, from *version* on.

    Wire: *n1* times *n2* times the codec's bytes, row by row.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.ARRAY, num=n1 * n2, columns=n2, info=info, version_id=version)


def VMSTATE_SUB_ARRAY(f: str, start: int, num: int, version: int, info: Info) -> Field:
    """*num* values of an array, beginning with element *start*.

    Wire: *num* times the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.ARRAY, start=start, num=num, info=info, version_id=version)


def VMSTATE_ARRAY_INT32_UNSAFE(f: str, field_num: str, info: Info) -> Field:
    """As many values as the int32 *field_num* says, in the state itself.

    Wire: *field_num* times the codec's bytes; none if it is negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.VARRAY_INT32, num_field=field_num, info=info)


def VMSTATE_VARRAY_INT32(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many values behind a pointer as the int32 *field_num* says.

    Wire: *field_num* times the codec's bytes; none if it is negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.VARRAY_INT32 | VMS.POINTER
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_UINT32(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many values behind a pointer as the uint32 *field_num* says.

    Wire: *field_num* times the codec's bytes; none from 2³¹ on, which C takes for negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.VARRAY_UINT32 | VMS.POINTER
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_INT32_ALLOC(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many values as the int32 *field_num* says, in an array that loading makes.

    Wire: *field_num* times the codec's bytes; none if it is negative.
    Source: QEMU 11.1 include/migration/vmstate.h, since 11.0.
    """
    flags = VMS.VARRAY_INT32 | VMS.POINTER | VMS.ALLOC
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_UINT32_ALLOC(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many values as the uint32 *field_num* says, in an array that loading makes.

    Wire: *field_num* times the codec's bytes; none from 2³¹ on, which C takes for negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.VARRAY_UINT32 | VMS.POINTER | VMS.ALLOC
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_UINT16_ALLOC(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many values as the uint16 *field_num* says, in an array that loading makes.

    Wire: *field_num* times the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.VARRAY_UINT16 | VMS.POINTER | VMS.ALLOC
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_UINT16_UNSAFE(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many values as the uint16 *field_num* says, in the state itself.

    Wire: *field_num* times the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.VARRAY_UINT16
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_MULTIPLY(f: str, field_num: str, multiply: int, info: Info) -> Field:
    """*multiply* times as many values as the uint32 *field_num* says, in the state itself.

    Wire: *field_num* times *multiply* times the codec's bytes.
    Source: QEMU 7.2 include/migration/vmstate.h, until 11.0.
    """
    flags = VMS.VARRAY_UINT32 | VMS.MULTIPLY_ELEMENTS
    return Field(name=f, flags=flags, num_field=field_num, num=multiply, info=info)
