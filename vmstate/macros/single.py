"""Single values with a codec, in the state or behind a pointer.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.flags import VMS
from vmstate.info import Info


def VMSTATE_SINGLE_TEST(f: str, test: FieldTest | None, version: int, info: Info) -> Field:
    """One value with its codec; there if *test* says so, else from *version* on.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.SINGLE, info=info, version_id=version, field_exists=test)


def VMSTATE_SINGLE_FULL(f: str, test: FieldTest | None, version: int, info: Info) -> Field:
    """One value with its codec; until 11.0 with a hint for people as last parameter.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_SINGLE_TEST(f, test, version, info)


def VMSTATE_SINGLE(f: str, version: int, info: Info) -> Field:
    """One value with its codec, from *version* on.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_SINGLE_TEST(f, None, version, info)


def VMSTATE_POINTER(f: str, version: int, info: Info) -> Field:
    """One value that the state points to, from *version* on; the pointer is never null.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.SINGLE | VMS.POINTER, info=info, version_id=version)


def VMSTATE_POINTER_TEST(f: str, test: FieldTest | None, info: Info) -> Field:
    """One value that the state points to, if *test* says so.

    Wire: the codec's bytes.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, flags=VMS.SINGLE | VMS.POINTER, info=info, field_exists=test)
