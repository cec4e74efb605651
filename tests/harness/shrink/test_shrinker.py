"""The shrinker: the least trace that still fails."""

import pytest

from harness.command import Command
from harness.regions import Owner, Region, RegionMap
from harness.shrink import shrink
from harness.trace import CYCLE, Trace

MAP = RegionMap((Region("io", 0x10, 8, "r", 0, Owner("fake")),))
LONG = Trace.parse(
    """
    outb 0x12 0x9
    inb 0x11
    outw 0x14 0xff07
    cycle
    inb 0x10
    outb 0x17 0x55
    cycle
    inl 0x12
    inb 0x14
    cycle
    inb 0x13
    """
)


def run(trace, question, limit=400):
    asked = []

    def ask(candidate):
        asked.append(candidate)
        return question(candidate)

    shrunk = shrink(trace, ask, MAP, limit=limit)
    assert len(asked) == len(set(asked)), "a trace was asked about twice"
    return shrunk, asked


def loses_0x14(trace):
    """0x14 is lost: written before some cycle and read after it."""
    value = expected = 0
    for step in trace.steps:
        if step is CYCLE:
            value = 0
        elif step.is_write:
            for index in range(step.size):
                if step.address + index == 0x14:
                    value = expected = (step.value >> (8 * index)) & 0xFF
        elif value != expected and step.address <= 0x14 < step.address + step.size:
            return True
    return False


def test_a_lost_register_shrinks_to_three_steps():
    shrunk, _ = run(LONG, loses_0x14)
    assert str(shrunk.trace) == "outb 0x14 0x1\ncycle\ninb 0x14\n"


def test_the_least_trace_stays_as_it_is():
    least = Trace.parse("outb 0x14 0x1\ncycle\ninb 0x14\n")
    assert run(least, loses_0x14)[0].trace == least


def test_a_value_that_matters_is_kept():
    wanted = Command("outb", (0x14, 0xA5))
    shrunk, _ = run(
        Trace.parse("outb 0x10 0x1\noutb 0x14 0xa5\ncycle\ninb 0x10"),
        lambda trace: wanted in trace.steps and trace.cycles > 0,
    )
    assert str(shrunk.trace) == "outb 0x14 0xa5\ncycle\n"


def test_what_fails_over_anything_shrinks_to_one_cycle():
    assert run(LONG, lambda trace: True)[0].trace == Trace((CYCLE,))


def test_a_trace_without_a_cycle_is_never_asked_about():
    _, asked = run(LONG, loses_0x14)
    assert all(trace.cycles for trace in asked)


def test_two_cycles_that_are_both_needed_stay():
    shrunk, _ = run(LONG, lambda trace: trace.cycles >= 2)
    assert shrunk.trace == Trace((CYCLE, CYCLE))


@pytest.mark.parametrize("limit", [0, 1, 5, 20])
def test_the_limit_is_kept_and_what_was_reached_still_fails(limit):
    shrunk, asked = run(LONG, loses_0x14, limit)
    # Past the limit steps are still left out one at a time: that each is needed is a promise.
    assert len(asked) <= limit + len(LONG) ** 2
    assert loses_0x14(shrunk.trace)
    assert not any(loses_0x14(shrunk.trace.without(step)) for step in range(len(shrunk.trace)))


def test_the_same_question_gives_the_same_answer():
    assert run(LONG, loses_0x14) == run(LONG, loses_0x14)


@pytest.mark.parametrize("limit", [1, 20, 60])
def test_where_the_limit_leaves_hundreds_of_steps_what_is_needed_is_found_in_few_questions(limit):
    clutter = "outb 0x17 0x55\ninb 0x11\n"
    text = f"{clutter * 150}outb 0x14 0x7\n{clutter * 20}cycle\n{clutter * 30}inb 0x14\n"
    shrunk, asked = run(Trace.parse(text), loses_0x14, limit)
    steps = [str(step) for step in shrunk.trace.steps]
    assert len(steps) == 3
    assert (steps[0][:9], steps[1], steps[2]) == ("outb 0x14", "cycle", "inb 0x14")
    assert len(asked) < 150


def test_a_trace_is_shown_in_few_words():
    assert repr(LONG) == "<Trace: 11 steps, 3 cycles>"
