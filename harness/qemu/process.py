"""Processes: starts a QEMU, holds what belongs to it, ends it.

The only module that starts a machine.  It knows descriptors, a directory and a process
group; it does not know what is said over the sockets.
"""

from __future__ import annotations

import contextlib
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Self

from harness.errors import LaunchError
from harness.lifeline import bind_to_parent
from harness.qemu.argv import BLANK_IMAGE, Machine, Wiring, command_line
from harness.qemu.image import empty_qcow2
from harness.qemu.janitor import PREFIX, private_directory

#: Where in ``statm`` the size of the data is, in pages.
_DATA = 5

#: Lines of the log that go into an error.
LOG_TAIL_LINES = 40

#: Bytes of a blank image: it fits into the smallest ROM of a board.
BLANK_SIZE = 4096

#: Seconds to wait for a process that has been sent SIGKILL.  It goes as soon as the kernel
#: schedules it; more than this means a process stuck in the kernel.
KILL_DEADLINE_S = 10.0

#: Bytes of memory that a QEMU may have beyond what it had when it began.  What it begins with
#: is 1.1 to 2.1 GiB of addresses (guest memory, a GiB for translated code that is never used),
#: of which it holds some 45 MiB; in use it grew by less than 100 MiB (seen: 7.2 and 11.1).
GROWTH = 1 << 30

#: What a process says that is refused memory.
#: Source: GLib 2.74 glib/gmem.c, g_malloc; QEMU 7.2 util/oslib-posix.c, qemu_memalign.
_REFUSED = re.compile("failed to allocate|can(?:no|')t allocate memory", re.IGNORECASE)

#: Memory-backed storage on Linux; snapshots are four times as fast in it as on a disk.
_MEMORY_STORAGE = Path("/dev/shm")


def _new_directory() -> Path:
    """Make a private directory, in memory where that can be."""
    writable = _MEMORY_STORAGE.is_dir() and os.access(_MEMORY_STORAGE, os.W_OK | os.X_OK)
    where = _MEMORY_STORAGE if writable else Path(tempfile.gettempdir())
    _sweep(where)
    return private_directory(where)


@cache
def _sweep(where: Path) -> None:
    """Remove, once, what processes like ours left in *where*.

    Each has a janitor; but a machine may stop as a whole, or a container with all in it.
    """
    for left in where.glob(f"{PREFIX}*-*"):
        number = left.name.split("-")[1]
        if number.isdecimal() and not Path("/proc", number).exists():
            shutil.rmtree(left, ignore_errors=True)


class Process:
    """A running QEMU with its two sockets and its private directory.

    The process is killed when the thread that started it ends.

    Attributes:
        argv: its command line.
        directory: private (0700), for whatever the guest has to write; goes away with it.
        image: where its snapshots are.
        qmp: our end of the monitor's socket.
        qtest: our end of the qtest socket.
    """

    def __init__(self, machine: Machine) -> None:
        """Start *machine*.

        Raises:
            LaunchError: the program can't be executed.
        """
        self.directory = _new_directory()
        self._stopped = False
        self._log_tail = ""
        try:
            image = self.image = self.directory / "snapshots.qcow2"
            image.write_bytes(empty_qcow2())
            if BLANK_IMAGE in machine.devices:
                (self.directory / BLANK_IMAGE).write_bytes(bytes(BLANK_SIZE))
            self._log = self.directory / "stderr.log"
            self.qmp, qmp_theirs = socket.socketpair()
            self.qtest, qtest_theirs = socket.socketpair()
        except BaseException:
            shutil.rmtree(self.directory)
            raise
        with qmp_theirs, qtest_theirs, self._log.open("wb") as log:
            fds = (qmp_theirs.fileno(), qtest_theirs.fileno())
            self.argv = command_line(machine, Wiring(*fds, image))
            try:
                self._popen = subprocess.Popen(
                    self.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=fds,
                    # The guest may be told to run helpers (exec:): one group, one kill.
                    start_new_session=True,
                    preexec_fn=bind_to_parent(os.getpid()),  # noqa: PLW1509 - takes no lock
                )
            except OSError as error:
                self._discard()
                raise LaunchError(self.argv, None, f"{error.strerror}: {self.argv[0]}") from error

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    def status(self, *, within_s: float = 0.0) -> int | None:
        """Return the exit status, or None if it still runs after *within_s* seconds.

        Negative where a signal ended it, as in :mod:`subprocess`.
        """
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._popen.wait(within_s)
        return None

    def limit_memory(self) -> None:
        """Let it have no more than ``GROWTH`` beyond what it has now.

        What asks for more is refused it, and ends; the machine that all this runs on goes on.
        The kernel counts, so it costs nothing in use.  Guest memory is counted as soon as there
        is such a machine, not as it is filled.

        Source: Linux man-pages, setrlimit(2), RLIMIT_DATA; proc(5), statm.
        """
        # A process that has ended is missed by whoever asks it for something.
        with contextlib.suppress(OSError):
            pages = int(Path("/proc", str(self.pid), "statm").read_text().split()[_DATA])
            limit = pages * resource.getpagesize() + GROWTH
            _, most = resource.prlimit(self.pid, resource.RLIMIT_DATA)
            if most != resource.RLIM_INFINITY:
                limit = min(limit, most)
            resource.prlimit(self.pid, resource.RLIMIT_DATA, (limit, limit))

    @property
    def greed(self) -> str:
        """How it ended, where that was for want of memory; empty otherwise."""
        if not _REFUSED.search(self.log_tail()):
            return ""
        return f"wanting more than {GROWTH >> 20} MiB beyond what it began with"

    @property
    def log(self) -> Path:
        """Where its standard error goes."""
        return self._log

    def log_tail(self) -> str:
        """Return the last lines that it wrote to its standard error, also once it is gone."""
        if not self._stopped:
            text = self._log.read_text(errors="replace")
            self._log_tail = "\n".join(text.splitlines()[-LOG_TAIL_LINES:])
        return self._log_tail

    def stop(self) -> int | None:
        """Kill it and everything that it started; remove its directory; safe to call twice.

        There is nothing to ask it for politely: its image is thrown away with it.

        Returns:
            Its exit status; None if even SIGKILL did not end it in time.
        """
        if not self._stopped:
            self.log_tail()
            self._stopped = True
            # Not yet waited for means that the group's id can't have been given to another.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self.status(within_s=KILL_DEADLINE_S)
            self._discard()
        return self._popen.returncode

    def _discard(self) -> None:
        self.qmp.close()
        self.qtest.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
