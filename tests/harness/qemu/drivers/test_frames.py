"""Frames: of a length that a card takes, and told apart."""

import random
import struct

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.frames import BROADCAST, EXPERIMENTAL, STATION, drawn_frame, frame


def test_a_numbered_frame_has_addresses_a_type_and_bytes_that_count_on():
    data = frame(250, 64)
    assert data[:12] == BROADCAST + STATION
    assert struct.unpack(">H", data[12:14]) == (EXPERIMENTAL,)
    assert data[14:22] == bytes((250, 251, 252, 253, 254, 255, 0, 1))
    assert len(data) == 64
    assert frame(1) != frame(2)


def test_drawn_frames_are_within_their_limit_and_of_many_kinds():
    source = random.Random(2)
    frames = [drawn_frame(Draw(source.randbytes(64)), 300) for _ in range(300)]
    assert max(map(len, frames)) == 300
    assert min(map(len, frames)) >= 14
    types = {data[12:14] for data in frames if len(data) >= 14}
    assert types == {b"\x88\xb5", b"\x08\x00", b"\x81\x00"}
    protocols = {data[23] for data in frames if data[12:14] == b"\x08\x00"}
    assert protocols == {1, 6, 17}
    assert {data[0] & 1 for data in frames} == {0, 1}
