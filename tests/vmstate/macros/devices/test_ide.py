"""IDE buses and drives: what is sent only while something is going on."""

from __future__ import annotations

import pytest

from tests.support.chips import State, chip, header
from vmstate.blank import blank
from vmstate.macros.devices.ide import (
    VMSTATE_IDE_BUS,
    VMSTATE_IDE_BUS_ARRAY,
    VMSTATE_IDE_DRIVE,
    VMSTATE_IDE_DRIVES,
    vmstate_ide_bus,
    vmstate_ide_drive,
)

DATA_REQUEST = 0x08


def drive(**values):
    state = blank(vmstate_ide_drive)
    state.io_buffer_total_len, state.io_buffer = 4, [1, 2, 3, 4]
    vars(state).update(values)
    return state


def test_an_idle_drive_is_28_bytes(engine):
    saved = engine.save(vmstate_ide_drive, drive(status=0x50))
    assert len(saved.data) == 28
    assert saved.spans[-1].path == "cdrom_changed"


def test_what_a_drive_tells_of_itself_is_sent_once_it_was_asked(engine):
    saved = engine.save(vmstate_ide_drive, drive(identify_set=1, identify_data=bytearray(512)))
    assert len(saved.data) == 540


def test_a_drive_of_version_2_can_not_say_that_its_medium_changed(engine):
    saved = engine.save(vmstate_ide_drive, drive(cdrom_changed=1), version_id=2)
    loaded = engine.load(vmstate_ide_drive, drive(cdrom_changed=5), saved.data, 2)
    assert (len(saved.data), loaded.cdrom_changed) == (27, 5)


@pytest.mark.parametrize(
    ("values", "is_sent"),
    [
        ({"status": DATA_REQUEST}, True),
        ({"status": 0xFF & ~DATA_REQUEST}, False),
        ({"bus": State(error_status=0x10)}, True),
        ({"bus": State(error_status=0xE8)}, False),
        ({"bus": None}, False),
    ],
)
def test_a_transfer_is_sent_while_data_is_wanted_or_must_be_repeated(engine, values, is_sent):
    data = engine.save(vmstate_ide_drive, drive(**values)).data
    head = header("ide_drive/pio_state", 1)
    assert (head in data) is is_sent
    if is_sent:
        # Sectors; the buffer; its offset and length; the function; two sizes.
        assert data[28:] == head + bytes(4) + bytes([1, 2, 3, 4]) + bytes(4 + 4 + 1 + 4 + 4)


@pytest.mark.parametrize("values", [{"tray_open": True}, {"tray_locked": True}])
def test_a_tray_is_sent_unless_it_is_closed_and_free(engine, values):
    data = engine.save(vmstate_ide_drive, drive(**values)).data
    tail = bytes([values.get("tray_open", False), values.get("tray_locked", False)])
    assert data[28:] == header("ide_drive/tray_state", 1) + tail


@pytest.mark.parametrize(("new", "eject"), [(True, False), (False, True), (True, True)])
def test_events_of_the_medium_are_sent_while_they_wait(engine, new, eject):
    events = State(new_media=new, eject_request=eject)
    data = engine.save(vmstate_ide_drive, drive(events=events)).data
    assert data[28:] == header("ide_drive/atapi/gesn_state", 1) + bytes([new, eject])


def test_a_drive_comes_back_with_all_that_it_sent(engine):
    state = drive(status=DATA_REQUEST, tray_open=True, events=State(new_media=1, eject_request=0))
    data = engine.save(vmstate_ide_drive, state).data
    loaded = engine.load(vmstate_ide_drive, drive(io_buffer=[0] * 4), data, 3)
    assert (loaded.io_buffer, loaded.tray_open, loaded.events.new_media) == ([1, 2, 3, 4], 1, 1)
    assert loaded.status == DATA_REQUEST


@pytest.mark.parametrize(("error", "extra"), [(0, 0), (0x20, 4 + 8 + 4 + 1)])
def test_an_error_of_a_bus_is_sent_while_there_is_one(engine, error, extra):
    state = blank(vmstate_ide_bus)
    state.error_status = error
    data = engine.save(vmstate_ide_bus, state).data
    assert len(data) == 2 + (len(header("ide_bus/error")) + extra if error else 0)


def test_the_first_version_of_an_error_has_only_its_status(engine):
    state = blank(vmstate_ide_bus)
    data = bytes(2) + header("ide_bus/error", 1) + (7).to_bytes(4)
    assert engine.load(vmstate_ide_bus, state, data, 1).error_status == 7


def test_drives_and_buses_come_in_arrays(engine):
    description = chip(
        VMSTATE_IDE_BUS("bus"),
        VMSTATE_IDE_BUS_ARRAY("buses", 3),
        VMSTATE_IDE_DRIVE("drive"),
        VMSTATE_IDE_DRIVES("drives"),
        version_id=3,
    )
    assert len(engine.save(description, blank(description)).data) == 4 * 2 + 3 * 28
