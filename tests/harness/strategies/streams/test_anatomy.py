"""Anatomy: where each thing is in a stream."""

from __future__ import annotations

import pytest

from harness.strategies.streams import anatomy_of
from tests.support import one_of_each as small
from vmstate.errors import StreamError
from vmstate.stream import Configuration, Kind, Ram, RamWord, event_bytes, read_stream

DATA = small.SMALL
ANATOMY = anatomy_of(DATA)


def test_sections_and_parts_follow_each_other_up_to_the_end():
    parts = ANATOMY.parts
    assert parts[0].start == ANATOMY.configuration.end
    assert [one.end for one in parts[:-1]] == [one.start for one in parts[1:]]
    assert parts[-1].end == ANATOMY.eof
    assert ANATOMY.vmdesc.start == ANATOMY.eof + 1
    assert ANATOMY.vmdesc.end == len(DATA)


def test_a_part_says_what_it_is():
    start, part, end, timer, dma, other, *_ = ANATOMY.parts
    assert [start.where, part.where, end.where] == ["ram START", "ram PART", "ram END"]
    assert [one.kind for one in (start, part, end)] == [Kind.START, Kind.PART, Kind.END]
    assert (timer.section_id, timer.version_id, timer.idstr) == (0, 2, "timer")
    assert [dma.where, other.where] == ["dma", "dma#1"]
    assert ANATOMY.devices[0] == timer


def test_a_body_begins_behind_its_header():
    sections = read_stream(DATA).sections
    for part, section in zip(ANATOMY.devices, sections, strict=True):
        assert DATA[part.body : part.end - 5] == section.body
    part = ANATOMY.parts[1]
    assert DATA[part.start : part.body] == b"\2\0\0\0\2"


def test_fields_are_where_they_are():
    leaf = next(one for one in ANATOMY.leaves if one.where == "0000:00:01.0/chip/queue_len")
    assert (leaf.section, leaf.path, leaf.kind) == ("0000:00:01.0/chip", "queue_len", "uint16")
    assert ANATOMY.bytes_of(leaf) == b"\0\7"


def test_subsections_are_where_they_are():
    extra, deep, deeper = ANATOMY.subsections
    assert ANATOMY.bytes_of(extra) == small.subsection("chip/extra", 2, b"\1")
    inner = small.subsection("chip/deep/er", 1, b"y")
    assert ANATOMY.bytes_of(deep) == small.subsection("chip/deep", 1, b"deep" + inner)
    assert ANATOMY.bytes_of(deeper) == inner
    assert deeper.where == "0000:00:01.0/chip<chip/deep><chip/deep/er>"
    assert (extra.name, extra.version_id) == ("chip/extra", 2)


def test_a_subsection_in_a_struct_is_found():
    inner = small.described(
        "point",
        1,
        small.field("x", "uint8", 1),
        subsections=[small.described("point/more", 1, small.field("y", "uint8", 1))],
    )
    sub = small.subsection("point/more", 1, b"y")
    size = 1 + len(sub)
    outer = small.described("chip", 1, small.field("p", "struct", size, array_len=2, struct=inner))
    body = (b"x" + sub) * 2
    anatomy = anatomy_of(small.written(small.events((("chip", 0, outer, body),))))
    assert [one.where for one in anatomy.subsections] == ["chip/p<point/more>"] * 2
    assert {anatomy.bytes_of(one) for one in anatomy.subsections} == {sub}


def test_guest_memory_is_where_it_is():
    assert [block.name for block in ANATOMY.blocks] == ["pc.ram", small.TABLES]
    for block in ANATOMY.blocks:
        assert DATA[block.offset :].startswith(bytes(event_bytes(block)))
    first = ANATOMY.words[0]
    assert isinstance(first, RamWord)
    assert first.flag == Ram.BLOCKS
    assert DATA[first.offset : first.offset + 8] == bytes(event_bytes(first))


def test_a_command_can_stand_between_any_two_parts():
    assert set(ANATOMY.boundaries) == {ANATOMY.eof, *(part.start for part in ANATOMY.parts)}


def test_a_stream_without_a_configuration_is_refused():
    events = [one for one in small.events() if not isinstance(one, Configuration)]
    with pytest.raises(StreamError) as caught:
        anatomy_of(small.written(events))
    assert str(caught.value) == (
        "stream at offset 0x8: no configuration, expected one behind the header"
    )
