"""The table of drivers: each function is driven by the first one that fits."""

from harness.command import Command
from harness.qemu.drivers.driver import Arena, Transfer
from harness.qemu.drivers.table import DRIVERS, works
from harness.qemu.pci.function import Address, Bar, Function

ARENA = Arena(0x100000, 0x200000)


def function(device, *, class_code=0x020000):
    return Function(
        Address(0, device), 0x8086, 0x100E, class_code, bars=(Bar(0, "memory", 0xC0000000, 0x1000),)
    )


class Picky:
    """Drives what has its class."""

    def __init__(self, name, *classes):
        self.name = name
        self._classes = classes

    def fits(self, function):
        return function.class_code in self._classes

    def start(self, function, arena):
        return (Command("writel", (function.bars[0].address, arena.base)),)

    def request(self, function, arena, draw):
        return (Command("writel", (arena.base, draw.below(256))),)

    def transfer(self, function, arena):
        return None


def test_drivers_have_names_of_their_own():
    names = [driver.name for driver in DRIVERS]
    assert len(names) == len(set(names)) >= 26


def test_the_first_driver_that_fits_is_taken():
    drivers = (Picky("a", 1), Picky("b", 1, 2))
    found = works([function(1, class_code=2), function(2, class_code=1)], ARENA, drivers)
    assert [work.name for work in found] == ["b", "a"]


def test_what_nobody_drives_has_no_work():
    assert works([function(1, class_code=3)], ARENA, (Picky("a", 1),)) == ()


class Moving(Picky):
    """Drives what has its class, and has a transfer."""

    def transfer(self, function, arena):
        kick = Command("writel", (arena.base + 4, 1))
        return Transfer(self.start(function, arena), (kick,), ())


def test_what_a_driver_goes_on_with_is_its_transfer_and_sets_nothing_up():
    (moving,) = works([function(1, class_code=1)], ARENA, (Moving("a", 1),))
    assert moving.resume == (Command("writel", (ARENA.base + 4, 1)),)
    (other,) = works([function(1, class_code=1)], ARENA, (Picky("a", 1),))
    assert other.resume == ()


def test_the_same_bytes_make_the_same_request():
    (work,) = works([function(1, class_code=1)], ARENA, (Picky("a", 1),))
    assert work.start == (Command("writel", (0xC0000000, 0x100000)),)
    assert work.request(b"\x07") == (Command("writel", (0x100000, 7)),)
    assert work.request(b"") == (Command("writel", (0x100000, 0)),)
