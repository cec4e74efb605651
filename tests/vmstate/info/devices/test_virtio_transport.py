"""Transports: extra state, and the channel whose piece another codec saves."""

from __future__ import annotations

import pytest

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError
from vmstate.info import UINT16
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.info.devices.virtio_mmio import MmioTransport
from vmstate.info.devices.virtio_modern import Modern
from vmstate.info.devices.virtio_pci import PciTransport
from vmstate.info.devices.virtio_transport import EXTRA_STATE, CcwTransport, Transport


@pytest.mark.parametrize(
    "transport",
    [PciTransport(), MmioTransport(), CcwTransport(UINT16, 0)],
    ids=["PCI", "MMIO", "CCW"],
)
def test_each_transport_obeys_the_protocol(transport):
    assert isinstance(transport, Transport)


@pytest.mark.parametrize("kind", [PciTransport, MmioTransport])
def test_extra_state_is_the_transports(kind):
    sent = kind(modern=Modern(guest_features=5))
    here = kind(modern=None)
    assert loaded(EXTRA_STATE, saved(EXTRA_STATE, sent), here) is here
    assert here.modern == sent.modern


@pytest.mark.parametrize("value", [None, CcwTransport(UINT16, 0)])
def test_what_knows_no_extra_state_is_refused(value):
    with pytest.raises(EncodeError, match="not a transport with extra state"):
        saved(EXTRA_STATE, value)
    with pytest.raises(StreamError, match="not a transport with extra state"):
        EXTRA_STATE.load(reading(b""), value, 0)


def test_a_channels_piece_is_another_codecs_and_each_queue_has_a_vector():
    device = VirtioDevice(CcwTransport(UINT16, 0x1234), host_features=0, config=bytearray(b"c"))
    device.queues[0].num, device.queues[0].vector = 8, 0x55
    data = saved(VIRTIO, device)
    assert data == bytes.fromhex(
        "1234 00 00 0000 00000000 00000001 63 00000001 00000008 0000000000000000 0000 0055"
    )
    here = VirtioDevice(CcwTransport(UINT16, 0), host_features=0)
    assert loaded(VIRTIO, data, here) == device


def test_a_channel_has_no_extra_state():
    transport = CcwTransport(UINT16, 0)
    reader = reading(b"rest")
    transport.load_extra_state(reader)
    assert reader.offset == 0
    assert (transport.has_extra_state, transport.has_vectors) == (False, True)


class NoWriter:
    """A writer that must not be used."""


def test_a_channel_writes_no_extra_state():
    assert CcwTransport(UINT16, 0).save_extra_state(NoWriter()) is None
