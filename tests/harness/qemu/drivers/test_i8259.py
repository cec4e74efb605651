"""The interrupt controllers' driver: its words are those of the data sheet, and what asks, asks."""

import random

import pytest

from harness.command import Command
from harness.guests import ModelGuest
from harness.qemu.drivers.i8259 import works
from harness.regions import Owner, Region, RegionMap

PIC = Owner("isa-i8259", "/machine/pic")
ALONE = RegionMap((Region("io", 0x20, 2, "pic", 0, PIC), Region("io", 0x4D0, 1, "elcr", 0, PIC)))


def requests(regions=ALONE, *, has_clock=True, count=2000):
    (work,) = works(regions, PIC, has_clock=has_clock)
    source = random.Random(3)
    return [work.request(source.randbytes(96)) for _ in range(count)]


def written(request, port):
    return [
        command.operands[1]
        for command in request
        if command.verb == "outb" and command.operands[0] == port
    ]


def test_without_sources_it_asks_the_controller_alone():
    commands = [command for request in requests() for command in request]
    assert {command.operands[0] for command in commands if command.verb != "clock_step"} == {
        0x20,
        0x21,
    }


def test_a_poll_is_followed_by_its_read():
    polls = [request for request in requests() if written(request, 0x20) == [0x0C]]
    assert any(request[-1] == Command("inb", (0x20,)) for request in polls)


def test_each_operation_command_word_is_made():
    words = {
        value for request in requests() if len(request) == 1 for value in written(request, 0x20)
    }
    second = {value >> 5 for value in words if not value & 0x18}
    assert second == set(range(8))
    assert {value & 0x78 for value in words if value & 0x08} == {0x08, 0x28, 0x48, 0x68}


def test_an_initialization_has_as_many_words_as_its_first_says():
    begun = [request for request in requests() if written(request, 0x20)[:1] in ([0x11], [0x13])]
    assert {len(written(request, 0x21)) for request in begun if request[0].operands[1] == 0x11} == {
        3
    }
    alone = [request for request in begun if request[0].operands[1] == 0x13]
    assert {len(written(request, 0x21)) for request in alone} == {2}
    # In 8086 mode, with each of the modes that the last word sets.
    assert {written(request, 0x21)[-1] for request in alone} == {0x01, 0x03, 0x11, 0x13}


def test_a_device_that_is_none_has_no_driver():
    assert works(ALONE, Owner("isa-pit", "/machine/pit"), has_clock=True) == ()
    nowhere = RegionMap((Region("io", 0x4D0, 1, "elcr", 0, PIC),))
    assert works(nowhere, PIC, has_clock=True) == ()


@pytest.mark.parametrize(("path", "inputs"), [("/machine/pic1", {0, 2, 4}), ("/machine/pic2", {0})])
def test_every_source_of_the_machine_asks(path, inputs):
    with ModelGuest("pc") as guest:
        (owner,) = (owner for owner in guest.map.owners if owner.path == path)
        (work,) = works(guest.map, owner, has_clock=True)
        (base,) = (region.start for region in guest.map.of(owner) if region.name == "pic")
        source, asked = random.Random(1), set()
        for _ in range(200):
            guest.restart()
            guest.execute(work.request(source.randbytes(96)))
            (irr,) = guest.execute([Command("inb", (base,))])
            asked |= {number for number in range(8) if irr.answer >> number & 1}
    assert asked == inputs


def test_the_keyboard_controller_asks_in_the_place_of_a_keyboard():
    keyboard = Owner("i8042", "/machine/i8042")
    ports = (
        Region("io", 0x60, 1, "i8042-data", 0, keyboard),
        Region("io", 0x64, 1, "i8042-cmd", 0, keyboard),
    )
    told = {
        tuple(written(request, 0x64))
        for request in requests(RegionMap((*ALONE.regions, *ports)), has_clock=False)
    }
    assert {(0x60, 0xD2), (0x60, 0xD3)} <= told
