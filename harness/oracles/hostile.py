"""The hostile oracle: a state with any values in its fields is loaded, or refused with an error.

No abort, no failed assertion, no memory error, no endless loop: neither while it is loaded nor by
what the guest is asked afterwards.
"""

from __future__ import annotations

from harness.cycle import CycleRecord
from harness.difference import Difference, SpoiltPlace
from harness.errors import DeadlineError, DiedError
from harness.masks import Masks
from harness.oracles.verdict import Verdict
from harness.streams.spoiling import spoilt_field


def judge_hostile(record: CycleRecord, masks: Masks) -> Verdict:
    """Say whether the guest outlived a state that was spoilt; nothing of one that was not."""
    error = record.error
    if not record.spoils or not isinstance(error, (DiedError, DeadlineError)) or error.was_killed:
        return Verdict()
    places = tuple(SpoiltPlace(*spoilt_field(spoil)) for spoil in record.spoils)
    known = {case for one in places for case in masks.cases_of_spoilt(one.section, one.path)}
    if known:
        return Verdict(known=frozenset(known))
    return Verdict(
        Difference(
            oracle="hostile",
            cycle=record.number,
            step=None,
            command="",
            places=places,
            expected="it is loaded, or refused with an error",
            seen=str(error),
            kind=record.failure_kind,
        )
    )
