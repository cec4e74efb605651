"""Sections that a device adds: the difference of two lists."""

from pathlib import Path

import pytest

from harness.errors import DeadlineError, DiedError, LaunchError, SaveError
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.catalogue import Catalogue, DeviceType
from harness.qemu.discovery.explorer import Trial
from harness.qemu.discovery.recipe import Measure, Recipe
from harness.qemu.discovery.sections import Added, Sections
from vmstate.errors import StreamError

HOST, DISK = DeviceType("host", "Storage", "PCI"), DeviceType("disk", "Storage", "SCSI")
TYPES = Catalogue({"host": HOST, "disk": DISK}, {})
ON_HOST = Recipe("disk", Measure.BARE, Recipe("host", Measure.BARE), "dut.0")
SENT = {0: ("timer", "timer"), 1: ("timer", "timer", "host"), 2: ("timer", "disk", "timer", "host")}


class Sender:
    def __init__(self):
        self.asked = []

    def __call__(self, machine, deadline_s):
        count = machine.devices.count("-device")
        self.asked.append(count)
        assert machine.devices[:2] == ("-global", "a.b=c")
        return SENT[count]


def sections(send):
    return Sections(Machine(Path("qemu"), "pc", ("-global", "a.b=c")), TYPES, 1.0, send)


def trial(device, recipe):
    return Trial(device, recipe, Outcome(started=True))


def test_what_the_machine_sends_without_the_device_is_not_its_own():
    added = sections(Sender()).added(trial(HOST, Recipe("host", Measure.BARE)))
    assert added == Added(("host",))


def test_what_its_parent_sends_is_not_its_own_either():
    sender = Sender()
    asker = sections(sender)
    for _ in range(2):
        assert asker.added(trial(DISK, ON_HOST)) == Added(("disk",))
    # The list without it is asked for once.
    assert sender.asked == [1, 2, 2]


@pytest.mark.parametrize(
    "error",
    [
        SaveError("blocked"),
        LaunchError(["qemu"], 1, "odd"),
        DiedError(-6, "listing its sections", "Assertion"),
        DeadlineError(1.0, "listing its sections"),
        StreamError("odd"),
    ],
)
def test_a_machine_that_can_not_be_saved_says_why(error):
    def send(machine, deadline_s):
        raise error

    assert sections(send).added(trial(HOST, Recipe("host", Measure.BARE))) == Added(
        words=str(error)
    )


def failing(*errors):
    """Return a sender that fails so often, and what it is asked."""
    left, sender = list(errors), Sender()

    def send(machine, deadline_s):
        if left:
            raise left.pop(0)
        return sender(machine, deadline_s)

    return send


@pytest.mark.parametrize(
    "error", [DiedError(-9, "listing", ""), DiedError(-6, "listing", ""), LaunchError([], -9, "")]
)
def test_one_that_dies_once_is_asked_again(error):
    asker = sections(failing(error))
    assert asker.added(trial(HOST, Recipe("host", Measure.BARE))) == Added(("host",))
    assert not asker.is_disturbed


@pytest.mark.parametrize(("status", "is_disturbed"), [(-9, True), (-15, True), (-6, False)])
def test_a_kill_that_comes_back_is_not_the_devices_own(status, is_disturbed):
    asker = sections(failing(*[DiedError(status, "listing", "")] * 2))
    assert asker.added(trial(HOST, Recipe("host", Measure.BARE))).words
    assert asker.is_disturbed is is_disturbed
