"""The ``VMSTATE_*`` macros: thin constructors of fields, under QEMU's names.

Parameters are in QEMU's order; the field's name stands for the member, and type
arguments are dropped where they carry nothing.  Nothing here moves bytes.

Source: QEMU 7.2 include/migration/vmstate.h.
"""

from __future__ import annotations

from collections.abc import Callable

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.flags import VMS
from vmstate.info import (
    BOOL,
    BUFFER,
    INT8,
    INT16,
    INT32,
    INT64,
    TIMER,
    UINT8,
    UINT16,
    UINT32,
    UINT64,
    UNUSED_BUFFER,
    Info,
)

_SINGLE, _ARRAY, _STRUCT = VMS.SINGLE, VMS.ARRAY, VMS.STRUCT


def VMSTATE_SINGLE_TEST(f: str, test: FieldTest | None, version: int, info: Info) -> Field:
    """One value with its codec; there if *test* says so, else from *version* on."""
    return Field(name=f, flags=_SINGLE, info=info, version_id=version, field_exists=test)


def VMSTATE_SINGLE(f: str, version: int, info: Info) -> Field:
    """One value with its codec, from *version* on."""
    return VMSTATE_SINGLE_TEST(f, None, version, info)


def VMSTATE_ARRAY(f: str, num: int, version: int, info: Info) -> Field:
    """*num* values with their codec, from *version* on."""
    return Field(name=f, flags=_ARRAY, num=num, info=info, version_id=version)


def VMSTATE_SUB_ARRAY(f: str, start: int, num: int, version: int, info: Info) -> Field:
    """*num* values of an array, beginning with element *start*."""
    return Field(name=f, flags=_ARRAY, start=start, num=num, info=info, version_id=version)


def VMSTATE_STRUCT_TEST(
    f: str, test: FieldTest | None, version: int, vmsd: VMStateDescription
) -> Field:
    """A nested state with its own description, at that description's version."""
    return Field(name=f, flags=_STRUCT, vmsd=vmsd, version_id=version, field_exists=test)


def VMSTATE_STRUCT(f: str, version: int, vmsd: VMStateDescription) -> Field:
    """A nested state with its own description, from *version* on."""
    return VMSTATE_STRUCT_TEST(f, None, version, vmsd)


def VMSTATE_STRUCT_ARRAY(f: str, num: int, version: int, vmsd: VMStateDescription) -> Field:
    """*num* nested states, from *version* on."""
    return Field(name=f, flags=_STRUCT | _ARRAY, num=num, vmsd=vmsd, version_id=version)


def VMSTATE_VSTRUCT_V(f: str, version: int, vmsd: VMStateDescription, struct_version: int) -> Field:
    """A nested state saved and loaded at *struct_version*."""
    return Field(
        name=f,
        flags=VMS.VSTRUCT,
        vmsd=vmsd,
        version_id=version,
        struct_version_id=struct_version,
    )


def VMSTATE_STRUCT_VARRAY_UINT8(
    f: str, num_field: str, version: int, vmsd: VMStateDescription
) -> Field:
    """As many nested states as the uint8 *num_field* says."""
    return Field(
        name=f,
        flags=_STRUCT | VMS.VARRAY_UINT8,
        num_field=num_field,
        vmsd=vmsd,
        version_id=version,
    )


def VMSTATE_VARRAY_UINT32(f: str, num_field: str, version: int, info: Info) -> Field:
    """As many values as the uint32 *num_field* says."""
    flags = VMS.VARRAY_UINT32 | VMS.POINTER
    return Field(name=f, flags=flags, num_field=num_field, info=info, version_id=version)


def VMSTATE_VALIDATE(name: str, test: FieldTest) -> Field:
    """No bytes: loading and saving fail unless *test* holds."""
    return Field(name=name, flags=_ARRAY | VMS.MUST_EXIST, field_exists=test)


def VMSTATE_STATIC_BUFFER(f: str, version: int, test: FieldTest | None, size: int) -> Field:
    """*size* raw bytes."""
    return Field(
        name=f, flags=VMS.BUFFER, info=BUFFER, size=size, version_id=version, field_exists=test
    )


def VMSTATE_BUFFER_V(f: str, size: int, v: int) -> Field:
    """*size* raw bytes, from version *v* on (in C the size is the member's)."""
    return VMSTATE_STATIC_BUFFER(f, v, None, size)


def VMSTATE_BUFFER(f: str, size: int) -> Field:
    """*size* raw bytes (in C the size is the member's)."""
    return VMSTATE_BUFFER_V(f, size, 0)


def VMSTATE_UNUSED_BUFFER(test: FieldTest | None, version: int, size: int) -> Field:
    """*size* bytes that nobody uses: zeros out, anything in."""
    return Field(
        name="unused",
        flags=VMS.BUFFER,
        info=UNUSED_BUFFER,
        size=size,
        version_id=version,
        field_exists=test,
    )


