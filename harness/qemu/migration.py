"""Migration: how one is begun and comes to its end.

Knows what a monitor tells of it; what is migrated, and where to, is its owner's business.
"""

from __future__ import annotations

from harness.errors import QmpError
from harness.qemu.monitor import Event, Monitor


def is_over(event: Event) -> bool:
    """Whether *event*, a ``MIGRATION``, is the last one of a migration."""
    return event.data.get("status") in {"completed", "failed", "cancelled"}


def migrate(monitor: Monitor, uri: str) -> str:
    """Migrate to *uri* and return why that failed; empty if it did not.

    Raises:
        EOFError: the connection was lost.
        TimeoutError: an answer, or the end, did not come in time.
    """
    # A snapshot that was saved before has told of itself as a migration does.
    monitor.forget("MIGRATION")
    try:
        monitor.execute("migrate", uri=uri)
    except QmpError as error:
        return error.reply
    done = monitor.wait_for("MIGRATION", is_over)
    return "" if done.data["status"] == "completed" else _why_failed(monitor)


def _why_failed(monitor: Monitor) -> str:
    """Return why the migration failed, in QEMU's words where it has any."""
    answer = monitor.execute("query-migrate")
    why = answer.get("error-desc") if isinstance(answer, dict) else None
    return str(why or "the migration failed; QEMU does not say why")
