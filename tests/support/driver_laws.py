"""What holds for every driver: pure, within its bounds, and in the protocol."""

import random

from harness.command import Command
from harness.qemu.drivers.driver import Arena, Draw
from harness.qemu.pci.function import Address, Bar, Function

ARENA = Arena(0x100000, 0x100000)

#: Registers of the host bridge through which configuration space is reached.
_CONFIG_PORTS = range(0xCF8, 0xD00)


def function_of(vendor, device, *bars, class_code=0x020000, subsystem=0, capabilities=()):
    """A function whose bars are given as (index, space, size)."""
    io, memory = 0xC000, 0xE0000000
    placed = []
    for index, space, size in bars:
        address = io if space == "io" else memory
        address = -(-address // size) * size
        placed.append(Bar(index, space, address, size))
        io, memory = (address + size, memory) if space == "io" else (io, address + size)
    return Function(
        Address(0, 3), vendor, device, class_code, 0, subsystem, tuple(placed), capabilities
    )


def requests(driver, function, count=40, size=400, seed=7):
    """So many requests from drawn bytes."""
    source = random.Random(seed)
    for _ in range(count):
        yield driver.request(function, ARENA, Draw(source.randbytes(size)))


def assert_in_bounds(function, commands, arena=ARENA):
    """Every command parses, and reaches nothing but the function's bars and the arena."""
    for command in commands:
        assert Command.parse(str(command)) == command
        first, last = command.address, command.address + command.size
        if command.space == "io" and first in _CONFIG_PORTS:
            continue
        spaces = [(bar.space, bar.address, bar.address + bar.size) for bar in function.bars]
        spaces.append(("memory", arena.base, arena.base + arena.size))
        assert any(
            command.space == space and begin <= first and last <= end
            for space, begin, end in spaces
        ), f"{str(command)[:80]} reaches neither {function.bars} nor the arena"


def assert_lawful(driver, function, count=12):
    """The laws, on so many requests; returns the transfer."""
    assert driver.fits(function)
    again = list(requests(driver, function, count))
    assert list(requests(driver, function, count)) == again
    assert len({str(one) for one in again}) > len(again) // 2
    for commands in (driver.start(function, ARENA), *again):
        assert commands
        assert_in_bounds(function, commands)
    # Nothing left to draw from is a request, too.
    assert_in_bounds(function, driver.request(function, ARENA, Draw(b"")))
    transfer = driver.transfer(function, ARENA)
    assert driver.transfer(function, ARENA) == transfer
    if transfer is not None:
        assert transfer.start[: len(driver.start(function, ARENA))] == driver.start(function, ARENA)
        reads = tuple(check.command for check in transfer.checks)
        assert reads
        assert all(read.is_read for read in reads)
        assert_in_bounds(function, transfer.start + transfer.commands + reads)
    return transfer
