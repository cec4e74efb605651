"""Standing alone: what a case's own script shows, with nothing of this tool.

The script is the one beside the case.  It runs in a Python of its own that sees the standard
library only, and whatever it has started ends with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.corpus.case import Case
from harness.corpus.replay import Outcome, Replay, judged, told_of, wanted_of
from harness.errors import ConfigError

#: Seconds that a script may take: it gives QEMU half a minute for each answer.
LIMIT_S = 120.0
_SAME, _DIFFERENT, _COULD_NOT_RUN = 0, 1, 2
#: What a script says of a QEMU that ended, and of one that does not answer.
_LAST_WORDS = {"crash": "QEMU ended", "hang": "timed out"}
#: What a script says of two answers that differ.
_LINE = re.compile(r"(.*): never reloaded (.*), after the reload (.*)")
#: An interrupt line as a case has it.
_LEVEL = re.compile(r"\S*\[(\d+)\] (?:high|low)")
_REFUSALS = ("savevm: ", "loadvm: ", "migrate: ", "saved again after loading: ")


def stand_alone(
    case: Case, script: Path, qemus: Sequence[Path], version: str, *, limit_s: float = LIMIT_S
) -> Replay:
    """Run the *script* of a case, and compare what it shows with what the case says.

    Args:
        case: what is expected.
        script: its reproducer.
        qemus: the binary, and of a case between two releases the one that loads behind it.
        version: of the first of them, e.g. ``QEMU 11.1.3``.
        limit_s: seconds that it may take.

    Raises:
        ConfigError: there is no such script.
    """
    if not script.is_file():
        raise ConfigError(
            f"{case.id} has no script to stand alone: {script} is not there",
            "replay it without --standalone; a case of a model needs this package, and has none",
        )
    status, shown = _run(script, qemus, limit_s)
    if status == _SAME:
        return judged(case, {told_of(None)}, version)
    lines = shown.splitlines()
    if _is_as_said(case, status, lines):
        return judged(case, {wanted_of(case)}, version)
    if status == _DIFFERENT:
        return judged(case, {("its script", *lines[-1:])}, version)
    how = f"did not end within {limit_s:g} s" if status is None else f"ended with status {status}"
    return Replay(Outcome.ERROR, f"{script} {how}: {' '.join(lines[-2:]) or 'it said nothing'}")


def _is_as_said(case: Case, status: int | None, lines: Sequence[str]) -> bool:
    """Whether a script that ended so, and said that, showed what *case* says."""
    words = _LAST_WORDS.get(case.kind)
    if words is not None:
        return status in (_DIFFERENT, _COULD_NOT_RUN) and any(words in line for line in lines)
    if status != _DIFFERENT:
        return False
    match case.oracle:
        case "load":
            return any(line.startswith(_REFUSALS) for line in lines)
        case "idempotence":
            # The script compares bytes, and names no field.
            return any(line.startswith("saved state: ") for line in lines)
    level = _LEVEL.fullmatch(case.expected)
    if level:
        # The script tells how lines moved, the case at which level one was.
        moved = re.compile(rf"{re.escape(case.command)}: never .*'IRQ \w+ {level[1]}'.*")
        return any(moved.fullmatch(line) for line in lines)
    wanted = (case.command, _value(case.expected), _value(case.seen))
    shown = (_LINE.fullmatch(line) for line in lines)
    return any(one and (one[1], _value(one[2]), _value(one[3])) == wanted for one in shown)


def _value(text: str) -> int | str:
    """Return a number, which the script writes at another width, or what else it says."""
    try:
        return int(text, 16)
    except ValueError:
        return text


def _run(script: Path, qemus: Sequence[Path], limit_s: float) -> tuple[int | None, str]:
    """Return how *script* ended, None if it had to be ended, and what it said."""
    argv = [sys.executable, "-I", str(script.resolve()), *map(str, qemus)]
    # Not a pipe: a QEMU that outlives its script would keep it open.
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        status = None
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = process.wait(limit_s)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        said.seek(0)
        return status, said.read().decode(errors="replace")
