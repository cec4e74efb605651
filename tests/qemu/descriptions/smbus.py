"""The SMBus controller that PIIX4 and ICH9 share.

Source: QEMU 7.2 hw/i2c/pm_smbus.c, hw/i2c/smbus_eeprom.c.
"""

from __future__ import annotations

from vmstate.description import VMStateDescription
from vmstate.macros import VMSTATE_BOOL, VMSTATE_UINT8, VMSTATE_UINT8_ARRAY, VMSTATE_UINT32

pmsmb_vmstate = VMStateDescription(
    name="pmsmb",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("smb_stat"),
        VMSTATE_UINT8("smb_ctl"),
        VMSTATE_UINT8("smb_cmd"),
        VMSTATE_UINT8("smb_addr"),
        VMSTATE_UINT8("smb_data0"),
        VMSTATE_UINT8("smb_data1"),
        VMSTATE_UINT32("smb_index"),
        VMSTATE_UINT8_ARRAY("smb_data", 32),
        VMSTATE_UINT8("smb_auxctl"),
        VMSTATE_UINT8("smb_blkdata"),
        VMSTATE_BOOL("i2c_enable"),
        VMSTATE_BOOL("op_done"),
        VMSTATE_BOOL("in_i2c_block_read"),
        VMSTATE_BOOL("start_transaction_on_status_read"),
    ),
    source="QEMU 7.2 hw/i2c/pm_smbus.c",
)
