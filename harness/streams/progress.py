"""Progress: a bar for people who wait for a large file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

#: Bytes from which on a file takes long enough for a bar.
LARGE = 256 << 20


@contextmanager
def shown_progress(size: int | None, what: str) -> Iterator[Callable[[int], object] | None]:
    """Show a bar on standard error while a large stream is gone through.

    Nothing is shown where nobody looks, or where the stream is small or of unknown size.

    Args:
        size: bytes of the stream, if known.
        what: what is done, e.g. ``reading``.
    """
    if size is None or size < LARGE or not sys.stderr.isatty():
        yield None
        return
    # Loaded for those few who see it.
    rich = import_module("rich.progress")
    console = import_module("rich.console").Console(stderr=True)
    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.DownloadColumn(binary_units=True),
        rich.TransferSpeedColumn(),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=size)
        yield lambda count: progress.advance(task, count)
