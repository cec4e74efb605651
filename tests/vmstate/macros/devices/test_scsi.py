"""SCSI devices: sense data in two parts, and requests with a codec of their own."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip, header
from vmstate.info.devices.scsi_requests import ScsiRequest, ScsiRequests
from vmstate.macros.devices.scsi import (
    VMSTATE_SCSI_DEVICE,
    scsi_device,
    vmstate_scsi_device,
)


def disk(**values):
    unit_attention = State(key=6, asc=0x29, ascq=0)
    state = State(
        unit_attention=unit_attention,
        sense_is_ua=True,
        sense=[0] * 252,
        sense_len=0,
        requests=[],
    )
    vars(state).update(values)
    return state


@pytest.mark.parametrize("length", [0, 96])
def test_short_sense_data_is_sent_with_the_device(engine, length):
    state = disk(sense=list(range(252)), sense_len=length)
    data = engine.save(vmstate_scsi_device, state).data
    assert data == b"\x06\x29\x00\x01" + bytes(range(96)) + length.to_bytes(4) + b"\x00"


def test_the_rest_of_long_sense_data_follows_behind_it(engine):
    state = disk(sense=list(range(252)), sense_len=97)
    data = engine.save(vmstate_scsi_device, state).data
    assert data[105:] == header("SCSIDevice/sense", 1) + bytes(range(96, 252))
    loaded = engine.load(vmstate_scsi_device, disk(), data, 1)
    assert loaded.sense == list(range(252))


def test_requests_stand_before_the_byte_that_ends_them(engine):
    request = ScsiRequest(cdb=bytes(range(16)), tag=1, lun=2, retry=True)
    description = chip(VMSTATE_SCSI_DEVICE("disk"))
    saved = engine.save(description, State(disk=disk(requests=[request])))
    assert saved.data[104:] == b"\x01" + bytes(range(16)) + bytes([0, 0, 0, 1, 0, 0, 0, 2, 0])
    loaded = engine.load(description, State(disk=disk()), saved.data)
    assert loaded.disk.requests == [request]


def test_a_device_may_have_requests_of_another_kind():
    codec = ScsiRequests()
    field = VMSTATE_SCSI_DEVICE("disk", vmsd=scsi_device(codec))
    assert field.vmsd.fields[-1].info is codec
    assert field.vmsd.subsections == vmstate_scsi_device.subsections
