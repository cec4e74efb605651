"""Devices on an I²C bus, on an SMBus, on a PMBus.

Left out are the hooks that find a loaded device on its bus again and check its buffer.

Source: QEMU 7.2 hw/i2c/core.c, hw/i2c/smbus_slave.c, hw/i2c/pmbus_device.c.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import VMSTATE_INT32, VMSTATE_STRUCT, VMSTATE_UINT8, VMSTATE_UINT8_ARRAY

vmstate_i2c_slave = VMStateDescription(
    name="I2CSlave",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("address"),),
    source="QEMU 7.2 hw/i2c/core.c: vmstate_i2c_slave",
)


def VMSTATE_I2C_SLAVE(f: str) -> Field:
    """What every device on an I²C bus has.

    Wire: 1 byte address.
    Source: QEMU 11.1 include/hw/i2c/i2c.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_i2c_slave)


vmstate_smbus_device = VMStateDescription(
    name="smbus-device",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_I2C_SLAVE("i2c"),
        VMSTATE_INT32("mode"),
        VMSTATE_INT32("data_len"),
        VMSTATE_UINT8_ARRAY("data_buf", 34),
    ),
    source="QEMU 7.2 hw/i2c/smbus_slave.c: vmstate_smbus_device",
)


def VMSTATE_SMBUS_DEVICE(f: str) -> Field:
    """What every device on an SMBus has.

    Wire: 43 bytes: address, 4 bytes mode, 4 bytes length, 34 bytes of buffer.
    Source: QEMU 11.1 include/hw/i2c/smbus_slave.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_smbus_device)


vmstate_pmbus_device = VMStateDescription(
    name="pmbus-device",
    fields=(
        VMSTATE_SMBUS_DEVICE("smb"),
        VMSTATE_UINT8("num_pages"),
        VMSTATE_UINT8("code"),
        VMSTATE_UINT8("page"),
        VMSTATE_UINT8("capability"),
    ),
    source="QEMU 7.2 hw/i2c/pmbus_device.c: vmstate_pmbus_device",
)


def VMSTATE_PMBUS_DEVICE(f: str) -> Field:
    """What every device on a PMBus has.

    Wire: 43 bytes of the SMBus device, then 4 bytes: pages, code, page, capability.
    Source: QEMU 11.1 include/hw/i2c/pmbus_device.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_pmbus_device)
