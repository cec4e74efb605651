"""What virtio devices are attached by: the pieces in front of their states."""

from __future__ import annotations

import pytest

from tests.support.pieces import numbers, tiles
from vmstate.decoded.cutter import Cutter
from vmstate.decoded.virtio_transport import TRANSPORTS
from vmstate.errors import StreamError

PCI, EXPRESS, MMIO, CHANNEL = TRANSPORTS


def header(name):
    return bytes([5, len(name)]) + name.encode() + (1).to_bytes(4)


def space(size, vectors=0):
    data = bytearray(size)
    if vectors:
        data[0x06], data[0x34], data[0x40] = 0x10, 0x40, 0x11
        data[0x42:0x44] = (vectors - 1).to_bytes(2, "little")
    return b"\0\0\0\2" + bytes(data) + bytes(16)


@pytest.mark.parametrize(("transport", "size"), [(PCI, 256), (EXPRESS, 4096)])
@pytest.mark.parametrize("vectors", [0, 1, 9])
def test_a_pci_device_has_as_many_messages_as_its_space_says(transport, size, vectors):
    data = space(size, vectors)
    if vectors:
        data += bytes(16 * vectors + -(-vectors // 8)) + b"\xff\xff"
    cutter = Cutter(data)
    assert transport.cut(cutter) == (vectors > 0)
    assert cutter.is_at_end
    assert tiles(cutter)
    assert numbers(cutter).get("config_vector", b"") == (b"\xff\xff" if vectors else b"")


@pytest.mark.parametrize("version", [0, 3, 0xFFFFFFFF])
def test_another_version_is_no_pci_devices(version):
    with pytest.raises(StreamError, match="no state of a PCI device"):
        PCI.cut(Cutter(version.to_bytes(4) + bytes(300)))


def test_a_space_that_is_too_short_is_an_error():
    with pytest.raises(StreamError, match="a configuration space of 100 bytes"):
        PCI.cut(Cutter(b"\0\0\0\2" + bytes(100)))


def test_a_device_with_registers_in_memory_has_three():
    cutter = Cutter(bytes(range(12)))
    assert not MMIO.cut(cutter)
    assert numbers(cutter)["guest_page_shift"] == bytes([8, 9, 10, 11])
    assert MMIO.has_alignment
    assert not PCI.has_alignment


@pytest.mark.parametrize("has_orb", [False, True])
@pytest.mark.parametrize("has_offset", [False, True])
def test_a_channels_device_has_its_subchannel_in_front(has_orb, has_offset):
    # Until the subsection: seven bytes, a status of 52, sense data, program, command, ids.
    data = b"\xfe" + bytes(6 + 52 + 32 + 8 + 8 + 1 + 8 + 4 * 62 + 2)
    if has_orb:
        data += header("s390_subch_dev/orb") + bytes(8) + b"\0\0\1\2"
    data += bytes(3 * 12) + b"\xff\xff" + bytes(8)
    if has_offset:
        data += header("s390_adapter_info/summary_offset") + bytes(4)
    data += b"\3" + b"\xff" * 4
    cutter = Cutter(data)
    assert CHANNEL.cut(cutter)
    assert cutter.is_at_end
    assert tiles(cutter)
    found = numbers(cutter)
    assert found["sch.cssid"] == b"\xfe"
    assert found["thinint_isc"] == b"\3"
    assert found["revision"] == b"\xff" * 4
    assert found.get("sch.<s390_subch_dev/orb>.orb.cpa", b"") == (b"\0\0\1\2" if has_orb else b"")
