"""Postponed: hard ones wait, the hardest longest."""

import pytest

from harness.postponed import Postponed
from harness.round import Caught
from harness.trace import Trace


def caught(length):
    trace = Trace.parse("outb 0x10 0x1\n" * length + "cycle\ninb 0x10" + "\ninb 0x11" * 90)
    return Caught(trace, trace, ("future", "fake", str(length)))


def test_what_few_commands_lead_to_does_not_wait_whatever_is_read_afterwards():
    waiting = Postponed()
    assert not waiting.takes(caught(24))
    assert len(waiting) == 0


def test_of_what_waits_the_easiest_comes_first():
    waiting = Postponed()
    assert all(waiting.takes(caught(length)) for length in (40, 25, 300, 60))
    assert [waiting.easiest().pin[2] for _ in range(4)] == ["25", "40", "60", "300"]
    with pytest.raises(IndexError):
        waiting.easiest()
