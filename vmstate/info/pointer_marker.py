"""Pointer markers: one byte that tells a null pointer from a valid one.

The engine reads and writes markers itself, in the place of elements; this codec is the
wire type that they have in a vmdesc.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_ptr_marker; until 11.0
vmstate_info_nullptr, which knew null pointers only.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError

NULL, VALID = b"0", b"1"


class PointerMarker:
    """The codec of a pointer's marker: None, or any other value, which is not sent."""

    __slots__ = ()
    #: In 11.1; :attr:`vmstate.Release.marker_type` knows the older names.
    name = "ptr-marker"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the byte; return None for a null pointer, else *current*.

        Raises:
            StreamError: it is no marker.
        """
        offset = reader.offset
        marker = reader.take(1)
        if marker not in (NULL, VALID):
            raise StreamError(
                f"byte {marker[0]:#04x} is no pointer marker: expected {NULL[0]:#04x} (null) "
                f"or {VALID[0]:#04x} (valid)",
                offset=offset,
                path=reader.path,
            )
        return None if marker == NULL else current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the marker of *value*."""
        writer.put(NULL if value is None else VALID)

    def __repr__(self) -> str:
        return "PTR_MARKER"


PTR_MARKER = PointerMarker()
