"""The load oracle: a guest saves its state, and loads what it saved itself.

It says why where it can't, and neither crashes nor hangs.
"""

from __future__ import annotations

from harness.cycle import CycleRecord
from harness.difference import Difference
from harness.masks import Masks
from harness.oracles.verdict import Verdict


def judge_load(record: CycleRecord, masks: Masks) -> Verdict:
    """Say whether the guest could save and load."""
    if record.error is None:
        return Verdict()
    known = masks.cases_of_failure(record.failure_kind, str(record.error))
    if known:
        return Verdict(known=frozenset(known))
    return Verdict(
        Difference(
            oracle="load",
            cycle=record.number,
            step=None,
            command="",
            places=(),
            expected="the state is saved and loaded",
            seen=str(record.error),
            kind=record.failure_kind,
        )
    )
