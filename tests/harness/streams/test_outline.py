"""The outline: sections with what the vmdesc says of them."""

from __future__ import annotations

from harness.streams.outline import outline_of
from tests.support.small_streams import dma, events, stream, timer
from vmstate.editing import Key
from vmstate.errors import StreamError
from vmstate.stream import VmdescText, read_events


def test_an_outline_has_all_but_memory():
    outline = outline_of("x", events())
    assert (outline.name, outline.machine) == ("x", "pc-test")
    assert [section.idstr for section in outline.sections] == [
        *("timer", "dma", "dma", "pci/pit", "kbd"),
    ]
    assert [command.number for command in outline.commands] == [11]
    assert list(outline.memory.blocks) == ["pc.ram"]
    assert outline.error is None


def test_sections_are_decoded_in_stream_order():
    decoded = outline_of("x", events()).decoded()
    assert [(one.idstr, one.instance_id) for one in decoded][:3] == [
        *(("timer", 0), ("dma", 0), ("dma", 1)),
    ]
    assert {field.path: field.value for field in decoded[0].fields} == {
        "ticks": 7,
        "flag": False,
        "data": b"\x01\x02\x03\x04",
    }


def test_only_sections_that_are_wanted_are_decoded():
    [only] = outline_of("x", events()).decoded(lambda key: key == Key("dma", 1))
    assert (only.idstr, only.instance_id) == ("dma", 1)


def test_a_section_that_comes_twice_is_described_twice():
    made = [dma(0, 5), timer(), dma(0, 6)]
    decoded = outline_of("x", events(made)).decoded()
    assert [one.fields[0].value for one in decoded] == [5, 7, 6]


def test_sections_are_bytes_where_nothing_describes_them():
    for made in (events(described=False), [*events(described=False), VmdescText(b"nonsense")]):
        [field] = outline_of("x", made).decoded()[0].fields
        assert (field.path, field.value, field.is_decoded) == ("?", timer()[0].body, False)


def test_an_empty_section_that_nothing_describes_has_no_fields():
    section, entry = timer()
    empty = type(section)(0, "timer", 0, 1, b"")
    [decoded] = outline_of("x", events([(empty, entry)], described=False)).decoded()
    assert decoded.fields == ()


def cut():
    """Return a stream that ends within its second section."""
    data = stream(ram=False)
    return data[: data.index(b"dma") + 5]


def test_an_error_is_part_of_what_was_read_before_it():
    outline = outline_of("x", read_events([cut()]))
    assert isinstance(outline.error, StreamError)
    assert [section.idstr for section in outline.sections] == ["timer"]


def test_a_vmdesc_that_is_known_first_describes_what_was_read_before_an_error():
    text = events(ram=False)[-1].text
    outline = outline_of("x", read_events([cut()]), text=text)
    assert outline.decoded()[0].fields[0].path == "ticks"


def test_a_stream_without_configuration_has_no_machine():
    assert outline_of("x", []).machine == ""
