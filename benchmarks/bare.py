"""A bare loop: the least that can drive a QEMU over QMP and qtest.

It does what it is told and looks at nothing, so it is the speed that any harness is
measured against.  Written against the sockets on purpose, with nothing of ours between.
"""

from __future__ import annotations

import json
import socket
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from harness.qemu.argv import Machine
from harness.qemu.incoming import waiting
from harness.qemu.pool import SIZE
from harness.qemu.process import Process
from harness.streams.snapshot import SnapshotSource

#: One operation: its name, and the qtest commands of an ``execute`` or the tag of a snapshot.
Operation = tuple[str, tuple[str, ...]]


class BareLoop:
    """A QEMU that was started, and two sockets."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._qmp, self._qtest = self._process.qmp, self._process.qtest
        for connection in (self._qmp, self._qtest):
            connection.setblocking(True)  # noqa: FBT003 (the socket module's signature)
        self._qmp_in, self._qtest_in = self._qmp.makefile("rb"), self._qtest.makefile("rb")
        version = json.loads(self._qmp_in.readline())["QMP"]["version"]["qemu"]
        self._release = version["major"], version["minor"]
        self._command("qmp_capabilities")

    def _command(self, command: str, **arguments: object) -> None:
        self._qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        self._wait_for(b'"return"')

    def run(self, operations: Sequence[Operation]) -> None:
        """Do *operations* in order."""
        for name, lines in operations:
            match name:
                case "execute":
                    self._execute(lines)
                case "save" | "load":
                    line = f"{name}vm {lines[0]}"
                    self._command("human-monitor-command", **{"command-line": line})
                case "reset":
                    self._command("system_reset")
                case "state":
                    # Written to nowhere: no disk is measured.
                    self._command("xen-save-devices-state", filename="/dev/null", live=False)

    def _execute(self, lines: tuple[str, ...]) -> None:
        if not lines:
            return
        self._qtest.sendall("".join(f"{line}\n" for line in lines).encode())
        answered = 0
        while answered < len(lines):
            answered += not self._qtest_in.readline().startswith(b"IRQ")

    def saved(self, tag: str) -> bytes:
        """Return what was saved under *tag*."""
        with self._process.image.open("rb") as image:
            return b"".join(SnapshotSource(image, "bare", tag).pieces())

    def load_from(self, saver: BareLoop, tag: str) -> None:
        """Load what *saver* saved under *tag*; for a process that waits for it."""
        data = saver.saved(tag)
        path = self._process.directory / "bare"
        with path.open("w+b") as file:
            file.write(data)
            file.seek(0)
            command = json.dumps({"execute": "getfd", "arguments": {"fdname": "bare"}})
            socket.send_fds(self._qmp, [command.encode()], [file.fileno()])
            self._wait_for(b'"return"')
            capability = {"capability": "events", "state": True}
            self._command("migrate-set-capabilities", capabilities=[capability])
            # Files have a name since 8.2, and must have it in 11.1.
            uri = f"file:{path}" if self._release >= (8, 2) else "fd:bare"
            self._command("migrate-incoming", uri=uri)
            self._wait_for(b'"completed"')
        if self._release >= (10, 0):
            # Loading activates them itself up to 9.2.  Source: qapi/block-core.json.
            self._command("blockdev-set-active", active=True)

    def _wait_for(self, words: bytes) -> None:
        line = self._qmp_in.readline()
        while words not in line:
            if not line or b'"error"' in line:
                raise RuntimeError(f"the bare loop waits for {words!r}, and got {line!r}")
            line = self._qmp_in.readline()

    def close(self) -> None:
        """End it."""
        for stream in (self._qmp_in, self._qtest_in):
            stream.close()
        self._process.stop()


class BareFreshLoop:
    """QEMUs of which one is taken for each reload, and their sockets.

    They are started as the harness starts its own: as many ahead, and each with the sockets and
    the directory that it needs.  The state goes the same way, through the image of who saved it.
    """

    def __init__(self, binary: Path, machine: str, intercept: str) -> None:
        self._machine = Machine(binary, machine)
        self._intercept = intercept
        self._home = self._here = self._saver = BareLoop(Process(self._machine))
        self._waiting: deque[Process] = deque()
        self._fill()

    def _fill(self) -> None:
        while len(self._waiting) < SIZE:
            self._waiting.append(Process(waiting(self._machine)))

    def run(self, operations: Sequence[Operation]) -> None:
        """Do *operations* in order."""
        for operation in operations:
            match operation:
                case ("reload", (tag,)):
                    self._reload(tag)
                case ("rewind", tags):
                    self._go(self._home)
                    self._here.run([("reset", ()), ("load", tags)])
                case ("save", _):
                    left, self._saver = self._saver, self._here
                    self._here.run([operation])
                    self._leave(left)
                case _:
                    self._here.run([operation])

    def _reload(self, tag: str) -> None:
        process = self._waiting.popleft()
        self._fill()
        new = BareLoop(process)
        new.run([("execute", (f"irq_intercept_in {self._intercept}",))])
        new.load_from(self._saver, tag)
        self._go(new)

    def _go(self, to: BareLoop) -> None:
        left, self._here = self._here, to
        self._leave(left)

    def _leave(self, loop: BareLoop) -> None:
        if loop not in (self._home, self._here, self._saver):
            loop.close()

    def close(self) -> None:
        """End all."""
        for loop in {self._home, self._here, self._saver}:
            loop.close()
        while self._waiting:
            self._waiting.popleft().stop()
