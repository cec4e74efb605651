"""Hunts on model machines with a planted fault, which end at their first finding."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from device_models import Machine
from harness.finding import Finding
from harness.guests import ModelGuest
from harness.hunt import Hunt
from harness.job import HuntSettings, Job
from harness.masks import Masks

#: No fault may need more with its seed; most need a tenth.
MOST_CYCLES = 800


class _FirstFindingError(Exception):
    """Ends a hunt at its first finding."""


def first_finding(
    make: Callable[[], Machine], slot: str, seed: int = 1
) -> tuple[Finding | None, int]:
    """Return the first finding on a machine, and the cycles that it took; None if there is none.

    Args:
        make: makes the machine, with the fault in it.
        slot: which of its devices is hunted.
        seed: of all that is drawn.
    """
    found: list[Finding] = []

    def stop(finding: Finding) -> None:
        found.append(finding)
        raise _FirstFindingError

    machine = make().name
    with ModelGuest(machine, make) as guest:
        path = f"/machine/{slot}"
        owner = next(owner for owner in guest.map.owners if owner.path == path)
        job = Job(
            guest=guest.spec,
            device=slot,
            owner=(owner.type, owner.path),
            seed=seed,
            cycles=MOST_CYCLES,
        )
        hunt = Hunt(guest, job, Masks(), HuntSettings(), found=stop)
        with suppress(_FirstFindingError):
            hunt.run()
    return (found[0] if found else None), hunt.result.cycles
