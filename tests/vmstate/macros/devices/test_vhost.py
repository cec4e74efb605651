"""Regions of requests: how long one is comes before it, in the description around it."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip, header
from vmstate import StreamError
from vmstate.macros.devices.vhost import VMSTATE_VHOST_INFLIGHT_REGION

DESCRIPTION = chip(VMSTATE_VHOST_INFLIGHT_REGION("inflight"))


def region(addr=b"", size=0, queue_size=0):
    return State(inflight=State(addr=bytearray(addr), size=size, queue_size=queue_size))


def test_a_region_follows_its_size_as_a_subsection(engine):
    data = engine.save(DESCRIPTION, region(b"abcd", 4, 128)).data
    head = header("vhost-inflight-region/buffer")
    assert data == (4).to_bytes(8) + (128).to_bytes(2) + head + b"abcd"
    loaded = engine.load(DESCRIPTION, region(bytes(4)), data)
    assert loaded == region(b"abcd", 4, 128)


def test_a_region_that_the_destination_has_no_room_for_is_refused(engine):
    data = engine.save(DESCRIPTION, region(b"abcd", 4)).data
    with pytest.raises(StreamError) as error:
        engine.load(DESCRIPTION, region(bytes(3)), data)
    assert error.value.path == "vhost-inflight-region/buffer/addr"
