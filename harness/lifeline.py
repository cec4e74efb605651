"""Lifelines: what makes a process end with the one that started it.

Knows the kernel's one call for that, and nothing of what the processes are for.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

#: Source: Linux include/uapi/linux/prctl.h.
_PR_SET_PDEATHSIG = 1

# Looked up here and not in the child: between fork and exec the child has one thread and
# whatever locks the others held, so it must neither load a library nor import anything.
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl


def bind_to_parent(parent: int | None) -> Callable[[], None]:
    """Return what a child runs as early as it can: it shall be killed when its parent ends.

    A test run that is killed outright can't tidy up; QEMU with ``-S`` would stay for ever.
    The parent may be gone before the call took effect, hence the second look.  What counts
    as its end is that of the thread that started the child.

    Args:
        parent: process id of the parent; None if it is not known, and not looked for then.
    """

    def bind() -> None:
        _PRCTL(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if parent is not None and os.getppid() != parent:
            os._exit(1)

    return bind
