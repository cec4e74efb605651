"""What stands in lists of fields, or beside them, and moves no bytes.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.flags import VMS

#: The instance number that lets QEMU choose one when a description is registered.
#:
#: Wire: nothing; the number chosen is in the section's header.
#: Source: QEMU 11.1 include/migration/vmstate.h.
VMSTATE_INSTANCE_ID_ANY = -1


def VMSTATE_VALIDATE(name: str, test: FieldTest) -> Field:
    """A claim: loading and saving fail unless *test* holds.

    Wire: nothing.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name=name, flags=VMS.ARRAY | VMS.MUST_EXIST, field_exists=test)


def VMSTATE_END_OF_LIST() -> Field:
    """The end of a list of fields; a description drops it.

    Wire: nothing.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return Field(name="", flags=VMS.END)
