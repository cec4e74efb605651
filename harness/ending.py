"""Endings: whether a process ended by itself, and what of its last words is about that.

What somebody else does (a user, the kernel for want of memory, whoever stops a container) says
nothing about the device that was being looked at.  It knows how a process ended and what it
said last; it starts and ends none.
"""

from __future__ import annotations

import re
import signal

#: Signals that no QEMU sends itself.
_FROM_OUTSIDE = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})

#: What it says when it is asked to go: then it ends in good order.
#: Source: QEMU 7.2 softmmu/runstate.c, 11.1 system/runstate.c, ``qemu_kill_report``.
_ASKED_TO_GO = re.compile(r"terminating on signal \d+")

#: Its name, the option that it is about, and that this ends nothing; what a build without some
#: of its modules says of them does not either.
_WARNS = re.compile(r"\S*qemu\S*: (?:-\S+ \S+: )?(?:(?:warning|info): |module \S+ not found)")


def was_killed(status: int | None, log: str) -> bool:
    """Whether somebody else ended a process.

    Args:
        status: how it ended, as in :mod:`subprocess`; None if it runs.
        log: the last lines that it wrote.
    """
    return status in _FROM_OUTSIDE or (status == 0 and bool(_ASKED_TO_GO.search(log)))


def is_warning(line: str) -> bool:
    """Whether a line of a log stops nothing."""
    return bool(_WARNS.match(line))


def foremost(log: str) -> str:
    """Return the lines of *log*, those behind the others that only warn.

    What a process ends of, it says last; most of what it said before is about its start.

    Source: QEMU 7.2 util/error-report.c, ``print_loc`` and ``vreport``.
    """
    lines = [line for line in log.splitlines() if line.strip()]
    return "\n".join(sorted(lines, key=is_warning))
