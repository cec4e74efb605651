"""Streams with other state in them: edited, loaded by a fresh QEMU, saved again.

Owns the splice and the way through QEMU; knows no device.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from harness.errors import DiedError, LoadError
from harness.qemu.argv import Machine
from harness.qemu.session import Session, _is_over
from vmstate.stream import Stream, read_stream

#: Seconds that one operation of QEMU may take.
DEADLINE_S = 8.0

_INCOMING_FD = "incoming"


class Key(NamedTuple):
    """Which section of a stream."""

    idstr: str
    instance_id: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a section is to hold."""

    version_id: int
    body: bytes


def sections(stream: Stream) -> dict[Key, Content]:
    """Return what each section of *stream* holds."""
    return {
        Key(section.idstr, section.instance_id): Content(section.version_id, section.body)
        for section in stream.sections
    }


def edited(data: bytes, contents: Mapping[Key, Content]) -> bytes:
    """Return the stream *data* with other *contents* in some of its sections.

    Header and footer of a section stay; only its version and its body are replaced.  The
    vmdesc at the end is left as it is: a loader does not read it.
    """
    stream = read_stream(data)
    pieces = []
    reached = 0
    left = dict(contents)
    for section in stream.sections:
        content = left.pop(Key(section.idstr, section.instance_id), None)
        if content is not None:
            pieces += [data[reached : section.offset - 4], content.version_id.to_bytes(4)]
            pieces.append(content.body)
            reached = section.offset + len(section.body)
    assert not left, f"no such sections: {sorted(left)}"
    return b"".join([*pieces, data[reached:]])


class Incoming(Session):
    """A QEMU that waits for a stream."""

    def __init__(self, machine: Machine) -> None:
        waiting = Machine(
            machine.binary,
            machine.name,
            (*machine.devices, "-incoming", "defer"),
            machine.memory_mb,
        )
        super().__init__(waiting, DEADLINE_S)

    def load_stream(self, data: bytes) -> None:
        """Load *data*.

        Raises:
            LoadError: QEMU refused it; the error holds what it said.
            DiedError: it ended in another way.
        """
        path = self.process.directory / "incoming"
        path.write_bytes(data)
        try:
            with self._doing("loading a stream"), path.open("rb") as file:
                self._monitor.send_descriptor(_INCOMING_FD, file.fileno())
                self._monitor.execute(
                    "migrate-set-capabilities",
                    capabilities=[{"capability": "events", "state": True}],
                )
                self._monitor.execute("migrate-incoming", uri=f"fd:{_INCOMING_FD}")
                done = self._monitor.wait_for("MIGRATION", _is_over)
        except DiedError as error:
            # QEMU ends by itself, with status 1, where a stream does not suit it.
            if error.status == 1:
                raise LoadError(error.log_tail) from error
            raise
        if done.data["status"] != "completed":
            raise LoadError(self.process.log_tail())


def saved(machine: Machine) -> bytes:
    """Return the stream of *machine* as it is at power-on."""
    with closing(Session(machine, DEADLINE_S)) as session:
        return session.migration_stream("saving the machine")


def reloaded(machine: Machine, data: bytes) -> bytes:
    """Return the stream that a fresh *machine* saves after it has loaded *data*.

    Raises:
        LoadError: QEMU refused it.
        DiedError: it ended in another way.
    """
    with closing(Incoming(machine)) as session:
        session.load_stream(data)
        return session.migration_stream("saving what was loaded")
