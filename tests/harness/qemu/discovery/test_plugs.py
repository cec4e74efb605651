"""Plugs: found out once, remembered, and found out again where that can't be read."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import ConfigError
from harness.qemu.argv import Machine
from harness.qemu.discovery import plugs
from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.catalogue import Catalogue, DeviceType
from harness.qemu.discovery.explorer import Trial
from harness.qemu.discovery.plugs import Plug, find_plugs
from harness.qemu.discovery.qtree import Bus, Device
from harness.qemu.discovery.recipe import Measure, Recipe

NAMES = ("nic", "disk", "nic-two", "broken", "stuck")
DESCRIPTION = {"name": "d", "version_id": 1, "minimum_version_id": 1, "Fields": []}
DUMP = {
    name: {"Name": name, "version_id": 1, "minimum_version_id": 1, "Description": DESCRIPTION}
    for name in NAMES
}


class World:
    """Plays a binary: what it was asked stands in *asked*."""

    def __init__(self):
        self.asked = []
        types = {name: DeviceType(name, "Misc", "PCI") for name in NAMES}
        self.catalogue = Catalogue(types, {})
        self.error = None
        #: As of the explorer: the machine without any device.
        self.bare = SimpleNamespace(blockers=())
        self.is_disturbed = False

    def listed(self, _binary):
        self.asked.append("list")
        return self.catalogue

    def explorer(self, _machine, _offered, _deadline_s):
        return self

    def explore(self, names, _workers):
        self.asked.append(" ".join(names))
        if self.error is not None:
            raise self.error
        return [self._trial(name) for name in names]

    def _trial(self, name):
        started = name != "broken"
        tree = [Bus("pci", "PCI", [Device(name, "dut")])] if started else []
        blockers = ("it has no state",) if name == "stuck" else ()
        words = "" if started else "no such backend"
        return Trial(
            self.catalogue.device(name),
            Recipe(name, Measure.BARE),
            Outcome(started=started, tree=tree, words=words, blockers=blockers),
        )


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def world(cache, monkeypatch):
    made = World()
    monkeypatch.setattr(plugs, "catalogue", made.listed)
    monkeypatch.setattr(plugs, "dump_vmstate", lambda _binary: DUMP)
    monkeypatch.setattr(plugs, "Explorer", made.explorer)
    return made


@pytest.fixture
def machine(tmp_path):
    path = tmp_path / "qemu-system-fake"
    path.write_text("")
    return Machine(path, "board")


def names(found):
    return [plug.name for plug in found]


def kept(cache):
    (path,) = cache.rglob("*.json")
    return path


def test_a_device_is_found_with_what_plugs_it_in(world, machine):
    (found,) = find_plugs(machine, ["nic"])
    assert found == Plug(
        name="nic", arguments=("-device", "nic,id=dut"), state=found.state, untested=""
    )
    assert world.asked == ["list", "nic"]


def test_what_was_found_out_once_is_not_asked_again(world, machine):
    first = find_plugs(machine, ["nic*"])
    asked = list(world.asked)
    assert find_plugs(machine, ["nic*"]) == first
    assert find_plugs(machine, ["nic"]) == first[:1]
    assert world.asked == asked


def test_what_was_found_out_while_somebody_killed_is_not_remembered(world, machine):
    find_plugs(machine, ["nic"])
    world.is_disturbed = True
    first = find_plugs(machine, ["*"])
    assert names(first) == list(NAMES)
    world.is_disturbed = False
    world.asked.clear()
    assert find_plugs(machine, ["nic*", "broken"]) == (*first[:1], *first[2:4])
    assert world.asked == ["list", "nic-two broken"]


def test_only_what_is_missing_is_asked_for(world, machine):
    find_plugs(machine, ["nic"])
    find_plugs(machine, ["nic*", "disk"])
    assert world.asked == ["list", "nic", "list", "disk nic-two"]


def test_devices_come_in_the_order_of_the_list_and_once(world, machine):
    assert names(find_plugs(machine, ["nic-*", "*"])) == list(NAMES)


def test_why_there_is_nothing_to_test_is_told(world, machine):
    broken, stuck = find_plugs(machine, ["broken", "stuck"])
    assert broken.untested.startswith("it can't be created: ")
    assert "no such backend" in broken.untested
    assert stuck.untested.startswith("a machine with it can't be saved: ")
    assert find_plugs(machine, ["broken", "stuck"]) == (broken, stuck)


def test_a_pattern_that_matches_nothing_is_refused(world, machine):
    with pytest.raises(ConfigError) as info:
        find_plugs(machine, ["nic", "vga*"])
    assert str(info.value) == (
        f"there is no device 'vga*' in {machine.binary}\n"
        "  vmstate qemu devices lists those that there are"
    )
    assert world.asked == ["list"]
    find_plugs(machine, ["nic"])
    with pytest.raises(ConfigError, match="'NIC'"):
        find_plugs(machine, ["NIC"])


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff\xfe", b"[]", b'{"names": [1]}', b'{"plugs": {"nic": {}}}']
)
def test_what_can_not_be_read_is_found_out_again(world, machine, cache, damage):
    first = find_plugs(machine, ["nic"])
    whole = kept(cache).read_bytes()
    kept(cache).write_bytes(damage)
    assert find_plugs(machine, ["nic"]) == first
    assert world.asked == ["list", "nic"] * 2
    assert kept(cache).read_bytes() == whole


def test_another_binary_or_machine_is_asked_for_itself(world, machine):
    find_plugs(machine, ["nic"])
    for other in (
        Machine(machine.binary, "other"),
        Machine(machine.binary, "board", ("-device", "x")),
        Machine(machine.binary, "board", (), 64),
    ):
        find_plugs(other, ["nic"])
    os.utime(machine.binary, (1, 1))
    find_plugs(machine, ["nic"])
    assert world.asked == ["list", "nic"] * 5


def test_the_same_binary_by_another_name_is_known(world, machine, tmp_path):
    find_plugs(machine, ["nic"])
    link = tmp_path / "link"
    link.symlink_to(machine.binary)
    find_plugs(Machine(link, "board"), ["nic"])
    assert world.asked == ["list", "nic"]


def assert_blames_the_cache(info, folder, why):
    assert str(info.value) == (
        f"can't keep what devices there are in {folder}: {why}\n"
        "  set XDG_CACHE_HOME to a folder that can be written"
    )


def test_a_cache_that_can_not_be_written_is_the_users_error(world, machine, cache):
    cache.write_text("a file")
    with pytest.raises(ConfigError) as info:
        find_plugs(machine, ["nic"])
    assert_blames_the_cache(info, cache / "pytest-vmstate" / "devices", "Not a directory")
    assert world.asked == []


def test_what_can_not_be_put_in_place_is_told_too(world, machine, cache):
    find_plugs(machine, ["nic"])
    path = kept(cache)
    path.with_suffix(".new").mkdir()
    with pytest.raises(ConfigError) as info:
        find_plugs(machine, ["disk"])
    assert_blames_the_cache(info, path.parent, "Is a directory")


def test_what_else_goes_wrong_is_not_put_down_to_the_cache(world, machine, cache):
    world.error = PermissionError(13, "Permission denied", "qemu")
    with pytest.raises(PermissionError):
        find_plugs(machine, ["nic"])
    assert list(cache.rglob("*.json")) == []
    world.error = None
    assert names(find_plugs(machine, ["nic"])) == ["nic"]


def test_nothing_is_left_beside_what_is_remembered(world, machine, cache):
    find_plugs(machine, ["nic"])
    path = kept(cache)
    assert {found.suffix for found in path.parent.iterdir()} == {".json", ".lock"}
    assert path.parent == Path(os.environ["XDG_CACHE_HOME"]) / "pytest-vmstate" / "devices"
