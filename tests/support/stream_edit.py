"""Streams with other state in them: edited, loaded by a fresh QEMU, saved again.

Owns the splice and the way through QEMU; knows no device.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from harness.qemu import incoming
from harness.qemu.argv import Machine
from harness.qemu.session import Session
from vmstate.stream import Stream, read_stream

#: Seconds that one operation of QEMU may take.
DEADLINE_S = 8.0


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


class Incoming(incoming.Incoming):
    """A QEMU that waits for a stream, with the deadline of these tests."""

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine, DEADLINE_S)


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
