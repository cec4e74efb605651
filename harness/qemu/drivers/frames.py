"""Ethernet frames: what network cards are given to send.

Knows no card.  Source: IEEE 802.3; RFC 791, 768 and 793 for what looks like IP.
"""

from __future__ import annotations

import struct

from harness.qemu.drivers.driver import Draw

BROADCAST = bytes(6 * [0xFF])
#: An address that nobody was given: locally administered, for one station.
STATION = bytes.fromhex("525400c0ffee")
#: Ethertype for local experiments.  Source: IEEE 802, table 1.
EXPERIMENTAL = 0x88B5
_IPV4, _VLAN = 0x0800, 0x8100
_TCP, _UDP = 6, 17


def frame(number: int, size: int = 96, destination: bytes = BROADCAST) -> bytes:
    """Return a frame of *size* bytes, without its check sequence, that *number* tells apart."""
    payload = bytes((number + n) & 0xFF for n in range(size - 14))
    return destination + STATION + struct.pack(">H", EXPERIMENTAL) + payload


def _ip(draw: Draw, size: int) -> bytes:
    protocol = draw.choose((_TCP, _UDP, 1))
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + size, 1, 0, 64, protocol, 0) + bytes(8)
    ports = struct.pack(">HH", 1024 + draw.below(4), 80)
    body = {
        _TCP: ports + struct.pack(">IIBBHHH", 1, 0, 0x50, 0x18, 512, 0, 0),
        _UDP: ports + struct.pack(">HH", size, 0),
    }.get(protocol, b"")
    return header + body.ljust(size, b"\x5a")[:size]


def drawn_frame(draw: Draw, most: int = 1514) -> bytes:
    """Return a frame of at most *most* bytes, at least 96: for one or all, with or without IP."""
    size = draw.choose((64, 60, 300, most, 14 + draw.below(most - 14)))
    destination = draw.choose((BROADCAST, STATION, b"\x33\x33\0\0\0\x01", b"\x52" + draw.bytes(5)))
    start = destination + STATION
    if draw.below(4) == 0:
        start += struct.pack(">HH", _VLAN, draw.below(1 << 12))
    if draw.below(2):
        return frame(draw.below(256), size, destination)
    body = start + struct.pack(">H", _IPV4)
    return (body + _ip(draw, max(28, size - len(body))))[:most]
