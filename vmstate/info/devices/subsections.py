"""Subsections inside a blob: named optional parts of a state that a codec walks itself.

The framing is that of all subsections.  This is for codecs, which know no descriptions.

Source: QEMU 11.1 migration/vmstate.c: vmstate_subsection_load, vmstate_subsection_save;
migration/savevm.h: QEMU_VM_SUBSECTION.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError, VersionError
from vmstate.info.devices.place import inside

_FIRST_BYTE = 0x05
_VERSION = 1

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Subsection(Generic[State]):
    """A part that may be there; all are of version 1.

    Args:
        name: as on the wire.
        load: reads it into the state.
        save: writes it.
        is_needed: whether to send it.
    """

    name: str
    load: Callable[[Reader, State], object]
    save: Callable[[Writer, State], None]
    is_needed: Callable[[State], bool]


def load_subsections(
    reader: Reader, owner: str, known: Sequence[Subsection[State]], state: State
) -> list[str]:
    """Load the subsections of *owner* that follow, in whatever order they come.

    What follows and is none of *owner*'s is left where it is.

    Returns:
        The names of those that came.

    Raises:
        StreamError: one is unknown, or of another version than 1.
    """
    by_name = {subsection.name: subsection for subsection in known}
    came: list[str] = []
    while name := _next_name(reader, owner):
        if name not in by_name:
            raise StreamError(
                f"subsection {name!r} is unknown; known: {', '.join(by_name)}",
                offset=reader.offset,
                path=reader.path,
            )
        came.append(name)
        with inside(reader, f"<{name}>"):
            reader.take(2 + len(name))
            version = reader.unsigned(4)
            if version != _VERSION:
                raise VersionError(
                    version, (_VERSION, _VERSION), offset=reader.offset, path=reader.path
                )
            by_name[name].load(reader, state)
    return came


def save_subsections(
    writer: Writer, subsections: Sequence[Subsection[State]], state: State
) -> None:
    """Save the subsections that are needed, in the order of *subsections*."""
    for subsection in subsections:
        if subsection.is_needed(state):
            with inside(writer, f"<{subsection.name}>"):
                writer.integer(_FIRST_BYTE, 1)
                writer.counted_string(subsection.name)
                writer.integer(_VERSION, 4)
                subsection.save(writer, state)


def _next_name(reader: Reader, owner: str) -> str:
    """Return the name of the subsection of *owner* that comes next; empty if none does."""
    head = reader.peek(2)
    if len(head) < 2 or head[0] != _FIRST_BYTE:
        return ""
    name = reader.peek(head[1], skip=2).decode("latin-1")
    is_own = len(name) == head[1] > len(owner) and name.startswith(owner)
    return name if is_own else ""
