"""Channel devices, and pointers to indicators, which travel as length and address."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip, header
from vmstate import StreamError
from vmstate.blank import blank
from vmstate.macros.devices.s390x import (
    VMSTATE_CCW_DEVICE,
    VMSTATE_PTR_TO_IND_ADDR,
    vmstate_subch_dev,
)

DEVICE = chip(VMSTATE_PTR_TO_IND_ADDR("indicators"), version_id=1)


def device(length, address):
    return State(indicators=State(len=length, addr=address))


def test_a_pointer_is_sent_as_length_and_address(engine):
    data = engine.save(DEVICE, device(8, 0x1000)).data
    assert data == (8).to_bytes(4) + (0x1000).to_bytes(8)
    assert engine.load(DEVICE, device(0, 0), data, 1) == device(8, 0x1000)


def test_a_null_pointer_has_no_address(engine):
    data = engine.save(DEVICE, device(0, 0x1000)).data
    assert data == bytes(12)
    assert engine.load(DEVICE, device(8, 0x1000), data, 1) == device(0, 0)


def test_an_address_without_a_length_is_no_indicator(engine):
    data = bytes(4) + (0x1000).to_bytes(8)
    assert engine.load(DEVICE, device(8, 0x2000), data, 1) == device(0, 0)


def test_a_channel_device_is_its_subchannel(engine):
    description = chip(VMSTATE_CCW_DEVICE("ccw"), version_id=1)
    state = blank(description)
    state.ccw.sch.devno, state.ccw.sch.orb.cpa = 0xABCD, 0x12345678
    data = engine.save(description, state).data
    # Numbers; flag; status; sense data; program; command; flag; identity; two flags.
    size = 1 + 1 + 2 + 2 + 1 + (28 + 12 + 8 + 4) + 32 + 8 + 8 + 1 + (8 + 62 * 4) + 1 + 1
    head = header("s390_subch_dev/orb", 1)
    assert data[size : size + len(head)] == head
    assert len(data) == size + len(head) + 12
    assert data[4:6] == b"\xab\xcd"
    assert data[-4:] == b"\x12\x34\x56\x78"


def test_another_device_number_is_refused(engine):
    state, other = blank(vmstate_subch_dev), blank(vmstate_subch_dev)
    other.devno = 1
    data = engine.save(vmstate_subch_dev, state).data
    with pytest.raises(StreamError) as error:
        engine.load(vmstate_subch_dev, other, data, 1)
    assert (error.value.path, error.value.offset) == ("s390_subch_dev/devno", 4)
