"""Spoiling: a snapshot in which fields hold something else than was saved.

Lengths stay as they are, so that every other byte does: what is noticed is the fields' doing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.command import SPOIL, Command
from harness.errors import SpoilError
from harness.fields import LeafField
from harness.observation import Observation
from vmstate.stream import read_stream


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A leaf field, and what it is to hold instead.

    Attributes:
        field: as it was saved.
        data: as many bytes as it has.
    """

    field: LeafField
    data: bytes


def spoilt(stream: bytes, changes: Sequence[Spoilt]) -> bytes:
    """Return *stream* with *changes* in it.

    Raises:
        ValueError: a field is not where it should be in the stream, or is of another length.
        StreamError: the stream can't be read.
    """
    bodies = {
        (section.idstr, section.instance_id): section for section in read_stream(stream).sections
    }
    data = bytearray(stream)
    for change in changes:
        field = change.field
        name = f"{field.section}[{field.instance_id}]/{field.path}"
        section = bodies.get((field.section, field.instance_id))
        if section is None:
            raise ValueError(f"{name}: the stream has no such section")
        end = field.offset + len(field.data)
        if section.body[field.offset : end] != field.data:
            raise ValueError(f"{name}: the stream does not hold at +{field.offset:#x} what it did")
        if len(change.data) != len(field.data):
            raise ValueError(f"{name}: {len(change.data)} bytes in the place of {len(field.data)}")
        data[section.offset + field.offset : section.offset + end] = change.data
    return bytes(data)


def changes_of(fields: Iterable[LeafField], spoils: Iterable[Command]) -> list[Spoilt]:
    """Return what *spoils* ask for, of a state that has *fields*.

    Raises:
        SpoilError: the state has no such field, or it has fewer bytes.
    """
    by_key = {field.key: field for field in fields}
    changes = []
    for spoil in spoils:
        key = spoilt_field(spoil)
        name = "{}[{}]/{}".format(*key)
        data = bytes.fromhex(str(spoil.operands[3]).removeprefix("0x"))
        field = by_key.get(key)
        if field is None:
            raise SpoilError(name, "the state has no such field")
        if len(data) > len(field.data):
            raise SpoilError(name, f"it has {len(field.data)} bytes, and {len(data)} are given")
        changes.append(Spoilt(field, data + field.data[len(data) :]))
    return changes


def spoilt_field(spoil: Command) -> tuple[str, int, str]:
    """Return section, instance id and path of the field that a command spoils."""
    section, instance_id, path, _ = spoil.operands
    return str(section), int(instance_id), str(path)


def is_spoil(command: Command) -> bool:
    """Say whether *command* has the next cycle load something else than was saved."""
    return command.verb == SPOIL


class Spoils:
    """What a guest is told to spoil, until it is loaded."""

    def __init__(self) -> None:
        self._heard: list[Command] = []
        self._of: dict[str, tuple[Command, ...]] = {}

    def heard(self, commands: Sequence[Command]) -> Sequence[Command]:
        """Take in what is to be spoilt; return the other commands, themselves if that is all."""
        if not any(map(is_spoil, commands)):
            return commands
        self._heard += filter(is_spoil, commands)
        return tuple(command for command in commands if not is_spoil(command))

    @staticmethod
    def answered(commands: Sequence[Command], seen: Iterable[Observation]) -> list[Observation]:
        """Return *seen*, what the others of *commands* showed, with one for every command."""
        rest = iter(seen)
        return [Observation(None) if is_spoil(one) else next(rest) for one in commands]

    def saved(self, tag: str) -> None:
        """Let all that was heard since the last time be about what is saved as *tag*."""
        self._of[tag] = tuple(self._heard)
        self._heard.clear()

    def of(self, tag: str) -> tuple[Command, ...]:
        """Return what is spoilt of *tag*; what was heard since it was saved is forgotten."""
        self._heard.clear()
        return self._of.get(tag, ())
