"""The janitor: removes the private directories of a process that was killed outright.

A small shell that outlives us: it waits for the end of a pipe whose other end only this
process holds, and the kernel closes that however we end.  It does not know what is in the
directories.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from functools import cache
from pathlib import Path

#: What all private directories are called at first; the number of their process follows.
PREFIX = "vmstate-"

_SHELL = "/bin/sh"
# First comes what the paths begin with; then nothing, until we are gone.  What was started
# by us is killed at the same moment and may write a last time, so it looks again, for 5 s.
_SCRIPT = """
IFS= read -r prefix && [ -n "$prefix" ] || exit 0
while read -r _; do :; done
for _ in 1 2 3 4 5 6 7 8 9 10; do
    rm -rf -- "$prefix"*
    set -- "$prefix"*
    [ -e "$1" ] || exit 0
    sleep 0.5
done
"""


def private_directory(where: Path) -> Path:
    """Make a directory in *where* that only this user can look into.

    It is removed when this process is gone, if it is still there.
    """
    # A process that was forked is another one.
    return Path(tempfile.mkdtemp(prefix=_watched(where, os.getpid()), dir=where))


@cache
def _watched(where: Path, pid: int) -> str:
    """Have the directories of process *pid* watched; return how their names begin."""
    # A number is given to another process some day.
    prefix = f"{PREFIX}{pid}-{secrets.token_hex(4)}-"
    read_end, write_end = os.pipe()
    try:
        # Without a shell there is none, and a later run removes what is left.
        with contextlib.suppress(OSError):
            os.posix_spawn(
                _SHELL,
                [_SHELL, "-c", _SCRIPT],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, read_end, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ],
                # What is sent to our whole group, as by Ctrl-C, is not for it.
                setsid=True,
            )
    finally:
        os.close(read_end)
    # Whoever reads is there, or nobody is: then this end is of no use either.
    with contextlib.suppress(BrokenPipeError):
        os.write(write_end, f"{where / prefix}\n".encode())
    return prefix
