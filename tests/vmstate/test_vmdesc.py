"""The self-description: reading its JSON."""

from __future__ import annotations

import json

import pytest

from tests.support.sent_devices import device, field, header, parse, sub
from vmstate.errors import StreamError
from vmstate.vmdesc import parse_vmdesc

GOOD = {"page_size": 4096, "devices": []}
DEVICE = {"name": "d", "instance_id": 0, "vmsd_name": "d", "version": 1, "fields": []}


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ([], "vmdesc: expected a JSON object"),
        ({}, "vmdesc: 'page_size' is None, expected a number"),
        ({**GOOD, "page_size": True}, "vmdesc: 'page_size' is True, expected a number"),
        ({**GOOD, "page_size": 3000}, "vmdesc: page_size is 3000, expected a power of two"),
        ({**GOOD, "page_size": 128}, "vmdesc: page_size is 128, expected a power of two from 256"),
        ({"page_size": 4096}, "vmdesc: 'devices' is None, expected a list"),
        ({**GOOD, "devices": [7]}, "vmdesc.devices[0]: it is 7, expected an object"),
        ({**GOOD, "devices": [{}]}, "vmdesc.devices[0]: 'name' is None, expected a string"),
        (
            {**GOOD, "devices": [{**DEVICE, "instance_id": -1}]},
            "vmdesc.devices[0]: 'instance_id' is -1, expected a number",
        ),
        (
            {**GOOD, "devices": [{**DEVICE, "fields": [{"name": "a", "type": "b"}]}]},
            "vmdesc.devices[0].fields[0]: 'size' is None, expected a number",
        ),
        (
            {**GOOD, "devices": [DEVICE, {**DEVICE, "subsections": [{"fields": []}]}]},
            "vmdesc.devices[1].subsections[0]: 'vmsd_name' is None, expected a string",
        ),
        (
            {
                **GOOD,
                "devices": [
                    {**DEVICE, "fields": [field("a", 1, struct={"vmsd_name": "x", "version": 1})]}
                ],
            },
            "vmdesc.devices[0].fields[0].struct: 'fields' is None, expected a list",
        ),
    ],
)
def test_a_broken_vmdesc_says_where_it_is_broken(root, message):
    with pytest.raises(StreamError) as caught:
        parse_vmdesc(json.dumps(root).encode())
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(StreamError, match="vmdesc: it is not JSON"):
        parse_vmdesc(text)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (sub("dev", [], version=1 << 32), "'version' is 4294967296, expected at most 32 bits"),
        (sub("d" * 256, []), "expected a text of at most 255 bytes"),
        (sub("\ud800", []), "'vmsd_name' is '\\ud800', expected a text"),
    ],
)
def test_what_no_header_of_a_subsection_can_hold_is_refused(described, message):
    with pytest.raises(StreamError) as caught:
        device(subsections=[described])
    assert caught.value.path == "vmdesc.devices[0].subsections[0]"
    assert message in caught.value.why


@pytest.mark.parametrize("levels", [63, 64, 300])
def test_descriptions_are_in_each_other_to_a_sane_depth_only(levels):
    inner = sub("dev", [])
    for _ in range(levels):
        inner = sub("dev", [], version=1) | {"subsections": [inner]}
    entry = {"name": "dev", "instance_id": 0, **inner}
    if levels < 64:
        assert parse(entry).wire_size() == levels * len(header("dev"))
        return
    with pytest.raises(StreamError, match="vmdesc: more than 64 descriptions in each other"):
        parse(entry)
