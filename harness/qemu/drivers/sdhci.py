"""SDHCI: an SD card behind a host controller, by buffer port, SDMA and ADMA2.

Source: SD Host Controller Simplified Specification 3.00, chapters 1.13 (ADMA2), 2 (registers)
and 3 (sequences); SD Physical Layer Simplified Specification 3.01, 4.7 (commands); QEMU 7.2
hw/sd/sdhci.c and sd.c.
"""

from __future__ import annotations

from struct import pack

from harness.command import Command
from harness.qemu.drivers.access import Registers, fetch, fill, has_bar, store
from harness.qemu.drivers.driver import Arena, Check, Draw, Transfer
from harness.qemu.pci.function import Function

#: Base class and subclass of an SD host controller.
_CLASS = 0x0805
_BAR, _BAR_SIZE = 0, 0x100

_SDMA_ADDRESS, _BLOCK_SIZE, _ARGUMENT, _MODE_AND_COMMAND, _BUFFER_PORT = (
    0x00,
    0x04,
    0x08,
    0x0C,
    0x20,
)
_HOST_CONTROL, _POWER, _BLOCK_GAP, _CLOCK, _TIMEOUT, _RESET = 0x28, 0x29, 0x2A, 0x2C, 0x2E, 0x2F
_STATUS, _STATUS_ENABLE, _SIGNAL_ENABLE, _ADMA_ADDRESS = 0x30, 0x34, 0x38, 0x58
_ON_3V3, _CLOCKS_ON = 0x0F, 0x0005
_SELECT_SDMA, _SELECT_ADMA2 = 0x00, 0x10

#: Transfer mode.
_DMA, _COUNTED, _AUTO_STOP, _FROM_CARD, _MULTIPLE = 0x01, 0x02, 0x04, 0x10, 0x20
#: Flags of a command: length and checks of its response, data present.
_NO_RESPONSE, _R1, _R1B, _R2, _R3, _DATA = 0x00, 0x1A, 0x1B, 0x09, 0x02, 0x20

#: The address that QEMU 7.2's card publishes first, in an argument; and what later releases
#: (seen: 10.0, 11.1) draw at random with ``-seed 1``.  Without a seed, the card of these stays in
#: stand-by, and transfers don't hold.
_CARD, _SEEDED_CARD = 0x4567_0000, 0x6ADF_0000
_APPLICATION, _BLOCK = 55, 512
#: What brings a card from idle to transfer state: number, argument, flags.  Selecting one
#: address would deselect a card that has the other; so a write is begun between the two,
#: which a card that was selected takes, and answers nothing but its end.
_INTRODUCTION = (
    (0, 0, _NO_RESPONSE),
    (8, 0x1AA, _R1),
    (_APPLICATION, 0, _R1),
    (41, 0x40FF_8000, _R3),
    (2, 0, _R2),
    (3, 0, _R1),
    (7, _CARD, _R1B),
    (24, 0, _R1),
    (7, _SEEDED_CARD, _R1B),
    (12, 0, _R1B),
    (16, _BLOCK, _R1),
)
#: Commands without data: status, end of transfer, deselect and select, registers, erase, lock.
_PLAIN = (
    (13, _CARD, _R1), (13, _SEEDED_CARD, _R1), (12, 0, _R1B), (7, 0, _R1B), (7, _CARD, _R1B),
    (7, _SEEDED_CARD, _R1B), (9, _CARD, _R2), (10, _CARD, _R2), (16, _BLOCK, _R1), (23, 4, _R1),
    (32, 0, _R1), (33, 4 * _BLOCK, _R1), (38, 0, _R1B), (28, 0, _R1B), (29, 0, _R1B),
    (_APPLICATION, _CARD, _R1), (15, 0, _NO_RESPONSE),
)  # fmt: skip
_READ, _READS, _WRITE, _WRITES = 17, 18, 24, 25
_APPLICATIONS = ((6, 2, _R1), (42, 1, _R1), (23, 8, _R1))
#: Which functions the card can switch to: 64 bytes, the first of which say how much current they
#: take and which there are in group 6: one mA, and the first.
_SWITCH, _SWITCH_STATUS, _FUNCTIONS = 6, 64, b"\x00\x01\x80\x01"

#: In the arena: descriptors of ADMA2, then two buffers.
_BUFFER, _OTHER_BUFFER = 0x10000, 0x20000


