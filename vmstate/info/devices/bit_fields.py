"""Bit fields: members of an object that share one integer on the wire."""

from __future__ import annotations

from typing import NamedTuple

from vmstate.cursor import Writer
from vmstate.info.devices.place import inside


class BitField(NamedTuple):
    """Where a member stands in the integer.

    Attributes:
        member: attribute of the object.
        shift: its lowest bit.
        width: bits that it has, all of which are saved.
        loaded: bits that are loaded; a sender's upper bits are lost where these are fewer.
    """

    member: str
    shift: int
    width: int
    loaded: int


def field(member: str, shift: int, width: int = 1, *, loaded: int = 0) -> BitField:
    """Return the place of *member*, all of which is loaded unless *loaded* says else."""
    return BitField(member, shift, width, loaded or width)


def pack(writer: Writer, value: object, fields: tuple[BitField, ...]) -> int:
    """Return the integer that holds the members of *value*.

    Raises:
        EncodeError: one does not fit into its bits.
    """
    word = 0
    for place in fields:
        number = getattr(value, place.member)
        if not isinstance(number, int) or not 0 <= number < 1 << place.width:
            with inside(writer, place.member):
                bits = "bit" if place.width == 1 else "bits"
                raise writer.unfit(number, f"not an unsigned integer of {place.width} {bits}")
        word |= number << place.shift
    return word


def unpack(value: object, fields: tuple[BitField, ...], word: int) -> None:
    """Set the members of *value* from *word*."""
    for place in fields:
        setattr(value, place.member, word >> place.shift & ((1 << place.loaded) - 1))
