"""Attempts: starts a machine with some arguments once, and says what came of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field

from harness.ending import is_warning, was_killed
from harness.errors import QmpError
from harness.qemu.argv import Machine
from harness.qemu.discovery.qtree import Bus, read_qtree
from harness.qemu.monitor import Monitor
from harness.qemu.process import Process

#: What QEMU puts before its own words: its name, and the option that it is about.
_PREFIX = re.compile(r"^\S*qemu\S*: (?:-\w[\w-]* \S+: )?")
#: Seconds that a machine may take to start, and for each step after that.  Those that start
#: take less than one; a computer with much else to do takes its time.
DEADLINE_S = 30.0
#: Seconds that a process may take to end once it has closed its monitor.
_END_DEADLINE_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt.

    Attributes:
        started: whether the machine was there.
        words: why not, in QEMU's own words; one line or several.
        late: whether it did not answer in time, so that words are ours.
        crashed: whether it ended by a signal, which is never right.
        killed: whether somebody else ended it, which says nothing about it.
        tree: its buses and devices.
        blockers: why it can't be migrated, in QEMU's own words.
    """

    started: bool
    words: str = ""
    crashed: bool = False
    killed: bool = False
    late: bool = False
    tree: list[Bus] = field(default_factory=list)
    blockers: tuple[str, ...] = ()


def attempt(machine: Machine, deadline_s: float) -> Outcome:
    """Start *machine*, look at it, end it; once more if a signal ended it.

    Raises:
        LaunchError: the program can't be executed.
    """
    outcome = _attempt(machine, deadline_s)
    if outcome.crashed or outcome.killed:
        # Somebody may have killed it.  What it dies of again is its own.
        return _attempt(machine, deadline_s)
    return outcome


def _attempt(machine: Machine, deadline_s: float) -> Outcome:
    with Process(machine) as process, closing(Monitor(deadline_s)) as monitor:
        try:
            monitor.connect(process.qmp)
            tree = read_qtree(monitor.hmp("info qtree"))
            return Outcome(started=True, tree=tree, blockers=_blockers(monitor))
        except TimeoutError as error:
            return Outcome(started=False, words=str(error), late=True)
        except QmpError as error:
            return Outcome(started=False, words=str(error))
        except EOFError:
            status = process.status(within_s=_END_DEADLINE_S)
            return _ended(status, process.log_tail())


def _blockers(monitor: Monitor) -> tuple[str, ...]:
    # Source: QEMU 7.2 qapi/migration.json, MigrationInfo: blocked-reasons, since 6.0.
    answer = monitor.execute("query-migrate")
    reasons = answer.get("blocked-reasons", ()) if isinstance(answer, Mapping) else ()
    return tuple(map(str, reasons)) if isinstance(reasons, list) else ()


def _ended(status: int | None, log: str) -> Outcome:
    words = own_words(log) or f"it ended with status {status} and said nothing"
    if was_killed(status, log):
        return Outcome(started=False, words=f"somebody else ended it: {words}", killed=True)
    crashed = status is not None and status < 0
    if crashed:
        words = f"killed by signal {-(status or 0)}: {words}"
    return Outcome(started=False, words=words, crashed=crashed)


def own_words(log: str) -> str:
    """Return what QEMU said is wrong, without warnings and without its name."""
    lines = [line for line in log.splitlines() if line.strip() and not is_warning(line)]
    return "\n".join(_PREFIX.sub("", line) for line in lines)
