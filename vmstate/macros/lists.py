"""Lists and trees of nested states, of any length; loading makes what they hold.

Where C takes the types of what is made, a function that makes one is the parameter.

Source: QEMU 11.1 include/migration/vmstate.h; migration/vmstate-types.c.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.info import GTREE, QLIST, QTAILQ, Factory


def VMSTATE_QTAILQ_V(f: str, version: int, vmsd: VMStateDescription, type_: Factory) -> Field:
    """A tail queue of nested states, from *version* on, which is also what they are loaded at.

    Wire: for each element the byte 1 and the nested state; then the byte 0.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, info=QTAILQ, vmsd=vmsd, version_id=version, make=type_)


def VMSTATE_QLIST_V(f: str, version: int, vmsd: VMStateDescription, type_: Factory) -> Field:
    """A list of nested states, from *version* on, which is also what they are loaded at.

    Wire: for each element the byte 1 and the nested state; then the byte 0.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, info=QLIST, vmsd=vmsd, version_id=version, make=type_)


def VMSTATE_GTREE_V(
    f: str,
    version: int,
    vmsd: tuple[VMStateDescription, VMStateDescription],
    key_type: Factory,
    val_type: Factory,
) -> Field:
    """A tree; *vmsd* describes values, then keys, which are loaded at *version*, too.

    Wire: 4 bytes for the number of nodes; for each the byte 1, key, value; then the byte 0.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    value_vmsd, key_vmsd = vmsd
    return Field(
        name=f,
        info=GTREE,
        vmsd=value_vmsd,
        key_vmsd=key_vmsd,
        version_id=version,
        make=val_type,
        make_key=key_type,
    )


def VMSTATE_GTREE_DIRECT_KEY_V(
    f: str, version: int, vmsd: VMStateDescription, val_type: Factory
) -> Field:
    """A tree whose keys are integers; values are loaded at *version*.

    Wire: 4 bytes for the number of nodes; for each the byte 1, 8 bytes of key, the value; then
        the byte 0.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=f, info=GTREE, vmsd=vmsd, version_id=version, make=val_type)
