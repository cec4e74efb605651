"""IPMI: messages to a management controller, through the keyboard controller style interface.

A message is answered as soon as its last byte has been written; it is read byte by byte.  What
switches the machine off, or on again, is not asked for.

Source: IPMI 2.0, chapter 9 (KCS interface), appendix G (command numbers); QEMU 7.2 and 11.1
hw/ipmi/ipmi_kcs.c, ipmi_bmc_sim.c.
"""

from __future__ import annotations

from harness.command import Command
from harness.qemu.drivers.access import Registers, has_bar
from harness.qemu.drivers.driver import Arena, Draw, Transfer
from harness.qemu.pci.function import Function

#: Class code of such an interface.
_CLASS = 0x0C0701
_BAR, _BAR_SIZE = 0, 2
_DATA, _COMMAND = 0, 1
_ABORT, _WRITE_START, _WRITE_END, _READ = 0x60, 0x61, 0x62, 0x68
_SENSOR, _APPLICATION, _STORAGE, _TRANSPORT = 0x04, 0x06, 0x0A, 0x0C
_SET_WATCHDOG, _CLEAR_LOG = 0x24, 0x47
#: Network function, command, and how many bytes it takes behind them.
_MESSAGES = (
    (_APPLICATION, 0x2E, 1),  # set global enables
    (_APPLICATION, 0x01, 0),  # get device id
    (_APPLICATION, 0x30, 1),  # clear message flags
    (_APPLICATION, 0x33, 0),  # get message
    (_APPLICATION, 0x34, 8),  # send message
    (_APPLICATION, 0x35, 0),  # read event message buffer
    (_APPLICATION, _SET_WATCHDOG, 6),
    (_APPLICATION, 0x22, 0),  # reset watchdog timer
    (_STORAGE, 0x42, 0),  # reserve log
    (_STORAGE, 0x44, 16),  # add log entry
    (_STORAGE, _CLEAR_LOG, 6),
    (_STORAGE, 0x49, 4),  # set log time
    (_STORAGE, 0x22, 0),  # reserve sensor repository
    (_SENSOR, 0x28, 6),  # set sensor event enable
    (_SENSOR, 0x2A, 6),  # re-arm sensor events
    (_SENSOR, 0x2E, 3),  # set sensor type
    (_SENSOR, 0x30, 7),  # set sensor reading and event status
    (_SENSOR, 0x02, 7),  # platform event
    (_TRANSPORT, 0x01, 6),  # set LAN configuration parameters
)
#: The watchdog's use with its log bits, its action (none), the time before it, flags, and count.
_WATCHDOG_MASKS = (0xC7, 0x00, 0xFF, 0x3E, 0xFF, 0xFF)


class IpmiDriver:
    """Messages to the controller behind."""

    name = "ipmi"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such an interface."""
        return function.class_code == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:  # noqa: ARG002 (a driver)
        """Return nothing: it listens from the start."""
        return ()

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:  # noqa: ARG002 (a driver)
        """Return a message, and the reading of some of what it is answered."""
        registers = Registers.of(function, _BAR)
        network, number, size = draw.choose(_MESSAGES)
        message = bytes((network << 2, number)) + _data(number, draw, size)
        commands = [registers.write(_COMMAND, _WRITE_START, 1)]
        commands += (registers.write(_DATA, byte, 1) for byte in message[:-1])
        commands.append(registers.write(_COMMAND, _WRITE_END, 1))
        commands.append(registers.write(_DATA, message[-1], 1))
        odd = draw.below(8)
        if odd == 7:
            return (*commands, registers.write(_COMMAND, _ABORT, 1))
        for _ in range(odd):
            commands += (registers.read(_DATA, 1), registers.write(_DATA, _READ, 1))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer | None:  # noqa: ARG002 (a driver)
        """Return nothing: no data moves but the message."""
        return None


def _data(number: int, draw: Draw, size: int) -> bytes:
    drawn = draw.bytes(size)
    if number == _SET_WATCHDOG:
        return bytes(byte & mask for byte, mask in zip(drawn, _WATCHDOG_MASKS, strict=True))
    if number == _CLEAR_LOG:
        return drawn[:2] + b"CLR\xaa"
    # Sensors, channels and log entries have small numbers.
    return bytes((drawn[0] % 32,)) + drawn[1:] if size > 1 else drawn
