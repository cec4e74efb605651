"""Arrays of nested states: of a fixed count, or of a count that another field holds.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.flags import VMS
from vmstate.info import Factory


def VMSTATE_STRUCT_ARRAY_TEST(
    f: str, num: int, test: FieldTest | None, version: int, vmsd: VMStateDescription
) -> Field:
    """*num* nested states; there if *test* says so, else from *version* on.

    Wire: *num* times the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=VMS.STRUCT | VMS.ARRAY,
        num=num,
        vmsd=vmsd,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_STRUCT_ARRAY(f: str, num: int, version: int, vmsd: VMStateDescription) -> Field:
    """*num* nested states, from *version* on.

    Wire: *num* times the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STRUCT_ARRAY_TEST(f, num, None, version, vmsd)


def VMSTATE_STRUCT_SUB_ARRAY(
    f: str, start: int, num: int, version: int, vmsd: VMStateDescription
) -> Field:
    """*num* nested states of an array, beginning with element *start*.

    Wire: *num* times the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.STRUCT | VMS.ARRAY
    return Field(name=f, flags=flags, start=start, num=num, vmsd=vmsd, version_id=version)


def VMSTATE_STRUCT_2DARRAY_TEST(
    f: str, n1: int, n2: int, test: FieldTest | None, version: int, vmsd: VMStateDescription
) -> Field:
    """*n1* rows of *n2* nested states; there if *test* says so, else from *version* on.

    Wire: *n1* times *n2* times the nested state, row by row.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=VMS.STRUCT | VMS.ARRAY,
        num=n1 * n2,
        columns=n2,
        vmsd=vmsd,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_STRUCT_2DARRAY(
    f: str, n1: int, n2: int, version: int, vmsd: VMStateDescription
) -> Field:
    """*n1* rows of *n2* nested states, from *version* on.

    Wire: *n1* times *n2* times the nested state, row by row.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STRUCT_2DARRAY_TEST(f, n1, n2, None, version, vmsd)


def VMSTATE_STRUCT_VARRAY_POINTER_KNOWN(
    f: str, num: int, version: int, vmsd: VMStateDescription
) -> Field:
    """*num* nested states in an array behind a pointer.

    Wire: *num* times the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.STRUCT | VMS.ARRAY | VMS.POINTER
    return Field(name=f, flags=flags, num=num, vmsd=vmsd, version_id=version)


def VMSTATE_STRUCT_VARRAY_POINTER_INT32(f: str, field_num: str, vmsd: VMStateDescription) -> Field:
    """As many nested states behind a pointer as the int32 *field_num* says.

    Wire: *field_num* times the nested state; none if it is negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.POINTER | VMS.VARRAY_INT32 | VMS.STRUCT
    return Field(name=f, flags=flags, num_field=field_num, vmsd=vmsd)


def VMSTATE_STRUCT_VARRAY_POINTER_UINT32(f: str, field_num: str, vmsd: VMStateDescription) -> Field:
    """As many nested states behind a pointer as the uint32 *field_num* says.

    The flag is that of an int32 count, in every release.

    Wire: *field_num* times the nested state; none from 2³¹ on.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.POINTER | VMS.VARRAY_INT32 | VMS.STRUCT
    return Field(name=f, flags=flags, num_field=field_num, vmsd=vmsd)


def VMSTATE_STRUCT_VARRAY_POINTER_UINT16(f: str, field_num: str, vmsd: VMStateDescription) -> Field:
    """As many nested states behind a pointer as the uint16 *field_num* says.

    Wire: *field_num* times the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.POINTER | VMS.VARRAY_UINT16 | VMS.STRUCT
    return Field(name=f, flags=flags, num_field=field_num, vmsd=vmsd)


def VMSTATE_STRUCT_VARRAY_UINT8(
    f: str, field_num: str, version: int, vmsd: VMStateDescription
) -> Field:
    """As many nested states in the state itself as the uint8 *field_num* says.

    Wire: *field_num* times the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.STRUCT | VMS.VARRAY_UINT8
    return Field(name=f, flags=flags, num_field=field_num, vmsd=vmsd, version_id=version)


def VMSTATE_STRUCT_VARRAY_INT32(
    f: str, field_num: str, version: int, vmsd: VMStateDescription
) -> Field:
    """As many nested states in the state itself as the int32 *field_num* says.

    Wire: *field_num* times the nested state; none if it is negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.STRUCT | VMS.VARRAY_INT32
    return Field(name=f, flags=flags, num_field=field_num, vmsd=vmsd, version_id=version)


def VMSTATE_STRUCT_VARRAY_UINT32(
    f: str, field_num: str, version: int, vmsd: VMStateDescription
) -> Field:
    """As many nested states in the state itself as the uint32 *field_num* says.

    Wire: *field_num* times the nested state; none from 2³¹ on, which C takes for negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.STRUCT | VMS.VARRAY_UINT32
    return Field(name=f, flags=flags, num_field=field_num, vmsd=vmsd, version_id=version)


def VMSTATE_STRUCT_VARRAY_ALLOC(
    f: str, field_num: str, version: int, vmsd: VMStateDescription, type_: Factory
) -> Field:
    """As many nested states as the int32 *field_num* says, all of which loading makes.

    Wire: *field_num* times the nested state; none if it is negative.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=VMS.STRUCT | VMS.VARRAY_INT32 | VMS.ALLOC | VMS.POINTER,
        num_field=field_num,
        vmsd=vmsd,
        version_id=version,
        make=type_,
    )
