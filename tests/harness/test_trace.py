"""Traces: commands, cycles, and their text."""

import pytest

from harness.command import Command
from harness.errors import CommandError
from harness.trace import CYCLE, Trace

OUT, IN, LATCH = Command("outb", (0x43, 0xC2)), Command("inb", (0x40,)), Command("inb", (0x41,))
TEXT = "outb 0x43 0xc2\ncycle\ninb 0x40\n"


def test_a_trace_reads_as_its_steps_one_a_line():
    assert str(Trace((OUT, CYCLE, IN))) == TEXT


def test_the_text_is_read_back():
    assert Trace.parse(TEXT) == Trace((OUT, CYCLE, IN))


def test_comments_and_blank_lines_are_passed_over():
    text = "# a comment\n\n  outb 0x43 0xc2  # read back\n   cycle # here\n\ninb 0x40"
    assert Trace.parse(text) == Trace((OUT, CYCLE, IN))


def test_an_empty_text_is_an_empty_trace():
    assert Trace.parse("") == Trace() == Trace.parse("# nothing\n")
    assert str(Trace()) == ""


def test_a_line_that_is_no_command_is_named_by_its_number():
    with pytest.raises(CommandError) as info:
        Trace.parse("inb 0x40\n\ncycles\n")
    assert str(info.value).startswith("not a qtest command: 'cycles': line 3: unknown verb")


def test_segments_lie_between_cycles():
    trace = Trace((OUT, CYCLE, IN, LATCH, CYCLE, CYCLE, IN))
    assert trace.segments == ((OUT,), (IN, LATCH), (), (IN,))
    assert Trace().segments == ((),)
    assert Trace((CYCLE,)).segments == ((), ())


def test_joining_the_segments_gives_the_trace():
    trace = Trace((OUT, CYCLE, IN, LATCH, CYCLE, CYCLE, IN))
    assert Trace.join(trace.segments) == trace


@pytest.mark.parametrize("segments", [[], [[]], [[OUT, IN]], [[], [IN], (OUT, LATCH), []]])
def test_a_trace_has_the_segments_that_it_was_joined_of(segments):
    joined = Trace.join(iter(segments))
    assert joined.segments == Trace(joined.steps).segments


def test_commands_and_cycles_are_counted_apart():
    trace = Trace((OUT, CYCLE, IN, CYCLE))
    assert trace.commands == (OUT, IN)
    assert trace.cycles == 2
    assert len(trace) == 4
    assert list(trace) == [OUT, CYCLE, IN, CYCLE]


def test_steps_can_be_left_out():
    trace = Trace((OUT, CYCLE, IN, LATCH))
    assert trace.without(1) == Trace((OUT, IN, LATCH))
    assert trace.without(0, 3) == Trace((LATCH,))
    assert trace.without(3, 5) == Trace((OUT, CYCLE, IN))


def test_a_step_can_be_replaced_by_several_or_none():
    trace = Trace((OUT, CYCLE, IN))
    assert trace.replaced(2, LATCH) == Trace((OUT, CYCLE, LATCH))
    assert trace.replaced(0, IN, LATCH) == Trace((IN, LATCH, CYCLE, IN))
    assert trace.replaced(0) == Trace((CYCLE, IN))


def test_traces_are_values():
    assert len({Trace((OUT, CYCLE)), Trace((OUT, CYCLE)), Trace((CYCLE, OUT))}) == 2
