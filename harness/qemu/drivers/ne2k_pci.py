"""The driver of Realtek's RTL8029 Ethernet card (an NE2000 on PCI).

The card is no bus master: frames go through a port into memory of its own, from where they
are sent, and back.  It has no loopback mode in QEMU; what a transfer shows is that a frame
was sent, and that the memory gives back what was put there.

Source: RTL8029AS data sheet, chapters 6 and 7; DP8390D data sheet, "Remote DMA"; QEMU 7.2
hw/net/ne2000.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.command import Command
from harness.qemu.drivers.access import Registers, has_bar
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.drivers.frames import drawn_frame
from harness.qemu.pci.function import Function

_REALTEK, _RTL8029 = 0x10EC, 0x8029

# Registers of page 0, as they are written.
_CR, _PSTART, _PSTOP, _BNRY, _TPSR, _TBCR0, _ISR, _RSAR0, _RBCR0 = (
    *(0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x08),
    0x0A,
)
_RCR, _TCR, _DCR, _IMR, _DATA, _RESET = 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x1F
# Of page 1.
_PAR0, _CURR, _MAR0 = 0x01, 0x07, 0x08
# The command register.
_STOP, _START, _TRANSMIT, _READ, _WRITE, _NO_DMA, _PAGE_1 = 1, 2, 4, 8, 0x10, 0x20, 0x40
_PTX, _RDC = 1 << 1, 1 << 6
#: Remote DMA moves words; broadcast, multicast and all others are received.
_WORDS, _RECEIVE_ALL = 0x49, 0x1C

#: The card's memory in pages of 256 bytes: frames that are sent, and the ring.
_SEND_PAGE, _RING_PAGE, _END_PAGE = 0x40, 0x46, 0x80
_PAGE_BYTES = 0x100
#: What is put there and read back again and again: four bytes that fill a page.
_PATTERN = 0x69963C5A


class Ne2kPci:
    """Drives the RTL8029."""

    name = "ne2k_pci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is such a card."""
        identity = (function.vendor_id, function.device_id)
        return identity == (_REALTEK, _RTL8029) and has_bar(function, 0, 0x20)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Return the commands that reset the card and switch it on."""
        del arena
        return tuple(_start(Registers.of(function, 0)))

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return the commands that start the card anew, fill its memory and have it send."""
        del arena
        ports = Registers.of(function, 0)
        commands = list(_start(ports))
        for _ in range(1 + draw.below(6)):
            match draw.below(6):
                case 0:
                    register = draw.choose((_BNRY, _RCR, _TCR, _IMR, _ISR, _DCR))
                    commands.append(ports.write(register, draw.below(256), 1))
                case 1:
                    commands.append(ports.write(_CR, _PAGE_1 | _NO_DMA | _START, 1))
                    register = draw.choose((draw.below(6) + _PAR0, _CURR, draw.below(8) + _MAR0))
                    commands.append(ports.write(register, draw.below(256), 1))
                    commands.append(ports.read(draw.below(16), 1))
                    commands.append(ports.write(_CR, _NO_DMA | _START, 1))
                case 2:
                    commands.extend(_remote(ports, _READ, _SEND_PAGE, 0x40))
                    commands.append(ports.read(_DATA, draw.choose((1, 2, 4))))
                case _:
                    data = drawn_frame(draw, 300)
                    page = _SEND_PAGE + draw.below(4)
                    commands.extend(_remote(ports, _WRITE, page, len(data) + 3 & ~3))
                    commands.extend(_put(ports, data))
                    commands.extend(_send(ports, page, len(data)))
        return tuple(commands)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return the sending of a page full of one pattern, and its being read back."""
        ports = Registers.of(function, 0)
        data = _PATTERN.to_bytes(4, "little") * (_PAGE_BYTES // 4)
        commands = (
            # The ring is that one page, so that reading goes round in it.
            ports.write(_PSTART, _SEND_PAGE, 1),
            ports.write(_PSTOP, _SEND_PAGE + 1, 1),
            ports.write(_ISR, 0xFF, 1),
            *_remote(ports, _WRITE, _SEND_PAGE, _PAGE_BYTES),
            *_put(ports, data),
            *_send(ports, _SEND_PAGE, len(data)),
            *_remote(ports, _READ, _SEND_PAGE, 0xFFFC),
        )
        checks = (
            Check(ports.read(_ISR, 1), _PTX | _RDC, _PTX | _RDC),
            Check(ports.read(_DATA), _PATTERN),
            Check(ports.read(_DATA), _PATTERN),
        )
        return Transfer(self.start(function, arena), commands, checks)


def _start(ports: Registers) -> Iterator[Command]:
    # Reading the reset port resets the card.
    yield ports.read(_RESET, 1)
    for register, value in (
        (_CR, _NO_DMA | _STOP),
        (_DCR, _WORDS),
        (_RBCR0, 0),
        (_RBCR0 + 1, 0),
        (_RCR, _RECEIVE_ALL),
        (_TCR, 0),
        (_TPSR, _SEND_PAGE),
        (_PSTART, _RING_PAGE),
        (_PSTOP, _END_PAGE),
        (_BNRY, _RING_PAGE),
        (_ISR, 0xFF),
        (_IMR, 0x3F),
        (_CR, _PAGE_1 | _NO_DMA | _STOP),
        (_CURR, _RING_PAGE + 1),
        (_CR, _NO_DMA | _START),
    ):
        yield ports.write(register, value, 1)


def _remote(ports: Registers, way: int, page: int, count: int) -> Iterator[Command]:
    """Have the data port read or write *count* bytes from the beginning of *page*."""
    yield ports.write(_RSAR0, 0, 1)
    yield ports.write(_RSAR0 + 1, page, 1)
    yield ports.write(_RBCR0, count, 1)
    yield ports.write(_RBCR0 + 1, count >> 8, 1)
    yield ports.write(_CR, way | _START, 1)


def _put(ports: Registers, data: bytes) -> Iterator[Command]:
    for n in range(0, len(data), 4):
        yield ports.write(_DATA, int.from_bytes(data[n : n + 4], "little"))


def _send(ports: Registers, page: int, size: int) -> Iterator[Command]:
    yield ports.write(_TPSR, page, 1)
    yield ports.write(_TBCR0, size, 1)
    yield ports.write(_TBCR0 + 1, size >> 8, 1)
    yield ports.write(_CR, _NO_DMA | _TRANSMIT | _START, 1)
