"""Booleans: one byte; any byte but zero loads as true, true is saved as one.

Source: QEMU 7.2 migration/vmstate-types.c, vmstate_info_bool.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer


class Boolean:
    """The codec of ``VMSTATE_BOOL``."""

    __slots__ = ()
    name = "bool"
    #: Not struct's own ``?``, which depends on how the host writes a C bool.
    format = "B"
    convert = bool

    def load(self, reader: Reader, current: object, size: int) -> bool:  # noqa: ARG002 (protocol)
        """Read one byte."""
        return reader.unsigned(1) != 0

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write one byte; EncodeError unless *value* is 0, 1, False or True."""
        if value not in (0, 1):
            raise writer.unfit(value, "not a boolean")
        writer.integer(int(bool(value)), 1)

    def __repr__(self) -> str:
        return "BOOL"


BOOL = Boolean()
