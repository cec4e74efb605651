"""The order of simplicity."""

import pytest

from harness.shrink.order import simplicity
from harness.trace import Trace

BASE = "outb 0x10 0x3\ncycle\ninb 0x11\nclock_step 50\n"


@pytest.mark.parametrize(
    ("simpler", "text"),
    [
        ("fewer cycles", "outb 0x10 0x3\ninb 0x11\nclock_step 50\n"),
        ("fewer commands", "outb 0x10 0x3\ncycle\nclock_step 50\n"),
        ("less time", "outb 0x10 0x3\ncycle\ninb 0x11\nclock_step 49\n"),
        ("fewer bits", "outb 0x10 0x80\ncycle\ninb 0x11\nclock_step 50\n"),
        ("a lower value", "outb 0x10 0x1\ncycle\ninb 0x11\nclock_step 50\n"),
        ("a lower address", "outb 0x10 0x3\ncycle\ninb 0x10\nclock_step 50\n"),
    ],
)
def test_it_is_simpler_to_have(simpler, text):
    assert simplicity(Trace.parse(text)) < simplicity(Trace.parse(BASE)), simpler


@pytest.mark.parametrize(
    ("simple", "less_simple"),
    [
        ("cycle\ninb 0x10\ninb 0x10", "cycle\ncycle\ninb 0x10"),
        ("clock_step 900", "inb 0x1\ninb 0x1"),
        ("clock_step 1\ninl 0x1", "clock_step 2\ninb 0x1"),
        ("inb 0x99", "inw 0x1"),
        ("outb 0x99 0x80", "outb 0x1 0x3"),
        ("outb 0x99 0x1", "outb 0x1 0x2"),
        ("inb 0x10", "outb 0x10 0x0"),
    ],
)
def test_what_counts_first_outweighs_the_rest(simple, less_simple):
    assert simplicity(Trace.parse(simple)) < simplicity(Trace.parse(less_simple))


def test_a_step_of_the_clock_without_a_length_takes_no_time():
    assert simplicity(Trace.parse("clock_step"))[2] == 0


def test_a_block_of_memory_counts_its_bytes_and_no_value():
    assert simplicity(Trace.parse("write 0x0 0x2 0x0102"))[3:6] == (2, 0, 0)
