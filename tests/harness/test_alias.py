"""Aliases: the same loss through another register, and what is none."""

from dataclasses import replace

import pytest

from harness.alias import find_alias
from harness.difference import FieldPlace
from harness.examiner import Examiner
from harness.finding import register_place
from harness.masks import Masks
from harness.regions import RegionMap
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace

LOST = FakeRegister(address=0x10, is_saved=False)
WINDOW = FakeRegister(address=0x20, region="window", shows=0x10)
TRACE = Trace.parse("outb 0x10 0x1\ncycle\ninb 0x20")


def alias_of(trace, *registers, region="registers", offset=0, bits=0xFF, owner="fake", **script):
    """The case that is behind a trace, of one that is known, and what was asked to find out."""
    guest = FakeGuest(Script(registers=registers, **script))
    examiner = Examiner(guest, Masks())
    known = Masks()
    known.add("known", [register_place(owner, region, offset, bits)])
    asked = []

    def show(other):
        asked.append(str(other))
        return examiner.examine(other, masks=Masks()).difference

    difference = examiner.examine(trace).difference
    return find_alias(trace, difference, known, guest.map, show), asked


def test_a_register_that_shows_a_known_loss_is_another_window_on_it():
    assert alias_of(TRACE, LOST, WINDOW) == (
        "known",
        ["outb 0x10 0x1\ncycle\ninb 0x10\n"],
    )


def test_the_interrupt_status_of_a_pci_function_is_no_window_on_what_drives_its_line():
    status = FakeRegister(address=0x26, region="config", shows=0x10)
    spare = [FakeRegister(address=at, region="config") for at in range(0x20, 0x26)]
    trace = Trace.parse("outb 0x10 0x8\ncycle\ninb 0x10")
    known = {"region": "config", "bits": 0x08}
    assert alias_of(trace, LOST, *spare, status, offset=6, **known) == ("", [])


def test_memory_is_read_as_memory():
    guest = FakeGuest(Script(registers=(LOST, WINDOW)))
    elsewhere = (replace(one, space="memory") for one in guest.map.regions)
    known, asked = Masks(), []
    known.add("known", [register_place("fake", "registers", 0, 0xFF)])
    difference = Examiner(guest, Masks()).examine(TRACE).difference
    assert find_alias(TRACE, difference, known, RegionMap(tuple(elsewhere)), asked.append) == ""
    assert [str(one.steps[-1]) for one in asked] == ["readb 0x10"]


def test_a_known_register_that_comes_back_is_not_behind_it():
    registers = (FakeRegister(address=0x10), FakeRegister(address=0x20, region="b", is_saved=False))
    found, asked = alias_of(Trace.parse("outb 0x20 0x1\ncycle\ninb 0x20"), *registers)
    assert (found, len(asked)) == ("", 1)


@pytest.mark.parametrize(
    "known", [{"region": "elsewhere"}, {"offset": 0x99}, {"owner": "another"}], ids=str
)
def test_a_known_register_that_is_not_there_is_not_asked_about(known):
    assert alias_of(TRACE, LOST, WINDOW, **known) == ("", [])


def test_other_bits_of_a_known_register_are_another_loss():
    trace = Trace.parse("outb 0x10 0x3\ncycle\ninb 0x20")
    assert alias_of(trace, LOST, WINDOW, bits=0x81)[0] == "known"
    assert alias_of(trace, LOST, WINDOW, bits=0x80)[0] == ""


def test_a_line_is_no_window():
    registers = (FakeRegister(address=0x10), FakeRegister(address=0x11, is_saved=False))
    trace = Trace.parse("outb 0x11 0x1\ncycle\noutb 0x10 0x1")
    assert alias_of(trace, *registers, lines={"irq": (0x10, 0x11)}, offset=1)[0] == ""


def field_alias(trace, *registers, **script):
    """The case that is behind a trace, where the field of the first register is known."""
    guest = FakeGuest(Script(registers=registers, **script))
    examiner = Examiner(guest, Masks())
    known = Masks()
    known.add("known", [FieldPlace("fake", 0, "r10", 0xFF)])

    def show(other):
        return examiner.examine(other, masks=Masks()).difference

    difference = examiner.examine(Trace.parse(trace)).difference
    assert difference.oracle == "future"
    return find_alias(Trace.parse(trace), difference, known, guest.map, show)


def test_a_register_that_shows_a_known_field_is_that_case():
    registers = (FakeRegister(address=0x10, loads=0xF0), FakeRegister(address=0x11))
    assert field_alias("outb 0x10 0x1\ncycle\ninb 0x10", *registers) == "known"
    assert field_alias("outb 0x10 0x1\ncycle\noutb 0x11 0x0\ninb 0x10", *registers) == "known"
    trace = "outb 0x11 0x0\ncycle\noutb 0x10 0x1\ncycle\ninb 0x10"
    assert field_alias(trace, *registers) == "known"


def test_a_known_field_that_changes_anyway_is_not_behind_it():
    registers = (
        FakeRegister(address=0x10, value=1, loads=0xF0, is_readable=False),
        FakeRegister(address=0x11, is_saved=False),
    )
    assert field_alias("outb 0x11 0x1\ncycle\ninb 0x11", *registers) == ""


def test_a_known_field_that_comes_back_is_not_behind_it():
    registers = (FakeRegister(address=0x10), FakeRegister(address=0x11, is_saved=False))
    assert field_alias("outb 0x11 0x1\ncycle\ninb 0x11", *registers) == ""
