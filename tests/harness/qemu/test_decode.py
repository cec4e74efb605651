"""Decoding: sections and their self-description become fields."""

import json

import pytest

from harness.fields import LeafField
from harness.qemu.decode import device_state
from harness.qemu.layout import Layouts
from vmstate.errors import StreamError
from vmstate.stream import read_stream


def stream():
    fields = [{"name": "mask", "type": "uint8", "size": 1}]
    fields.append({"name": "now", "type": "int32", "size": 4, "array_len": 2})
    sections, devices = b"", []
    for instance in range(2):
        head = b"\x04" + bytes(3) + bytes([instance]) + b"\x03dma"
        body = bytes([instance]) + b"\x00\x00\x00\x01\x00\x00\x00\x02"
        sections += head + instance.to_bytes(4) + b"\x00\x00\x00\x01" + body
        sections += b"\x7e" + instance.to_bytes(4)
        entry = {"name": "dma", "instance_id": instance, "vmsd_name": "dma", "version": 1}
        devices.append({**entry, "fields": fields})
    text = json.dumps({"page_size": 4096, "devices": devices}).encode()
    return b"QEVM\x00\x00\x00\x03" + sections + b"\x00\x06" + len(text).to_bytes(4) + text


def test_every_leaf_is_named_by_section_instance_and_path():
    fields = device_state(stream()).fields
    assert fields[:3] == (
        LeafField("dma", 0, "mask", "uint8", 0, b"\x00"),
        LeafField("dma", 0, "now[0]", "int32", 1, b"\x00\x00\x00\x01"),
        LeafField("dma", 0, "now[1]", "int32", 5, b"\x00\x00\x00\x02"),
    )
    assert fields[3] == LeafField("dma", 1, "mask", "uint8", 0, b"\x01")
    assert len(fields) == 6


def test_what_is_sent_in_no_order_is_put_into_one():
    numbers = [bytes([0, 0, 0, number]) + bytes(16) for number in (2, 1)]
    sent = b"".join(numbers) + bytes(4)
    field = {"name": "virtio-gpu", "type": "buffer", "size": len(sent)}
    entry = {"name": "gpu", "instance_id": 0, "vmsd_name": "gpu", "version": 1, "fields": [field]}
    section = b"\x04" + bytes(4) + b"\x03gpu" + bytes(4) + b"\x00\x00\x00\x01" + sent
    text = json.dumps({"page_size": 4096, "devices": [entry]}).encode()
    state = b"QEVM\x00\x00\x00\x03" + section + b"\x7e" + bytes(4) + b"\x00"
    stream = state + b"\x06" + len(text).to_bytes(4) + text
    expected = numbers[1] + numbers[0] + bytes(4)
    layouts = Layouts()
    layouts.learn(read_stream(stream))
    for decoded in (device_state(stream), layouts.decode(state)):
        assert [field.data for field in decoded.fields] == [expected]


def test_what_is_no_stream_is_refused():
    with pytest.raises(StreamError, match="expected b'QEVM'"):
        device_state(b"nothing of the kind")
