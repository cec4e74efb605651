"""Budgets: how long a campaign may go on, as the user says it.

A time is turned into a number of cycles with a nominal rate, so that one seed gives one
run on every machine; a machine too slow for that is stopped by the clock, and the report
says so.  A count of cycles is taken as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import ConfigError

_UNITS_S = {"s": 1, "m": 60, "h": 3600}
_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|cycles)")
#: Cycles a second that any machine should manage, by kind of guest.
NOMINAL_RATES = {"model": 100, "qemu": 20, "fresh": 4, "cross": 2}

#: Most machines manage so many times the nominal rate.
_USUALLY = 2
#: What one job may take of what is left, in shares: about every third has anything to follow up.
_FOLLOW_UPS = 2.5
#: A job may take so many times what its cycles take at the nominal rate, …
_TIMES_NOMINAL = 4
#: … and at least so many seconds: time for one finding.
_LEAST_SECONDS = 20.0
#: But where all are slow no job takes more of what is left than so many shares.
_MOST_SHARES = 1.25


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget.

    Attributes:
        text: as the user wrote it.
        seconds: wall-clock limit; None for none.
        cycles: cycles for each guest; None where they follow from the time.
    """

    text: str
    seconds: float | None
    cycles: int | None

    @classmethod
    def parse(cls, text: str) -> Budget:
        """Read a budget such as ``30s``, ``10m``, ``8h`` or ``100000cycles``.

        Raises:
            ConfigError: it is none, or it is nothing.
        """
        match = _BUDGET.fullmatch(text.strip())
        remedy = "give a time such as 30s, 10m or 8h, or a count such as 100000cycles"
        if match is None:
            raise ConfigError(f"--vmstate-budget {text!r} is no budget", remedy)
        amount, unit = float(match[1]), match[2]
        if amount <= 0:
            raise ConfigError(f"--vmstate-budget {text!r} leaves no time at all", remedy)
        if unit == "cycles":
            return cls(text, None, max(1, int(amount)))
        return cls(text, amount * _UNITS_S[unit], None)

    def cycles_for(self, kind: str, guests: int) -> int:
        """Return the cycles of one guest of *kind* among so many guests."""
        if self.cycles is not None:
            return self.cycles
        share_s = (self.seconds or 0.0) / max(1, guests)
        return max(1, int(share_s * NOMINAL_RATES[kind]))

    def usual_seconds_for(self, cycles: int, kind: str = "qemu") -> float:
        """Return the seconds that a job of so many cycles should take where it meets nothing."""
        return cycles / (_USUALLY * NOMINAL_RATES[kind])

    def follow_up_for(self, usual_s: float, left_s: float) -> float:
        """Return the seconds that a job may spend on what it meets.

        What others leave is there for it, too; but however much it finds, each job after it
        comes to its own cycles.

        Args:
            usual_s: seconds that a job takes which meets nothing.
            left_s: seconds of the campaign that are left for each job still to be done.
        """
        return _FOLLOW_UPS * max(0.0, left_s - usual_s)

    def seconds_for(self, cycles: int, kind: str = "qemu") -> float | None:
        """Return the wall-clock limit of a job of so many cycles; None for none.

        Several times what the nominal rate of a QEMU, or of *kind* where that is lower, allows,
        so that a device with much to find does not take the time of all others.
        """
        if self.seconds is None:
            return None
        rate = min(NOMINAL_RATES["qemu"], NOMINAL_RATES[kind])
        return max(_LEAST_SECONDS, _TIMES_NOMINAL * cycles / rate)

    def hunt_for(self, cycles: int, left_s: float, kind: str = "qemu") -> float:
        """Return the seconds that a job of so many cycles may hunt; infinity for no limit.

        That of :meth:`seconds_for`, unless those behind it would not come to their turn: a board
        of a gigabyte takes a second for a cycle.

        Args:
            cycles: of the job.
            left_s: seconds of the campaign that are left for each job still to be done.
            kind: of its guest, as for :data:`NOMINAL_RATES`.
        """
        seconds = self.seconds_for(cycles, kind)
        return float("inf") if seconds is None else min(seconds, _MOST_SHARES * left_s)
