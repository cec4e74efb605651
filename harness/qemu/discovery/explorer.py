"""Explorers: find out, by trying, how each device of a binary is created on a machine.

Which device offers which bus is learned from the trees of devices that were created, so
there is no table of parents.  An attempt is a process of its own and takes some 60 ms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from harness.errors import LaunchError
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import DEADLINE_S, Outcome, attempt
from harness.qemu.discovery.catalogue import Catalogue, DeviceType
from harness.qemu.discovery.needs import PROMPT
from harness.qemu.discovery.qtree import Bus, buses, find_device
from harness.qemu.discovery.recipe import IDENTITY, Recipe, arguments, measures

#: How many parents are tried for one device.
MOST_PARENTS = 6

#: QEMU's heading for bridges, hubs and controllers of buses.
BRIDGES = "Controller/Bridge/Hub"

#: Whether QEMU's words are about where the device sits, so that another place may do.
_ABOUT_PLACE = re.compile(r"\b(bus|slot|port|hub|speed|hotplug|PCIe?|CXL)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trial:
    """The best that came of trying to create a device.

    Attributes:
        device: its type.
        recipe: how it was created, or what was tried first.
        outcome: what came of that.
    """

    device: DeviceType
    recipe: Recipe
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Offer:
    """A bus that a created device offers, and how that device is created."""

    recipe: Recipe
    bus: Bus


class Explorer:
    """Tries devices on one machine; what was tried is remembered.

    Args:
        machine: the machine without the device.
        catalogue: what its binary offers.
        deadline_s: seconds that one start may take.
        run: starts a machine and says what came of it.

    Raises:
        LaunchError: the machine does not start by itself.

    Attributes:
        machine: as given.
        catalogue: as given.
        bare: what came of the machine itself.
        is_disturbed: whether somebody else ended a start, so that what came of trying a device
            need not be what would come of it another time.
    """

    def __init__(
        self,
        machine: Machine,
        catalogue: Catalogue,
        deadline_s: float = DEADLINE_S,
        run: Callable[[Machine, float], Outcome] = attempt,
    ) -> None:
        self.machine = machine
        self.catalogue = catalogue
        self._deadline_s = deadline_s
        self._run = run
        self._trials: dict[str, Trial] = {}
        self._settled: set[str] = set()
        self.is_disturbed = False
        self.bare = run(machine, deadline_s)
        if not self.bare.started:
            raise LaunchError((str(machine.binary), "-M", machine.name), None, self.bare.words)

    def explore(self, names: Sequence[str], workers: int = 1) -> Iterator[Trial]:
        """Yield a trial of each device in *names*, in that order.

        Raises:
            ConfigError: there is no such device.
            GuestError: the program can't be executed any more.
        """
        devices = [self.catalogue.device(name) for name in names]
        here = [device for device in devices if not device.bus or self._has(device.bus)]
        with ThreadPoolExecutor(max_workers=workers) as pool:
            # Those first that need no other: most of the parents are among them.
            for _ in pool.map(self._on_machine, here):
                pass
            yield from pool.map(self.trial, devices)

    def trial(self, device: DeviceType) -> Trial:
        """Return the best trial of *device*, on the machine's own buses or on another's."""
        return self._trial(device, frozenset())

    def _trial(self, device: DeviceType, above: frozenset[str]) -> Trial:
        first = self._on_machine(device)
        if device.name in self._settled:
            return first
        if first.outcome.started or first.outcome.crashed or not device.bus:
            return first
        if self._has(device.bus) and not _ABOUT_PLACE.search(first.outcome.words):
            return first
        for tried, offer in enumerate(self._offers(device, above | {device.name})):
            if tried == MOST_PARENTS:
                break
            found = self._with_measures(device, offer)
            if found.outcome.started:
                self._trials[device.name] = found
                self._settled.add(device.name)
                return found
            if not self._has(device.bus) and tried == 0:
                # With a bus at last, QEMU says what else is wrong.
                first = found
        if not above:
            # Only now is it certain: below another device not every parent was allowed.
            self._trials[device.name] = first
            self._settled.add(device.name)
        return first

    def _on_machine(self, device: DeviceType) -> Trial:
        if device.name not in self._trials:
            self._trials[device.name] = self._with_measures(device, None)
        return self._trials[device.name]

    def _with_measures(self, device: DeviceType, offer: Offer | None) -> Trial:
        """Try *device* with ever other backends until it is created and can be migrated.

        Some backends are what blocks: a memory backend turns on a part of a disk controller
        that QEMU can't migrate.
        """
        tried: list[Trial] = []
        for measure in measures(device, self.catalogue):
            recipe = Recipe(device.name, measure)
            if offer is not None:
                recipe = replace(recipe, parent=offer.recipe, bus=offer.bus.name)
            given = arguments(recipe, self.catalogue)
            machine = replace(self.machine, devices=(*self.machine.devices, *given))
            trial = Trial(device, recipe, self._run(machine, self._deadline_s))
            self.is_disturbed |= trial.outcome.killed
            if trial.outcome.started and set(trial.outcome.blockers) <= set(self.bare.blockers):
                return trial
            tried.append(trial)
            if trial.outcome.late:
                # It waits for somebody, and will again.
                break
            if device.bus and offer is None and not self._has(device.bus):
                break
        # There is always a first measure.
        return next((trial for trial in tried if trial.outcome.started), tried[0])

    def _has(self, bus: str) -> bool:
        return any(self._fits(bus, one) for one in buses(self.bare.tree))

    def _fits(self, wanted: str, bus: Bus) -> bool:
        return self.catalogue.is_a(bus.type, wanted)

    def _offers(self, device: DeviceType, above: frozenset[str]) -> Iterator[Offer]:
        """Yield the buses for *device* that other devices offer, likely ones first.

        A bus that its device has put something on itself has no room, or is not meant
        for others.
        """
        for other in self._candidates(device):
            if other.name in above:
                continue
            known = self._on_machine(other)
            if not known.outcome.started and _names_bus(other, device.bus):
                known = self._trial(other, above)
            if not known.outcome.started:
                continue
            made = find_device(known.outcome.tree, IDENTITY)
            for bus in buses([Bus("", devices=[made])]) if made else ():
                if self._fits(device.bus, bus) and not bus.devices:
                    yield Offer(known.recipe, bus)
                    break

    def _candidates(self, device: DeviceType) -> list[DeviceType]:
        """Return the types that may offer a bus for *device*, likely ones first.

        Where the machine has that kind of bus, only a bridge may offer another.
        """
        others = list(self.catalogue.devices.values())
        if self._has(device.bus):
            others = [other for other in others if other.category == BRIDGES]
        else:
            others = [other for other in others if other.bus != device.bus]
        return sorted(others, key=lambda other: _unlikely(device, other))


def _names_bus(other: DeviceType, bus: str) -> bool:
    """Whether the name of *other* says that it has to do with *bus*, or that it is a bridge."""
    return bus.lower().removesuffix("-bus") in other.name.lower() or other.category == BRIDGES


def _unlikely(device: DeviceType, other: DeviceType) -> tuple[bool, bool, bool, float]:
    """Return how unlikely *other* is to offer a bus for *device*, as a key to sort by.

    Related devices have related names and stand under the same heading.
    """
    alike = SequenceMatcher(None, device.name, other.name).ratio()
    names_bus = _names_bus(other, device.bus)
    return (other.name not in PROMPT, not names_bus, other.category != device.category, -alike)
