"""Layouts: device state that does not describe itself, cut by shapes seen elsewhere."""

from dataclasses import replace

import pytest

from harness.errors import UnreadableError
from harness.fields import columns_of
from harness.qemu.layout import Layouts
from tests.support import small_streams as small
from tests.support import streams
from vmstate.stream import Section, Stream, read_stream, write_events
from vmstate.vmdesc import parse_vmdesc


def learned(*made, footers=True):
    layouts = Layouts()
    for one in made:
        events = small.events(one, ram=False)
        if not footers:
            events = [
                replace(event, has_footer=False) if isinstance(event, Section) else event
                for event in events
            ]
        layouts.learn(read_stream(b"".join(write_events(events))))
    return layouts


def state(made, end=None):
    """Return the bytes that QEMU writes of some devices, which say nothing of themselves."""
    sections = [
        streams.full(number, one.idstr, one.body, instance_id=one.instance_id, end=end)
        for number, (one, _) in enumerate(made, 3)
    ]
    return streams.HEADER + b"".join(sections) + b"\0"


USUAL = small.devices()


def test_a_state_is_cut_into_the_fields_that_were_learned():
    found = learned(USUAL).decode(state(small.devices(timer=small.timer(9))))
    assert [(field.section, field.instance_id, field.path) for field in found.fields] == [
        ("timer", 0, "ticks"),
        ("timer", 0, "flag"),
        ("timer", 0, "data"),
        ("dma", 0, "mode"),
        ("dma", 1, "mode"),
        ("pci/pit", 0, "channels[0].count"),
        ("pci/pit", 0, "channels[1].count"),
        ("pci/pit", 0, "<pit/extra>.bar"),
        ("kbd", 0, "kbd.mode"),
        ("kbd", 0, "kbd.<kbd/more>.x"),
        ("kbd", 0, "led"),
    ]
    assert found.fields[0].data == (9).to_bytes(8)
    assert found.fields[5].type == "int32"


def test_elements_that_lie_side_by_side_are_one_column():
    found = learned(USUAL).columns(state(USUAL), ())
    columns = {(column.section, column.path): column for column in found}
    counts = columns["pci/pit", "channels[].count"]
    assert (counts.type, counts.data) == ("int32", b"\0\0\0\x03\0\0\0\x09")
    assert columns["timer", "data"].data == b"\x01\x02\x03\x04"
    assert len(found) == 10


@pytest.mark.parametrize(
    "made",
    [USUAL, small.devices(pit=small.pit((1, 2, 3), None), kbd=small.kbd(None)), []],
    ids=["usual", "without subsections", "empty"],
)
def test_columns_are_those_of_the_fields(made):
    layouts = learned(USUAL, made)
    assert layouts.columns(state(made), ()) == tuple(columns_of(layouts.decode(state(made)).fields))


def queue(*values):
    """Return a section with a queue of numbers and its description, framing between them."""
    elements = "".join(
        ', "vmsd_name": "e", "version": 1, "fields": [{"name": "v", "type": "uint8", "size": 1}]'
        for _ in values
    )
    body = b"".join(b"\x01" + bytes([value]) for value in values) + b"\0z"
    text = (
        '{"page_size": 4096, "devices": [{"name": "dev", "instance_id": 0, "vmsd_name": "dev", '
        f'"version": 1, "fields": [{{"name": "q", "type": "qtailq"{elements}, '
        f'"size": {len(body) - 1}}}, '
        '{"name": "z", "type": "uint8", "size": 1}]}]}'
    )
    return Section(0, "dev", 0, 1, body), parse_vmdesc(text.encode())


def test_what_stands_between_elements_parts_columns_in_both_ways():
    section, vmdesc = queue(1, 2)
    layouts = Layouts()
    whole = read_stream(small.stream([small.dma(0)], ram=False))
    layouts.learn(Stream(whole.machine, (section,), vmdesc))
    bytes_ = state([(section, None)])
    found = layouts.columns(bytes_, ())
    assert [(column.path, column.data) for column in found] == [
        ("q[].v", b"\x01"),
        ("q[].v", b"\x02"),
        ("z", b"z"),
    ]
    assert found == tuple(columns_of(layouts.decode(bytes_).fields))


def test_a_header_with_nothing_behind_it_is_part_of_the_shape():
    empty = small.described("pit/extra", [])
    made = [
        small.device("d", b"\x01" + small.EXTRA, small.numbers(a=("uint8", 1)), subsections=[empty])
    ]
    layouts = learned(made)
    (field,) = layouts.decode(state(made)).fields
    assert (field.path, field.data) == ("a", b"\x01")
    assert layouts.decode(state(made).replace(b"pit/extra", b"pit/other")) is None


def test_only_the_sections_that_are_wanted_are_cut():
    layouts = learned(USUAL)
    found = layouts.columns(state(USUAL), [("dma", 1), ("kbd", 0)])
    assert [(column.section, column.instance_id) for column in found] == [
        ("dma", 1),
        ("kbd", 0),
        ("kbd", 0),
        ("kbd", 0),
    ]
    assert layouts.columns(state(USUAL), [("dma", 7)]) == ()


