"""SMBus: messages of a PC's host controller to what sits on its bus.

A message is done when the register that starts it has been written, or its status is read: no
time passes.

Source: Intel ICH9 data sheet, 18.2 (SMBus I/O registers); Intel 82371AB (PIIX4) data sheet,
7.4.2; SMBus 2.0, 5.5; QEMU 7.2
hw/i2c/pm_smbus.c.
"""

from __future__ import annotations

from harness.command import Command
from harness.qemu.drivers.access import Registers, has_bar
from harness.qemu.drivers.driver import Arena, Draw, Transfer
from harness.qemu.pci.function import Function

#: Class code of an SMBus controller.
_CLASS = 0x0C0500
#: Vendor and device of the power management function that has such a controller, too.
_PIIX4_PM = (0x8086, 0x7113)
_BAR, _BAR_SIZE = 4, 0x20

_HST_STS, _HST_CNT, _HST_CMD, _XMIT_SLVA, _HST_D0, _HST_D1 = 0x00, 0x02, 0x03, 0x04, 0x05, 0x06
_HOST_BLOCK_DB, _AUX_CTL = 0x07, 0x0D
_START, _LAST_BYTE, _KILL = 0x40, 0x20, 0x02
_CLEAR = 0xFF
#: Quick, byte, byte data, word data, process call, block, I2C read.
_PROTOCOLS = (2, 1, 3, 5, 0, 4, 6)
_BLOCK = 5
_READ = 1
#: Where devices are: what has no address of its own, and memories with their page select.
_ADDRESSES = (0x00, 0x50, 0x51, 0x57, 0x31)
_HOSTS_BUFFER = 0x02


class SmbusDriver:
    """Messages to what sits on the bus."""

    name = "smbus"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an SMBus controller whose registers are ports."""
        is_piix4 = (function.vendor_id, function.device_id) == _PIIX4_PM
        return (function.class_code == _CLASS or is_piix4) and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:  # noqa: ARG002 (a driver)
        """Clear the status of whatever was before."""
        return (Registers.of(function, _BAR).write(_HST_STS, _CLEAR, 1),)

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:  # noqa: ARG002 (a driver)
        """Return a message: to whom, which protocol, what, and now and then its end."""
        registers = Registers.of(function, _BAR)
        address = draw.choose((*_ADDRESSES, *_ADDRESSES, draw.below(0x80)))
        is_read = draw.below(2)
        protocol = draw.choose(_PROTOCOLS)
        data = draw.bytes(4)
        commands = [
            registers.write(_HST_STS, _CLEAR, 1),
            registers.write(_XMIT_SLVA, address << 1 | (_READ if is_read else 0), 1),
            # Small numbers are the commands that devices know.
            registers.write(_HST_CMD, data[0] if draw.below(2) else data[0] % 16, 1),
            registers.write(_HST_D0, 1 + data[1] % 4 if protocol == _BLOCK else data[1], 1),
            registers.write(_HST_D1, data[2], 1),
        ]
        if protocol == _BLOCK:
            # The counter of bytes starts over with each read of the control register.
            commands += (
                registers.write(_AUX_CTL, _HOSTS_BUFFER if draw.below(2) else 0, 1),
                registers.read(_HST_CNT, 1),
                *(registers.write(_HOST_BLOCK_DB, byte, 1) for byte in draw.bytes(4)),
            )
        # Without its interrupt a message waits until somebody looks at the status.
        interrupts = draw.below(2)
        commands.append(registers.write(_HST_CNT, _START | protocol << 2 | interrupts, 1))
        if not interrupts:
            commands.append(registers.read(_HST_STS, 1))
        odd = draw.below(8)
        if odd == 6:
            commands.append(registers.write(_HST_CNT, protocol << 2 | _LAST_BYTE, 1))
        if odd == 7:
            commands.append(registers.write(_HST_CNT, _KILL, 1))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer | None:  # noqa: ARG002 (a driver)
        """Return nothing: what answers on the bus is no part of the controller."""
        return None
