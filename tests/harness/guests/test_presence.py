"""Presence: what of a case the binaries at hand have not."""

from dataclasses import replace

import pytest

from harness.errors import DiedError
from harness.guests import presence
from harness.guests.factory import GuestSpec
from harness.guests.presence import missing_of
from harness.qemu.binaries import find_one
from harness.qemu.discovery.inquiry import MachineType

MODEL = GuestSpec("model", "pc", None, "model:pc")


@pytest.fixture
def spec(monkeypatch):
    """A guest of a binary that has little."""
    monkeypatch.setattr(
        presence,
        "machine_types",
        lambda _: (MachineType("pc-i440fx-7.2", "pc"), MachineType("q35")),
    )
    monkeypatch.setattr(presence, "device_types", lambda _: ("e1000", "edu"))
    for one in (presence._machines, presence._devices):
        one.cache_clear()
        monkeypatch.setattr(presence, one.__name__, one.__wrapped__)
    binary = find_one()
    return GuestSpec("qemu", "pc", binary, "qemu:pc")


def test_a_model_has_all_that_it_is():
    assert missing_of(MODEL) == ""


@pytest.mark.qemu
@pytest.mark.parametrize("machine", ["pc", "pc-i440fx-7.2", "q35"])
def test_a_machine_is_there_by_either_name(spec, machine):
    plugged = replace(spec, machine=machine, arguments=("-device", "e1000,id=dut"))
    assert missing_of(plugged) == ""


@pytest.mark.qemu
def test_a_machine_that_is_not_there_is_named_with_the_binary(spec):
    told = missing_of(replace(spec, machine="virt"))
    assert told == f"qemu-system-x86_64 {spec.binary.version_text} has no machine virt"


@pytest.mark.qemu
def test_devices_that_are_not_there_are_named(spec):
    arguments = ("-device", "edu,id=dut", "-object", "x", "-device", "igb", "-device", "ac97,a=b")
    told = missing_of(replace(spec, arguments=arguments))
    assert told == f"qemu-system-x86_64 {spec.binary.version_text} has no device ac97, igb"


@pytest.mark.qemu
def test_the_one_that_loads_is_asked_too(spec, monkeypatch):
    other = replace(spec.binary, version_text="1.0", path=spec.binary.path.with_name("other"))
    monkeypatch.setattr(
        presence, "machine_types", lambda path: () if path == other.path else (MachineType("pc"),)
    )
    assert missing_of(replace(spec, loader=other)) == "other 1.0 has no machine pc"


@pytest.mark.qemu
def test_one_that_can_not_be_asked_is_taken_to_have_all(spec, monkeypatch):
    def ends(_):
        raise DiedError(1, "the inquiry", "invalid accelerator tcg")

    monkeypatch.setattr(presence, "machine_types", ends)
    assert missing_of(replace(spec, machine="virt")) == ""


@pytest.mark.qemu
def test_a_real_binary_has_its_machines_and_devices():
    spec = GuestSpec("qemu", "pc", find_one(), "qemu:pc", arguments=("-device", "e1000,id=dut"))
    assert missing_of(spec) == ""
    assert missing_of(replace(spec, machine="no-such")).endswith(" has no machine no-such")
    gone = replace(spec, arguments=("-device", "no-such"))
    assert missing_of(gone).endswith(" has no device no-such")
