"""``vmstate qemu devices``: what it prints, and its exit status."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import qemu_devices as module
from harness.cli.qemu_devices import devices_command
from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.catalogue import Catalogue, DeviceType
from harness.qemu.discovery.qtree import Bus

VERSION = "7.2.22 (played)"
NIC, HOST = DeviceType("nic", "Network", "PCI"), DeviceType("host", "Misc", "PCI")
TYPES = Catalogue({"nic": NIC, "host": HOST}, {})
DUMP = {
    "nic": {
        "Name": "nic",
        "version_id": 1,
        "minimum_version_id": 1,
        "Description": {"name": "nic", "version_id": 1, "minimum_version_id": 1, "Fields": []},
    }
}


def run(machine, deadline_s):
    if machine.name == "broken":
        return Outcome(started=False, words="no firmware")
    if any(word.startswith("host,") for word in machine.devices):
        return Outcome(started=False, words="no host device\nsee the manual")
    return Outcome(started=True, tree=[Bus("pci", "PCI")])


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Make a program that says its version, with a catalogue and starts that are played."""
    path = tmp_path / "qemu-system-x86_64"
    path.write_text(f"#!/bin/sh\necho 'QEMU emulator version {VERSION}'\n")
    path.chmod(0o755)

    class Explorer(module.Explorer):
        def __init__(self, machine, types, deadline_s):
            super().__init__(machine, types, deadline_s, run)

    def started(path, name, deadline_s):
        return Machine(path, name, memory_mb=16)

    monkeypatch.setattr(module, "Explorer", Explorer)
    monkeypatch.setattr(module, "catalogue", lambda path, deadline_s: TYPES)
    monkeypatch.setattr(module, "startable", started)
    monkeypatch.setattr(module, "dump_vmstate", lambda path: DUMP)
    return path


def devices(*args):
    return CliRunner().invoke(devices_command, list(map(str, args)))


def test_each_device_is_listed_with_what_creates_it_or_why_not(program):
    result = devices("--qemu", program, "--machine", "q35")
    assert (result.exit_code, result.stderr) == (CLEAN, "")
    assert result.stdout == (
        "nic (PCI): described\n"
        "  -device nic,id=dut\n"
        "host (PCI): unknown, can't be created\n"
        "  no host device\n"
        "  see the manual\n"
        f"q35 -m 16M of QEMU {VERSION}: 1 can be created (1 described, 0 described by hand, "
        "0 none, 0 unmigratable), 1 can't\n"
    )


def test_what_was_not_asked_for_is_counted(program):
    result = devices("--qemu", program, "--device", "nic", "--device", "nic")
    assert result.stdout.endswith("0 can't; 1 more were not asked for\n")


def test_devices_as_json_are_one_document(program):
    made = json.loads(devices("--qemu", program, "--json", "-j", 1).stdout)
    assert (made["schema"], made["schema_version"]) == ("vmstate-qemu-devices", 1)
    assert (made["qemu"], made["version"], made["machine"]) == (str(program), VERSION, "pc")
    nic, host = made["devices"]
    assert (nic["name"], nic["description"], nic["created"]) == ("nic", "described", True)
    assert made["needs"] == ["-m", "16M"]
    assert nic["arguments"] == ["-device", "nic,id=dut"]
    assert (host["created"], host["words"]) == (False, "no host device\nsee the manual")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--device", "nix"],
            (
                "there is no device 'nix' in this binary\n"
                "  vmstate qemu devices lists those that there are\n"
            ),
        ),
        (["--machine", "broken"], "-M broken\nno firmware\n"),
    ],
)
def test_what_can_not_be_used_is_refused(program, options, message):
    result = devices("--qemu", program, *options)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr.endswith(message)


def test_a_binary_that_is_not_there_is_refused(tmp_path):
    result = devices("--qemu", tmp_path / "none")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr.startswith(f"there is no QEMU at {tmp_path / 'none'}\n")


def test_without_a_name_the_binary_on_the_path_is_used(program, monkeypatch):
    monkeypatch.setenv("PATH", str(program.parent))
    assert devices("--json").exit_code == CLEAN
