"""USB redirection: blobs and queues whose lengths the stream says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.usbredir import (
    USBREDIR_EP_BUFPQ,
    USBREDIR_EP_PACKET_ID_Q,
    USBREDIR_PARSER,
    BufferedPacket,
)

PACKETS = st.lists(st.builds(BufferedPacket, st.integers(0, 0xFFFFFFFF), st.binary()))
IDS = st.lists(st.integers(0, (1 << 64) - 1))


@given(st.binary(min_size=1), st.binary())
def test_any_parser_takes_the_place_of_what_was_there(sent, here):
    assert loaded(USBREDIR_PARSER, saved(USBREDIR_PARSER, sent), here) == sent


@pytest.mark.parametrize("nothing", [None, b""])
def test_no_parser_leaves_what_was_there(nothing):
    assert saved(USBREDIR_PARSER, nothing) == bytes(4)
    assert loaded(USBREDIR_PARSER, bytes(4), b"here") == b"here"


@given(PACKETS, PACKETS)
def test_packets_come_behind_those_that_are_there(sent, here):
    queue = list(here)
    assert loaded(USBREDIR_EP_BUFPQ, saved(USBREDIR_EP_BUFPQ, sent), queue) is queue
    assert queue == here + sent


@given(IDS)
def test_any_ids_come_back_into_the_empty_queue(sent):
    queue = []
    assert loaded(USBREDIR_EP_PACKET_ID_Q, saved(USBREDIR_EP_PACKET_ID_Q, sent), queue) is queue
    assert queue == sent


def test_a_queue_with_ids_is_no_destination():
    with pytest.raises(StreamError) as error:
        USBREDIR_EP_PACKET_ID_Q.load(reading(bytes(4)), [5], 0)
    assert str(error.value) == (
        "chip/field at offset 0x0: can't load into [5]: the queue must be empty before it is loaded"
    )


@pytest.mark.parametrize(
    ("codec", "value", "message"),
    [
        (USBREDIR_PARSER, "ab", ": can't save 'ab': not bytes"),
        (USBREDIR_EP_BUFPQ, None, ": can't save None: not a list"),
        (USBREDIR_EP_BUFPQ, [5], "[0]: can't save 5: not a packet with status and data"),
        (
            USBREDIR_EP_BUFPQ,
            [SimpleNamespace(data=b"")],
            "[0]: can't save namespace(data=b''): not a packet with status and data",
        ),
        (
            USBREDIR_EP_BUFPQ,
            [BufferedPacket(), BufferedPacket(-1)],
            "[1]: can't save -1: not an unsigned integer of 32 bits",
        ),
        (USBREDIR_EP_PACKET_ID_Q, None, ": can't save None: not a list"),
        (
            USBREDIR_EP_PACKET_ID_Q,
            [0, "a"],
            "[1]: can't save 'a': not an unsigned integer of 64 bits",
        ),
    ],
)
def test_what_can_not_be_saved_is_named(codec, value, message):
    with pytest.raises(EncodeError) as error:
        saved(codec, value)
    assert str(error.value) == f"chip/field{message}"


@pytest.mark.parametrize("codec", [USBREDIR_EP_BUFPQ, USBREDIR_EP_PACKET_ID_Q])
def test_a_queue_needs_a_list_to_go_into(codec):
    with pytest.raises(StreamError, match="can't load into None: not a list"):
        codec.load(reading(bytes(4)), None, 0)


@pytest.mark.parametrize(
    ("codec", "data", "path"),
    [
        (USBREDIR_PARSER, "ffffffff 61", "chip/field"),
        (USBREDIR_EP_PACKET_ID_Q, "ffffffff 0000000000000001", "chip/field"),
        (USBREDIR_EP_BUFPQ, "ffffffff 00000001 00000000 61", "chip/field[1]"),
        (USBREDIR_EP_BUFPQ, "00000001 ffffffff 00000000 61", "chip/field[0]"),
    ],
)
def test_a_length_that_lies_is_refused_where_the_bytes_end(codec, data, path):
    with pytest.raises(TruncatedStreamError) as error:
        codec.load(reading(data), [], 0)
    assert error.value.path == path
