"""A session: one process and its two channels, as long as they live.

Owns starting and ending them together, and what a lost connection or a passed deadline
means: the process is dead, or is killed, and the caller learns how it ended.  It does
not know what the commands that pass through it are about.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from harness.errors import DeadlineError, DiedError, LaunchError, LoadError, QmpError, SaveError
from harness.qemu.argv import MEMORY_FILE, Machine
from harness.qemu.clock import VirtualClock
from harness.qemu.doing import Doing
from harness.qemu.jobs import SnapshotJobs
from harness.qemu.memory import KeptMemory
from harness.qemu.migration import migrate
from harness.qemu.monitor import Event, Monitor
from harness.qemu.process import Process
from harness.qemu.qtest import Answer, QtestChannel
from harness.qemu.remarks import Remarks, complaint
from harness.streams.snapshot import SnapshotSource
from vmstate.qcow2 import ImageError
from vmstate.stream import Stream, read_stream

#: Seconds that a process may take to end after it has closed its connection.
_EXIT_DEADLINE_S = 2.0

#: Name under which QEMU knows the file that it migrates to, or from.
_MIGRATION_FD = "migration"

#: Options that give a machine drives of its own.
_DRIVES = frozenset({"-blockdev", "-drive"})


class Session:
    """A QEMU that has been started and greeted.

    Once a call has raised ``DiedError`` or ``DeadlineError``, or after :meth:`close`, each
    further call raises ``DiedError``.
    """

    def __init__(self, machine: Machine, deadline_s: float, process: Process | None = None) -> None:
        """Start *machine* and wait for its greeting.

        Args:
            machine: what runs.
            deadline_s: seconds that one operation may take.
            process: the process, where it was started ahead; it is the session's from here on.

        Raises:
            LaunchError: it can't be executed, ended before it answered, or did not answer
                in *deadline_s* seconds.
        """
        self._deadline_s = deadline_s
        self._process = process or Process(machine)
        self._remarks = Remarks(self._process.log)
        self._closed = False
        self._is_used = False
        self._rewinding = False
        self._memory: KeptMemory | None = None
        #: Its clock, where that can be stepped.
        self.clock: VirtualClock | None = None
        self._has_drives = not _DRIVES.isdisjoint(machine.devices)
        self._monitor = Monitor(deadline_s)
        self._jobs = SnapshotJobs(self._monitor)
        self._qtest = QtestChannel(self._process.qtest, deadline_s)
        try:
            self._monitor.connect(self._process.qmp)
            self._monitor.watch(self._process.qtest, self._qtest.absorb)
            self._process.limit_memory()
            if machine.keeps_memory:
                self._keep_memory()
            if machine.has_clock:
                self.clock = VirtualClock(machine.binary, self._process.pid, self._qtest.ask)
                self._run()
        except (EOFError, TimeoutError) as error:
            ended = isinstance(error, EOFError)
            status = self._process.status(within_s=_EXIT_DEADLINE_S) if ended else None
            self.close()
            raise LaunchError(self._process.argv, status, self._process.log_tail()) from error
        except BaseException:
            self.close()
            raise

    def _keep_memory(self) -> None:
        """Have QEMU leave the RAM out of what it saves; it is kept here."""
        ignore = {"capability": "x-ignore-shared", "state": True}
        self._monitor.execute("migrate-set-capabilities", capabilities=[ignore])
        self._memory = KeptMemory(self._process.directory / MEMORY_FILE)

    def _run(self) -> None:
        """Let timers run; no guest code does, for want of an accelerator that would."""
        self._monitor.execute("cont")

    @property
    def process(self) -> Process:
        """The process."""
        return self._process

    @property
    def is_unused(self) -> bool:
        """Whether it runs, and nothing was asked of it but what belongs to its start."""
        return not self._is_used and self._process.status() is None

    def mark_started(self) -> None:
        """Note that whatever was asked of it so far belongs to its start."""
        self._is_used = False

    def _doing(self, what: str) -> Doing:
        """Return what surrounds everything that the channels are used for."""
        return Doing(self, what)

    def begin(self, what: str) -> None:
        """Wait for a rewind that is under way.

        Raises:
            LoadError: QEMU could not.
            DiedError: it is closed.
        """
        self._is_used = True
        if self._closed:
            raise DiedError(self._process.status(), what, self._process.log_tail())
        if self._rewinding:
            self._finish_rewind()

    def end(self, what: str, error: BaseException) -> None:
        """Turn a lost connection or a passed deadline into what it means; pass over others.

        Raises:
            DiedError: the connection was lost.
            DeadlineError: a deadline passed.
        """
        if isinstance(error, EOFError):
            status = self._process.status(within_s=_EXIT_DEADLINE_S)
            self.close()
            doing = ", ".join(filter(None, (what, self._process.greed)))
            raise DiedError(status, doing, self._process.log_tail()) from error
        if isinstance(error, TimeoutError):
            self.close()
            raise DeadlineError(self._deadline_s, what) from error

    def exchange(self, lines: Sequence[str], doing: str) -> list[Answer]:
        """Send qtest commands and return their answers.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        with self._doing(doing):
            self._monitor.settle()
            return self._qtest.exchange(lines)

    def transact(self, request: bytes, count: int, doing: str) -> bytes:
        """Send *count* encoded qtest commands and return the lines of their answers.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        with self._doing(doing):
            self._monitor.settle()
            return self._qtest.transact(request, count)

    def hmp(self, line: str, doing: str) -> str:
        """Run a line of the human monitor; return what it printed.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        with self._doing(doing):
            return self._monitor.hmp(line)

    def save(self, tag: str) -> str:
        """Save all device state under *tag*; return why it could not be, empty if it could.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        for kept in (self._memory, self.clock):
            if kept is not None:
                kept.save(tag)
        if not self._has_drives:
            return complaint(self.hmp(f"savevm {tag}", "save"))
        with self._doing("save"):
            return self._jobs.save(tag)

    def load(self, tag: str) -> str:
        """Load what was saved under *tag*; return why it could not be, empty if it could.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        self._restore_memory(tag)
        if not self._has_drives:
            printed = self.hmp(f"loadvm {tag}", "load")
            self._remarks.hear(printed)
            return complaint(printed)
        self._remarks.read()
        with self._doing("load"):
            why = self._jobs.load(tag)
        # A job has the last of what went wrong; what was reported before it is in the log.
        return f"{why}\n{self._remarks.read()}".strip() if why else ""

    def _restore_memory(self, tag: str) -> None:
        """Put back what was kept under *tag*: time at once, memory after a reset that is due."""
        if self.clock is not None:
            self.clock.load(tag)
        if self._memory is not None:
            self.hmp("info status", "waiting for the reset")
            self._memory.load(tag)

    def qom_get(self, path: str, name: str) -> object:
        """Return a property of an object; None where it has no such property.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        with self._doing("qom-get"):
            try:
                return self._monitor.execute("qom-get", path=path, property=name)
            except QmpError:
                return None

    def pci_buses(self) -> list[dict[str, object]]:
        """Return the answer to ``query-pci``.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        with self._doing("query-pci"):
            return cast("list[dict[str, object]]", self._monitor.execute("query-pci"))

    def reset(self, doing: str) -> None:
        """Reset all devices, before whatever is asked for next.

        The command only asks for it; the reset follows in the same turn of QEMU's main
        loop, before any other command is taken.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.

        Source: QEMU 7.2 softmmu/runstate.c, main_loop_should_exit.
        """
        with self._doing(doing):
            self._monitor.post("system_reset")

    def rewind(self, tag: str) -> None:
        """Reset all devices and load *tag*, without waiting until it is done.

        The next call waits for it, whatever it is, and raises LoadError if QEMU could not.

        Raises:
            LoadError: QEMU could not, and it is known at once.
            DiedError: the process ended.
            DeadlineError: it did not take the commands in time.
        """
        with self._doing("rewinding"):
            self._monitor.post("system_reset")
        self._restore_memory(tag)
        with self._doing("rewinding"):
            if self._has_drives:
                if why := self._jobs.load(tag):
                    raise LoadError(why)
                return
            load = {"command-line": f"loadvm {tag}"}
            self._monitor.post("human-monitor-command", **load)
            self._monitor.flush()
            self._rewinding = True

    def _finish_rewind(self) -> None:
        self._rewinding = False
        *_, printed = self._monitor.settle()
        if why := complaint(str(printed)):
            raise LoadError(why)

    def device_stream(self, doing: str) -> bytes:
        """Return the state of all devices as one stream, without disturbing them.

        Raises:
            SaveError: QEMU could not write it.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.

        Source: QEMU 7.2 migration/savevm.c, qmp_xen_save_devices_state; ``live`` would
        hand the block devices over to somebody else.
        """
        path = self._process.directory / "state"
        with self._doing(doing):
            try:
                self._monitor.execute("xen-save-devices-state", filename=str(path), live=False)
            except QmpError as error:
                raise SaveError(error.reply) from error
        return path.read_bytes()

    def snapshot(self, tag: str) -> Stream:
        """Return what ``savevm`` wrote under *tag*, read from the image.

        Raises:
            StreamError: it can't be read.
            ImageError: the image can't.
        """
        return read_stream(self.snapshot_bytes(tag))

    def snapshot_bytes(self, tag: str) -> bytes:
        """Return the stream that ``savevm`` wrote under *tag*, as it is in the image.

        Raises:
            ImageError: the image can't be read, or is gone with its process.
        """
        if self._closed:
            gone = "the process that held them is gone"
            raise ImageError("snapshots", gone, advice="read them while it lives")
        with self._process.image.open("rb") as file:
            source = SnapshotSource(file, "the snapshots", tag)
            return b"".join(source.pieces())

    def migration_stream(self, doing: str) -> bytes:
        """Migrate the machine away and return the stream; nothing can be saved afterwards.

        QEMU writes the file itself: with a helper (``exec:``) the migration counts as
        completed before the helper has written everything.

        Raises:
            SaveError: QEMU said that the migration failed.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        path = self._process.directory / "migration"
        with self._doing(doing), path.open("wb") as file:
            uri = self._migration_uri(path, file.fileno())
            if self.clock is not None:
                self._monitor.execute("stop")
            if why := migrate(self._monitor, uri):
                raise SaveError(why)
        return path.read_bytes()

    def _migration_uri(self, path: Path, fd: int) -> str:
        """Return what a migration to or from a file is told, and have it tell how it goes.

        Up to 8.1 the file must be handed over open; later releases refuse that, and know files
        by name.
        """
        uri = f"file:{path}"
        if not self._knows_files():
            self._monitor.send_descriptor(_MIGRATION_FD, fd)
            uri = f"fd:{_MIGRATION_FD}"
        self._monitor.post(
            "migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}]
        )
        return uri

    def _knows_files(self) -> bool:
        return self._release() >= (8, 2)

    def _release(self) -> tuple[int, int]:
        """Return QEMU's version, as far as it tells what can be done."""
        answer = cast("dict[str, dict[str, int]]", self._monitor.execute("query-version"))
        return answer["qemu"]["major"], answer["qemu"]["minor"]

    def events(self) -> list[Event]:
        """Return, once, all events up to the latest command of the monitor.

        A request from the guest is carried out after its command has been answered, in the
        same turn of QEMU's main loop; a command of the monitor is taken in a later turn, so
        what came before it is here.
        """
        with self._doing("reading events"):
            return self._monitor.events()

    def faults(self) -> tuple[str, ...]:
        """Return, once, what loading blamed on the guest."""
        return self._remarks.take()

    def close(self) -> None:
        """End the process and both channels; safe to call twice."""
        self._is_used = True
        if not self._closed:
            self._closed = True
            for kept in (self._memory, self.clock):
                if kept is not None:
                    kept.close()
            try:
                self._monitor.close()
            finally:
                self._process.stop()
