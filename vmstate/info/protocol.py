"""The Info protocol: what a codec offers to whoever walks a description."""

from __future__ import annotations

from typing import Protocol

from vmstate.cursor import Reader, Writer


class Info(Protocol):
    """A codec, QEMU's ``VMStateInfo``."""

    @property
    def name(self) -> str:
        """The type's name in a vmdesc, e.g. ``uint8``."""

    def load(self, reader: Reader, current: object, size: int) -> object:
        """Read one element and return its value.

        Args:
            reader: where to read.
            current: the value that the destination holds; codecs that compare or that
                load into an existing object need it.
            size: the field's element size in bytes, for codecs whose bytes depend on it.

        Raises:
            StreamError: the bytes are no such value.
        """

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write one element.

        Raises:
            EncodeError: *value* is none that the codec can write.
        """
