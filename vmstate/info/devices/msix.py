"""MSI-X: the table of messages and the bits of those that are pending.

Source: QEMU 11.1 hw/pci/msix.c: vmstate_info_msix (msix_save, msix_load).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, cast

from vmstate.cursor import Reader, Writer

#: Bytes of a table's entry: address, data, control.
ENTRY_SIZE = 16
#: Most vectors that a device can have.
MOST_VECTORS = 2048


class MsixLike(Protocol):
    """What the codec asks of a device's MSI-X.

    Attributes:
        table: 16 bytes for each vector; its length says how many there are.
        pba: the pending bits, one for each vector; more bytes may follow, which stay.
    """

    table: bytearray
    pba: bytearray


@dataclass(slots=True)
class Msix:
    """A device's MSI-X; see :class:`MsixLike`."""

    table: bytearray
    pba: bytearray

    @classmethod
    def blank(cls, vectors: int) -> Self:
        """Return an empty table of *vectors*, none pending."""
        return cls(bytearray(ENTRY_SIZE * vectors), bytearray(_pending_bytes(vectors)))


class MsixCodec:
    """The codec of ``VMSTATE_MSIX``.

    The value is an object as :class:`MsixLike`, or None where the device has no MSI-X:
    then there are no bytes.  How many vectors there are is not on the wire; the
    destination knows.
    """

    __slots__ = ()
    name = "msix state"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read table and pending bits into *current*, as long as it has them; return it.

        Raises:
            StreamError: *current* is no such object.
        """
        if current is None:
            return None
        msix, pending = _checked(reader, current)
        # Both are read before either is touched.
        data = reader.take(len(msix.table) + pending)
        msix.table[:] = data[: len(msix.table)]
        msix.pba[:pending] = data[len(msix.table) :]
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write table and pending bits; EncodeError unless *value* is such an object."""
        if value is None:
            return
        msix, pending = _checked(writer, value)
        writer.put(msix.table)
        writer.put(msix.pba[:pending])

    def __repr__(self) -> str:
        return "MSIX"


MSIX = MsixCodec()


def _pending_bytes(vectors: int) -> int:
    return (vectors + 7) // 8


def _checked(cursor: Reader | Writer, value: object) -> tuple[MsixLike, int]:
    """Return *value* and the bytes of its pending bits that are sent."""
    table, pba = getattr(value, "table", None), getattr(value, "pba", None)
    if not isinstance(table, bytearray) or not isinstance(pba, bytearray):
        raise cursor.unfit(value, "not an MSI-X: it has no bytearrays table and pba")
    vectors, rest = divmod(len(table), ENTRY_SIZE)
    if rest or not 0 < vectors <= MOST_VECTORS:
        raise cursor.unfit(
            value, f"a table of {len(table)} bytes: expected {ENTRY_SIZE} for each of 1 to 2048"
        )
    pending = _pending_bytes(vectors)
    if len(pba) < pending:
        raise cursor.unfit(value, f"{len(pba)} bytes of pending bits: expected {pending} or more")
    return cast("MsixLike", value), pending
