"""Numbers of non-volatile memories that became wider: read from old streams only.

Source: QEMU 11.1 hw/nvram/fw_cfg.c, hw/nvram/eeprom93xx.c.
"""

from __future__ import annotations

from vmstate.description import Field, FieldTest
from vmstate.info.devices.nvram import HACK_UINT16_FROM_UINT8, HACK_UINT32_AS_UINT16
from vmstate.macros import VMSTATE_SINGLE_TEST


def VMSTATE_UINT16_HACK_TEST(f: str, t: FieldTest | None) -> Field:
    """A uint16 that an EEPROM once sent as a uint8, if *t* says that the stream is so old.

    Wire: 1 byte; it is never saved.
    Source: QEMU 11.1 hw/nvram/eeprom93xx.c.
    """
    return VMSTATE_SINGLE_TEST(f, t, 0, HACK_UINT16_FROM_UINT8)


def VMSTATE_UINT16_HACK(f: str, t: FieldTest | None) -> Field:
    """A uint32 that fw_cfg once sent as a uint16, if *t* says that the stream is so old.

    Wire: 2 bytes; it is never saved.
    Source: QEMU 11.1 hw/nvram/fw_cfg.c.
    """
    return VMSTATE_SINGLE_TEST(f, t, 0, HACK_UINT32_AS_UINT16)
