"""Questions: asks a program something on its command line, which it answers and ends.

It knows no QEMU: what the answer means, and what is said where there is none in time, whoever
asks knows.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from harness.ending import was_killed
from harness.errors import ConfigError

#: How often it is asked: what somebody else ended has not answered.
_TIMES = 2


def ask(
    path: Path, *options: str, deadline_s: float, entered: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the program at *path* to its end, once more if somebody else ended it.

    Args:
        path: the program.
        options: its command line.
        deadline_s: seconds that it may take each time.
        entered: what it is given to read.

    Raises:
        ConfigError: somebody ended it each time.
        subprocess.TimeoutExpired: it did not end in time.
        OSError: it can't be executed.
    """
    for _ in range(_TIMES):
        done = subprocess.run(
            [str(path), *options],
            input=entered,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=deadline_s,
            check=False,
        )
        if not was_killed(done.returncode, done.stderr):
            return done
    raise ConfigError(
        f"{path} {' '.join(options)} was ended by somebody else, {_TIMES} times",
        "see to it that it may run; the kernel ends programs when memory is short",
    )
