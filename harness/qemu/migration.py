"""Migration: how one that was begun comes to its end.

Knows what a monitor tells of it; what is migrated, and where to, is its owner's business.
"""

from __future__ import annotations

from harness.qemu.monitor import Event, Monitor


def is_over(event: Event) -> bool:
    """Whether *event*, a ``MIGRATION``, is the last one of a migration."""
    return event.data.get("status") in {"completed", "failed", "cancelled"}


def why_failed(monitor: Monitor) -> str:
    """Return why the migration failed, in QEMU's words where it has any.

    Raises:
        EOFError: the connection was lost.
        TimeoutError: no answer came in time.
    """
    answer = monitor.execute("query-migrate")
    why = answer.get("error-desc") if isinstance(answer, dict) else None
    return str(why or "the migration failed; QEMU does not say why")
