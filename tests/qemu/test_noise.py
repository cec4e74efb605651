"""What a real QEMU answers otherwise by itself: nothing of a PC, and random numbers where asked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from harness.cli import noise as noise_command
from harness.cli.noise import command
from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.errors import DiedError
from harness.noise import Noise, Source, noise_of
from harness.qemu.binaries import find_one
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.trace import Trace

pytestmark = pytest.mark.qemu


def noise(*args):
    return CliRunner().invoke(command, ["--qemu", str(find_one().path), *args])


def test_a_clock_that_runs_with_the_guest_does_not_differ_by_itself():
    result = noise("--device", "mc146818rtc", "--device", "isa-pit", "--traces", "1", "--json")
    assert result.exit_code == CLEAN, result.output
    documents = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["device"] for one in documents] == ["isa-pit", "mc146818rtc"]
    assert {(one["schema"], one["schema_version"]) for one in documents} == {("vmstate-noise", 1)}
    assert [(one["sources"], one["ended"]) for one in documents] == [([], [])] * 2


def test_it_is_said_of_each_device_that_nothing_differs():
    result = noise("--device", "port92", "--traces", "1")
    assert result.exit_code == CLEAN, result.output
    assert result.stdout == "qemu:pc port92: 0 that differ by themselves\n"


def test_what_comes_from_the_hosts_clock_is_named():
    # As it is without our arguments: time goes by while nobody does anything.
    with QemuGuest(GuestOptions(devices=("-rtc", "base=2026-01-01T00:00:00,clock=host"))) as guest:
        guest.inspect()
        noise = noise_of(guest, [Trace.parse("outb 0x70 0x0\ncycle\ninb 0x71")])
    assert Source("host clock", "mc146818rtc", "rtc+0x1") in noise.sources


def test_a_device_of_which_nothing_can_be_reached_is_not_tested(monkeypatch):
    reached = noise_command.vocabulary_of

    def nothing(guest, job, learn):
        return replace(reached(guest, job, learn), own=(), requests=())

    monkeypatch.setattr(noise_command, "vocabulary_of", nothing)
    result = noise("--device", "port92", "--traces", "1")
    assert result.stdout == (
        "qemu:pc port92: NOT TESTED: none of its registers can be reached safely\n"
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--device", "nothing"], "no guest has a device 'nothing'"),
        (["--guest", "qemu:nothing"], "nothing"),
    ],
)
def test_what_can_not_be_looked_at_is_said(args, said):
    result = noise(*args)
    assert result.exit_code == COULD_NOT_RUN
    assert said in result.stderr


def test_what_is_known_is_shown_with_its_reason_and_is_no_news():
    result = noise("--guest", "qemu:pc,device=am53c974", "--traces", "1")
    assert result.exit_code == CLEAN, result.output
    assert (
        "  each run        pciespscsi esp.fifo.data  (memory that nobody wrote: " in result.stdout
    )


def test_a_device_that_can_not_be_looked_at_is_said_and_the_others_are(monkeypatch):
    noise_of = noise_command._noise

    def failing(spec, job, count):
        if job.device == "isa-pit":
            raise DiedError(-11, "inspecting the state", "")
        return noise_of(spec, job, count)

    monkeypatch.setattr(noise_command, "_noise", failing)
    result = noise("--device", "isa-pit", "--device", "port92", "--traces", "1")
    assert result.exit_code == CLEAN, result.output
    said = "the guest was killed by signal 11 during inspecting the state"
    assert result.stdout.splitlines() == [
        f"qemu:pc isa-pit: NOT TESTED: {said}",
        "qemu:pc port92: 0 that differ by themselves",
    ]
    result = noise("--device", "isa-pit", "--traces", "1", "--json")
    assert json.loads(result.stdout)["why"].startswith("the guest was killed by signal 11")


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (1, "0 that differ by themselves; 1 of 2 traces ended the guest"),
        (2, "NOT TESTED: no trace of it is survived: the guest hung"),
    ],
)
def test_traces_that_end_the_guest_are_told(ended, said, monkeypatch):
    found = Noise(frozenset(), ("the guest hung",) * ended)
    monkeypatch.setattr(noise_command, "noise_of", lambda _guest, _traces: found)
    result = noise("--device", "port92", "--traces", "2")
    assert result.stdout == f"qemu:pc port92: {said}\n"
