"""Power: each planted fault is found, named by its exact field, shrunk to the exact minimum.

The table is the specification: what is broken, which field must be named, and the trace
that a person would write by hand.  A row takes the first finding of a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from device_models import Machine, build
from device_models.faults import (
    drop_field,
    forget_on_reset,
    gate_field,
    hide_attribute,
    narrow_field,
    never_needed,
    plant,
    plant_on_load,
    swap_fields,
    without_post_load,
)
from harness.finding import Finding
from harness.guests import ModelGuest
from harness.hunt import Hunt, HuntSettings
from harness.job import Job
from harness.masks import Masks
from vmstate import VMStateDescription
from vmstate.info import UINT8

#: No fault may need more with its seed; most need a tenth.
MOST_CYCLES = 800

Fault = Callable[[VMStateDescription], VMStateDescription]


class FirstFindingError(Exception):
    """Ends a hunt at its first finding."""


def saved_with(slot: str, fault: Fault) -> Callable[[Machine], None]:
    return lambda machine: plant(machine.slot(slot), fault)


def loaded_with(slot: str, fault: Fault) -> Callable[[Machine], None]:
    return lambda machine: plant_on_load(machine.slot(slot), fault)


def lost_and_left_by_reset(slot: str, path: str) -> Callable[[Machine], None]:
    def break_it(machine: Machine) -> None:
        plant(machine.slot(slot), lambda vmsd: drop_field(vmsd, path))
        forget_on_reset(machine.slot(slot), path)

    return break_it


@dataclass(frozen=True)
class Planted:
    """One row: a fault, and what must come of it."""

    name: str
    slot: str
    break_it: Callable[[Machine], None]
    fields: tuple[str, ...]
    trace: tuple[str, ...]
    described: bool
    seed: int = 1


PLANTED = [
    Planted(
        "a field dropped from a description",
        "pic1",
        saved_with("pic1", lambda vmsd: drop_field(vmsd, "imr")),
        ("imr",),
        ("outb 0x21 0x1", "cycle", "inb 0x21"),
        described=False,
    ),
    Planted(
        "a field dropped from an array of structs",
        "dma2",
        saved_with("dma2", lambda vmsd: drop_field(vmsd, "regs[].page")),
        ("regs[2].page",),
        ("outb 0x89 0x1", "cycle", "inb 0x89"),
        described=False,
        seed=2,
    ),
    Planted(
        "a timer dropped",
        "rtc",
        saved_with("rtc", lambda vmsd: drop_field(vmsd, "periodic_timer")),
        ("periodic_timer",),
        ("outb 0x70 0xb", "outb 0x71 0x40", "cycle", "clock_step 976563"),
        described=False,
        seed=2,
    ),
    Planted(
        "a field too narrow for its values",
        "serial",
        saved_with("serial", lambda vmsd: narrow_field(vmsd, "state.divider", UINT8)),
        ("state.divider",),
        ("outb 0x3fb 0x80", "outb 0x3f9 0x1", "cycle", "inb 0x3f9"),
        described=True,
    ),
    Planted(
        "a subsection that is never needed",
        "dma1",
        saved_with("dma1", lambda vmsd: never_needed(vmsd, "dma/status")),
        ("status",),
        ("outb 0x9 0x4", "cycle", "inb 0x8"),
        described=True,
    ),
    Planted(
        "post_load left out",
        "serial",
        loaded_with("serial", lambda vmsd: without_post_load(vmsd, "state")),
        ("state.thr_ipending",),
        ("outb 0x3f9 0x2", "cycle"),
        described=True,
        seed=6,
    ),
    Planted(
        "a reset that forgets what nobody saves",
        "pic1",
        lost_and_left_by_reset("pic1", "imr"),
        ("imr",),
        ("cycle", "inb 0x21", "outb 0x21 0x1"),
        described=False,
    ),
    Planted(
        "two fields swapped",
        "serial",
        loaded_with("serial", lambda vmsd: swap_fields(vmsd, "state.lcr", "state.mcr")),
        ("state.lcr", "state.mcr"),
        ("cycle", "inb 0x3fb"),
        described=True,
    ),
    Planted(
        "a version gate above the version",
        "serial",
        saved_with("serial", lambda vmsd: gate_field(vmsd, "state.scr", 4)),
        ("state.scr",),
        ("outb 0x3ff 0x1", "cycle", "inb 0x3ff"),
        described=True,
    ),
    Planted(
        "an attribute in no description",
        "pic2",
        saved_with("pic2", lambda vmsd: hide_attribute(vmsd, "elcr")),
        ("elcr",),
        ("outb 0x4d1 0x2", "cycle", "inb 0x4d1"),
        described=False,
    ),
    Planted(
        "a latch dropped, which only a latched read shows",
        "pit",
        saved_with("pit", lambda vmsd: drop_field(vmsd, "channels[].count_latched")),
        ("channels[0].count_latched",),
        ("outb 0x43 0x10", "outb 0x43 0x0", "outb 0x40 0x1", "cycle", "inb 0x40"),
        described=False,
        seed=3,
    ),
]


def first_finding(planted: Planted, seed: int) -> tuple[Finding, int]:
    """Return the first finding on a machine with the fault, and the cycles that it took."""

    def make() -> Machine:
        machine = build("pc")
        planted.break_it(machine)
        return machine

    found: list[Finding] = []

    def stop(finding: Finding) -> None:
        found.append(finding)
        raise FirstFindingError

    with ModelGuest("pc", make) as guest:
        path = f"/machine/{planted.slot}"
        owner = next(owner for owner in guest.map.owners if owner.path == path)
        job = Job(
            guest=guest.spec,
            device=planted.slot,
            owner=(owner.type, owner.path),
            seed=seed,
            cycles=MOST_CYCLES,
        )
        hunt = Hunt(guest, job, Masks(), HuntSettings(), found=stop)
        with pytest.raises(FirstFindingError):
            hunt.run()
    return found[0], hunt.result.cycles


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.name for planted in PLANTED])
def test_a_planted_fault_is_found_named_and_shrunk(planted, record_property):
    finding, cycles = first_finding(planted, planted.seed)
    record_property("cycles", cycles)
    assert finding.culprit.fields == planted.fields
    assert finding.culprit.described is planted.described
    assert finding.culprit.owner.path == f"/machine/{planted.slot}"
    assert tuple(str(finding.trace).splitlines()) == planted.trace
    assert finding.is_minimal
    assert finding.hits == finding.runs


def test_another_seed_finds_the_same_minimum():
    planted = PLANTED[0]
    mine, theirs = (first_finding(planted, seed)[0] for seed in (2, 3))
    assert mine.id == theirs.id
    assert mine.trace == theirs.trace


def test_the_same_machine_without_a_fault_gives_no_finding():
    with ModelGuest("pc") as guest:
        for owner in guest.map.owners:
            job = Job(
                guest=guest.spec,
                device=owner.type,
                owner=(owner.type, owner.path),
                seed=1,
                cycles=100,
            )
            result = Hunt(guest, job, Masks(), HuntSettings()).run()
            assert result.verdict == "passed"
            assert result.cycles >= 100
            assert result.nondeterministic == {}
