"""Aliases: the same loss through another register, and what is none."""

from dataclasses import replace

import pytest

from harness.alias import find_alias
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


def memory(size=256, *, kept=()):
    """The cells of a region, all of which are lost but those that are kept."""
    return [
        FakeRegister(address=0x1000 + cell, region="nvram", is_saved=cell in kept)
        for cell in range(size)
    ]


CELL = Trace.parse("outb 0x1039 0x1\ncycle\ninb 0x1039")


def test_a_cell_of_a_memory_that_is_lost_is_known_by_another():
    found, asked = alias_of(CELL, *memory(), region="nvram", offset=0x12)
    assert found == "known"
    # The known cell, read; that cell, and others all over the memory, written and read.
    assert asked[:2] == [
        "outb 0x1039 0x1\ncycle\ninb 0x1012\n",
        "outb 0x1012 0x5a\ncycle\ninb 0x1012\n",
    ]
    cells = [int(trace.split()[-1], 16) - 0x1000 for trace in asked[2:]]
    assert cells == [0x01, 0x21, 0x41, 0x61, 0x81, 0xA1, 0xC1, 0xE1]


@pytest.mark.parametrize("held", [0x01, 0x5A, 0xA5])
def test_a_cell_that_holds_what_was_written_shows_the_loss_of_something_else(held):
    cells = [replace(one, value=0 if one.address == 0x1039 else held) for one in memory()]
    assert alias_of(CELL, *cells, region="nvram", offset=0x12)[0] == "known"


@pytest.mark.parametrize("kept", [0x12, 0x01, 0x81, 0xE1])
def test_a_region_of_which_anything_comes_back_is_no_memory_that_is_lost(kept):
    assert alias_of(CELL, *memory(kept=[kept]), region="nvram", offset=0x12)[0] == ""


def test_a_few_registers_are_no_memory():
    found, asked = alias_of(CELL, *memory(128), region="nvram", offset=0x12)
    assert (found, len(asked)) == ("", 1)


def test_what_is_known_elsewhere_says_nothing_of_a_memory():
    other = FakeRegister(address=0x10)
    assert alias_of(CELL, other, *memory(), region="registers") == (
        "",
        ["outb 0x1039 0x1\ncycle\ninb 0x10\n"],
    )
