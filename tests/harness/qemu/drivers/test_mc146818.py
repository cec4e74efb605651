"""The clock's driver: what it sets comes about in time."""

import random

from harness.command import Command
from harness.guests import ModelGuest
from harness.qemu.drivers.mc146818 import works
from harness.regions import Owner

#: Register C: interrupt request, and which of periodic, alarm and update-ended asked.
IRQF, PF, AF, UF = 0x80, 0x40, 0x20, 0x10


def test_each_interrupt_of_the_clock_comes_about():
    with ModelGuest("pc") as guest:
        (owner,) = (owner for owner in guest.map.owners if owner.path == "/machine/rtc")
        (work,) = works(guest.map, owner, has_clock=True)
        source, seen = random.Random(1), 0
        for _ in range(400):
            guest.execute(work.request(source.randbytes(96)))
            index, data = Command("outb", (0x70, 0x0C)), Command("inb", (0x71,))
            seen |= guest.execute([index, data])[-1].answer
    assert seen == IRQF | PF | AF | UF


def test_a_device_that_is_none_has_no_driver():
    with ModelGuest("pc") as guest:
        assert works(guest.map, Owner("isa-pit", "/machine/pit"), has_clock=True) == ()
        gone = Owner("mc146818rtc", "/machine/none")
        assert works(guest.map, gone, has_clock=True) == ()
