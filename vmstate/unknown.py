"""What a description does not say, where it was read from something that does not say it.

A dump has no types, no tests and no counts; a vmdesc has types that this package has no
codec for.  Each gap has a value of its own here, which keeps what is known (a size, a type's
name) and refuses to guess the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vmstate.cursor import Reader, Writer
from vmstate.errors import UnknownError

#: Type of a field that no vmdesc has told the type of.
UNTYPED = "?"
#: How the path of a count or size begins that no field is known to carry.
_UNKNOWN = "unknown_"


@dataclass(frozen=True, slots=True)
class Raw:
    """The codec of bytes whose meaning is not known: a value is bytes of the field's size.

    Args:
        name: the type's name in a vmdesc; ``?`` where no vmdesc was seen.  The size is then
            what a dump says: that of the member in the host's memory, which is the size on
            the wire for integers, but not for timers or whatever is behind a pointer.
        attribute: where the bytes are in a state that the codec is given whole; empty where
            they are a field's value.
    """

    name: str = UNTYPED
    attribute: str = ""

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read *size* bytes.

        Raises:
            UnknownError: neither type nor size is known.
        """
        self._check(reader, size)
        data = reader.take(size)
        if not self.attribute:
            return data
        setattr(current, self.attribute, data)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write *size* bytes; EncodeError unless *value* is as many, UnknownError as above."""
        self._check(writer, size)
        if self.attribute:
            value = getattr(value, self.attribute, None)
        if not isinstance(value, bytes | bytearray) or len(value) != size:
            raise writer.unfit(value, f"not {size} bytes")
        writer.put(value)

    def _check(self, cursor: Reader | Writer, size: int) -> None:
        if self.name == UNTYPED and size == 0:
            raise UnknownError(cursor.path, "its type")


@dataclass(frozen=True, slots=True)
class RawStruct:
    """The codec of a field that has a description, and of which more is not known.

    It may be a struct, a temporary, a list or a tree of states; these differ on the wire.
    """

    name: str = UNTYPED

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Refuse: UnknownError."""
        raise UnknownError(reader.path, "how the states in it are framed")

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Refuse: UnknownError."""
        raise UnknownError(writer.path, "how the states in it are framed")


@dataclass(frozen=True, slots=True)
class UnknownTest:
    """A field's test that exists, but of which nothing more is known.

    Args:
        path: where it stands, e.g. ``chip/count``.
    """

    path: str

    def __call__(self, _state: object, _version_id: int) -> bool:
        """Refuse: UnknownError."""
        raise UnknownError(self.path, "whether it is there")


@dataclass(frozen=True, slots=True)
class UnknownNeed:
    """The question whether a subsection is sent, which only the device can answer.

    Args:
        path: the subsection's name.
    """

    path: str

    def __call__(self, _state: object) -> bool:
        """Refuse: UnknownError."""
        raise UnknownError(self.path, "whether it is sent")


RAW, RAW_STRUCT = Raw(), RawStruct()


def unknown_length(name: str, what: str) -> str:
    """Return the path of the count or size of field *name*, where none is known.

    A state that has a value there is taken at its word.

    Args:
        name: the field's.
        what: ``count`` or ``size``.
    """
    return f"{_UNKNOWN}{what}_of_" + re.sub(r"\W", "_", name)


def is_unknown_length(path: str) -> bool:
    """Whether *path* is one of :func:`unknown_length`."""
    return path.startswith(_UNKNOWN)
