"""The forms of events: what is checked of what comes, and of what goes."""

import pytest

from tests.support.stream_events import SHORT
from vmstate.containers.forms import FORMS, MOST_ZEROS, PIECE, get_event, in_pieces, put_event
from vmstate.containers.packed import PackedGet, PackedPut
from vmstate.containers.readable import dump, load
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import Configuration, ConfigurationPart, Event, RamPages, RamZeros, Tail

HEAD = '{"format": "vmstate-stream", "version": 1, "events": ['


def refused(event):
    with pytest.raises(StreamError) as caught:
        list(load([f"{HEAD}{event}]}}".encode()]))
    return caught.value.path, caught.value.why


def test_every_event_has_one_form():
    assert {form.type for form in FORMS.values()} == set(Event.__args__)
    assert len(FORMS) == len(Event.__args__)


def test_an_event_that_is_put_is_got():
    for event in SHORT:
        channel = PackedPut()
        put_event(channel, event)
        if channel.tag != "section":
            number = list(FORMS).index(channel.tag) + 1
            assert get_event(PackedGet(number, channel.payload)) == event


def test_a_part_of_a_section_has_one_of_three_kinds():
    event = (
        '{"section_begin": {"kind": 4, "section_id": 1, "idstr": "x", "instance_id": 0, '
        '"version_id": 1}}'
    )
    assert refused(event) == ("events[0].kind", "4 is no kind of a part, expected 1, 2 or 3")


@pytest.mark.parametrize(("size", "count"), [(0, 0), (2, 2), (1024, 0)])
def test_pages_have_as_many_bytes_as_they_say(size, count):
    event = (
        '{"ram_pages": {"block": "x", "is_named": true, "address": 0, '
        f'"page_size": {size}, "count": {count}, "data": "00"}}}}'
    )
    assert refused(event) == ("events[0].ram, pages", f"1 bytes, expected {count} pages of {size}")


def test_a_block_is_mapped_once_at_most():
    block = '{"mapped_block": {}}'
    event = f'{{"ram_block": {{"name": "x", "size": 1, "mapped": [{block}, {block}]}}}}'
    assert refused(event) == ("events[0].mapped", "2 entries, expected one at most")


def test_a_configuration_has_no_other_parts_than_those_known():
    event = '{"configuration": {"machine": "pc", "parts": [{"eof": {}}]}}'
    assert refused(event) == (
        "events[0].configuration",
        "'eof' is no subsection of the configuration",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("configuration/odd", 1), ("configuration/uuid", 1), ("configuration/capabilities", b"x")],
)
def test_a_part_of_the_configuration_with_another_value_is_not_put(name, value):
    with pytest.raises(EncodeError) as caught:
        list(dump([Configuration("pc", (ConfigurationPart(name, 1, value),))]))
    assert caught.value.path == name
    assert caught.value.why == "no subsection of the configuration"


def test_pages_larger_than_a_piece_go_one_by_one():
    event = RamPages("x", False, 0, 2 * PIECE, 2, bytes(4 * PIECE), 2 * PIECE)
    assert [(page.count, page.address) for page in in_pieces(event)] == [(1, 0), (1, 2 * PIECE)]


def test_more_zero_pages_than_a_record_has_go_in_several():
    event = RamZeros("x", False, 1 << 40, 4096, 2 * MOST_ZEROS + 1)
    parts = list(in_pieces(event))
    assert [part.count for part in parts] == [MOST_ZEROS, MOST_ZEROS, 1]
    assert [part.address - event.address for part in parts] == [0, 1 << 32, 1 << 33]


def test_a_record_of_few_bytes_does_not_stand_for_any_number_of_pages():
    event = (
        '{"ram_zeros": {"block": "x", "is_named": false, "address": 0, "step": 4096, '
        '"count": 4294967295, "fill": 0}}'
    )
    assert refused(event) == (
        "events[0].count",
        "4294967295 pages, expected at most 1048576 in a record",
    )


def test_what_is_small_stays_in_one_piece():
    event = Tail(b"x" * PIECE)
    assert list(in_pieces(event)) == [event]