def test_every_shape_is_kept():
    with_it, without = small.devices(), small.devices(kbd=small.kbd(None))
    layouts = learned(with_it, without, with_it)
    for made in (with_it, without):
        assert layouts.decode(state(made)) is not None
        assert layouts.columns(state(made), ()) is not None


@pytest.mark.parametrize(
    "unknown",
    [
        small.devices(kbd=small.kbd(None)),
        small.devices(pit=small.pit((1, 2, 3))),
        [*USUAL, small.dma(2)],
        [small.device("other", b"x", [])],
    ],
    ids=["subsection", "size", "instance", "name"],
)
def test_a_shape_that_was_not_seen_is_not_guessed_at(unknown):
    layouts = learned(USUAL)
    assert layouts.decode(state(unknown)) is None
    assert layouts.columns(state(unknown), ()) is None
    assert layouts.columns(state(unknown), [("timer", 0)]) is None


def test_another_subsection_of_the_same_size_is_not_taken_for_the_one_that_is_known():
    layouts = learned(USUAL)
    other = state(USUAL).replace(b"kbd/more", b"kbd/less")
    assert layouts.decode(other) is None


@pytest.mark.parametrize("size", [8, 9, 20, -1, -6])
def test_a_state_that_is_cut_off_has_no_fields(size):
    layouts = learned(USUAL)
    assert layouts.decode(state(USUAL)[:size]) is None
    assert layouts.columns(state(USUAL)[:size], ()) is None


def test_a_section_of_another_kind_is_not_known():
    layouts = learned(USUAL)
    assert layouts.decode(streams.HEADER + streams.start(3, b"x") + b"\0") is None


def test_sections_without_footers_end_where_the_next_begins():
    """Machine types of before 2.4 write none: QEMU 7.2 hw/core/machine.c, hw_compat_2_3."""
    layouts = learned(USUAL, small.devices(timer=small.timer(9)), footers=False)
    usual = learned(USUAL).decode(state(USUAL))
    assert [(field.path, field.data) for field in layouts.decode(state(USUAL, b"")).fields] == [
        (field.path, field.data) for field in usual.fields
    ]
    assert layouts.decode(state(USUAL)) is None
    assert learned(USUAL).decode(state(USUAL, b"")) is None


def test_without_footers_the_shape_is_taken_behind_which_the_state_goes_on():
    short = [small.device("d", b"\x01\x02", small.numbers(a=("uint8", 1), b=("uint8", 1)))]
    long = [small.device("d", b"\x01\x02\x03", small.numbers(a=("uint8", 1), w=("uint16", 2)))]
    layouts = learned(short, long, footers=False)
    for made, paths in ((short, ["a", "b"]), (long, ["a", "w"])):
        assert [field.path for field in layouts.decode(state(made, b"")).fields] == paths


def test_a_state_like_the_last_is_divided_without_a_search(monkeypatch):
    layouts = learned(USUAL)
    first = layouts.columns(state(USUAL), ())
    changed = small.devices(timer=small.timer(9))
    expected = learned(USUAL).columns(state(changed), ())
    monkeypatch.setattr(layouts, "_match", lambda key, reader, number: None)
    assert layouts.columns(state(changed), ()) == expected != first
    assert layouts.columns(state(USUAL), [("dma", 1)]) == tuple(
        column for column in first if (column.section, column.instance_id) == ("dma", 1)
    )
    # Any other is looked at from the beginning.
    assert layouts.columns(state(USUAL)[:-1] + b"\x04", ()) is None
    assert layouts.columns(state([*USUAL, small.dma(2)]), ()) is None


def test_shapes_of_one_size_are_tried_in_the_order_in_which_they_were_seen():
    """What fits the first goes by the first, whatever the last state was like."""
    plain = [small.device("d", b"\x01\x02", small.numbers(a=("uint8", 1), b=("uint8", 1)))]
    broad = [small.device("d", b"\x01\x02", small.numbers(w=("uint16", 2)))]
    layouts = learned(plain, broad)
    for made in (plain, broad, plain):
        assert [column.path for column in layouts.columns(state(made), ())] == ["a", "b"]
    layouts = learned([small.dma(0)], broad, plain)
    for made in (plain, broad, plain):
        assert [column.path for column in layouts.columns(state(made), ())] == ["w"]


def test_what_describes_itself_is_read_and_its_shapes_are_kept():
    layouts = Layouts()
    found = layouts.inspected(small.stream(USUAL, ram=False))
    assert layouts.decode(state(USUAL)).fields == found.fields


@pytest.mark.parametrize("stream", [b"", b"QEVMxxxx", small.stream(USUAL, described=False)])
def test_what_can_not_be_read_is_the_guests_error(stream):
    with pytest.raises(UnreadableError, match=r"^the guest's state can't be read: "):
        Layouts().inspected(stream)
