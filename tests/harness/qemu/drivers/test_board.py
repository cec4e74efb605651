"""Drivers of what a board has built in: which of them know which device, and what they ask."""

import random

import pytest

from harness.command import Command
from harness.guests import ModelGuest
from harness.qemu.drivers.board import board_works
from harness.regions import Owner, Region, RegionMap

#: Devices of a PC that a driver knows, by their path in the model.
KNOWN = {
    "/machine/pic1": "i8259",
    "/machine/pic2": "i8259",
    "/machine/rtc": "mc146818",
}


@pytest.fixture(scope="module")
def pc():
    with ModelGuest("pc") as guest:
        yield guest


def made(work, count=400, size=96):
    source = random.Random(5)
    return [work.request(source.randbytes(size)) for _ in range(count)]


def test_each_device_has_its_driver_and_most_have_none(pc):
    found = {
        owner.path: [work.name for work in board_works(pc.map, owner, has_clock=True)]
        for owner in pc.map.owners
    }
    assert {path: names for path, names in found.items() if names} == {
        path: [name] for path, name in KNOWN.items()
    }
    assert len(found) > len(KNOWN)


@pytest.mark.parametrize("path", KNOWN)
def test_requests_are_commands_of_the_machine_and_the_same_for_the_same_bytes(pc, path):
    (owner,) = (owner for owner in pc.map.owners if owner.path == path)
    (work,) = board_works(pc.map, owner, has_clock=True)
    pc.restart()
    for request in made(work):
        assert all(Command.parse(str(command)) == command for command in request)
        pc.execute(request)
    assert made(work) == made(work)
    assert work.start == ()
    # Zeros, which stand for the simplest, are a request, too.
    assert work.request(bytes(96))


def test_without_a_clock_no_time_goes_by(pc):
    (owner,) = (owner for owner in pc.map.owners if owner.path == "/machine/pic1")
    (work,) = board_works(pc.map, owner, has_clock=False)
    verbs = {command.verb for request in made(work) for command in request}
    assert verbs == {"inb", "outb"}
    (clock,) = (owner for owner in pc.map.owners if owner.path == "/machine/rtc")
    assert board_works(pc.map, clock, has_clock=False) == ()


def test_a_device_of_another_type_at_the_same_ports_is_not_taken_for_one():
    other = Owner("gpio", "/machine/gpio")
    regions = RegionMap((Region("io", 0x20, 2, "pic", 0, other),))
    assert board_works(regions, other, has_clock=True) == ()
