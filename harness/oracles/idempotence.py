"""The idempotence oracle: saved again right after loading, every field has the value it had.

A difference names the field at once.  Some devices put their state into a normal form
when they load it; a rule says which.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.cycle import CycleRecord
from harness.difference import Difference, FieldPlace
from harness.fields import DeviceState, FieldDifference, differences
from harness.masks import Masks
from harness.oracles.verdict import Verdict


def judge_idempotence(
    record: CycleRecord, decode: Callable[[bytes], DeviceState], masks: Masks
) -> Verdict:
    """Say whether the state after loading is the state that was saved.

    Args:
        record: what was seen.
        decode: turns the guest's state bytes into fields; called only if the bytes differ.
        masks: what is known.
    """
    states = (record.before, record.after, *record.others)
    if record.before == record.after or not all(states):
        return Verdict()
    before = decode(record.before)
    others = [differences(before, decode(state)) for state in record.others]
    unlike = frozenset(one.field.key for found in others for one in found)
    return judge_states(record.number, before, decode(record.after), masks, unlike)


def judge_states(
    number: int,
    before: DeviceState,
    after: DeviceState,
    masks: Masks,
    unlike: frozenset[tuple[str, int, str]] = frozenset(),
) -> Verdict:
    """Say whether two decoded states are the same but for what is known, and for *unlike*."""
    known: set[str] = set()
    wrong: list[FieldDifference] = []
    for difference in differences(before, after):
        field = difference.field
        if field.key in unlike:
            continue
        cases = masks.cases_of_field(field.section, field.path)
        known |= cases
        if not cases:
            wrong.append(difference)
    if not wrong:
        return Verdict(known=frozenset(known))
    first = wrong[0]
    return Verdict(
        Difference(
            oracle="idempotence",
            cycle=number,
            step=None,
            command="",
            places=tuple(
                FieldPlace(d.field.section, d.field.instance_id, d.field.path, d.bits)
                for d in wrong
            ),
            expected=_show(first.expected.data if first.expected else None),
            seen=_show(first.seen.data if first.seen else None),
            kind="changed by loading",
        ),
        frozenset(known),
    )


def _show(data: bytes | None) -> str:
    if data is None:
        return "not sent"
    return f"0x{data.hex()}" if data else "sent"