class SdhciDriver:
    """Commands to the card in the slot."""

    name = "sdhci"

    def fits(self, function: Function) -> bool:
        """Whether *function* is an SD host controller."""
        return function.class_code >> 8 == _CLASS and has_bar(function, _BAR, _BAR_SIZE)

    def start(self, function: Function, arena: Arena) -> tuple[Command, ...]:
        """Switch on power, clocks and status; bring the card to its transfer state.

        No interrupt is signalled: QEMU (7.2 to 11.1) saves sdhci-pci without the level of its
        line, so that the reset after a load would end in ``pcibus_reset``'s assertion that no
        line is high.
        """
        registers = Registers.of(function, _BAR)
        commands = [
            registers.write(_POWER, _ON_3V3, 1),
            registers.write(_CLOCK, _CLOCKS_ON, 2),
            registers.write(_TIMEOUT, 0x0E, 1),
            registers.write(_STATUS_ENABLE, 0x01FF_00FF),
            registers.write(_SIGNAL_ENABLE, 0),
        ]
        for number, argument, flags in _INTRODUCTION:
            commands += _send(registers, number, argument, flags)
        commands.append(fill(arena.at(_BUFFER), 0x20000, 0xA5))
        return tuple(commands)

    def request(self, function: Function, arena: Arena, draw: Draw) -> tuple[Command, ...]:
        """Return a command with or without data, now and then a register instead."""
        registers = Registers.of(function, _BAR)
        odd = draw.below(16)
        if odd == 15:
            return (registers.write(_RESET, draw.choose((4, 2, 6)), 1),)
        if odd == 14:
            return (registers.write(_BLOCK_GAP, draw.choose((1, 2, 0, 3)), 1),)
        if odd == 13:
            return (registers.write(_STATUS, 0xFFFF_FFFF),)
        if odd == 12:
            return self.start(function, arena)
        if odd == 11:
            return (
                *_send(registers, _APPLICATION, draw.choose((_CARD, _SEEDED_CARD)), _R1),
                *_send(registers, *draw.choose(_APPLICATIONS)),
            )
        if odd > 8:
            return _send(registers, *draw.choose(_PLAIN))
        return _moved(registers, arena, draw)

    def transfer(self, function: Function, arena: Arena) -> Transfer:
        """Return what the card says of its functions, and a block of an empty card."""
        registers = Registers.of(function, _BAR)
        first, second = arena.at(_BUFFER), arena.at(_OTHER_BUFFER)
        mode = _DMA | _FROM_CARD
        return Transfer(
            self.start(function, arena),
            (
                fill(first, _SWITCH_STATUS, 0xA5),
                fill(second, _BLOCK, 0xA5),
                *_sdma(registers, first, 1, _SWITCH_STATUS),
                *_send(registers, _SWITCH, 0, _R1 | _DATA, mode),
                *_sdma(registers, second, 1, _BLOCK),
                *_send(registers, _READ, 3 * _BLOCK, _R1 | _DATA, mode),
                registers.write(_STATUS, 0xFFFF_FFFF),
            ),
            (
                Check(fetch(first, len(_FUNCTIONS)), _FUNCTIONS),
                Check(fetch(second, _BLOCK), bytes(_BLOCK)),
            ),
        )


def _moved(registers: Registers, arena: Arena, draw: Draw) -> tuple[Command, ...]:
    """Return a command that moves blocks, in one of the three ways."""
    number = draw.choose((_READ, _READS, _WRITE, _WRITES))
    blocks = draw.choose((1, 2, 4, 8)) if number in (_READS, _WRITES) else 1
    argument = _BLOCK * draw.choose((0, 1, 100, 2040, 2047, 2048))
    mode = _FROM_CARD if number in (_READ, _READS) else 0
    if blocks > 1 or number in (_READS, _WRITES):
        mode |= _MULTIPLE | _COUNTED | (_AUTO_STOP if draw.below(2) else 0)
    how = draw.below(3)
    before: tuple[Command, ...] = ()
    after: tuple[Command, ...] = ()
    if how == 0:
        before, mode = _sdma(registers, arena.at(_BUFFER), blocks, _BLOCK), mode | _DMA
    elif how == 1:
        before, mode = _adma(registers, arena, blocks * _BLOCK, draw), mode | _DMA
        before = (registers.write(_BLOCK_SIZE, blocks << 16 | _BLOCK), *before)
    else:
        before = (registers.write(_BLOCK_SIZE, blocks << 16 | _BLOCK),)
        words = draw.choose((0, 1, 64, 128, 200))
        if mode & _FROM_CARD:
            after = (registers.read(_BUFFER_PORT),) * words
        else:
            after = tuple(registers.write(_BUFFER_PORT, word) for word in range(words))
    return (*before, *_send(registers, number, argument, _R1 | _DATA, mode), *after)


def _send(
    registers: Registers, number: int, argument: int, flags: int, mode: int = 0
) -> tuple[Command, ...]:
    return (
        registers.write(_ARGUMENT, argument),
        registers.write(_MODE_AND_COMMAND, number << 24 | flags << 16 | mode),
    )


def _sdma(registers: Registers, address: int, blocks: int, size: int) -> tuple[Command, ...]:
    """Return what prepares simple DMA.

    The address is written while there is no block to move: it would set off what is left of
    the transfer before.
    """
    return (
        registers.write(_HOST_CONTROL, _SELECT_SDMA, 1),
        registers.write(_BLOCK_SIZE, 0),
        registers.write(_SDMA_ADDRESS, address),
        registers.write(_BLOCK_SIZE, blocks << 16 | 7 << 12 | size),
    )


def _adma(registers: Registers, arena: Arena, size: int, draw: Draw) -> tuple[Command, ...]:
    """Return what prepares ADMA2: a table of lines that ends, or doesn't yet, or is broken."""
    step = draw.choose((_BLOCK, 64, 128, 2048))
    ending = draw.choose((0x23, 0x23, 0x27, 0x20))
    table, place = b"", 0
    while place < size:
        length = min(step, size - place)
        last = place + length == size
        table += pack("<HHI", ending if last else 0x21, length, arena.at(_BUFFER) + place)
        place += length
    return (
        registers.write(_HOST_CONTROL, _SELECT_ADMA2, 1),
        store(arena.at(0), table + bytes(8)),
        registers.write(_ADMA_ADDRESS, arena.at(0)),
        registers.write(_ADMA_ADDRESS + 4, 0),
    )
