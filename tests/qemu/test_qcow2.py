"""A real QEMU's snapshots, read in place: they are what a migration would have sent."""

from __future__ import annotations

import os
from contextlib import closing
from functools import cache

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.session import Session
from tests.support.qcow2_images import KINDS, PACKED, Image, Shot
from vmstate.decoded import decode_stream
from vmstate.qcow2 import choose_snapshot, list_snapshots, vm_state
from vmstate.stream import Command, Tail, read_events, read_stream

pytestmark = pytest.mark.qemu

DEADLINE_S = 10.0

#: One of each form that QEMU itself writes snapshots to.
FORMS = {
    "version 2": Image(version=2, cluster_bits=9, disk_size=4096),
    "512 bytes": Image(cluster_bits=9, disk_size=4096),
    "64 KiB": Image(disk_size=3 << 20),
    "2 MiB": Image(cluster_bits=21),
    "extended": Image(cluster_bits=14, is_extended=True),
}

DEVICES = ("-device", "virtio-net-pci", "-device", "e1000", "-device", "nec-usb-xhci")


@cache
def binary():
    """Return the QEMU to run; to find it takes as long as a test."""
    return find_one().path


class Snapshots:
    """The image of a session, held open: it can be read when the process has gone."""

    def __init__(self, session):
        path = session.process.directory / "snapshots.qcow2"
        self._file = os.open(path, os.O_RDONLY)

    def read_at(self, offset, size):
        return os.pread(self._file, size, offset)

    def list(self):
        return list_snapshots(self.read_at, os.fstat(self._file).st_size)

    def stream(self, name):
        return b"".join(vm_state(self.read_at, choose_snapshot(self.list(), name)))

    def close(self):
        os.close(self._file)


@pytest.fixture
def started(monkeypatch):
    """Return what starts a machine whose snapshots go to an image of some form."""
    opened = []

    def start(image=None, machine="pc", devices=()):
        if image is not None:
            monkeypatch.setattr("harness.qemu.process.empty_qcow2", image.data)
        session = Session(Machine(binary(), machine, devices), DEADLINE_S)
        opened.append(session)
        snapshots = Snapshots(session)
        opened.append(snapshots)
        return session, snapshots

    yield start
    for each in reversed(opened):
        each.close()


def save(session, name):
    assert session.hmp(f"savevm {name}", "saving") == ""


def values(data):
    return {
        (section.idstr, section.instance_id, field.path): field.value
        for section in decode_stream(read_stream(data))
        for field in section.fields
    }


def changes(before, after):
    old, new = values(before), values(after)
    assert old.keys() == new.keys()
    return {key: (old[key], new[key]) for key in old if old[key] != new[key]}


@pytest.mark.parametrize(("machine", "devices"), [("q35", DEVICES), ("isapc", ())])
def test_a_snapshot_is_what_a_migration_sends(started, machine, devices):
    session, snapshots = started(machine=machine, devices=devices)
    save(session, "here")
    saved = snapshots.stream("here")
    assert saved == session.migration_stream("migrating")
    assert len(read_stream(saved).sections) > 5


@pytest.mark.parametrize("form", FORMS)
def test_a_snapshot_in_any_form_of_image_has_the_fields_of_a_migration(started, form):
    session, snapshots = started(FORMS[form])
    save(session, "first")
    session.exchange(["outb 0x70 0x0a"], "writing")
    save(session, "second")
    first, second = snapshots.list()
    assert (first.name, second.name) == ("first", "second")
    assert first.vm_state_offset >= first.disk_size == FORMS[form].disk_size
    saved = snapshots.stream("second")
    assert second.vm_state_size == len(saved)
    assert changes(snapshots.stream("first"), saved) == {("mc146818rtc", 0, "cmos_index"): (0, 10)}
    sent = session.migration_stream("migrating")
    assert changes(saved, sent) == {}
    # Nor does anything differ that is in no field.
    assert saved == sent


def test_a_guest_that_runs_says_so_in_its_snapshot(started):
    session, snapshots = started()
    assert session.hmp("cont", "running") == ""
    save(session, "running")
    assert session.hmp("stop", "stopping") == ""
    save(session, "stopped")
    assert snapshots.stream("stopped") == session.migration_stream("migrating")
    state = ("globalstate", 0, "runstate")
    found = [values(snapshots.stream(name))[state] for name in ("running", "stopped")]
    assert [text.rstrip(b"\0") for text in found] == [b"running", b"paused"]
    first, second = snapshots.list()
    assert 0 < first.clock_ns <= second.clock_ns


def test_a_snapshot_has_neither_commands_nor_padding(started):
    session, snapshots = started()
    save(session, "here")
    assert not [
        event
        for event in read_events([snapshots.stream("here")])
        if isinstance(event, Command | Tail)
    ]


def test_what_was_saved_again_is_the_newest_and_what_was_deleted_is_gone(started):
    session, snapshots = started()
    assert snapshots.list() == ()
    for name, index in (("a", 1), ("b", 2), ("c", 3), ("a", 4)):
        session.exchange([f"outb 0x70 {index}"], "writing")
        save(session, name)
    assert session.hmp("delvm c", "deleting") == ""
    assert [(each.id, each.name) for each in snapshots.list()] == [("2", "b"), ("4", "a")]
    index = ("mc146818rtc", 0, "cmos_index")
    assert [values(snapshots.stream(name))[index] for name in ("a", "b", "4")] == [4, 2, 4]


def test_a_name_may_be_any_text(started):
    session, snapshots = started()
    save(session, '"nach dem Löschen, 2."')
    assert [each.name for each in snapshots.list()] == ["nach dem Löschen, 2."]


def test_a_snapshot_can_be_read_when_qemu_has_ended(started):
    session, snapshots = started()
    save(session, "here")
    while_stopped = snapshots.stream("here")
    session.close()
    assert session.process.status() is not None
    assert snapshots.stream("here") == while_stopped
    assert values(while_stopped)


@pytest.mark.parametrize("form", FORMS)
def test_qemu_loads_what_our_writer_writes(started, form, powered_on):
    """So the images that the reader is tested with are images to QEMU, too."""
    like = FORMS[form]
    names = {"every": KINDS, "packed": (PACKED,)}
    image = Image(
        tuple(
            Shot(powered_on, name=name, id=str(number), kinds=kinds)
            for number, (name, kinds) in enumerate(names.items(), 1)
        ),
        version=like.version,
        cluster_bits=like.cluster_bits,
        is_extended=like.is_extended,
        disk_size=like.disk_size,
        seed=1,
    )
    session, snapshots = started(image)
    for name in names:
        assert snapshots.stream(name) == powered_on
        session.exchange(["outb 0x70 0x01"], "writing")
        assert session.hmp(f"loadvm {name}", "loading") == ""
        save(session, f"loaded_{name}")
        assert snapshots.stream(f"loaded_{name}") == powered_on
    assert session.process.log_tail() == ""


@pytest.fixture(scope="module")
def powered_on():
    """Return a stream with a value in it that a fresh machine does not have."""
    with closing(Session(Machine(binary()), DEADLINE_S)) as session:
        session.exchange(["outb 0x70 0x0b"], "writing")
        return session.migration_stream("migrating")
