"""Destinations: what a machine has, as its own stream tells it."""

from __future__ import annotations

import pytest

from tests.support import one_of_each as small
from vmstate.acceptance import destination_of
from vmstate.acceptance.destination import NO_ALIAS
from vmstate.errors import StreamError
from vmstate.release import Release
from vmstate.stream import Configuration, Content, Kind, Section, SectionBegin, SectionEnd

HERE = destination_of(small.SMALL)


def refused(events):
    with pytest.raises(StreamError) as caught:
        destination_of(small.written(events))
    return str(caught.value)


def entry(idstr, instance_id=0):
    return next(one for one in HERE.entries if (one.idstr, one.instance_id) == (idstr, instance_id))


def test_it_has_what_its_own_stream_has():
    assert HERE.machine == small.MACHINE
    assert HERE.page_size == small.PAGE
    assert HERE.blocks == {"pc.ram": 4 * small.PAGE, small.TABLES: 2 * small.PAGE}
    assert HERE.release == Release(7, 2)


def test_sections_are_looked_through_in_the_order_in_which_they_were_registered():
    assert [one.idstr for one in HERE.entries][:3] == ["timer", "ram", "dma"]


def test_a_section_with_a_path_has_an_older_name():
    chip = entry("0000:00:01.0/chip")
    assert (chip.old_name, chip.old_instance_id) == ("chip", 0)
    assert chip.is_called("chip", 0)
    assert chip.is_called("chip", NO_ALIAS)
    assert not chip.is_called("chip", 1)


def test_a_section_without_a_path_has_no_older_name():
    dma = entry("dma", 1)
    assert dma.old_name == ""
    assert dma.is_called("dma", 1)
    assert not dma.is_called("dma", 0)
    assert not dma.is_called("", 0)


def test_older_instances_are_counted_by_name():
    body = small.described("chip", 1, small.field("x", "uint8", 1))
    devices = tuple((f"0000:00:0{slot}.0/chip", 0, body, b"x") for slot in (1, 2))
    here = destination_of(small.written(small.events(devices)))
    assert [one.old_instance_id for one in here.entries if one.old_name] == [0, 1]


def test_an_isa_device_is_found_by_its_port():
    body = small.described("i8254", 1, small.field("x", "uint8", 1))
    here = destination_of(small.written(small.events((("i8254", 0, body, b"x"),))))
    pit = here.entries[0]
    assert pit.is_called("i8254", 0x40)
    assert not pit.is_called("i8254", NO_ALIAS)


def test_a_stream_without_a_configuration_names_no_machine():
    events = [one for one in small.events() if not isinstance(one, Configuration)]
    assert refused(events) == (
        "stream at offset 0x8: its own stream has no configuration, which names the machine"
    )


def test_a_stream_that_describes_another_is_no_destination():
    events = small.events()
    assert refused([one for one in events if not isinstance(one, Section)]) == (
        "stream: its vmdesc has 6 sections, not 0"
    )
    (*_, last) = (one for one in events if isinstance(one, Section))
    assert "more sections than the 6 described" in refused([*events[:-2], last, *events[-2:]])


def test_a_section_in_parts_that_is_not_guest_memory_is_not_known():
    begin = SectionBegin(Kind.START, 3, "dirty-bitmap", 0, 1)
    events = small.events()
    assert "strict mode knows no such" in refused(
        [*events[:2], begin, Content(b"\1"), SectionEnd(3), *events[2:]]
    )
