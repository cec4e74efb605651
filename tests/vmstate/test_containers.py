"""All containers: whatever a stream goes through, the same bytes come out."""

from contextlib import suppress
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.stream_events import SHORT, any_event, streams
from vmstate.containers import FIRST, FORMATS, detect
from vmstate.errors import StreamError
from vmstate.stream import (
    Content,
    Eof,
    MappedBytes,
    RamPages,
    Section,
    Tail,
    VmdescText,
    write_events,
)

OWN = sorted(set(FORMATS) - {"qemu"})
FILES = {name: b"".join(FORMATS[name].dump(SHORT)) for name in FORMATS}


def joined(pieces):
    return b"".join(pieces)


def in_qemu(events):
    """Return what QEMU has for events that need not be a whole stream."""
    return [bytes(piece) for event in events for piece in write_events([event])]


def cut(data, size):
    return [data[at : at + size] for at in range(0, len(data), size)]


def converted(data, source, target):
    return joined(FORMATS[target].dump(FORMATS[source].load([data])))


def test_there_are_twelve_ways_between_the_four_formats():
    assert sorted(FORMATS) == ["ber", "framed", "json", "qemu"]
    assert len(list(permutations(FORMATS, 2))) == 12


@given(events=streams())
def test_a_stream_that_is_converted_from_any_format_to_any_other_keeps_its_bytes(events):
    original = joined(FORMATS["qemu"].dump(events))
    files = {name: converted(original, "qemu", name) for name in FORMATS}
    for source, target in permutations(FORMATS, 2):
        # What is written of the same events is the same, whichever way they came.
        assert converted(files[source], source, target) == files[target], (source, target)


@pytest.mark.parametrize("name", OWN)
@given(events=st.lists(any_event(), max_size=4))
def test_events_of_every_kind_come_back_with_every_value(name, events):
    back = list(FORMATS[name].load(FORMATS[name].dump(events)))
    whole = [event for event in events if not isinstance(event, RamPages)]
    assert [event for event in back if not isinstance(event, RamPages)] == whole
    pages = [event for event in events if isinstance(event, RamPages)]
    again = [event for event in back if isinstance(event, RamPages)]
    assert [joined(write_events([event])) for event in pages] == [
        joined(write_events([event])) for event in again
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_can_come_in_pieces_of_any_size(name):
    data = FILES[name]
    for size in (1, 7, 64, 1000):
        events = FORMATS[name].load(cut(data, size))
        assert joined(write_events(events)) == joined(write_events(SHORT))


@pytest.mark.parametrize("name", OWN)
def test_a_file_that_is_cut_off_anywhere_is_refused(name):
    whole = FILES[name].rstrip(b"\n")
    for size in range(0, len(whole), 9):
        with pytest.raises(StreamError) as caught:
            list(FORMATS[name].load([whole[:size]]))
        assert caught.value.why


@pytest.mark.parametrize("name", OWN)
@given(data=st.data())
def test_nothing_but_a_stream_error_comes_of_damage(name, data):
    damaged = bytearray(FILES[name])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with suppress(StreamError):
        assert list(FORMATS[name].load([bytes(damaged)])) is not None


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_recognised_by_its_first_bytes_and_by_no_others(name):
    data = joined(FORMATS[name].dump([]))
    if name == "qemu":
        data = b"QEVM\0\0\0\3"
    assert detect(data[:FIRST]) == name
    assert [other for other in FORMATS if FORMATS[other].detect(data[:FIRST])] == [name]


def test_what_has_no_format_is_told_by_how_it_starts():
    with pytest.raises(StreamError) as caught:
        detect(b"\x7fELF....")
    assert str(caught.value) == (
        "stream at offset 0x0: starts with b'\\x7fELF....', expected one of the formats "
        "qemu, framed, ber, json"
    )


@pytest.mark.parametrize("name", OWN)
def test_large_content_goes_in_pieces_that_mean_the_same(name):
    size = 4096
    records = b"".join(bytes([number]) * (size + 8) for number in range(200))
    events = [
        RamPages("pc.ram", False, 1 << 20, size, 200, memoryview(records)[:-8], size + 8),
        Content(b"c" * 600_000),
        MappedBytes(memoryview(b"m" * 600_000)),
        Tail(b"t" * 600_000),
    ]
    back = list(FORMATS[name].load(FORMATS[name].dump(events)))
    assert joined(write_events(back)) == joined(write_events(events))
    assert [type(event).__name__ for event in back] == (
        ["RamPages"] * 4 + ["Content"] * 3 + ["MappedBytes"] * 3 + ["Tail"] * 3
    )
    first, second, *_ = back
    assert (first.count, second.count) == (64, 64)
    assert second.address == first.address + 64 * size


@pytest.mark.parametrize("name", OWN)
def test_a_file_is_written_as_the_events_come(name):
    taken = []

    def events():
        for number in range(5):
            taken.append(number)
            yield Tail(bytes([number]))

    pieces = iter(FORMATS[name].dump(events()))
    next(pieces)
    assert taken == []
    next(pieces)
    assert taken == [0]


@pytest.mark.parametrize("name", OWN)
def test_a_file_is_read_as_its_bytes_come(name):
    pieces = list(FORMATS[name].dump([Tail(b"x" * 5000), Tail(b"y" * 5000), Eof()]))
    taken = []

    def coming():
        for number, piece in enumerate(pieces):
            taken.append(number)
            yield piece

    events = FORMATS[name].load(coming())
    assert next(events) == Tail(b"x" * 5000)
    assert len(taken) < len(pieces)


@pytest.mark.parametrize("name", OWN)
def test_the_sections_of_a_device_have_their_form_in_the_file(name):
    vmdesc = VmdescText(
        b'{"page_size": 4096, "devices": [{"name": "dev", "instance_id": 3, "vmsd_name": "chip", '
        b'"version": 1, "fields": [{"name": "count", "type": "uint16", "size": 2}]}]}'
    )
    data = joined(FORMATS[name].dump([Section(1, "dev", 3, 1, b"\1\2"), Eof(), vmdesc]))
    assert b"uint16" in data[: data.index(b"page_size")]
    assert in_qemu(FORMATS[name].load([data]))[0].endswith(b"\1\2" + b"\x7e\0\0\0\1")
