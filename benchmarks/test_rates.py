"""Cycles a second: of the harness on a QEMU against a bare loop, and of the model machine.

The bare loop does the very operations that the harness did (the same savevm, system_reset,
loadvm and qtest commands, in the same order), on a QEMU of its own, in the same run; the
two take turns, and the ratio of each turn is printed.  Its PCI functions are given their
addresses first, as the harness's are: a machine with mapped registers takes longer to reset.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import pytest

from benchmarks.bare import BareFreshLoop, BareLoop, Operation
from harness.command import Command
from harness.guests import ModelGuest
from harness.hunt import Hunt
from harness.job import HuntSettings, Job, JobResult
from harness.masks import Masks
from harness.observation import Observation
from harness.qemu.binaries import find_one
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.qemu.process import Process

pytestmark = pytest.mark.bench

CYCLES = 300
#: Where each reload takes a process, starting it is most of the work for both.
FRESH_TURNS, FRESH_CYCLES, LEAST_FRESH_RATIO = 3, 120, 0.8


class Case(NamedTuple):
    """A machine, and what the harness may cost on it.

    Attributes:
        name: for people.
        machine: machine type.
        devices: what is plugged into it.
        least_ratio: the share of the bare loop's rate that the harness must reach.
        turns: how many the median is of: where others share the processors, single turns are off
            by a fifth.  Few where a turn takes long.
    """

    name: str
    machine: str
    devices: tuple[str, ...]
    least_ratio: float
    turns: int


PLUGGED = (
    *("e1000", "e1000e", "rtl8139", "virtio-net-pci", "virtio-rng-pci", "virtio-balloon-pci"),
    *(
        "virtio-serial-pci",
        "virtio-keyboard-pci",
        "virtio-gpu-pci",
        "AC97,audiodev=sound",
        "intel-hda",
    ),
    *("nec-usb-xhci", "ich9-usb-ehci1", "sdhci-pci", "lsi53c895a"),
)
CASES = (
    Case("qemu:pc", "pc", (), 0.85, turns=9),
    Case(
        "qemu:q35 with 15 devices",
        "q35",
        ("-audiodev", "none,id=sound", *(word for name in PLUGGED for word in ("-device", name))),
        0.8,
        turns=5,
    ),
)


#: What a guest was asked to do; put into words later, which is none of the harness's work.
Doing = tuple[str, tuple[Command | str, ...]]


def in_words(done: list[Doing]) -> list[Operation]:
    return [(name, tuple(map(str, commands))) for name, commands in done]


class RecordingGuest(QemuGuest):
    """A guest that notes what it is asked to do."""

    def __init__(self, options: GuestOptions) -> None:
        self._done: list[Doing] = []
        super().__init__(options)

    def take(self) -> list[Operation]:
        """Return, once, what it was asked to do."""
        done, self._done = self._done, []
        return in_words(done)

    @property
    def firmware(self) -> list[Operation]:
        """What the machine is given before the first operation."""
        return in_words([("execute", tuple(chain.from_iterable(self.boot)))])

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        # Which execute() goes through, too.
        self._done.append(("execute", tuple(commands)))
        return super().follow(commands)

    def save(self, tag: str) -> None:
        self._done.append(("save", (tag,)))
        super().save(tag)

    def load(self, tag: str) -> None:
        self._done.append(("load", (tag,)))
        super().load(tag)

    def reset(self) -> None:
        self._done.append(("reset", ()))
        super().reset()

    def rewind(self, tag: str) -> None:
        self._done += [("reset", ()), ("load", (tag,))]
        super().rewind(tag)


class RecordingFreshGuest(FreshGuest):
    """The same, with a new process for each reload."""

    def __init__(self, options: GuestOptions) -> None:
        self._done: list[Doing] = []
        super().__init__(options)

    def take(self) -> list[Operation]:
        """Return, once, what it was asked to do."""
        done, self._done = self._done, []
        return in_words(done)

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        # Which execute() goes through, too.
        self._done.append(("execute", tuple(commands)))
        return super().follow(commands)

    def save(self, tag: str) -> None:
        self._done.append(("save", (tag,)))
        super().save(tag)

    def state(self) -> bytes:
        self._done.append(("state", ()))
        return super().state()

    def reload(self, tag: str) -> None:
        self._done.append(("reload", (tag,)))
        super().reload(tag)

    def rewind(self, tag: str) -> None:
        self._done.append(("rewind", (tag,)))
        super().rewind(tag)


def hunt(guest, device: str, seed: int, cycles: int = CYCLES) -> tuple[JobResult, float]:
    owner = next(o for o in guest.map.owners if o.type == device)
    job = Job(
        guest=guest.spec, device=device, owner=(owner.type, owner.path), seed=seed, cycles=cycles
    )
    started = time.perf_counter()
    result = Hunt(guest, job, Masks(), HuntSettings()).run()
    return result, time.perf_counter() - started


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_harness_reaches_most_of_a_bare_loops_rate(capsys, case):
    binary = find_one()
    ratios, rates = [], []
    options = GuestOptions(machine=case.machine, binary=binary, devices=case.devices)
    with RecordingGuest(options) as guest:
        for turn in range(case.turns):
            guest.take()
            result, seconds = hunt(guest, "isa-pit", turn)
            assert result.verdict == "passed"
            # A process of its own each turn, as the hunt has: the first hundred snapshots of
            # a process take longer than later ones.
            operations = guest.take()
            bare = BareLoop(Process(guest.machine))
            try:
                bare.run(guest.firmware)
                started = time.perf_counter()
                bare.run(operations)
                bare_seconds = time.perf_counter() - started
            finally:
                bare.close()
            rates.append((result.cycles / seconds, result.cycles / bare_seconds))
            ratios.append(bare_seconds / seconds)
    ratio = statistics.median(ratios)
    mine, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    with capsys.disabled():
        print(
            f"\n{case.name} {binary.version_text}: harness {mine:.1f} cycles/s, "
            f"bare loop {theirs:.1f}"
        )
        print(f"ratio {ratio:.2f} (of {case.turns} turns: {', '.join(f'{r:.2f}' for r in ratios)})")
    assert ratio >= case.least_ratio


def test_the_harness_reaches_most_of_a_bare_loops_rate_with_a_new_process_for_each_reload(capsys):
    binary = find_one()
    ratios, rates = [], []
    with RecordingFreshGuest(GuestOptions(machine="pc", binary=binary)) as guest:
        for turn in range(FRESH_TURNS):
            guest.take()
            result, seconds = hunt(guest, "isa-pit", turn, FRESH_CYCLES)
            assert result.verdict == "passed"
            operations = guest.take()
            bare = BareFreshLoop(binary.path, "pc", guest.intercept)
            try:
                started = time.perf_counter()
                bare.run(operations)
                bare_seconds = time.perf_counter() - started
            finally:
                bare.close()
            rates.append((result.cycles / seconds, result.cycles / bare_seconds))
            ratios.append(bare_seconds / seconds)
    ratio = statistics.median(ratios)
    mine, theirs = (statistics.median(column) for column in zip(*rates, strict=True))
    with capsys.disabled():
        print(f"\nqemu:pc,reload=fresh: harness {mine:.1f} cycles/s, bare loop {theirs:.1f}")
        print(f"ratio {ratio:.2f} (of {len(ratios)}: {', '.join(f'{r:.2f}' for r in ratios)})")
    assert ratio >= LEAST_FRESH_RATIO


def test_cycles_a_second_of_the_model_machine(capsys):
    rates = []
    for device in ("isa-pit", "i8257", "isa-i8259", "isa-serial", "mc146818rtc"):
        with ModelGuest("pc") as guest:
            result, seconds = hunt(guest, device, 0)
        assert result.verdict == "passed"
        rates.append((device, result.cycles / seconds))
    with capsys.disabled():
        print("\nmodel:pc: " + ", ".join(f"{device} {rate:.0f}" for device, rate in rates))
        print(f"median {statistics.median(rate for _, rate in rates):.0f} cycles/s")
