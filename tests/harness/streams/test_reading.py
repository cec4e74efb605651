"""Reading: sources as events."""

from __future__ import annotations

import io

import pytest

from harness.streams import source as module
from harness.streams.reading import events_of
from harness.streams.source import MappedSource, PipeSource
from tests.support.small_streams import device, devices, events, numbers, stream, timer
from vmstate.errors import StreamError
from vmstate.stream import Header, Section, VmdescText, write_events

#: A body that looks like the end of its section, and of the stream.
FOOTER = b"\x7e\x00\x00\x00\x0a\x00"


def sections(data_events):
    return [event for event in data_events if isinstance(event, Section)]


def a_pipe(data, name):
    return PipeSource(io.BytesIO(data), name)


@pytest.mark.parametrize("make", [MappedSource, a_pipe])
def test_files_and_pipes_give_the_same_events(make, monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 1000)
    assert list(events_of(make(stream(), "x"))) == events()


def test_progress_is_told_in_bytes():
    seen = []
    list(events_of(MappedSource(stream(), "x"), seen.append))
    assert sum(seen) == len(stream())


def test_a_file_tells_its_sections_apart_by_its_vmdesc():
    body = FOOTER + b"\x06"
    made = [device("trap", body, numbers(data=("buffer", len(body)))), timer()]
    found = list(events_of(MappedSource(stream(made), "x")))
    assert [section.body for section in sections(found)] == [body, timer()[0].body]


def test_a_file_whose_vmdesc_makes_no_sense_is_read_by_its_footers():
    broken = events(devices())
    broken[-1] = VmdescText(b'{"devices": 3}')
    data = b"".join(write_events(broken))
    assert list(events_of(MappedSource(data, "x"))) == broken


def test_what_is_read_before_an_error_is_told_first():
    reading = events_of(MappedSource(stream()[:9], "x"))
    assert next(reading) == Header(3)
    with pytest.raises(StreamError):
        list(reading)
