"""The spare: a process that is started while the one in use is still at work.

Whoever starts a machine again and again, to confirm or to shrink a finding, would wait for each
start otherwise.  It knows no guest.
"""

from __future__ import annotations

from harness.qemu.argv import Machine
from harness.qemu.process import Process

#: So many starts show that there will be more of them.  Most guests have fewer, and a process
#: that nobody takes costs as much as one that is used.
_MANY = 2


class Spare:
    """At most one process of a machine, for whoever starts it next.

    Args:
        machine: what it runs.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._process: Process | None = None
        self._taken = 0

    def take(self, machine: Machine) -> Process:
        """Return a new process of *machine*: the spare, if it is one and still runs.

        Raises:
            LaunchError: the program can't be executed.
        """
        self._taken += 1
        process, self._process = self._process, None
        if process is not None:
            if machine == self._machine and process.status() is None:
                return process
            process.stop()
        return Process(machine)

    def prepare(self) -> None:
        """Start one, where many were taken before, without waiting for it.

        Raises:
            LaunchError: the program can't be executed.
        """
        if self._process is None and self._taken > _MANY:
            self._process = Process(self._machine)

    def close(self) -> None:
        """End it; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()
