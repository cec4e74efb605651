"""Inspection: the state at a checkpoint of a trace, seen in a guest that was started for it.

It disturbs nobody: each look has a guest of its own, from scratch.  What is made of what is
seen, others know.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.cycle import CHECKPOINT, CycleRecord, reload, run_suffix, run_trace
from harness.difference import Difference
from harness.fields import DeviceState
from harness.guest import Guest
from harness.masks import Masks
from harness.oracles import judge_future
from harness.trace import Trace


class Inspector:
    """Looks at the states that a trace leads to.

    Args:
        restarted: starts the guest again from nothing and returns it.
    """

    def __init__(self, restarted: Callable[[], Guest]) -> None:
        self._restarted = restarted

    def states_at(self, trace: Trace, number: int) -> tuple[DeviceState, DeviceState]:
        """Return the state at checkpoint *number* of *trace* and just after it was loaded.

        Each is inspected in a guest of its own, from scratch, so that nothing is disturbed.

        Raises:
            GuestError: the guest could not get there.
        """
        return self.state_before(trace, number), self._inspect_at(trace, number, reloaded=True)

    def state_before(self, trace: Trace, number: int) -> DeviceState:
        """Return the state at checkpoint *number* of *trace*, in a guest of its own.

        Raises:
            GuestError: the guest could not get there.
        """
        return self._inspect_at(trace, number, reloaded=False)

    def shows_undirtied(self, trace: Trace, difference: Difference, masks: Masks) -> bool:
        """Say whether *difference* shows, too, in place, if nothing is done before the reset.

        In a cycle run A comes between saving and reset, and leaves traces in the devices.  What
        shows only then, neither reset nor load clears from a used device.  What shows only in a
        fresh process, nobody saved; a reset in place leaves it as it is, so that it seems to
        come back.  Both are for reset and load to put right, and don't.

        Args:
            trace: the commands and cycles.
            difference: what it shows.
            masks: what was known, and passed over, when it showed that.

        Raises:
            GuestError: the guest could not get there.
        """
        prefix = Trace.join(trace.segments[: difference.cycle])
        suffix = trace.segments[difference.cycle]
        guest = self._at(prefix)
        before, expected = guest.state(), run_suffix(guest, suffix)
        guest = self._at(prefix)
        # Whatever the guest's reload mode is.
        guest.reset()
        guest.load(CHECKPOINT)
        after, seen = guest.state(), run_suffix(guest, suffix)
        if difference.oracle == "idempotence":
            return before != after
        record = CycleRecord(difference.cycle, suffix, before, after, expected, seen, None, ())
        shown = judge_future(record, guest.map, masks).difference
        return shown is not None and shown.pin == difference.pin

    def _inspect_at(self, trace: Trace, number: int, *, reloaded: bool) -> DeviceState:
        guest = self._at(Trace.join([*trace.segments[:number]]))
        if reloaded:
            # As in a cycle: what this does to the devices is for reset and load to undo.
            guest.execute(trace.segments[number])
            reload(guest)
        return guest.inspect()

    def _at(self, prefix: Trace) -> Guest:
        """Return the guest after *prefix*, from scratch, with a checkpoint saved there."""
        guest = self._restarted()
        for _ in run_trace(guest, prefix):
            pass
        guest.save(CHECKPOINT)
        return guest
