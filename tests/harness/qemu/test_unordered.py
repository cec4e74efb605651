"""What is sent in an order that means nothing is put into one that it always has."""

import struct
from dataclasses import replace

import pytest

from harness.fields import LeafField
from harness.qemu.unordered import in_order


def resource(number, *pieces, width=1, height=2, fill=0x11):
    head = struct.pack(">5I", number, width, height, 1, len(pieces))
    memory = b"".join(struct.pack(">QI", *piece) for piece in pieces)
    return head + memory + bytes([fill]) * (4 * width * height)


FIRST, SECOND = resource(1, fill=0x22), resource(2, (0x1000, 4), (0x2000, 8), width=3)
END, SCANOUTS = bytes(4), b"\x00\x00\x00\x01scanout"


def blob(data, path="virtio-gpu"):
    return LeafField("0000:00:02.0/virtio-gpu", 0, path, "buffer", 7, data)


def test_a_gpus_resources_come_by_number_however_they_were_sent():
    expected = blob(FIRST + SECOND + END + SCANOUTS)
    for sent in (FIRST + SECOND, SECOND + FIRST):
        assert in_order([blob(sent + END + SCANOUTS)]) == (expected,)


def test_what_a_resource_holds_and_what_follows_stay_as_they_are():
    fields = in_order([blob(SECOND + FIRST + END + SCANOUTS)])
    assert fields != in_order([blob(SECOND + resource(1, fill=0x23) + END + SCANOUTS)])
    assert fields != in_order([blob(SECOND + FIRST + END + SCANOUTS[:-1])])


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00\x00", SECOND + FIRST, SECOND + FIRST[:-1], SECOND + FIRST + SECOND + END],
    ids=["nothing", "too short", "no end", "cut off", "twice"],
)
def test_what_is_no_such_list_is_left_alone(data):
    assert in_order([blob(data)]) == (blob(data),)


def test_other_fields_are_left_alone():
    fields = (blob(SECOND + FIRST + END, "virtio"), replace(blob(b"\x01"), path="enable"))
    assert in_order(fields) == fields
