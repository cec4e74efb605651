"""Surveys: made once, and again where the binary is another."""

import os
import signal

import pytest

from harness.errors import DiedError, LaunchError
from harness.qemu import survey as module
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.survey import survey

pytestmark = pytest.mark.qemu


@pytest.fixture
def starts(monkeypatch):
    """Count the processes that are started."""
    count = []

    class Counted(module.Session):
        def __init__(self, *args):
            count.append(self)
            super().__init__(*args)

    monkeypatch.setattr(module, "Session", Counted)
    return count


def wrapper(tmp_path):
    path = tmp_path / "qemu-system-x86_64"
    path.write_text(f'#!/bin/sh\nexec {find_one().path} "$@"\n')
    path.chmod(0o755)
    return path


def test_a_machine_is_surveyed_once(starts, tmp_path):
    machine = Machine(wrapper(tmp_path))
    first = survey(machine, 10)
    assert survey(Machine(machine.binary), 10) is first
    assert len(starts) == 1
    assert first.intercept == "/machine/i440fx/ioapic"
    assert not starts[0].process.directory.exists()


def test_a_binary_that_was_replaced_is_surveyed_again(starts, tmp_path):
    machine = Machine(wrapper(tmp_path), "none")
    survey(machine, 10)
    os.utime(machine.binary, (1, 1))
    survey(machine, 10)
    assert len(starts) == 2


def test_the_safe_map_is_the_whole_map_without_hazards(tmp_path):
    found = survey(Machine(wrapper(tmp_path)), 10)
    missing = set(found.whole_map.regions) - set(found.safe_map.regions)
    assert {region.name for region in missing} == {
        "vmport",
        "apic-msi",
        "piix3-reset-control",
        "acpi-cnt",
    }
    assert set(found.safe_map.regions) < set(found.whole_map.regions)


@pytest.fixture
def ends(monkeypatch):
    """Let the first surveys end with an error; count them all."""
    original = module._survey.__wrapped__
    begun = []

    def let(*errors):
        def failing(machine, mtime_ns, deadline_s):
            begun.append(machine)
            if len(begun) <= len(errors):
                raise errors[len(begun) - 1]
            return original(machine, mtime_ns, deadline_s)

        monkeypatch.setattr(module, "_survey", failing)
        return begun

    return let


@pytest.mark.parametrize(
    "error",
    [DiedError(-signal.SIGKILL, "reading", ""), LaunchError(("q",), -signal.SIGKILL, "")],
)
def test_a_survey_that_somebody_kills_is_made_again_once(ends, error):
    machine = Machine(find_one().path)
    begun = ends(error)
    assert survey(machine, 10.0).sections
    assert len(begun) == 2
    begun = ends(error, error, error, error)
    with pytest.raises(type(error)):
        survey(machine, 10.0)


@pytest.mark.parametrize("status", [None, 1, -signal.SIGABRT])
def test_one_that_ends_by_itself_is_not(ends, status):
    begun = ends(DiedError(status, "reading", ""))
    with pytest.raises(DiedError):
        survey(Machine(find_one().path), 10.0)
    assert len(begun) == 1
