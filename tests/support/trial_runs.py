"""Runs: each machine of the trials once, with several sets of values, kept for all tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.qemu.binaries import find_one
from tests.support.leaves import Leaf
from tests.support.real_devices import Device
from tests.support.stream_edit import Content
from tests.support.trial_machines import machine_of
from tests.support.trials import Difference, Trial

#: How many sets of values are put into each machine.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Round:
    """One set of values: what was put in and what came back, by device."""

    put: dict[str, dict[str, Leaf]]
    back: dict[str, Content]


class Run:
    """A machine, and all rounds with it."""

    def __init__(self, machine: str, devices: Iterable[Device]) -> None:
        wanted = {device.name: device for device in devices if device.machine == machine}
        self.trial = Trial(machine_of(machine, find_one().path), wanted)
        drawn = {
            name: section.drawn(number, ROUNDS)
            for number, (name, section) in enumerate(self.trial.sections.items())
        }
        self.rounds = [
            self._round({name: contents[number] for name, contents in drawn.items()})
            for number in range(ROUNDS)
        ]

    def _round(self, contents: dict[str, Content]) -> Round:
        sections = self.trial.sections
        put = {
            name: sections[name].leaves(content, sections[name].description)
            for name, content in contents.items()
        }
        return Round(put, self.trial.put(contents))

    def differences(self, device: str) -> list[Difference]:
        """Return what came back to *device* and no rule explains."""
        section = self.trial.sections[device]
        return [
            difference
            for one in self.rounds
            for difference in section.differences(one.put, one.back[device])
        ]
