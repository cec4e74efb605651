"""Records: a fixed row of unsigned integers, each a member of the object that is there."""

from __future__ import annotations

from dataclasses import dataclass
from struct import calcsize

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.place import inside


def require(cursor: Reader | Writer, value: object, members: tuple[str, ...]) -> None:
    """Check that *value* has all *members*.

    Raises:
        EncodeError, StreamError: it lacks some.
    """
    lacking = [member for member in members if not hasattr(value, member)]
    if lacking:
        raise cursor.unfit(value, f"it has no {', '.join(lacking)}")


@dataclass(frozen=True, slots=True, repr=False)
class Record:
    """A codec of a fixed row of integers, which loads into the members of an object.

    Args:
        symbol: what it is called in :mod:`vmstate.info.devices`.
        name: the type's name in a vmdesc.
        format: struct format, one character for each member.
        members: attributes of the value, in wire order.
    """

    symbol: str
    name: str
    format: str
    members: tuple[str, ...]

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the members into *current* and return it.

        Raises:
            StreamError: *current* lacks a member.
        """
        require(reader, current, self.members)
        numbers = [reader.unsigned(calcsize(character)) for character in self.format]
        for member, number in zip(self.members, numbers, strict=True):
            setattr(current, member, number)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the members; EncodeError if *value* lacks one or one does not fit."""
        require(writer, value, self.members)
        for member, character in zip(self.members, self.format, strict=True):
            with inside(writer, member):
                writer.integer(getattr(value, member), calcsize(character))

    def __repr__(self) -> str:
        return self.symbol
