"""A bare loop: the least that can drive a QEMU over QMP and qtest.

It does what it is told and looks at nothing, so it is the speed that any harness is
measured against.  Written against the sockets on purpose, with nothing of ours between.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from harness.qemu.argv import Machine
from harness.qemu.process import Process

#: One operation: its name, and the qtest commands of an ``execute``.
Operation = tuple[str, tuple[str, ...]]


class BareLoop:
    """A QEMU and two sockets."""

    def __init__(self, binary: Path, machine: str) -> None:
        self._process = Process(Machine(binary, machine))
        self._qmp, self._qtest = self._process.qmp, self._process.qtest
        for connection in (self._qmp, self._qtest):
            connection.setblocking(True)  # noqa: FBT003 (the socket module's signature)
        self._qmp_in, self._qtest_in = self._qmp.makefile("rb"), self._qtest.makefile("rb")
        self._qmp_in.readline()
        self._command("qmp_capabilities")

    def _command(self, command: str, **arguments: object) -> None:
        self._qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while b'"return"' not in self._qmp_in.readline():
            pass

    def run(self, operations: Sequence[Operation]) -> None:
        """Do *operations* in order."""
        for name, lines in operations:
            match name:
                case "execute":
                    self._execute(lines)
                case "save":
                    self._command("human-monitor-command", **{"command-line": "savevm bare"})
                case "load":
                    self._command("human-monitor-command", **{"command-line": "loadvm bare"})
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

    def close(self) -> None:
        """End it."""
        for stream in (self._qmp_in, self._qtest_in):
            stream.close()
        self._process.stop()
