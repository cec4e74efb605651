"""Requests of a SCSI device: markers, command blocks, and what bus and device add."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import UINT32
from vmstate.info.devices.scsi_requests import (
    SCSI_REQUESTS,
    ScsiRequest,
    ScsiRequests,
    VirtioScsiBus,
    VirtioScsiRequest,
)
from vmstate.info.devices.virtqueue_element import SIZE, Element

WORDS = st.integers(0, 0xFFFFFFFF)
REQUESTS = st.lists(
    st.builds(ScsiRequest, st.binary(min_size=16, max_size=16), WORDS, WORDS, retry=st.booleans())
)


class DiskPart:
    """What a device adds: one byte where the command is 0x2a."""

    name = "disk part"

    def load(self, reader, current, size):
        if current.cdb[0] == 0x2A:
            current.device = reader.unsigned(1)
        return current

    def save(self, writer, value, size):
        if value.cdb[0] == 0x2A:
            writer.integer(value.device, 1)


def test_no_requests_are_a_zero():
    assert saved(SCSI_REQUESTS, []) == b"\0"


@given(REQUESTS, REQUESTS)
def test_any_requests_come_behind_those_that_are_there(sent, here):
    queue = list(here)
    assert loaded(SCSI_REQUESTS, saved(SCSI_REQUESTS, sent), queue) is queue
    assert queue == here + sent


@pytest.mark.parametrize(("marker", "retry"), [(1, True), (2, False), (0xFF, False)])
def test_a_one_says_that_it_is_tried_again(marker, retry):
    data = bytes([marker]) + bytes(24) + b"\0"
    assert loaded(SCSI_REQUESTS, data, []) == [ScsiRequest(retry=retry)]


def test_one_that_is_not_tried_again_is_a_two():
    assert saved(SCSI_REQUESTS, [ScsiRequest()])[0] == 2


def test_the_bus_and_then_the_device_add_to_a_request():
    codec = ScsiRequests(bus=UINT32, device=DiskPart())
    requests = [
        ScsiRequest(b"\x2a" + bytes(15), bus=0x11, device=0x22),
        ScsiRequest(bus=0x33),
    ]
    data = saved(codec, requests)
    assert data[25:30] == bytes.fromhex("00000011 22")
    assert loaded(codec, data, []) == requests


def test_a_virtio_host_adds_the_queue_and_the_element():
    codec = ScsiRequests(bus=VirtioScsiBus())
    request = ScsiRequest(bus=VirtioScsiRequest(2, Element(5, [(1, 2)])))
    data = saved(codec, [request])
    assert len(data) == 25 + 4 + SIZE + 1
    assert data[25:29] == b"\0\0\0\2"
    assert loaded(codec, data, []) == [request]


def test_with_packed_rings_the_element_is_longer():
    bus = VirtioScsiBus(is_packed=True)
    assert len(saved(bus, VirtioScsiRequest(0, Element()))) == 4 + 4 + SIZE
    assert bus.name == "virtio-scsi request"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, ": can't save None: not a list"),
        ([5], "[0]: can't save 5: not a ScsiRequest"),
        ([ScsiRequest(b"short")], "[0].cdb: can't save b'short': not 16 bytes"),
        ([ScsiRequest(None)], "[0].cdb: can't save None: not 16 bytes"),
        ([ScsiRequest(tag=-1)], "[0].tag: can't save -1: not an unsigned integer of 32 bits"),
        ([ScsiRequest(lun="a")], "[0].lun: can't save 'a': not an unsigned integer of 32 bits"),
        ([ScsiRequest()], "[0].bus: can't save None: not a VirtioScsiRequest"),
        (
            [ScsiRequest(bus=VirtioScsiRequest(-1, Element()))],
            "[0].bus.queue: can't save -1: not an unsigned integer of 32 bits",
        ),
    ],
)
def test_what_can_not_be_saved_is_named(value, message):
    with pytest.raises(EncodeError) as error:
        saved(ScsiRequests(bus=VirtioScsiBus()), value)
    assert str(error.value) == f"chip/field{message}"


def test_requests_need_a_list_to_go_into():
    with pytest.raises(StreamError, match="can't load into None: not a list"):
        SCSI_REQUESTS.load(reading(b"\0"), None, 0)


def test_a_request_that_ends_early_is_refused_with_its_number():
    data = saved(SCSI_REQUESTS, [ScsiRequest(), ScsiRequest()])
    with pytest.raises(TruncatedStreamError) as error:
        SCSI_REQUESTS.load(reading(data[:-3]), [], 0)
    assert error.value.path == "chip/field[1]"


@pytest.mark.parametrize(("length", "path"), [(26, "[0].bus"), (29, "[0].device")])
def test_a_part_that_ends_early_is_refused_with_its_name(length, path):
    codec = ScsiRequests(bus=UINT32, device=DiskPart())
    data = saved(codec, [ScsiRequest(b"\x2a" + bytes(15), bus=1, device=2)])
    with pytest.raises(TruncatedStreamError) as error:
        codec.load(reading(data[:length]), [], 0)
    assert error.value.path == f"chip/field{path}"


def test_a_codec_with_parts_is_not_represented_by_the_constant():
    assert repr(SCSI_REQUESTS) == "SCSI_REQUESTS"
    assert repr(ScsiRequests(bus=VirtioScsiBus())) == (
        "ScsiRequests(bus=VirtioScsiBus(is_packed=False), device=None)"
    )
