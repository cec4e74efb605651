"""Discovery against a real QEMU: a slice of its devices, of every kind."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli.qemu_devices import devices_command
from harness.cli.qemu_machines import machines_command
from harness.qemu.argv import Machine
from harness.qemu.binaries import dump_vmstate, find_one
from harness.qemu.discovery.explorer import Explorer
from harness.qemu.discovery.inquiry import catalogue
from harness.qemu.discovery.sections import Sections
from harness.qemu.discovery.verdict import State, judge
from vmstate.dump import read_dump

pytestmark = pytest.mark.qemu

#: Type, what it sits on other than the machine, and what is said of its state.
SLICE = [
    ("e1000", (), State.DESCRIBED),
    ("rtl8139", (), State.DESCRIBED),
    ("i82550", (), State.BY_HAND),
    ("virtio-net-pci", (), State.DESCRIBED),
    ("virtio-9p-pci", (), State.DESCRIBED),
    ("virtio-rng-pci", (), State.DESCRIBED),
    ("AC97", (), State.DESCRIBED),
    ("hda-micro", ("intel-hda",), State.DESCRIBED),
    ("isa-serial", (), State.DESCRIBED),
    ("pci-serial-2x", (), State.DESCRIBED),
    ("isa-ipmi-kcs", (), State.BY_HAND),
    ("pvpanic", (), State.NONE),
    ("pci-testdev", (), State.NONE),
    ("nvme", (), None),
    ("scsi-hd", None, State.DESCRIBED),
    ("usb-tablet", None, State.DESCRIBED),
    ("usb-serial", None, State.UNMIGRATABLE),
    ("ccid-card-passthru", None, State.DESCRIBED),
    ("sd-card", ("sdhci-pci",), State.DESCRIBED),
    ("floppy", ("isa-fdc",), None),
    ("ide-hd", (), None),
    ("pcie-root-port", (), State.DESCRIBED),
    ("kvaser_pci", (), State.DESCRIBED),
    ("nvdimm", (), None),
    ("virtserialport", None, None),
]


@pytest.fixture(scope="module")
def verdicts():
    path = find_one().path
    machine, types = Machine(path, "q35"), catalogue(path)
    explorer, dump = Explorer(machine, types), read_dump(dump_vmstate(path))
    sections = Sections(machine, types)
    names = [name for name, _, _ in SLICE] + ["vfio-pci", "tpm-crb"]
    found = {}
    for trial in explorer.explore(names, 2):
        judged = judge(trial, types, dump, sections.added, explorer.bare.blockers)
        found[trial.device.name] = (trial, judged)
    return found


@pytest.mark.parametrize(("name", "parents", "state"), SLICE, ids=[one[0] for one in SLICE])
def test_a_device_is_created_with_backends_that_are_found_by_rules(verdicts, name, parents, state):
    trial, verdict = verdicts[name]
    assert verdict.created, verdict.words
    assert any(word.startswith(f"{name},id=dut") for word in verdict.arguments)
    if parents is None:
        assert len(trial.recipe.types()) > 1
    else:
        assert trial.recipe.types() == (name, *parents)
    if state is not None:
        assert verdict.state is state


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vfio-pci", "No provided host device"),
        ("tpm-crb", "'tpmdev' property is required"),
    ],
)
def test_what_can_not_be_created_says_why(verdicts, name, words):
    verdict = verdicts[name][1]
    assert not verdict.created
    assert verdict.words.startswith(words)


def test_the_command_lists_a_device_with_its_arguments():
    result = CliRunner().invoke(devices_command, ["--device", "edu", "--device", "pci-testdev"])
    assert result.exit_code == 0, result.stderr
    first, *_, last = result.stdout.splitlines()
    assert first == "edu (PCI): none"
    assert last.startswith("pc of QEMU ")
    assert "2 can be created (0 described, 0 described by hand, 2 none, " in last


def test_the_command_lists_machines():
    result = CliRunner().invoke(machines_command, ["--json"])
    [binary] = json.loads(result.stdout)["binaries"]
    machines = binary["machines"]
    assert {"none", "microvm"} <= {machine["name"] for machine in machines}
    assert [machine["alias"] for machine in machines if machine["is_default"]] == ["pc"]


def test_machines_are_started_saved_and_loaded_with_what_they_need():
    wanted = ("--machine", "q35", "--machine", "isapc", "--machine", "x-remote")
    result = CliRunner().invoke(machines_command, ["--json", "--try", *wanted])
    [binary] = json.loads(result.stdout)["binaries"]
    found = {machine["name"]: machine for machine in binary["machines"]}
    assert len(found) == 3
    for machine in found.values():
        steps = {name: step["ending"] for name, step in machine["steps"].items()}
        assert steps["starts"] == "yes"
        assert steps["saves a snapshot"] == "yes"
        assert steps["loads in place"] == "yes"
    assert found["isapc"]["sections"] > 15
