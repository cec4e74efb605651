"""The packed channel: its bytes, and what is wrong with others."""

import pytest

from vmstate.containers.forms import FORMS
from vmstate.containers.packed import TAGS, PackedGet, PackedPut
from vmstate.errors import EncodeError, StreamError


def packed(*steps):
    """Return the payload of a record that *steps* put into."""
    channel = PackedPut()
    channel.begin("section")
    for name, *arguments in steps:
        getattr(channel, name)(*arguments)
    channel.end()
    assert channel.tag == "section"
    return bytes(channel.payload)


def got(payload):
    channel = PackedGet(7, payload)
    assert channel.begin(None) == "section"
    return channel


def refused(payload, step, *arguments):
    with pytest.raises(StreamError) as caught:
        getattr(got(payload), step)(*arguments)
    return str(caught.value)


def test_every_tag_has_a_number_of_its_own_and_every_event_a_tag():
    assert len(set(TAGS.values())) == len(TAGS)
    assert list(FORMS) == list(TAGS)[: len(FORMS)]
    assert [TAGS[tag] for tag in FORMS] == list(range(1, len(FORMS) + 1))


@pytest.mark.parametrize(
    ("step", "data"),
    [
        (("integer", "n", 258, 4), "00000102"),
        (("boolean", "n", True), "01"),
        (("given", "n", False), "00"),
        (("data", "n", b"abc"), "00000003 616263"),
        (("text", "n", "aé"), "00000003 61c3a9"),
        (("integers", "n", [1, 2], 2), "00000002 0001 0002"),
        (("booleans", "n", [True, False]), "00000002 01 00"),
    ],
)
def test_a_value_has_the_bytes_that_the_document_says(step, data):
    payload = packed(step)
    assert payload == bytes.fromhex(data)
    channel = got(payload)
    name, *arguments = step
    arguments[1] = None
    assert getattr(channel, name)(*arguments) == step[2]
    channel.end()


def test_a_signed_integer_keeps_its_sign():
    channel = PackedPut()
    channel.begin("section")
    assert channel.integer("n", -2, 2, is_signed=True) == -2
    assert channel.integers("n", [-1], 1, is_signed=True) == [-1]
    assert bytes(channel.payload) == b"\xff\xfe" + b"\0\0\0\1\xff"
    back = got(channel.payload)
    assert back.integer("n", None, 2, is_signed=True) == -2
    assert back.integers("n", None, 1, is_signed=True) == [-1]


def test_a_record_in_a_list_has_its_tag_and_size():
    payload = packed(
        ("begin_list", "items", 1), ("begin", "uuid"), ("data", "value", b"u"), ("end",)
    )
    assert payload == bytes.fromhex("00000001 22 00000005 00000001 75")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (("integer", "n", 256, 1), "n: can't save 256: it does not fit into 1 bytes"),
        (("integer", "n", None, 1), "n: can't save None: a channel that puts needs a value"),
        (("begin_list", "n", 1 << 32), "n: can't save 4294967296: at most 4294967295 fit"),
    ],
)
def test_what_has_no_place_is_not_put(step, message):
    with pytest.raises(EncodeError) as caught:
        packed(step)
    assert str(caught.value) == message


def test_what_is_cut_off_says_what_it_was():
    assert refused(b"\0\0", "integer", "n", None, 4) == (
        "n at offset 0x0: needs 4 bytes, 2 are left"
    )
    assert refused(b"\0\0\0\x09abc", "data", "n", None) == (
        "n at offset 0x4: needs 9 bytes, 3 are left"
    )
    assert refused(b"\x22\0\0\0\x09abc", "begin", None) == (
        "uuid at offset 0x5: needs 9 bytes, 3 are left"
    )


def test_what_is_no_value_says_what_was_expected():
    assert refused(b"\2", "boolean", "n", None) == "n at offset 0x0: 0x02, expected 0 or 1"
    assert refused(b"\0\0\0\1\xff", "text", "n", None) == "n: no UTF-8: invalid start byte"
    assert refused(b"\0\0\0\x09" + bytes(20), "begin_list", "n", None) == (
        "n at offset 0x4: 9 records, more than can follow"
    )
    assert refused(b"\x7f\0\0\0\0", "begin", None) == "stream: a record of unknown tag 0x7f"
    assert refused(b"abc", "end") == "stream at offset 0x0: 3 bytes more than the record has"


def test_a_record_does_not_reach_into_the_next_one():
    payload = b"\x22\0\0\0\1a" + b"more"
    channel = got(payload)
    channel.begin(None)
    with pytest.raises(StreamError, match="n at offset 0x5: needs 2 bytes, 1 are left"):
        channel.integer("n", None, 2)
