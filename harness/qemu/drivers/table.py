"""The table of all drivers, and what they can have the functions of a machine do."""

from __future__ import annotations

from collections.abc import Iterable

from harness.qemu.drivers.driver import Arena, Draw, Driver
from harness.qemu.pci.function import Function
from harness.work import Work

#: Every driver; the first one that fits a function drives it.
DRIVERS: tuple[Driver, ...] = ()


def works(
    functions: Iterable[Function], arena: Arena, drivers: Iterable[Driver] = DRIVERS
) -> tuple[Work, ...]:
    """Return what can be asked of *functions*, each of which may fill all of *arena*."""
    found = [
        (driver, function)
        for function in functions
        for driver in list(drivers)
        if driver.fits(function)
    ]
    first = {function.address: (driver, function) for driver, function in reversed(found)}
    return tuple(_work(driver, function, arena) for driver, function in list(first.values())[::-1])


def _work(driver: Driver, function: Function, arena: Arena) -> Work:
    return Work(
        driver.name,
        driver.start(function, arena),
        lambda data: driver.request(function, arena, Draw(data)),
    )
