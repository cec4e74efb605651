"""USB redirection: the parser's state, buffered packets, queues of packet ids.

Source: QEMU 11.1 hw/usb/redirect.c: usbredir_parser_vmstate_info,
usbredir_ep_bufpq_vmstate_info, usbredir_ep_packet_id_q_vmstate_info.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass
from struct import iter_unpack
from typing import Any

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.place import inside

_ID_BYTES = 8


@dataclass(slots=True)
class BufferedPacket:
    """A packet that waits for the guest.

    Attributes:
        status: 32 bits.
        data: what of it the guest has not read yet.
    """

    status: int = 0
    data: bytes = b""


class Parser:
    """The codec of the parser: a 32-bit length and what usbredir made of its state.

    The value is bytes, or None where there is no parser, which is sent as a length of
    zero and leaves the destination's parser as it is.
    """

    __slots__ = ()
    name = "usb-redir-parser"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read and return the bytes; return *current* where none were sent."""
        return reader.take(reader.unsigned(4)) or current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write length and bytes; EncodeError unless *value* is None or bytes."""
        data = b"" if value is None else value
        if not isinstance(data, bytes | bytearray):
            raise writer.unfit(value, "not bytes")
        writer.integer(len(data), 4)
        writer.put(data)

    def __repr__(self) -> str:
        return "USBREDIR_PARSER"


class BufferedPackets:
    """The codec of an endpoint's packets; the value is a list of :class:`BufferedPacket`.

    A 32-bit count, then for each a length and a status of 32 bits and the bytes.  Loading
    appends to the list that the destination holds.
    """

    __slots__ = ()
    name = "usb-redir-bufpq"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read packets into *current* and return it.

        Raises:
            StreamError: *current* is no list.
        """
        packets = _list(reader, current)
        count = reader.unsigned(4)
        for number in range(count):
            with inside(reader, f"[{number}]"):
                length, status = reader.unsigned(4), reader.unsigned(4)
                packets.append(BufferedPacket(status, reader.take(length)))
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write packets; EncodeError unless *value* is a list of them."""
        packets = _list(writer, value)
        writer.integer(len(packets), 4)
        for number, packet in enumerate(packets):
            with inside(writer, f"[{number}]"):
                data = getattr(packet, "data", None)
                if not isinstance(data, bytes | bytearray) or not hasattr(packet, "status"):
                    raise writer.unfit(packet, "not a packet with status and data")
                writer.integer(len(data), 4)
                writer.integer(packet.status, 4)
                writer.put(data)

    def __repr__(self) -> str:
        return "USBREDIR_EP_BUFPQ"


class PacketIds:
    """The codec of a queue of packet ids; the value is a list of ints of 64 bits.

    A 32-bit count, then the ids.
    """

    __slots__ = ()
    name = "usb-redir-packet-id-q"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read ids into *current* and return it.

        Raises:
            StreamError: *current* is no list, or not an empty one, which QEMU asserts.
        """
        ids = _list(reader, current)
        if ids:
            raise reader.unfit(current, "the queue must be empty before it is loaded")
        data = reader.take(_ID_BYTES * reader.unsigned(4))
        ids.extend(number for (number,) in iter_unpack(">Q", data))
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write ids; EncodeError unless *value* is a list of numbers that fit."""
        ids = _list(writer, value)
        writer.integer(len(ids), 4)
        for place, number in enumerate(ids):
            with inside(writer, f"[{place}]"):
                writer.integer(number, _ID_BYTES)

    def __repr__(self) -> str:
        return "USBREDIR_EP_PACKET_ID_Q"


USBREDIR_PARSER = Parser()
USBREDIR_EP_BUFPQ = BufferedPackets()
USBREDIR_EP_PACKET_ID_Q = PacketIds()


def _list(cursor: Reader | Writer, value: object) -> MutableSequence[Any]:
    if not isinstance(value, MutableSequence):
        raise cursor.unfit(value, "not a list")
    return value
