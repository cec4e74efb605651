"""Interrupts: Ctrl-C ends a job between two traces, not in the middle of anything.

An interrupt that strikes while Python runs a finaliser is printed and lost, and a hunt that
starts and ends many guests runs many of those.  So while a job is carried out the first
Ctrl-C is kept until a safe moment comes; the second strikes at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def deferred_interrupt() -> Iterator[Callable[[], None]]:
    """Keep the first SIGINT; yield a function to call at safe moments, which lets it strike.

    One that is still kept at the end strikes then.  In any but the main thread, which
    gets no signals, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    kept = False

    def keep(_number: int, _frame: FrameType | None) -> None:
        nonlocal kept
        if kept:
            raise KeyboardInterrupt
        kept = True

    def strike() -> None:
        if kept:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, keep)
    try:
        yield strike
    finally:
        signal.signal(signal.SIGINT, before)
    strike()
