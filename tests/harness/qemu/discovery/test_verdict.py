"""Verdicts: what a trial and a dump say together."""

from __future__ import annotations

import pytest

from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.catalogue import Catalogue, DeviceType
from harness.qemu.discovery.explorer import Trial
from harness.qemu.discovery.qtree import Bus, Device
from harness.qemu.discovery.recipe import Measure, Recipe
from harness.qemu.discovery.sections import Added
from harness.qemu.discovery.verdict import State, counts, judge
from vmstate.dump import Dump, read_dump
from vmstate.errors import DescriptionError

NIC = DeviceType("nic", "Network", "PCI")
TYPES = Catalogue({"nic": NIC}, {})


def described(name, *, is_saved=True):
    description = {"name": name, "version_id": 1, "minimum_version_id": 1}
    if is_saved:
        description["Fields"] = []
    return {"Name": name, "version_id": 1, "minimum_version_id": 1, "Description": description}


def dump(**sections):
    return read_dump(sections)


def trial(*, started=True, inside=(), **outcome):
    inner = Bus("b", "virtio-bus", [Device(name, "") for name in inside])
    tree = [Bus("pci", "PCI", [Device("nic", "dut", [inner])])] if started else []
    return Trial(NIC, Recipe("nic", Measure.BARE), Outcome(started=started, tree=tree, **outcome))


def unasked(trial):
    raise AssertionError(trial)


def test_a_description_of_its_class_is_enough():
    verdict = judge(trial(), TYPES, dump(nic=described("nic")), unasked)
    assert (verdict.state, verdict.created, verdict.words) == (State.DESCRIBED, True, "")
    assert verdict.arguments == ("-device", "nic,id=dut")


def test_a_description_of_what_it_brings_along_is_enough_too():
    verdict = judge(trial(inside=["inner"]), TYPES, dump(inner=described("inner")), unasked)
    assert verdict.state is State.DESCRIBED


def test_a_description_that_contradicts_itself_is_one():
    refused = Dump("", {}, {"nic": DescriptionError("nic", ["twice"])}, has_counts=True)
    assert judge(trial(), TYPES, refused, unasked).state is State.DESCRIBED


def test_a_description_without_fields_is_never_saved():
    said = dump(nic=described("nic", is_saved=False))
    assert judge(trial(), TYPES, said, unasked).state is State.UNMIGRATABLE


def test_new_blockers_make_it_unmigratable_and_old_ones_do_not():
    said = dump(nic=described("nic"))
    one = trial(blockers=("old", "peer mode"))
    verdict = judge(one, TYPES, said, unasked, ("old",))
    assert (verdict.state, verdict.words) == (State.UNMIGRATABLE, "peer mode")
    assert judge(one, TYPES, said, unasked, one.outcome.blockers).state is State.DESCRIBED


@pytest.mark.parametrize(
    ("added", "state"),
    [
        (Added(), State.NONE),
        (Added(("0000:00:02.0/eeprom", "nic")), State.BY_HAND),
        (Added(words="the guest died"), State.UNMIGRATABLE),
    ],
)
def test_without_a_description_the_stream_is_asked(added, state):
    verdict = judge(trial(), TYPES, dump(), lambda _: added)
    assert (verdict.state, verdict.sections, verdict.words) == (state, added.names, added.words)


def test_what_could_not_be_created_may_bring_along_anything():
    verdict = judge(trial(started=False, words="no", crashed=True), TYPES, dump(), unasked)
    assert (verdict.state, verdict.created) == (State.UNKNOWN, False)
    assert (verdict.words, verdict.crashed) == ("no", True)
    assert judge(trial(started=False), TYPES, dump(nic=described("nic")), unasked).state is (
        State.DESCRIBED
    )


def test_a_verdict_is_made_of_json_values():
    verdict = judge(trial(), TYPES, dump(), lambda _: Added(("eeprom",)))
    assert verdict.document() == {
        "name": "nic",
        "category": "Network",
        "bus": "PCI",
        "description": "described by hand",
        "created": True,
        "arguments": ["-device", "nic,id=dut"],
        "words": "",
        "crashed": False,
        "sections": ["eeprom"],
    }


def test_the_counts_are_of_what_can_be_created_and_what_can_not():
    verdicts = [
        judge(trial(), TYPES, dump(nic=described("nic")), unasked),
        judge(trial(), TYPES, dump(), lambda _: Added()),
        judge(trial(started=False), TYPES, dump(nic=described("nic")), unasked),
    ]
    one_of_each = "1 described, 0 described by hand, 1 none, 0 unmigratable"
    assert counts(verdicts) == f"2 can be created ({one_of_each}), 1 can't"
    crash = judge(trial(started=False, crashed=True), TYPES, dump(), unasked)
    assert counts([crash]).endswith("1 can't, 1 of them with a crash")
