"""USB: what is said to a device, whatever controller it is behind.

Owns requests to endpoint 0 and the messages of common classes.  Which device listens is not
known: a message that it doesn't understand is refused by it, which is a state as well.  It
knows no controller.

Source: USB 2.0, chapter 9 (requests), 11.24 (hubs); HID 1.11, 7.2; Mass Storage Bulk-Only 1.0;
CCID 1.1, chapter 6; USB Attached SCSI, 5.2; endpoints by QEMU 7.2 hw/usb/dev-*.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from struct import pack
from typing import Literal

from harness.qemu.drivers.driver import Draw

#: Address that a driver gives to the device; 0 before that.
ADDRESS = 1

Kind = Literal["control", "bulk", "interrupt"]

#: Bytes that a buffer of one packet has to hold.
MOST = 0x400


class Pid(Enum):
    """What a packet is."""

    SETUP = "setup"
    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Packet:
    """Data in one direction.

    Attributes:
        pid: the direction, or the first packet of a control transfer.
        data: what is sent; empty for IN.
        length: how many bytes, at most :data:`MOST`.
    """

    pid: Pid
    data: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """Packets to and from one endpoint.

    Attributes:
        address: of the device on the bus.
        endpoint: its number.
        kind: of the endpoint.
        packets: in order.
    """

    address: int
    endpoint: int
    kind: Kind
    packets: tuple[Packet, ...]


def control(setup: bytes, data: bytes = b"", *, address: int = ADDRESS) -> Exchange:
    """Return a control transfer: the request, its data in either direction, its status."""
    length = int.from_bytes(setup[6:8], "little")
    inward = bool(setup[0] & 0x80)
    packets = [Packet(Pid.SETUP, setup, 8)]
    if length and inward:
        packets.append(Packet(Pid.IN, b"", length))
    elif length:
        packets.append(Packet(Pid.OUT, data.ljust(length, b"\0")[:length], length))
    packets.append(Packet(Pid.OUT if length and inward else Pid.IN, b"", 0))
    return Exchange(address, 0, "control", tuple(packets))


def request(kind: int, code: int, value: int, index: int, length: int) -> bytes:
    """Return the eight bytes of a setup packet."""
    return pack("<BBHHH", kind, code, value, index, length)


#: Length and type of a device descriptor: what each device answers first.
DESCRIPTOR_HEAD = b"\x12\x01"
_GET_DEVICE = request(0x80, 6, 0x0100, 0, 18)

#: The device descriptor, asked of the device at its address.
GET_DESCRIPTOR = control(_GET_DEVICE)
#: What brings a device that was reset into its first configuration.
INTRODUCTION = (
    control(_GET_DEVICE, address=0),
    control(request(0, 5, ADDRESS, 0, 0), address=0),
    control(request(0, 9, 1, 0, 0)),
)

_CONTROLS = (
    _GET_DEVICE,
    request(0x80, 6, 0x0200, 0, 255),  # configuration
    request(0x80, 6, 0x0301, 0x0409, 64),  # strings
    request(0x80, 6, 0x0303, 0x0409, 64),
    request(0x80, 6, 0x0600, 0, 10),  # qualifier
    request(0x80, 6, 0x0F00, 0, 64),  # binary object store
    request(0x80, 8, 0, 0, 1),  # get configuration
    request(0x80, 0, 0, 0, 2),  # get status
    request(0x00, 3, 1, 0, 0),  # set, clear remote wakeup
    request(0x00, 1, 1, 0, 0),
    request(0x00, 9, 1, 0, 0),  # configure, and be configured no more
    request(0x00, 9, 0, 0, 0),
    request(0x01, 11, 1, 1, 0),  # set interface, get interface
    request(0x01, 11, 0, 0, 0),
    request(0x81, 10, 0, 0, 1),
    request(0x02, 1, 0, 0x81, 0),  # clear a halt
    request(0x81, 6, 0x2200, 0, 128),  # HID: report descriptor
    request(0xA1, 1, 0x0100, 0, 8),  # report in and out
    request(0x21, 9, 0x0200, 0, 1),
    request(0xA1, 2, 0, 0, 1),  # idle rate
    request(0x21, 10, 0x0400, 0, 0),
    request(0xA1, 3, 0, 0, 1),  # protocol
    request(0x21, 11, 0, 0, 0),
    request(0xA0, 6, 0x2900, 0, 16),  # hub: descriptor
    request(0xA3, 0, 0, 1, 4),  # port status
    request(0x23, 3, 8, 1, 0),  # port power, reset, suspend, enable
    request(0x23, 3, 4, 1, 0),
    request(0x23, 3, 2, 2, 0),
    request(0x23, 1, 16, 1, 0),  # clear connection change, enable
    request(0x23, 1, 1, 1, 0),
    request(0xA1, 0xFE, 0, 0, 1),  # storage: most unit
    request(0xA1, 2, 0, 0, 4),  # CCID: clock frequencies
    request(0x21, 1, 0, 0, 0),  # abort
    request(0x40, 0, 0, 0, 0),  # serial converter: reset, flow, rate, line
    request(0x40, 1, 0x0303, 0, 0),
    request(0x40, 3, 0x4138, 0, 0),
    request(0x40, 4, 0x0008, 0, 0),
    request(0xC0, 5, 0, 0, 2),
    request(0x21, 1, 0x0100, 0x0200, 1),  # audio: mute, volume
    request(0xA1, 0x81, 0x0201, 0x0200, 2),
)

_INQUIRY = bytes.fromhex("120000002400")
_READ = bytes.fromhex("28000000000000000100")
_WRITE = bytes.fromhex("2a000000000200000100")


def _wrapper(cdb: bytes, length: int, *, inward: bool) -> bytes:
    """Return a command block wrapper.

    Source: Mass Storage Bulk-Only 1.0, 5.1.
    """
    flags = 0x80 if inward else 0
    head = pack("<IIIBBB", 0x43425355, 0x600DF00D, length, flags, 0, len(cdb))
    return head + cdb.ljust(16, b"\0")


def _card(code: int, data: bytes = b"", third: bytes = bytes(3)) -> bytes:
    """Return a message to a smart card reader.

    Source: CCID 1.1, 6.1.
    """
    return pack("<BIBB", code, len(data), 0, 1) + third + data


def _stored(cdb: bytes, length: int, *, inward: bool) -> tuple[tuple[int, Pid, bytes, int], ...]:
    data = (1, Pid.IN, b"", length) if inward else (2, Pid.OUT, bytes(length), length)
    wrapper = (2, Pid.OUT, _wrapper(cdb, length, inward=inward), 31)
    return wrapper, data, (1, Pid.IN, b"", 13)


def _sent(endpoint: int, data: bytes) -> tuple[int, Pid, bytes, int]:
    return endpoint, Pid.OUT, data, len(data)


#: Messages over pipes: endpoint, direction, data, length of each packet.  Those to a stick are
#: whole, and its reset is left out: where part of a command's data was read, QEMU 7.2's
#: usb-storage ends at its next command (an assertion on the status's residue) or while it saves.
_MESSAGES: tuple[tuple[tuple[int, Pid, bytes, int], ...], ...] = (
    ((1, Pid.IN, b"", 8),),
    ((1, Pid.IN, b"", 64),),
    ((2, Pid.IN, b"", 64),),
    ((3, Pid.IN, b"", 64),),
    _stored(_INQUIRY, 36, inward=True),
    _stored(_READ, 512, inward=True),
    _stored(_WRITE, 512, inward=False),
    (_sent(3, _card(0x65)), (2, Pid.IN, b"", 64)),  # slot status
    (_sent(3, _card(0x62)), (2, Pid.IN, b"", 64)),  # power on, off
    (_sent(3, _card(0x63)), (2, Pid.IN, b"", 64)),
    (_sent(3, _card(0x6C)), (2, Pid.IN, b"", 64)),  # parameters
    (_sent(3, _card(0x6F, b"\x00\xa4\x04\x00")), (2, Pid.IN, b"", 64)),  # a block
    (_sent(2, b"Hello, world\r\n"), (1, Pid.IN, b"", 64)),
    (_sent(1, pack(">BBHBBHQ", 1, 0, 1, 0, 0, 0, 0) + _INQUIRY.ljust(16, b"\0")),),
    (_sent(2, pack("<IHHII", 16, 1, 0x1002, 1, 1)), (1, Pid.IN, b"", 64)),  # open a session
)


#: The most exchanges that belong together.
MESSAGE_EXCHANGES = max(map(len, _MESSAGES))


#: Those that every device answers at once: none moves sectors.
_IMMEDIATE = tuple(
    message
    for message in _MESSAGES
    if message not in (_stored(_READ, 512, inward=True), _stored(_WRITE, 512, inward=False))
)


def draw_exchanges(draw: Draw, *, immediate: bool = False) -> tuple[Exchange, ...]:
    """Return one control transfer, or a message with its answers.

    Exchanges of a message must be carried out in order, and none of them alone.

    Args:
        draw: decides what it is.
        immediate: leave out what is in flight for a while.
    """
    if draw.below(2):
        setup = draw.choose(_CONTROLS)
        return (control(setup, draw.bytes(2)),)
    interrupts = frozenset({(1, 8)})
    return tuple(
        Exchange(
            ADDRESS,
            endpoint,
            "interrupt" if (endpoint, length) in interrupts else "bulk",
            (Packet(pid, data, length),),
        )
        for endpoint, pid, data, length in draw.choose(_IMMEDIATE if immediate else _MESSAGES)
    )
