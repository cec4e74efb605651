"""Pairing: which two releases a guest has whose state one saves and the other loads."""

from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.guests import pairing
from harness.guests.pairing import named_release, pairs, release_of
from harness.qemu.binaries import Binary
from harness.qemu.discovery.inquiry import MachineType


def binary(name, *version, target="x86_64"):
    return Binary(Path(name), version, target, release_of(Binary(Path(name), version, target, "")))


OLD, NEW = binary("/old", 7, 2, 22), binary("/new", 11, 1, 3)
ARM = binary("/arm", 11, 1, 3, target="aarch64")
MACHINES = {
    OLD.path: ["pc-i440fx-7.2", "pc-i440fx-2.12", "pc-q35-7.2", "pc", "isapc"],
    NEW.path: ["pc-i440fx-7.2", "pc-i440fx-11.1", "pc-q35-7.2", "pc", "isapc"],
    ARM.path: ["virt"],
}


@pytest.fixture(autouse=True)
def found(monkeypatch):
    monkeypatch.setattr(pairing, "find", lambda: [ARM, OLD, NEW])
    monkeypatch.setattr(
        pairing, "machine_types", lambda path: [MachineType(name) for name in MACHINES[path]]
    )


def test_each_of_two_loads_what_the_other_saved():
    assert pairs([OLD, NEW, ARM], "pc-q35-7.2") == [(OLD, NEW), (NEW, OLD)]


@pytest.mark.parametrize(("version", "loader"), [("11.1.3", NEW), ("11", NEW), ("7.2", OLD)])
def test_the_one_that_loads_is_named_by_its_version_or_the_beginning_of_it(version, loader):
    assert pairs([OLD], "pc-i440fx-7.2", version) == [(OLD, loader)]


def test_those_that_were_named_come_before_those_that_are_found():
    own = binary("/own", 11, 1, 3)
    assert named_release("x86_64", "11.1.3", [own]) == own
    assert named_release("aarch64", "11.1.3") == ARM


def test_one_release_alone_can_not_cross():
    with pytest.raises(ConfigError) as info:
        pairs([OLD], "pc-i440fx-7.2")
    assert str(info.value) == (
        "reload=cross takes two QEMUs of one target, and there is only x86_64 7.2.22\n"
        "  name another with --vmstate-qemu, or by its version, to=VERSION (7.2.22, 11.1.3)"
    )


@pytest.mark.parametrize("version", ["1", "11.1.30", "11.1.3-rc1"])
def test_a_release_that_is_not_there_is_told_with_those_that_are(version):
    with pytest.raises(ConfigError) as info:
        pairs([OLD], "pc-i440fx-7.2", version)
    assert str(info.value) == (
        f"there is no QEMU {version} of x86_64; there are: 7.2.22, 11.1.3\n"
        "  fetch it with vmstate qemu fetch debian:SUITE, or name it with --vmstate-qemu PATH"
    )


@pytest.mark.parametrize("machine", ["pc", "isapc", "pc-i440fx-2.12", "pc-i440fx-11.1"])
def test_a_machine_that_is_another_in_each_release_is_refused_with_those_that_are_not(machine):
    with pytest.raises(ConfigError) as info:
        pairs([OLD, NEW], machine)
    assert str(info.value) == (
        f"the machine {machine!r} is not the same in QEMU 7.2.22 and 11.1.3: reload=cross takes "
        "a type with a version that both have\n"
        "  use one of pc-i440fx-7.2, pc-q35-7.2"
    )


def test_releases_that_have_no_machine_in_common_are_told():
    with pytest.raises(ConfigError, match="no type at all: they have none in common"):
        pairs([ARM], "virt", "11.1.3")
