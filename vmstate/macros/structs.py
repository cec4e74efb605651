"""Nested states with a description of their own, in the state or behind a pointer.

A nested state is saved at its description's own version and loaded at the loader's: the
version is not on the wire.  ``VSTRUCT`` says which version instead.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.flags import VMS


def VMSTATE_STRUCT_TEST(
    f: str, test: FieldTest | None, version: int, vmsd: VMStateDescription
) -> Field:
    """A nested state; there if *test* says so, else from *version* on.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.STRUCT, vmsd=vmsd, version_id=version, field_exists=test)


def VMSTATE_STRUCT(f: str, version: int, vmsd: VMStateDescription) -> Field:
    """A nested state, from *version* on.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STRUCT_TEST(f, None, version, vmsd)


def VMSTATE_STRUCT_POINTER_TEST_V(
    f: str, test: FieldTest | None, version: int, vmsd: VMStateDescription
) -> Field:
    """A nested state behind a pointer; there if *test* says so, else from *version* on.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    flags = VMS.STRUCT | VMS.POINTER
    return Field(name=f, flags=flags, vmsd=vmsd, version_id=version, field_exists=test)


def VMSTATE_STRUCT_POINTER_V(f: str, version: int, vmsd: VMStateDescription) -> Field:
    """A nested state behind a pointer, from *version* on; the pointer is never null.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STRUCT_POINTER_TEST_V(f, None, version, vmsd)


def VMSTATE_STRUCT_POINTER_TEST(f: str, test: FieldTest | None, vmsd: VMStateDescription) -> Field:
    """A nested state behind a pointer, if *test* says so.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STRUCT_POINTER_TEST_V(f, test, 0, vmsd)


def VMSTATE_STRUCT_POINTER(f: str, vmsd: VMStateDescription) -> Field:
    """A nested state behind a pointer, which is never null.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_STRUCT_POINTER_V(f, 0, vmsd)


def VMSTATE_VSTRUCT_TEST(
    f: str, test: FieldTest | None, version: int, vmsd: VMStateDescription, struct_version: int
) -> Field:
    """A nested state at *struct_version*; there if *test* says so, else from *version* on.

    Wire: the nested state, at *struct_version*.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(
        name=f,
        flags=VMS.VSTRUCT,
        vmsd=vmsd,
        version_id=version,
        struct_version_id=struct_version,
        field_exists=test,
    )


def VMSTATE_VSTRUCT_V(f: str, version: int, vmsd: VMStateDescription, struct_version: int) -> Field:
    """A nested state saved and loaded at *struct_version*, from *version* on.

    Wire: the nested state, at *struct_version*.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_VSTRUCT_TEST(f, None, version, vmsd, struct_version)


def VMSTATE_VSTRUCT(f: str, vmsd: VMStateDescription, struct_version: int) -> Field:
    """A nested state saved and loaded at *struct_version*.

    Wire: the nested state, at *struct_version*.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_VSTRUCT_V(f, 0, vmsd, struct_version)
