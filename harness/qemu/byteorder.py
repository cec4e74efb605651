"""Byte order: how a command spells, on a guest of either order, what a little-endian device reads.

A value that ``writel`` carries goes out in the target's order.  What is behind PCI takes
its bytes in little-endian order, whatever the processor: drivers and firmware here speak
that language, and what they say is spelt for the guest that it is sent to.  The guest says
itself which order is its own.  Pure.

Source: QEMU 7.2 and 11.1 softmmu/qtest.c (system/qtest.c), ``writew`` (``tswap16s``) and
``endianness``; 11.1 system/ioport.c, where ports have become little-endian on all targets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.command import Command, Space
from harness.errors import QtestError
from harness.qemu.qtest import Answer
from harness.regions import ByteOrder
from harness.work import Work

#: The command whose answer names the order of memory accesses.
COMMAND = "endianness"

Orders = Mapping[Space, ByteOrder]

#: How many ports are looked at to find out their order.
_LOOKED_AT = 1024


def memory_order(answer: Answer) -> ByteOrder:
    """Return the order that the answer to :data:`COMMAND` names.

    Raises:
        QtestError: it names none.
    """
    match answer.text.split():
        case ["OK", "little"]:
            return "little"
        case ["OK", "big"]:
            return "big"
    raise QtestError(COMMAND, answer.text)


def port_questions(ports: Sequence[int]) -> tuple[Command, ...]:
    """Return reads, three for each of *ports*, whose answers tell the order of port accesses."""
    return tuple(
        Command(verb, (port + beyond,))
        for port in list(ports)[:_LOOKED_AT]
        for verb, beyond in (("inb", 0), ("inb", 1), ("inw", 0))
    )


def port_order(answers: Sequence[int]) -> ByteOrder:
    """Return the order that the answers to :func:`port_questions` show; little if none does."""
    for first in range(0, len(answers) - 2, 3):
        low, high, word = answers[first : first + 3]
        if low != high and word in {low | high << 8, low << 8 | high}:
            return "little" if word == low | high << 8 else "big"
    return "little"


def spelt(command: Command, orders: Orders) -> Command:
    """Return the command that does on such a guest what *command* does on a little-endian one."""
    if not (command.is_write and command.spec.size and _is_turned(command, orders)):
        return command
    return Command(command.verb, (command.address, _turned(command, command.value)))


def understood(command: Command, value: int, orders: Orders) -> int:
    """Return what a little-endian guest would have answered in the place of *value*."""
    return _turned(command, value) if _is_turned(command, orders) else value


def spelt_work(work: Work, orders: Orders) -> Work:
    """Return *work* with all that it does spelt for such a guest."""

    def all_spelt(commands: Sequence[Command]) -> tuple[Command, ...]:
        return tuple(spelt(command, orders) for command in commands)

    return replace(
        work,
        start=all_spelt(work.start),
        request=lambda data: all_spelt(work.request(data)),
        resume=all_spelt(work.resume),
    )


def _is_turned(command: Command, orders: Orders) -> bool:
    return command.space is not None and orders.get(command.space) == "big"


def _turned(command: Command, value: int) -> int:
    return int.from_bytes(value.to_bytes(command.size, "little"), "big")
