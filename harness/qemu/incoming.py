"""Incoming: a fresh process that waits for a stream, and loads it.

Owns how a stream gets in, and what QEMU's ways of refusing one mean.
"""

from __future__ import annotations

from dataclasses import replace

from harness.errors import DiedError, LoadError
from harness.qemu.argv import Machine
from harness.qemu.migration import is_over
from harness.qemu.process import Process
from harness.qemu.session import Session

#: Since when block nodes stay inactive after a load, until the machine runs.
_INACTIVE_SINCE = (10, 0)


def waiting(machine: Machine) -> Machine:
    """Return *machine* as it waits for a stream."""
    return replace(machine, devices=(*machine.devices, "-incoming", "defer"))


class Incoming(Session):
    """A QEMU that has been started and waits for the state of all its devices."""

    def __init__(
        self,
        machine: Machine,
        deadline_s: float,
        process: Process | None = None,
        release: tuple[int, int] | None = None,
    ) -> None:
        """Start *machine*, waiting.

        Args:
            machine: what runs.
            deadline_s: seconds that one operation may take.
            process: the process, where it was started ahead, as :func:`waiting` says.
            release: the binary's version, major and minor, where it is known.

        Raises:
            LaunchError: as a session does.
        """
        super().__init__(waiting(machine), deadline_s, process)
        self._known_release = release

    def _release(self) -> tuple[int, int]:
        return self._known_release or super()._release()

    def _run(self) -> None:
        """Do nothing: it runs when it has been given a state."""

    def load_stream(self, data: bytes) -> None:
        """Load *data*; it works once.

        Raises:
            LoadError: QEMU refused it; the error holds what it said.
            DiedError: the process ended in another way.
            DeadlineError: it did not answer in time.
        """
        path = self.process.directory / "incoming"
        try:
            with self._doing("loading a stream"), path.open("w+b") as file:
                file.write(data)
                file.seek(0)
                uri = self._migration_uri(path, file.fileno())
                self._monitor.execute("migrate-incoming", uri=uri)
                done = self._monitor.wait_for("MIGRATION", is_over)
        except DiedError as error:
            # QEMU ends by itself, with status 1, where a stream does not suit it.
            if error.status == 1:
                raise LoadError(error.log_tail) from error
            raise
        if done.data["status"] != "completed":
            raise LoadError(self.process.log_tail() or "the migration failed")

    def activate(self) -> None:
        """Let the machine use its block nodes, as it could once it runs, or run.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.

        Source: QEMU 10.0 qapi/block-core.json, blockdev-set-active; up to 9.2 loading does it.
        """
        with self._doing("activating block nodes"):
            if self.clock is not None:
                super()._run()
            elif self._release() >= _INACTIVE_SINCE:
                self._monitor.execute("blockdev-set-active", active=True)
