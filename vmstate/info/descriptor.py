"""File descriptors: sent beside the bytes, or by number where a process replaces itself.

Which of the two it is, the cursor knows: it has a queue of descriptors, or None.

Source: QEMU 11.1 migration/vmstate-types.c, vmstate_info_fd; migration/qemu-file.c,
qemu_file_put_fd, qemu_file_get_fd.
"""

from __future__ import annotations

from errno import EIO

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.integer import INT32

#: The byte that a descriptor rides on (a message can't be empty).
CARRIER = b" "


class Descriptor:
    """The codec of ``VMSTATE_FD``; the value is the descriptor's number."""

    __slots__ = ()
    name = "fd"

    def load(self, reader: Reader, current: object, size: int) -> int:
        """Return the next descriptor, or read its number.

        Raises:
            StreamError: no descriptor came, or another byte than the one it rides on.
        """
        if reader.descriptors is None:
            return INT32.load(reader, current, size)
        offset = reader.offset
        carrier = reader.take(1)
        why = ""
        if carrier != CARRIER:
            why = f"byte {carrier[0]:#04x} was sent: expected {CARRIER[0]:#04x}"
        elif not reader.descriptors:
            why = "no descriptor came with it"
        if why:
            raise StreamError(
                f"no file descriptor: {why}", offset=offset, path=reader.path, number=EIO
            )
        return reader.descriptors.popleft()

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Hand *value* over, or write its number.

        Raises:
            EncodeError: *value* is no number, or none that can be handed over.
        """
        if writer.descriptors is None:
            INT32.save(writer, value, size)
            return
        if not isinstance(value, int) or value < 0:
            raise writer.unfit(value, "not a file descriptor")
        writer.put(CARRIER)
        writer.descriptors.append(value)

    def __repr__(self) -> str:
        return "FD"


FD = Descriptor()
