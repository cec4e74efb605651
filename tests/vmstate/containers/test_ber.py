"""The BER container: what any ASN.1 tool reads by the schema, and what is refused."""

import re
from importlib.resources import files

import asn1tools
import pytest

from tests.support.stream_events import SHORT
from vmstate.containers.ber import SCHEMA, detect, dump, load
from vmstate.containers.forms import FORMS
from vmstate.containers.packed import TAGS
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import Eof, RamWord, Section, Tail

TEXT = files("vmstate.containers").joinpath(SCHEMA).read_text("utf-8")
BEGIN, *EVENTS, END = list(dump(SHORT))
EMPTY = b"".join(dump([]))


@pytest.fixture(scope="module")
def der():
    return asn1tools.compile_string(TEXT, "der")


def refused(data):
    with pytest.raises(StreamError) as caught:
        list(load([data]))
    return str(caught.value)


def test_a_whole_file_is_a_stream_by_the_schema():
    schema = asn1tools.compile_string(TEXT, "ber")
    stream = schema.decode("Stream", b"".join(dump(SHORT)))
    assert (stream["format"], stream["version"]) == ("vmstate-stream", 1)
    tags = [tag for tag, _ in stream["events"]]
    assert len(tags) == len(SHORT)
    assert stream["events"][0] == ("header", {"version": 3})
    section = next(values for tag, values in stream["events"] if tag == "section")
    assert section["items"][0] == ("boolean", {"name": "is_on", "type": "bool", "value": True})


def test_every_event_is_der(der):
    for data in EVENTS:
        assert der.encode("Event", der.decode("Event", data)) == data


def test_the_schema_has_every_event_in_the_order_of_the_forms():
    block = TEXT[TEXT.index("Event ::=") : TEXT.index("ConfigurationPart ::=")]
    found = re.findall(r"^    ([a-z-]+) +SEQUENCE \{", block, re.MULTILINE)
    assert [tag.replace("-", "_") for tag in found] == list(FORMS)


def test_the_schema_has_every_record():
    found = re.findall(r"([a-z-]+) +SEQUENCE \{", TEXT)
    assert sorted(tag.replace("-", "_") for tag in found) == sorted(TAGS)


def test_an_empty_file_has_its_head_and_its_end():
    assert b"\x30\x80\x80\x0evmstate-stream\x81\x01\x01\xa2\x80" + bytes(4) == EMPTY
    assert detect(EMPTY[:18])
    assert list(load([EMPTY])) == []


def test_another_head_or_version_or_end_is_refused():
    assert refused(b"QEVM") == (
        "stream at offset 0x0: 51 45 56 4d, expected "
        "30 80 80 0e 76 6d 73 74 61 74 65 2d 73 74 72 65 61 6d"
    )
    assert refused(EMPTY.replace(b"\x81\x01\x01", b"\x81\x01\x02")) == (
        "version: version 2 of the schema, expected 1"
    )
    assert refused(EMPTY + b"more") == "stream at offset 0x1b: bytes behind the end, expected none"
    assert refused(EMPTY[:-1]) == "stream at offset 0x17: 00 00 00, expected 00 00 00 00"


def test_what_is_no_event_is_told_with_its_number():
    def said(data):
        return refused(BEGIN + EVENTS[0] + data + END).replace("[1]: ", "[1]:")

    place = f"events[1] at offset {len(BEGIN + EVENTS[0]):#x}"
    assert said(b"\xbf\x00").startswith(f"{place}: no event by the schema: ")
    assert "needs 127 bytes, 4 are left" in said(b"\xa0\x7f")
    assert "a length of 0 bytes, expected 1 to 8" in said(b"\xa0\x80")
    assert "a length of 9 bytes, expected 1 to 8" in said(b"\xa0\x89" + bytes(9))
    # A length inside that is not true.
    assert "no event by the schema" in said(b"\xa0\x03\x80\x80\x03")


def test_a_value_that_its_size_has_no_place_for_is_told_with_its_path():
    schema = asn1tools.compile_string(TEXT, "ber")
    data = bytes(schema.encode("Event", ("ram-word", {"flag": 0x10000, "address": 0})))
    assert refused(BEGIN + data + END) == (
        "events[0].ram_word.flag at offset 0x17: 65536 is no unsigned integer of 2 bytes"
    )


def test_an_event_with_a_number_too_large_is_not_written():
    with pytest.raises(EncodeError) as caught:
        list(dump([RamWord(1 << 16)]))
    assert caught.value.path == "flag"
    assert caught.value.why == "65536 is no unsigned integer of 2 bytes"


def test_long_lengths_have_as_many_bytes_as_they_need():
    events = [Tail(b"x" * size) for size in (100, 200, 70_000)] + [Eof()]
    assert list(load([b"".join(dump(events))])) == events


def test_what_is_no_octet_string_is_refused():
    from vmstate.containers.ber import _Notation

    with pytest.raises(TypeError, match="no bytes"):
        _Notation().to_bytes("text")
    with pytest.raises(StreamError, match="stream: 5, expected a record"):
        _Notation().untagged(5)


def test_a_section_without_items_is_an_empty_one():
    section = Section(1, "x", 0, 0, b"")
    assert list(load([b"".join(dump([section]))])) == [section]
