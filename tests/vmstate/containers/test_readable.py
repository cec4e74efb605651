"""The JSON container: what people and other readers see, and what is refused."""

import json

import pytest

from tests.support.stream_events import SHORT
from vmstate.containers.readable import detect, dump, load
from vmstate.errors import EncodeError, StreamError
from vmstate.stream import Eof, Header, RamWord, Section, VmdescText, write_events

TEXT = b"".join(dump(SHORT)).decode()
HEAD = '{"format": "vmstate-stream", "version": 1, "events": ['


def loaded(text):
    return list(load([text.encode()]))


def refused(text):
    with pytest.raises(StreamError) as caught:
        loaded(text)
    return str(caught.value)


def test_a_file_is_one_json_object():
    whole = json.loads(TEXT)
    assert list(whole) == ["format", "version", "events"]
    assert len(whole["events"]) == len(SHORT)
    assert whole["events"][0] == {"header": {"version": 3}}


def test_a_value_of_a_device_is_on_a_line_of_its_own():
    lines = TEXT.splitlines()
    at = next(number for number, line in enumerate(lines) if '"idstr": "chip"' in line)
    head = '"section_id": 3, "idstr": "chip", "instance_id": 0, "version_id": 2'
    level = '"name": "level", "type": "uint16", "size": 2, "is_signed": false, "value": 2'
    assert lines[at : at + 4] == [
        f' {{"section": {{{head}, "has_footer": true, "items": [',
        '  {"boolean": {"name": "is_on", "type": "bool", "value": true}},',
        f'  {{"integer": {{{level}}}}}',
        " ]}},",
    ]


def test_zero_pages_are_a_range_and_bytes_are_hexadecimal():
    assert '{"ram_zeros": {"block": "pc.ram", "is_named": true, "address": 0, "step": 0' in TEXT
    assert '"payload": "70696e67"' in TEXT
    assert f'"data": "{"70616765" * 256}"' in TEXT


def test_white_space_means_nothing():
    for indent in (None, 3):
        events = loaded(json.dumps(json.loads(TEXT), indent=indent) + "\n\n")
        assert b"".join(write_events(events)) == b"".join(write_events(SHORT))


def test_an_edited_value_is_loaded():
    assert loaded(TEXT.replace('"value": 2}', '"value": 513}'))[13].body == b"\1\2\1"


def test_a_vmdesc_is_text_where_it_is_some():
    assert '{"vmdesc": {"text": "{\\"page_size\\": 1024' in TEXT
    odd = VmdescText(b"\xff")
    text = b"".join(dump([odd])).decode()
    assert '{"vmdesc": {"text_bytes": "ff"}}' in text
    assert loaded(text) == [odd]


def test_an_empty_file_has_no_events():
    assert loaded(HEAD + "]}") == []
    assert loaded(f" \n{HEAD}\n ] }}\n") == []
    assert detect(b"\n {")
    assert not detect(b"[")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"events": []}',
            f"stream at offset 0x0: starts with '{{\"events\": []}}', expected {HEAD} in this",
        ),
        (HEAD.replace("1", "2"), "version: version 2 of the format, expected 1"),
        (
            HEAD + '{"eof": {}} {"eof": {}}]}',
            "stream at offset 0x42: '{' behind an event, expected ',' or ']'",
        ),
        (HEAD + '{"eof": {}}', "stream at offset 0x41: '' behind an event, expected ',' or ']'"),
        (
            HEAD + "]} x",
            "stream at offset 0x36: text behind the events, expected ']}' and no more",
        ),
        (HEAD + '{"eof": {"x": 1}}]}', "events[0].eof at offset 0x47: unknown: x"),
        (
            HEAD + '{"header": {"version": -1}}]}',
            "events[0].header.version at offset 0x51: -1 is no unsigned integer of 4 bytes",
        ),
        (
            HEAD + '{"odd": {}}]}',
            "events[0] at offset 0x41: 'odd' is no event, expected one of header",
        ),
        (HEAD + "{}]}", "events[0] at offset 0x38: expected an object with one key"),
        (HEAD + '{"eof": 1}]}', "events[0] at offset 0x40: expected an object with one key"),
        (HEAD + '{"eof"}]}', "events[0] at offset 0x36: no JSON: Expecting ':' delimiter"),
        (HEAD + "[" * 99999, "events[0] at offset 0x36: no JSON: nested too deep"),
        (HEAD + "1" * 5000, "events[0] at offset 0x36: no JSON: Exceeds the limit"),
    ],
)
def test_what_is_no_stream_is_refused_with_its_place(text, message):
    assert refused(text).startswith(message)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(StreamError, match="no UTF-8: invalid start byte"):
        list(load([HEAD.encode(), b"\xff"]))


def test_the_events_before_a_mistake_are_there():
    events = load([(HEAD + '{"header": {"version": 3}}, oops]}').encode()])
    assert next(events) == Header(3)
    with pytest.raises(StreamError, match=r"events\[1\] at offset 0x52: no JSON: Expecting value"):
        next(events)


def test_an_event_with_a_number_too_large_is_not_written():
    with pytest.raises(EncodeError) as caught:
        list(dump([RamWord(1 << 16)]))
    assert caught.value.why == "65536 is no unsigned integer of 2 bytes"


def test_names_of_any_characters_come_back():
    section = Section(1, '\0"\\\xff', 0, 0, b"x")
    assert loaded(b"".join(dump([section, Eof()])).decode()) == [section, Eof()]