def VMSTATE_UNUSED_V(v: int, size: int) -> Field:
    """*size* bytes that nobody uses, from version *v* on."""
    return VMSTATE_UNUSED_BUFFER(None, v, size)


def VMSTATE_UNUSED(size: int) -> Field:
    """*size* bytes that nobody uses."""
    return VMSTATE_UNUSED_V(0, size)


Plain = Callable[[str], Field]
Versioned = Callable[[str, int], Field]
Tested = Callable[[str, FieldTest], Field]
Array = Callable[[str, int], Field]
ArrayVersioned = Callable[[str, int, int], Field]


def _scalar(kind: str, info: Info) -> tuple[Plain, Versioned, Tested, Array, ArrayVersioned]:
    """Return the forms of a scalar type: plain, ``_V``, ``_TEST``, ``_ARRAY``, ``_ARRAY_V``."""

    def plain(f: str) -> Field:
        return VMSTATE_SINGLE(f, 0, info)

    def from_version(f: str, v: int) -> Field:
        return VMSTATE_SINGLE(f, v, info)

    def tested(f: str, t: FieldTest) -> Field:
        return VMSTATE_SINGLE_TEST(f, t, 0, info)

    def array(f: str, n: int) -> Field:
        return VMSTATE_ARRAY(f, n, 0, info)

    def array_from_version(f: str, n: int, v: int) -> Field:
        return VMSTATE_ARRAY(f, n, v, info)

    forms = (plain, from_version, tested, array, array_from_version)
    docs = {
        "": "One {}.",
        "_V": "One {}, from version *v* on.",
        "_TEST": "One {}, if *t* says so.",
        "_ARRAY": "*n* values of type {}.",
        "_ARRAY_V": "*n* values of type {}, from version *v* on.",
    }
    for form, (suffix, doc) in zip(forms, docs.items(), strict=True):
        form.__name__ = form.__qualname__ = f"VMSTATE_{kind}{suffix}"
        form.__doc__ = doc.format(info.name)
    return forms


(
    VMSTATE_BOOL,
    VMSTATE_BOOL_V,
    VMSTATE_BOOL_TEST,
    VMSTATE_BOOL_ARRAY,
    VMSTATE_BOOL_ARRAY_V,
) = _scalar("BOOL", BOOL)
(
    VMSTATE_INT8,
    VMSTATE_INT8_V,
    VMSTATE_INT8_TEST,
    _VMSTATE_INT8_ARRAY,
    _VMSTATE_INT8_ARRAY_V,
) = _scalar("INT8", INT8)
(
    VMSTATE_INT16,
    VMSTATE_INT16_V,
    VMSTATE_INT16_TEST,
    VMSTATE_INT16_ARRAY,
    VMSTATE_INT16_ARRAY_V,
) = _scalar("INT16", INT16)
(
    VMSTATE_INT32,
    VMSTATE_INT32_V,
    VMSTATE_INT32_TEST,
    VMSTATE_INT32_ARRAY,
    VMSTATE_INT32_ARRAY_V,
) = _scalar("INT32", INT32)
(
    VMSTATE_INT64,
    VMSTATE_INT64_V,
    VMSTATE_INT64_TEST,
    VMSTATE_INT64_ARRAY,
    VMSTATE_INT64_ARRAY_V,
) = _scalar("INT64", INT64)
(
    VMSTATE_UINT8,
    VMSTATE_UINT8_V,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_ARRAY_V,
) = _scalar("UINT8", UINT8)
(
    VMSTATE_UINT16,
    VMSTATE_UINT16_V,
    VMSTATE_UINT16_TEST,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT16_ARRAY_V,
) = _scalar("UINT16", UINT16)
(
    VMSTATE_UINT32,
    VMSTATE_UINT32_V,
    VMSTATE_UINT32_TEST,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT32_ARRAY_V,
) = _scalar("UINT32", UINT32)
(
    VMSTATE_UINT64,
    VMSTATE_UINT64_V,
    VMSTATE_UINT64_TEST,
    VMSTATE_UINT64_ARRAY,
    VMSTATE_UINT64_ARRAY_V,
) = _scalar("UINT64", UINT64)
(
    VMSTATE_TIMER,
    VMSTATE_TIMER_V,
    VMSTATE_TIMER_TEST,
    VMSTATE_TIMER_ARRAY,
    _VMSTATE_TIMER_ARRAY_V,
) = _scalar("TIMER", TIMER)


def VMSTATE_TIMER_PTR_V(f: str, v: int) -> Field:
    """One timer that the state points to, from version *v* on."""
    return Field(name=f, flags=_SINGLE | VMS.POINTER, info=TIMER, version_id=v)


def VMSTATE_TIMER_PTR(f: str) -> Field:
    """One timer that the state points to."""
    return VMSTATE_TIMER_PTR_V(f, 0)
