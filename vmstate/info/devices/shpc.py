"""SHPC: the registers of a standard hot-plug controller.

Source: QEMU 11.1 hw/pci/shpc.c: shpc_vmstate_info, SHPC_SIZEOF.
"""

from __future__ import annotations

from vmstate.cursor import Reader, Writer

#: Bytes before the slots, bytes of a slot.
HEADER_SIZE, SLOT_SIZE = 0x24, 4
MOST_SLOTS = 31


def size_of(slots: int) -> int:
    """Return the bytes that the registers of a controller of *slots* take."""
    return HEADER_SIZE + SLOT_SIZE * slots


class Shpc:
    """The codec of ``SHPC_VMSTATE``; the value is a bytearray with the working registers.

    How many slots there are is not on the wire; the destination knows.
    """

    __slots__ = ()
    name = "shpc"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the registers into *current*, as long as it is, and return it.

        Raises:
            StreamError: *current* is no such bytearray.
        """
        registers = _checked(reader, current)
        registers[:] = reader.take(len(registers))
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the registers; EncodeError unless *value* is such a bytearray."""
        writer.put(_checked(writer, value))

    def __repr__(self) -> str:
        return "SHPC"


SHPC = Shpc()


def _checked(cursor: Reader | Writer, value: object) -> bytearray:
    if isinstance(value, bytearray):
        slots, rest = divmod(len(value) - HEADER_SIZE, SLOT_SIZE)
        if not rest and 1 <= slots <= MOST_SLOTS:
            return value
    raise cursor.unfit(
        value,
        f"not the registers of 1 to {MOST_SLOTS} slots: a bytearray of {size_of(1)} to "
        f"{size_of(MOST_SLOTS)} bytes, {SLOT_SIZE} for each slot",
    )
