"""Requests of a virtio block device."""

from __future__ import annotations

import pytest

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.virtio_block import BlockRequest, BlockRequests
from vmstate.info.devices.virtqueue_element import SIZE, Element

ONE, THREE = BlockRequests(), BlockRequests(queues=3)


def request(index, queue=0):
    return BlockRequest(Element(index, [(0x1000, 512)], [(0x2000, 16)]), queue)


def test_no_requests_are_a_zero():
    assert saved(ONE, []) == b"\0"
    assert loaded(ONE, b"\0", []) == []


@pytest.mark.parametrize(
    ("codec", "requests"),
    [
        (ONE, [request(1), request(2)]),
        (BlockRequests(queues=2), [request(1, 1)]),
        (THREE, [request(1, 2), request(2, 0)]),
        (BlockRequests(is_packed=True), [BlockRequest(Element(ndescs=5))]),
    ],
)
def test_requests_come_back_in_order_behind_those_that_are_there(codec, requests):
    here = [request(9)]
    assert loaded(codec, saved(codec, requests), here) is here
    assert here == [request(9), *requests]


def test_the_queue_is_sent_where_there_are_several():
    assert len(saved(ONE, [request(1)])) == 1 + SIZE + 1
    data = saved(THREE, [request(1, 2)])
    assert data[:5] == b"\1\0\0\0\2"
    assert len(data) == 1 + 4 + SIZE + 1


def test_any_byte_but_zero_announces_a_request():
    data = saved(ONE, [request(1)])
    assert loaded(ONE, b"\xff" + data[1:], []) == [request(1)]


def test_a_queue_that_there_is_not_is_refused():
    with pytest.raises(StreamError) as error:
        THREE.load(reading("01 00000003"), [], 0)
    assert str(error.value) == ("chip/field[0] at offset 0x1: queue 3 was sent: expected 0 to 2")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, ": can't save None: not a list"),
        ([5], "[0]: can't save 5: not a BlockRequest"),
        ([request(1, -1)], "[0].queue: can't save -1: not an unsigned integer of 32 bits"),
        ([BlockRequest(None)], "[0]: can't save None: not an Element"),
    ],
)
def test_what_can_not_be_saved_is_named(value, message):
    with pytest.raises(EncodeError) as error:
        saved(THREE, value)
    assert str(error.value) == f"chip/field{message}"


def test_requests_need_a_list_to_go_into():
    with pytest.raises(StreamError, match="can't load into None: not a list"):
        ONE.load(reading(b"\0"), None, 0)


def test_bytes_that_end_early_are_refused():
    with pytest.raises(TruncatedStreamError):
        ONE.load(reading(saved(ONE, [request(1)])[:-1]), [], 0)


def test_it_is_no_codec_of_a_field():
    assert ONE.name == "virtio-blk requests"
