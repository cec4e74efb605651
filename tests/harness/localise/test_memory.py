"""Memories: one lost cell is all of a memory, or it is not."""

from dataclasses import replace

import pytest

from harness.difference import RegionPlace
from harness.examiner import Examiner
from harness.localise import lost_memory
from harness.masks import Masks
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace

NVRAM = (RegionPlace("fake", "nvram"),)
CELL = Trace.parse("outb 0x1039 0x1\ncycle\ninb 0x1039")


def memory(size=256, *, kept=()):
    """The cells of a region, all of which are lost but those that are kept."""
    return [
        FakeRegister(address=0x1000 + cell, region="nvram", is_saved=cell in kept)
        for cell in range(size)
    ]


def lost(trace, *registers, **script):
    """The memory that a trace shows lost, and what was asked to find out."""
    guest = FakeGuest(Script(registers=registers, **script))
    examiner = Examiner(guest, Masks())
    asked = []

    def show(other):
        asked.append(str(other))
        return examiner.examine(other, masks=Masks()).difference

    return lost_memory(trace, examiner.examine(trace).difference, guest.map, show), asked


def test_a_memory_of_which_cells_all_over_are_lost_is_lost_whole():
    found, asked = lost(CELL, *memory())
    assert found == NVRAM
    assert asked[0] == "outb 0x1001 0x5a\ncycle\ninb 0x1001\n"
    cells = [int(trace.split()[-1], 16) - 0x1000 for trace in asked]
    assert cells == [0x01, 0x21, 0x41, 0x61, 0x81, 0xA1, 0xC1, 0xE1]


@pytest.mark.parametrize("held", [0x01, 0x5A, 0xA5])
def test_a_cell_that_holds_what_was_written_is_written_something_else(held):
    cells = [replace(one, value=0 if one.address == 0x1039 else held) for one in memory()]
    assert lost(CELL, *cells)[0] == NVRAM


@pytest.mark.parametrize("kept", [0x01, 0x81, 0xE1])
def test_a_region_of_which_anything_comes_back_is_not_lost_whole(kept):
    assert lost(CELL, *memory(kept=[kept]))[0] == ()


def test_a_few_registers_are_no_memory():
    assert lost(CELL, *memory(128)) == ((), [])


def test_a_line_is_no_memory():
    registers = (FakeRegister(address=0x10), FakeRegister(address=0x11, is_saved=False))
    trace = Trace.parse("outb 0x11 0x1\ncycle\noutb 0x10 0x1")
    assert lost(trace, *registers, lines={"irq": (0x10, 0x11)}) == ((), [])
