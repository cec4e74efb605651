"""Power: each planted fault is found, named by its exact field, shrunk to the exact minimum.

The table is the specification: what is broken, which field must be named, and the trace
that a person would write by hand.  A row takes the first finding of a fixed seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

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
from device_models.machine import Slot
from harness.finding import Finding
from harness.guests import ModelGuest
from harness.hunt import Hunt
from harness.job import HuntSettings, Job
from harness.masks import Masks
from tests.support.planting import first_finding
from vmstate import VMStateDescription
from vmstate.info import UINT8

#: Puts a fault into one slot of a machine.
Break = Callable[[Slot], None]


def saved(fault: Callable[..., VMStateDescription], *args: object) -> Break:
    """Save and load with a fault."""
    return lambda slot: plant(slot, lambda vmsd: fault(vmsd, *args))


def loaded(fault: Callable[..., VMStateDescription], *args: object) -> Break:
    """Load with a fault what was saved without."""
    return lambda slot: plant_on_load(slot, lambda vmsd: fault(vmsd, *args))


def dropped_and_left_by_reset(path: str) -> Break:
    def break_it(slot: Slot) -> None:
        plant(slot, lambda vmsd: drop_field(vmsd, path))
        forget_on_reset(slot, path)

    return break_it


@dataclass(frozen=True)
class Planted:
    """One row: a fault, and what must come of it.

    Attributes:
        slot: which device has it.
        break_it: puts it in.
        fields: those that must be named, one to a word.
        trace: the minimum, its steps parted by semicolons.
        described: whether the device's section has these fields.
        seed: one that finds it soon.
    """

    slot: str
    break_it: Break
    fields: str
    trace: str
    _: KW_ONLY
    described: bool
    seed: int = 1


# In each row: where what is broken and what must be named; then how it must be shown.
PLANTED = {
    "a field dropped from a description": Planted(
        "pic1", saved(drop_field, "imr"), "imr",
        "outb 0x21 0x1; cycle; inb 0x21", described=False,
    ),
    "a field dropped from an array of structs": Planted(
        "dma2", saved(drop_field, "regs[].page"), "regs[2].page",
        "outb 0x89 0x1; cycle; inb 0x89", described=False, seed=2,
    ),
    "a timer dropped": Planted(
        "rtc", saved(drop_field, "periodic_timer"), "periodic_timer",
        "outb 0x70 0xb; outb 0x71 0x40; cycle; clock_step 976563", described=False, seed=2,
    ),
    "a field too narrow for its values": Planted(
        "serial", saved(narrow_field, "state.divider", UINT8), "state.divider",
        "outb 0x3fb 0x80; outb 0x3f9 0x1; cycle; inb 0x3f9", described=True,
    ),
    "a subsection that is never needed": Planted(
        "dma1", saved(never_needed, "dma/status"), "status",
        "outb 0x9 0x4; cycle; inb 0x8", described=True,
    ),
    "post_load left out": Planted(
        "serial", loaded(without_post_load, "state"), "state.thr_ipending",
        "outb 0x3f9 0x2; cycle", described=True, seed=6,
    ),
    "a reset that forgets what nobody saves": Planted(
        "pic1", dropped_and_left_by_reset("imr"), "imr",
        "cycle; inb 0x21; outb 0x21 0x1", described=False,
    ),
    "two fields swapped": Planted(
        "serial", loaded(swap_fields, "state.lcr", "state.mcr"), "state.lcr state.mcr",
        "cycle; inb 0x3fb", described=True,
    ),
    "a version gate above the version": Planted(
        "serial", saved(gate_field, "state.scr", 4), "state.scr",
        "outb 0x3ff 0x1; cycle; inb 0x3ff", described=True,
    ),
    "an attribute in no description": Planted(
        "pic2", saved(hide_attribute, "elcr"), "elcr",
        "outb 0x4d1 0x2; cycle; inb 0x4d1", described=False,
    ),
    "a latch dropped, which only a latched read shows": Planted(
        "pit", saved(drop_field, "channels[].count_latched"), "channels[0].count_latched",
        "outb 0x43 0x10; outb 0x43 0x0; outb 0x40 0x1; cycle; inb 0x40", described=False, seed=3,
    ),
}  # fmt: skip


def found_on(planted: Planted, seed: int) -> tuple[Finding, int]:
    """Return the first finding on a machine with the fault, and the cycles that it took."""

    def make() -> Machine:
        machine = build("pc")
        planted.break_it(machine.slot(planted.slot))
        return machine

    finding, cycles = first_finding(make, planted.slot, seed)
    assert finding is not None
    return finding, cycles


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_named_and_shrunk(name, record_property):
    planted = PLANTED[name]
    finding, cycles = found_on(planted, planted.seed)
    record_property("cycles", cycles)
    assert finding.culprit.fields == tuple(planted.fields.split())
    assert finding.culprit.described is planted.described
    assert finding.culprit.owner.path == f"/machine/{planted.slot}"
    assert str(finding.trace).splitlines() == planted.trace.split("; ")
    assert finding.is_minimal
    assert finding.hits == finding.runs


def test_another_seed_finds_the_same_minimum():
    planted = PLANTED["a field dropped from a description"]
    mine, theirs = (found_on(planted, seed)[0] for seed in (1, 3))
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
