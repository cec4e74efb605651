"""Explorers: parents are found by trying, in a small world that plays QEMU."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.errors import ConfigError, LaunchError
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.catalogue import Catalogue, DeviceType, Property
from harness.qemu.discovery.explorer import BRIDGES, MOST_PARENTS, Explorer
from harness.qemu.discovery.qtree import Bus, Device, buses
from harness.qemu.discovery.recipe import Measure, arguments

CHARDEV = Property("chardev", "str", "ID of a chardev to use as a backend")
MACHINE = Machine(Path("qemu"), "board", ("-device", "own,id=own"))


def device(name, bus="", category="Misc", *properties):
    return DeviceType(name, category, bus, properties)


class World:
    """A QEMU of a few lines: which buses a type offers, and what it refuses."""

    def __init__(self, *devices, offers=None, refusals=None, board=("PCI",)):
        self.catalogue = Catalogue(
            {one.name: one for one in devices},
            {"PCIE": "PCI", "full": "usb-bus", "slow-bus": "usb-bus"},
        )
        self.offers = offers or {}
        self.refusals = refusals or {}
        self.board = board
        self.started = []

    def run(self, machine, deadline_s):
        root = Device("host", "", [Bus(f"{kind}.0", kind) for kind in self.board])
        tree = [Bus("system", "System", [root])]
        given = [
            dict(part.split("=", 1) for part in ("type=" + value).split(","))
            for option, value in zip(machine.devices, machine.devices[1:], strict=False)
            if option == "-device"
        ]
        self.started.append(" ".join(one["type"] for one in given))
        for one in given[1:]:
            kind = self.catalogue.device(one["type"])
            fits = [
                bus
                for bus in buses(tree)
                if kind.bus == "" or self.catalogue.is_a(bus.type, kind.bus)
            ]
            if "bus" in one:
                fits = [bus for bus in fits if bus.name == one["bus"]]
            if kind.bus and not fits:
                return Outcome(started=False, words=f"No '{kind.bus}' bus found")
            refused = self.refusals.get(one["type"])
            if refused and (outcome := refused(one, fits)):
                return outcome
            name = one["id"]
            made = Device(one["type"], name)
            for index, offered in enumerate(self.offers.get(one["type"], ())):
                taken = [Device("root-hub", "")] if offered == "full" else []
                made.buses.append(Bus(f"{name}.{index}", offered, taken))
            (fits[0] if fits else tree[0]).devices.append(made)
        return Outcome(started=True, tree=tree)

    def explorer(self):
        return Explorer(MACHINE, self.catalogue, 1.0, self.run)

    def explore(self, *names, workers=1):
        return list(self.explorer().explore(names or tuple(self.catalogue.devices), workers))


def says(words, **more):
    return lambda one, fits: Outcome(started=False, words=words, **more)


def test_a_device_on_a_bus_of_the_machine_needs_nothing_else():
    world = World(device("nic", "PCI"))
    [trial] = world.explore()
    assert trial.outcome.started
    assert trial.recipe.types() == ("nic",)
    assert world.started == ["own", "own nic"]


def test_an_explorer_knows_whether_somebody_killed_what_it_tried():
    world = World(device("nic", "PCI"), device("nic2"), refusals={"nic": says("", killed=True)})
    explorer = world.explorer()
    list(explorer.explore(["nic2"]))
    assert not explorer.is_disturbed
    list(explorer.explore(["nic"]))
    assert explorer.is_disturbed


def test_a_bus_that_the_machine_lacks_is_looked_for_in_other_devices():
    world = World(
        device("disk", "SCSI"),
        device("vga", "PCI"),
        device("my-scsi", "PCI"),
        offers={"my-scsi": ["SCSI"]},
    )
    [trial] = world.explore("disk")
    assert trial.outcome.started
    assert trial.recipe.types() == ("disk", "my-scsi")
    # What is called after the bus is tried first: the display never.
    assert "own vga" not in world.started


def test_a_parent_may_need_a_parent_itself():
    world = World(
        device("card", "ccid-bus"),
        device("usb-ccid", "usb-bus"),
        device("usb-xhci", "PCI"),
        offers={"usb-ccid": ["ccid-bus"], "usb-xhci": ["usb-bus"]},
    )
    trials = world.explore(workers=2)
    assert [trial.device.name for trial in trials] == ["card", "usb-ccid", "usb-xhci"]
    assert trials[0].recipe.types() == ("card", "usb-ccid", "usb-xhci")
    assert arguments(trials[0].recipe, world.catalogue) == (
        *("-device", "usb-xhci,id=dut2"),
        *("-device", "usb-ccid,id=dut1,bus=dut2.0"),
        *("-device", "card,id=dut,bus=dut1.0"),
    )


def test_devices_that_need_each_other_are_given_up():
    world = World(
        device("a-b", "b"),
        device("b-a", "a"),
        offers={"a-b": ["a"], "b-a": ["b"]},
    )
    assert [trial.outcome.started for trial in world.explore()] == [False, False]


def test_a_bus_that_came_with_its_device_is_no_place():
    world = World(
        device("tablet", "usb-bus"),
        device("usb-odd", "PCI"),
        offers={"usb-odd": ["full"]},
    )
    [trial] = world.explore("tablet")
    assert not trial.outcome.started
    assert trial.outcome.words == "No 'usb-bus' bus found"


def test_another_parent_is_tried_where_one_will_not_do():
    def is_slow(one, fits):
        slow = fits[0].type == "slow-bus"
        return Outcome(started=False, words="speed mismatch") if slow else None

    world = World(
        device("tablet", "usb-bus"),
        device("usb-tab", "PCI"),
        device("usb-xhci", "PCI"),
        offers={"usb-tab": ["slow-bus"], "usb-xhci": ["usb-bus"]},
        refusals={"tablet": is_slow},
    )
    [trial] = world.explore("tablet")
    assert trial.outcome.started
    assert trial.recipe.types() == ("tablet", "usb-xhci")
    assert "own usb-tab tablet" in world.started


def test_a_controller_that_needs_no_time_to_pass_is_tried_first():
    world = World(
        device("usb-kbd", "usb-bus"),
        device("usb-ehci", "PCI"),
        device("qemu-xhci", "PCI"),
        offers={"usb-ehci": ["usb-bus"], "qemu-xhci": ["usb-bus"]},
    )
    [trial] = world.explore("usb-kbd")
    assert trial.recipe.types() == ("usb-kbd", "qemu-xhci")


def test_with_a_bus_at_last_the_words_are_about_what_else_is_wrong():
    world = World(
        device("disk", "SCSI"),
        device("my-scsi", "PCI"),
        offers={"my-scsi": ["SCSI"]},
        refusals={"disk": says("no medium")},
    )
    [trial] = world.explore("disk")
    assert (trial.outcome.started, trial.outcome.words) == (False, "no medium")
    assert trial.recipe.types() == ("disk", "my-scsi")


def test_a_port_that_wants_a_bridge_gets_one():
    def not_on_root(one, fits):
        root = fits[0].name == "PCI.0"
        return Outcome(started=False, words="must be on another bus") if root else None

    world = World(
        device("downstream", "PCI", BRIDGES),
        device("upstream", "PCI", BRIDGES),
        device("down-nic", "PCI"),
        offers={"upstream": ["PCIE"], "down-nic": ["PCI"]},
        refusals={"downstream": not_on_root},
    )
    [trial] = world.explore("downstream")
    assert trial.recipe.types() == ("downstream", "upstream")
    assert "own down-nic" not in world.started


def test_words_about_something_else_are_no_reason_to_try_bridges():
    world = World(
        device("nic", "PCI"),
        device("bridge", "PCI", BRIDGES),
        offers={"bridge": ["PCI"]},
        refusals={"nic": says("no host device")},
    )
    [trial] = world.explore("nic")
    assert trial.outcome.words == "no host device"
    assert world.started == ["own", "own nic"]


def test_only_so_many_parents_are_tried():
    hosts = [device(f"usb-{index}", "PCI") for index in range(MOST_PARENTS + 3)]
    world = World(
        device("odd", "usb-bus"),
        *hosts,
        offers={host.name: ["usb-bus"] for host in hosts},
        refusals={"odd": says("speed mismatch")},
    )
    explorer = world.explorer()
    assert not next(iter(explorer.explore(["odd"]))).outcome.started
    tried = [words for words in world.started if words.endswith(" odd") and words != "own odd"]
    assert len(tried) == MOST_PARENTS
    before = len(world.started)
    assert not explorer.trial(world.catalogue.device("odd")).outcome.started
    assert len(world.started) == before


@pytest.mark.parametrize(
    ("outcome", "attempts"),
    [({}, 2), ({"late": True}, 1)],
    ids=["refused", "waiting"],
)
def test_ever_other_backends_are_tried_unless_it_waits(outcome, attempts):
    world = World(
        device("serial", "", "Misc", CHARDEV), refusals={"serial": says("odd", **outcome)}
    )
    [trial] = world.explore()
    assert trial.recipe.measure is Measure.BACKENDS
    assert len(world.started) == 1 + attempts


def test_what_works_without_backends_is_created_without():
    world = World(
        device("serial", "", "Misc", CHARDEV),
        refusals={
            "serial": lambda one, fits: (
                Outcome(started=False, words="no") if "chardev" in one else None
            )
        },
    )
    [trial] = world.explore()
    assert trial.recipe.measure is Measure.BARE


def test_a_crash_is_not_tried_elsewhere():
    world = World(
        device("nic", "PCI"),
        device("bridge", "PCI", BRIDGES),
        offers={"bridge": ["PCI"]},
        refusals={"nic": says("killed by signal 6: slot", crashed=True)},
    )
    [trial] = world.explore("nic")
    assert trial.outcome.crashed
    assert world.started == ["own", "own nic"]


def test_an_unknown_device_is_refused():
    with pytest.raises(ConfigError, match="there is no device 'none' in this binary"):
        World(device("nic", "PCI")).explore("none")


def test_a_machine_that_does_not_start_by_itself_is_refused():
    def run(machine, deadline_s):
        return Outcome(started=False, words="no firmware")

    expected = "QEMU did not start (did not answer): qemu -M board\nno firmware"
    with pytest.raises(LaunchError, match=re.escape(expected)):
        Explorer(MACHINE, Catalogue({}, {}), 1.0, run)


@pytest.mark.parametrize(
    ("without", "measure"),
    [((), Measure.BARE), (("always",), Measure.BACKENDS)],
)
def test_backends_that_block_a_migration_are_left_out_if_that_helps(without, measure):
    def run(machine, deadline_s):
        if "-chardev" in machine.devices:
            return Outcome(started=True, blockers=("board", "chardev"))
        if "serial,id=dut" in machine.devices:
            return Outcome(started=True, blockers=("board", *without))
        return Outcome(started=True, blockers=("board",))

    types = Catalogue({"serial": device("serial", "", "Misc", CHARDEV)}, {})
    [trial] = Explorer(MACHINE, types, 1.0, run).explore(["serial"])
    assert trial.recipe.measure is measure


def test_a_search_that_a_parent_gave_up_is_made_again_for_its_own_sake():
    world = World(
        device("a-b", "b"),
        device("b-a", "a"),
        device("c", "PCI"),
        offers={"a-b": ["a"], "b-a": ["b"], "c": ["a"]},
    )
    # The bus of the first is looked for in the second, which may not sit on the first there.
    trials = world.explore("a-b", "b-a")
    assert [trial.recipe.types() for trial in trials] == [("a-b", "b-a", "c"), ("b-a", "c")]
