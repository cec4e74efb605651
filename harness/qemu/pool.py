"""The pool: processes that are started ahead and wait for a state.

A process takes longer to start than all else that is done in a cycle; it does so while
others work.  The pool knows neither guests nor what is loaded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from harness.qemu.argv import Machine
from harness.qemu.incoming import Incoming, waiting
from harness.qemu.process import Process

#: How many processes wait: one that is ready, and one that is about to be.
SIZE = 2


class Pool:
    """Processes of one machine that have been touched by nothing.

    Each draws random numbers of its own, or two of them would agree about what is none of the
    state's doing.

    Args:
        machine: what they run.
        deadline_s: seconds that one operation of them may take.
        release: the binary's version, major and minor.
        size: how many wait.
    """

    def __init__(
        self, machine: Machine, deadline_s: float, release: tuple[int, int], size: int = SIZE
    ) -> None:
        self._machine = machine
        self._deadline_s = deadline_s
        self._release = release
        self._size = size
        self._started: deque[Process] = deque()
        #: How many there have been.
        self._count = 0

    def fill(self) -> None:
        """Start as many as are missing, without waiting for them.

        Raises:
            LaunchError: the program can't be executed.
        """
        # One that was killed while it waited is nobody's finding.
        for process in [each for each in self._started if each.status() is not None]:
            process.stop()
            self._started.remove(process)
        while len(self._started) < self._size:
            self._count += 1
            machine = replace(self._machine, seed=self._machine.seed + self._count)
            self._started.append(Process(waiting(machine)))

    def take(self) -> Incoming:
        """Return the one that was started first, and start another in its place.

        Raises:
            LaunchError: it ended before it answered, or did not answer in time.
        """
        self.fill()
        process = self._started.popleft()
        self.fill()
        return Incoming(self._machine, self._deadline_s, process, self._release)

    def close(self) -> None:
        """End all that wait; safe to call twice."""
        while self._started:
            self._started.popleft().stop()
