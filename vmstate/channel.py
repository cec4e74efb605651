"""The channel: what a migration stream is written to and read from, whatever the bytes are.

QEMU writes its devices straight into a file of bytes.  Between the two stands a channel
here: typed values go through it, each with a name, in records that say what they are.  What
becomes of them is the business of the container behind it: packed bytes in frames, BER,
JSON.

It works on whole streams, not inside the description engines.  These turn state into
QEMU's bytes and back (:mod:`vmstate.cursor`), and those bytes must be the same ones in every
container; so what goes through a channel is the events of :mod:`vmstate.stream`, and inside
the section of a device its typed leaves and embedded descriptions, as far as the stream's
own vmdesc tells them.  An engine's output gets there with the vmdesc of what it saved
(:mod:`vmstate.describe`).

A channel goes one way.  One that puts hands back the value that it was given; one that
gets is given None and hands back what it has read.  The form of each thing is therefore
said once, for both ways (:mod:`vmstate.containers.forms`)::

    version = channel.integer("version_id", version, 4)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from vmstate.errors import EncodeError, StreamError
from vmstate.stream.events import Bytes

Passed = TypeVar("Passed")


class Channel(Protocol):
    """Typed values, one after the other, in one direction.

    A section, a subsection, an embedded description and every other event is a record:
    :meth:`begin`, its name, numbers and versions, what is in it, :meth:`end`.

    Every method raises EncodeError for a value that it can't put, and StreamError for one
    that is not there or not of its kind where it gets.
    """

    def begin(self, tag: str | None) -> str:
        """Begin a record; *tag* says what it is, e.g. ``section`` or ``subsection``."""

    def end(self) -> None:
        """End the record that was begun last."""

    def begin_list(self, name: str, count: int | None) -> int:
        """Begin a list of *count* records."""

    def end_list(self) -> None:
        """End the list that was begun last."""

    def given(self, name: str, is_given: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """Say whether the value *name* is there; it follows if so."""

    def integer(self, name: str, value: int | None, size: int, *, is_signed: bool = False) -> int:
        """Pass an integer of *size* bytes."""

    def integers(
        self, name: str, values: Sequence[int] | None, size: int, *, is_signed: bool = False
    ) -> Sequence[int]:
        """Pass any number of integers of *size* bytes each."""

    def boolean(self, name: str, value: bool | None) -> bool:  # noqa: FBT001 - it is the value
        """Pass a truth value."""

    def booleans(self, name: str, values: Sequence[bool] | None) -> Sequence[bool]:
        """Pass any number of truth values."""

    def data(self, name: str, value: Bytes | None) -> bytes:
        """Pass bytes and how many they are."""

    def text(self, name: str, value: str | None) -> str:
        """Pass text and how long it is."""


def put(name: str, value: Passed | None) -> Passed:
    """Return *value*, which is to be put.

    Raises:
        EncodeError: it is None.
    """
    if value is None:
        raise EncodeError(name, value, "a channel that puts needs a value")
    return value


def put_text(name: str, value: str | None) -> bytes:
    """Return the UTF-8 of *value*, which is to be put.

    Raises:
        EncodeError: it is None, or has halves of characters in it.
    """
    text = put(name, value)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise EncodeError(name, text, "no text of whole characters") from error


def check_range(name: str, value: int, size: int, *, is_signed: bool) -> int:
    """Return *value* if it fits into an integer of *size* bytes.

    Raises:
        StreamError: it does not.
    """
    lowest = -(1 << 8 * size - 1) if is_signed else 0
    if not lowest <= value < lowest + (1 << 8 * size):
        kind = "signed" if is_signed else "unsigned"
        raise StreamError(f"{value} is no {kind} integer of {size} bytes", path=name)
    return value


def begin_as(channel: Channel, tag: str) -> None:
    """Begin a record that can be nothing but *tag*.

    Raises:
        StreamError: another one comes.
    """
    found = channel.begin(tag)
    if found != tag:
        raise StreamError(f"a record {found!r}, expected {tag!r}")
