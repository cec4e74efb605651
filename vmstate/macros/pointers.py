"""Arrays of pointers, any of which may be null.

A null pointer is one marker byte, 0x30.  What the others put on the wire differs: most
forms write the element alone, so that both sides must have their nulls in the same places;
those that loading allocates for write a marker, 0x31, before it.

Source: QEMU 11.1 include/migration/vmstate.h; migration/vmstate.c, vmstate_load_vmsd.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.flags import VMS
from vmstate.info import Factory, Info

_AUTO_ALLOC = VMS.POINTER | VMS.ARRAY_OF_POINTER | VMS.STRUCT | VMS.ARRAY_OF_POINTER_AUTO_ALLOC


def VMSTATE_ARRAY_OF_POINTER(f: str, num: int, version: int, info: Info) -> Field:
    """*num* pointers to values with a codec.

    Wire: for each pointer the codec's bytes, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER
    return Field(name=f, flags=flags, num=num, info=info, version_id=version)


def VMSTATE_ARRAY_OF_POINTER_TO_STRUCT(f: str, n: int, v: int, vmsd: VMStateDescription) -> Field:
    """*n* pointers to nested states, from version *v* on.

    Wire: for each pointer the nested state, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.ARRAY | VMS.STRUCT | VMS.ARRAY_OF_POINTER
    return Field(name=f, flags=flags, num=n, vmsd=vmsd, version_id=v)


def VMSTATE_VARRAY_OF_POINTER_UINT32(f: str, field_num: str, version: int, info: Info) -> Field:
    """As many pointers to values as the uint32 *field_num* says.

    Wire: for each pointer the codec's bytes, or the byte 0x30 if it is null.
    Source: QEMU 11.1 include/migration/vmstate.h, since 10.2.
    """
    flags = VMS.VARRAY_UINT32 | VMS.ARRAY_OF_POINTER | VMS.POINTER
    return Field(name=f, flags=flags, num_field=field_num, info=info, version_id=version)


def VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC(
    f: str, field_num: str, version: int, vmsd: VMStateDescription, type_: Factory
) -> Field:
    """As many pointers as the uint8 *field_num* says; loading makes what they point to.

    Wire: for each pointer the byte 0x31 and the nested state, or 0x30 if it is null.
    Source: QEMU 11.1 include/migration/vmstate.h, since 11.1.
    """
    return Field(
        name=f,
        flags=_AUTO_ALLOC | VMS.VARRAY_UINT8,
        num_field=field_num,
        vmsd=vmsd,
        version_id=version,
        make=type_,
    )


def VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC(
    f: str, field_num: str, version: int, vmsd: VMStateDescription, type_: Factory
) -> Field:
    """As many pointers as the uint32 *field_num* says; loading makes what they point to.

    Wire: for each pointer the byte 0x31 and the nested state, or 0x30 if it is null.
    Source: QEMU 11.1 include/migration/vmstate.h, since 11.1.
    """
    return Field(
        name=f,
        flags=_AUTO_ALLOC | VMS.VARRAY_UINT32,
        num_field=field_num,
        vmsd=vmsd,
        version_id=version,
        make=type_,
    )
