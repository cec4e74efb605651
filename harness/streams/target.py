"""Targets: where a stream is written to, a file at once or a pipe as it goes."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.streams.source import STANDARD

Write = Callable[[bytes | memoryview], object]
#: Mode of a new file, before the user's mask.
_MODE = 0o666


@contextmanager
def open_target(path: str) -> Iterator[Write]:
    """Open the file *path*, or standard output where it is ``-``; yield how to write to it.

    A file is there, under its name, when all has been written, and not before: the one of
    that name stays as it is where anything goes wrong.  It may be what is read from.

    Raises:
        OSError: it can't be written.
    """
    if path == STANDARD:
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    target = Path(path)
    if target.exists() and not target.is_file():
        # A pipe or a device is written to as it is.
        with target.open("wb") as file:
            yield file.write
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file.write
            os.fchmod(file.fileno(), _mode_of(target))
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink()
        raise


def _mode_of(target: Path) -> int:
    """Return the mode of the file that is replaced, or that of a new one."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return _MODE & ~mask
