"""Temporaries: nested states that exist only while they are saved or loaded.

The temporary's hooks carry values between it and its ``parent``, the state.

Source: QEMU 11.1 include/migration/vmstate.h; migration/vmstate-types.c, vmstate_info_tmp.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest, VMStateDescription
from vmstate.info import TMP, Factory


def VMSTATE_WITH_TMP_TEST(
    test: FieldTest | None, tmp_type: Factory, vmsd: VMStateDescription
) -> Field:
    """A temporary that *tmp_type* makes, if *test* says so; it is loaded at version 0.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h, since 8.0.
    """
    return Field(name="tmp", info=TMP, vmsd=vmsd, make=tmp_type, field_exists=test, whole=True)


def VMSTATE_WITH_TMP(tmp_type: Factory, vmsd: VMStateDescription) -> Field:
    """A temporary that *tmp_type* makes; it is loaded at version 0.

    Wire: the nested state.
    Source: QEMU 11.1 include/migration/vmstate.h.
    """
    return VMSTATE_WITH_TMP_TEST(None, tmp_type, vmsd)
