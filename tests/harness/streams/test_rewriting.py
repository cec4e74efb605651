"""Rewriting: what waits in a pipe, and what does not."""

from __future__ import annotations

import pytest

from harness.streams.rewriting import rewritten
from tests.support.small_streams import devices, events, stream, timer
from vmstate.editing import DropSection, SetField
from vmstate.errors import EditError
from vmstate.stream import RamPages, Section, write_events


def test_memory_goes_through_before_anything_behind_it_has_come():
    def coming():
        for event in events():
            assert not isinstance(event, Section), "memory did not go through"
            yield event

    passing = rewritten(coming(), [])
    before = events()[:14]
    assert [next(passing) for _ in before] == before
    assert sum(isinstance(event, RamPages) for event in before) == 2
    with pytest.raises(AssertionError, match="memory did not go through"):
        next(passing)


def test_sections_behind_memory_are_changed():
    done = rewritten(events(), [SetField("timer/ticks", "1"), DropSection("dma[1]")])
    expected = events(devices(timer=timer(1)))
    expected = [*expected[:16], *expected[17:-1], done_vmdesc()]
    assert b"".join(write_events(done)) == b"".join(write_events(expected))


def done_vmdesc():
    left = devices()
    del left[2]
    return events(left)[-1]


def test_sections_in_front_of_memory_go_through_and_keep_their_place():
    early = events(devices()[1:], early=[timer()])
    done = list(rewritten(early, [DropSection("dma[1]")]))
    assert done[:4] == early[:4]
    assert done[-1] == events([timer(), *devices()[1:2], *devices()[3:]])[-1]


def test_sections_in_front_of_memory_can_not_be_changed():
    early = events(devices()[1:], early=[timer()])
    with pytest.raises(EditError) as caught:
        list(rewritten(early, [SetField("timer/ticks", "1")]))
    assert str(caught.value) == (
        "timer/ticks: it stands before guest memory and has left before the vmdesc came: "
        "save the stream to a file, and edit that"
    )


def test_a_stream_without_memory_waits_as_a_whole():
    done = rewritten(events(ram=False), [SetField("timer/ticks", "1")])
    assert b"".join(write_events(done)) == stream(devices(timer=timer(1)), ram=False)
