"""Jobs: how a machine with drives of its own is saved and loaded.

``savevm`` wants every drive to take snapshots.  A job is told which node to use; the drives'
contents stay as they are.  This module knows the jobs' commands; that the machine is to be
waited for, and what a lost connection means, is the session's business.

Source: QEMU 7.2 qapi/migration.json, snapshot-save (since 6.0).
"""

from __future__ import annotations

from typing import cast

from harness.qemu.argv import SNAPSHOT_NODE
from harness.qemu.monitor import Monitor


class SnapshotJobs:
    """The jobs of one machine.

    Args:
        monitor: through which they are asked for; each call raises what it raises.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._tags: set[str] = set()
        self._number = 0

    def save(self, tag: str) -> str:
        """Save under *tag*, again if need be; return why it could not be, empty if it could."""
        if tag in self._tags:
            self._run("snapshot-delete", tag=tag, devices=[SNAPSHOT_NODE])
        self._tags.add(tag)
        return self._run("snapshot-save", tag=tag, vmstate=SNAPSHOT_NODE, devices=[SNAPSHOT_NODE])

    def load(self, tag: str) -> str:
        """Load what was saved under *tag*; return why it could not be, empty if it could."""
        return self._run("snapshot-load", tag=tag, vmstate=SNAPSHOT_NODE, devices=[SNAPSHOT_NODE])

    def _run(self, command: str, **arguments: object) -> str:
        """Run a job to its end; return what it says went wrong, empty for nothing."""
        self._number += 1
        identity = f"job{self._number}"
        self._monitor.execute(command, **{"job-id": identity}, **arguments)
        self._monitor.wait_for(
            "JOB_STATUS_CHANGE",
            lambda event: event.data == {"id": identity, "status": "concluded"},
        )
        jobs = cast("list[dict[str, object]]", self._monitor.execute("query-jobs"))
        self._monitor.execute("job-dismiss", id=identity)
        return next((str(job.get("error", "")) for job in jobs if job["id"] == identity), "")
