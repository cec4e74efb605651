"""The reader: fed with pieces, it tells what is whole, and goes on where it was."""

import tracemalloc

import pytest

from tests.support.streams import (
    CONFIGURATION,
    EOS,
    HEADER,
    SIZES,
    SMALL,
    be64,
    footer,
    full,
    page,
    part,
    part_of,
    single,
    start,
    zero,
)
from vmstate.errors import StreamError, TruncatedStreamError
from vmstate.stream import (
    Configuration,
    Eof,
    Header,
    RamPages,
    Section,
    StreamReader,
    Tail,
    read_events,
)

GOOD = HEADER + CONFIGURATION + full(1, "a", b"xyz") + b"\0"


def test_events_come_as_soon_as_they_are_whole():
    reader = StreamReader()
    assert list(reader.feed(HEADER[:7])) == []
    assert list(reader.feed(HEADER[7:] + CONFIGURATION[:3])) == [Header(3)]
    assert reader.offset == 8
    assert list(reader.feed(CONFIGURATION[3:] + b"\0\0")) == [
        Configuration("pc"),
        Eof(),
        Tail(b"\0"),
    ]
    assert list(reader.finish()) == []
    assert reader.offset == 17


def test_what_was_not_asked_for_comes_with_the_next_piece():
    reader = StreamReader()
    reader.feed(HEADER)
    first = reader.feed(CONFIGURATION)
    assert next(first) == Header(3)
    reader.feed(full(1, "a", b"xyz"))
    assert list(reader.feed(b"\0")) == [Configuration("pc")]
    assert list(reader.finish()) == [Section(1, "a", 0, 1, b"xyz"), Eof()]


def test_a_reader_that_is_finished_takes_nothing_more():
    reader = StreamReader()
    list(reader.feed(GOOD))
    list(reader.finish())
    with pytest.raises(ValueError, match="the stream has been finished; make a new reader"):
        reader.feed(b"")
    assert list(reader.finish()) == []


def test_events_before_an_error_are_told_and_the_error_stays():
    reader = StreamReader()
    feeding = reader.feed(HEADER + CONFIGURATION + b"\x33")
    assert [next(feeding), next(feeding)] == [Header(3), Configuration("pc")]
    with pytest.raises(StreamError, match="section of unknown kind 0x33") as first:
        next(feeding)
    for again in (reader.feed(b"more"), reader.feed(b""), reader.finish()):
        with pytest.raises(StreamError) as caught:
            next(again)
        assert caught.value is first.value


def test_the_size_of_a_page_is_told_when_it_is_known():
    reader = StreamReader()
    data = HEADER + part_of(zero(0, "r") + page(0x1000, bytes(4096), "r"))
    list(reader.feed(data[:0x50]))
    assert reader.page_size is None
    list(reader.feed(data[0x50:] + bytes(300)))
    assert reader.page_size == 4096
    assert StreamReader(page_size=1024).page_size == 1024


@pytest.mark.parametrize("size", [0, 128, 1000, 1 << 31])
def test_a_size_that_no_page_has_is_refused_at_once(size):
    with pytest.raises(
        ValueError, match=f"a page of {size} bytes, expected a power of two from 25"
    ):
        StreamReader(page_size=size)


def test_sizes_are_believed_if_a_footer_is_there():
    body = b"ab" + footer(1) + full(1, "b", b"", end=b"")
    data = HEADER + full(1, "a", body) + b"\0"
    assert len(list(read_events([data]))) == 4
    told = list(read_events([data], StreamReader(sizes={("a", 0): len(body)})))
    assert [event.body for event in told if isinstance(event, Section)] == [body]


@pytest.mark.parametrize("cut", range(1, 60, 7))
@pytest.mark.parametrize("name", SMALL)
def test_a_stream_is_the_same_however_it_comes(name, cut):
    data = SMALL[name]
    sizes = SIZES if name == "no footers" else {}
    whole = single(read_events([data], StreamReader(sizes=sizes)))
    pieces = (data[place : place + cut] for place in range(0, len(data), cut))
    assert single(read_events(pieces, StreamReader(sizes=sizes))) == whole


def test_a_stream_that_ends_within_a_piece_of_pages_is_refused():
    data = HEADER + start(2, EOS) + part(2, be64(0x08) + b"\1r" + bytes(5000), end=b"")
    with pytest.raises(TruncatedStreamError) as caught:
        list(read_events([data[:4000]], StreamReader(page_size=4096)))
    assert caught.value.path == "ram, page 0x0 of 'r'"


def test_memory_does_not_grow_with_the_stream():
    content = bytes(range(256)) * 16

    def pieces(count):
        yield HEADER + start(2, EOS) + b"\2\0\0\0\2" + page(0, content, "r") + page(4096, content)
        for number in range(2, count):
            yield b"".join(page(4096 * (number * 64 + n), content) for n in range(64))
        yield EOS + b"\x7e\0\0\0\2\0"

    peaks = []
    for count in (10, 100):
        tracemalloc.start()
        try:
            pages = sum(
                event.count for event in read_events(pieces(count)) if isinstance(event, RamPages)
            )
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert pages == 2 + (count - 2) * 64
    assert max(peaks) < 4 << 20
    assert peaks[1] < peaks[0] + (64 << 10)


def test_pages_of_many_pieces_are_joined_no_further_than_they_reach():
    content = bytes(range(256)) * 16
    pages = page(0, content, "r") + b"".join(page(4096 * n, content) for n in range(1, 8))
    data = HEADER + part_of(pages)
    pieces = [data[place : place + 10_000] for place in range(0, len(data), 10_000)]
    runs = [event for event in read_events(pieces) if isinstance(event, RamPages)]
    assert sum(run.count for run in runs) == 8
    owners = [bytes(run.data.obj) for run in runs]
    # What lies in one piece is that piece; of two, a joined page.
    assert all(owner in pieces or len(owner) <= 10_000 + 4104 for owner in owners)
    assert sum(owner in pieces for owner in owners) >= 4


def test_pages_that_come_one_by_one_are_told_one_by_one():
    reader = StreamReader()
    list(reader.feed(HEADER + start(2, EOS) + b"\2\0\0\0\2" + zero(0, "r")))
    for address in (0x1000, 0x2000, 0x2000):
        (event,) = reader.feed(zero(address))
        assert (event.address, event.count, event.step) == (address, 1, 0)
    # Nothing but zeros has come that would tell how large a page is.
    assert reader.page_size is None
