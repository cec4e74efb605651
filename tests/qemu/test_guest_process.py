"""The process behind a guest: how it starts, grows and ends, and what it leaves behind."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.errors import DeadlineError, DiedError, LaunchError, QtestError
from harness.qemu import guest as guest_module
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.session import Session
from tests.support.guest_steps import cycle, run

pytestmark = pytest.mark.qemu


def process_of(guest):
    return guest._session.process


@pytest.fixture
def pc():
    with QemuGuest() as guest:
        yield guest


def test_a_launch_that_fails_shows_what_qemu_said():
    with pytest.raises(LaunchError) as caught:
        QemuGuest(GuestOptions(machine="no-such-machine"))
    assert caught.value.status == 1
    text = str(caught.value)
    assert text.startswith("QEMU did not start (exit status 1): ")
    assert "-M no-such-machine" in text
    assert "unsupported machine type" in text


def test_a_device_whose_lines_can_not_be_watched_ends_the_start_and_leaves_nothing(pc, monkeypatch):
    closed = []

    class Watched(Session):
        def close(self):
            closed.append(self.process)
            super().close()

    wrong = replace(pc._survey, intercept="/machine/no-such-device")
    monkeypatch.setattr(guest_module, "survey", lambda *_: wrong)
    monkeypatch.setattr(guest_module, "Session", Watched)
    with pytest.raises(QtestError, match="'irq_intercept_in /machine/no-such-device' was answered"):
        QemuGuest()
    assert closed[0].status() == -signal.SIGKILL
    assert not closed[0].directory.exists()


@pytest.mark.parametrize(
    "operation",
    [
        cycle,
        lambda guest: guest.state(),
        lambda guest: guest.inspect(),
        lambda guest: run(guest, *["inb 0x21"] * 500),
    ],
    ids=["cycle", "state", "inspect", "commands"],
)
def test_a_killed_qemu_is_a_death_whatever_is_being_done(pc, operation):
    process = process_of(pc)
    os.kill(process.pid, signal.SIGKILL)
    with pytest.raises(DiedError, match="was killed by signal 9 during "):
        operation(pc)
    assert not process.directory.exists()
    with pytest.raises(DiedError):
        operation(pc)
    pc.restart()
    assert run(pc, "inb 0x21")[0].answer is not None


def test_a_qemu_that_is_killed_in_the_middle_of_a_cycle_is_a_death(pc):
    pc.save("c")
    os.kill(process_of(pc).pid, signal.SIGKILL)
    with pytest.raises(DiedError) as caught:
        pc.load("c")
    assert caught.value.status == -signal.SIGKILL
    assert caught.value.doing == "load"


@pytest.mark.parametrize(
    "operation",
    [
        lambda guest: guest.save("c"),
        lambda guest: (guest.reset(), guest.state()),
        lambda guest: (guest.reset(), run(guest, "inb 0x21")),
        lambda guest: run(guest, "inb 0x21"),
    ],
    ids=["save", "reset, state", "reset, command", "command"],
)
def test_a_qemu_that_stands_still_is_given_up_at_the_deadline_and_killed(operation):
    with QemuGuest(GuestOptions(deadline_s=1.5)) as guest:
        process = process_of(guest)
        os.kill(process.pid, signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(DeadlineError, match=r"did not answer within 1\.5 s during .*killed"):
            operation(guest)
        assert time.monotonic() - began < 4
        assert not psutil.pid_exists(process.pid)
        assert not process.directory.exists()


def test_a_hundred_cycles_without_a_command_neither_block_nor_grow(pc):
    """Each moves interrupt lines; unread, they fill the qtest socket, and QEMU stands still."""
    cycle(pc)
    image = process_of(pc).directory / "snapshots.qcow2"
    cycle(pc)
    size = image.stat().st_size
    for _ in range(98):
        cycle(pc)
    assert image.stat().st_size <= 2 * size


def test_nothing_is_left_of_a_guest_that_is_closed():
    me = psutil.Process()
    before = {child.pid for child in me.children(recursive=True)}
    files = len(list(Path("/proc/self/fd").iterdir()))
    with QemuGuest() as guest:
        directory = process_of(guest).directory
        cycle(guest)
        assert {child.pid for child in me.children(recursive=True)} > before
    guest.close()
    assert {child.pid for child in me.children(recursive=True)} == before
    assert not directory.exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == files
    assert not list(Path("/dev/shm").glob(f"vmstate-{os.getpid()}-*/state"))
