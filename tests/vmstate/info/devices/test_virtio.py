"""Virtio devices: blobs of a real QEMU, and what a blob may not say."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import virtio_blobs
from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_block import BlockRequest, BlockRequests
from vmstate.info.devices.virtio_device import (
    BIG_ENDIAN,
    LITTLE_ENDIAN,
    VERSION_1,
    VirtioDevice,
    VirtQueue,
)
from vmstate.info.devices.virtio_mmio import MmioTransport
from vmstate.info.devices.virtio_pci import PciTransport
from vmstate.info.devices.virtqueue_element import Element


def unknown(transport, body=None):
    """Return a device of which only the transport and the class are known."""
    return VirtioDevice(transport, host_features=None, body=body, device=[])


def pci(vectors):
    return PciTransport(msix=Msix.blank(vectors) if vectors else None, modern=None)


#: A blob; what makes the device; bytes of its configuration; sizes of its queues.
BLOBS = {
    "block": (virtio_blobs.BLOCK, lambda: unknown(pci(2), BlockRequests()), 57, [256]),
    "packed block": (
        virtio_blobs.PACKED_BLOCK,
        lambda: unknown(pci(4), BlockRequests(3, is_packed=True)),
        57,
        [256] * 3,
    ),
    "legacy block": (
        virtio_blobs.LEGACY_BLOCK,
        lambda: unknown(pci(0), BlockRequests()),
        57,
        [256],
    ),
    "random": (virtio_blobs.RANDOM, lambda: unknown(pci(2)), 0, [8]),
    "SCSI": (virtio_blobs.SCSI, lambda: unknown(pci(4)), 36, [256] * 3),
    "block, MMIO": (
        virtio_blobs.MMIO_BLOCK,
        lambda: unknown(MmioTransport(), BlockRequests()),
        57,
        [256],
    ),
    "legacy block, MMIO": (
        virtio_blobs.LEGACY_MMIO_BLOCK,
        lambda: unknown(MmioTransport(), BlockRequests()),
        57,
        [256],
    ),
}
ALL = pytest.mark.parametrize(("blob", "make", "config", "sizes"), BLOBS.values(), ids=BLOBS)


def plain(**members):
    """Return a legacy device with registers in memory, which sends little."""
    members = {"config": bytearray(b"ab"), "host_features": 0, **members}
    return VirtioDevice(MmioTransport(), **members)


@ALL
def test_a_real_blob_is_understood(blob, make, config, sizes):
    device = loaded(VIRTIO, blob, make())
    assert (device.status, device.isr, device.queue_sel, device.guest_features) == (0, 0, 0, 0)
    assert len(device.config) == config
    assert [queue.num for queue in device.queues[: device.queues_in_use]] == sizes
    assert device.device_endian == LITTLE_ENDIAN
    assert device.device == []


@ALL
def test_a_real_blob_comes_back_byte_by_byte(blob, make, config, sizes):
    assert saved(VIRTIO, loaded(VIRTIO, blob, make())) == blob


@ALL
def test_a_real_blob_that_ends_early_is_refused_or_lacks_whole_subsections(
    blob, make, config, sizes
):
    head = blob.index(b"\x05\x15virtio/64bit_features")
    for length in [*range(0, head, 13), *range(head, len(blob), len(blob) // 9), len(blob) - 1]:
        reader = reading(blob[:length])
        try:
            VIRTIO.load(reader, make(), 0)
        except StreamError as error:
            assert error.path.startswith("chip/field")  # noqa: PT017 (not every cut is an error)
            continue
        # The head of a subsection that is not whole is left to the owner of the bytes.
        assert length >= head
        assert reader.peek(1) in (b"\5", b"")
        assert blob[reader.offset] == 5


def test_what_is_offered_is_seen_from_what_came():
    modern = loaded(VIRTIO, virtio_blobs.BLOCK, BLOBS["block"][1]())
    legacy = loaded(VIRTIO, virtio_blobs.LEGACY_BLOCK, BLOBS["legacy block"][1]())
    assert modern.host_features == VERSION_1
    assert not legacy.host_features & VERSION_1
    assert modern.transport.modern is not None
    assert legacy.transport.modern is None


WORDS = st.integers(0, (1 << 64) - 1)
QUEUES = st.builds(
    VirtQueue,
    num=st.integers(1, 0xFFFFFFFF),
    align=st.integers(0, 0xFFFFFFFF),
    desc=st.integers(1, (1 << 64) - 1),
    avail=WORDS,
    used=WORDS,
    last_avail_idx=st.integers(0, 0xFFFF),
)


@settings(max_examples=25)
@given(
    st.builds(
        plain,
        status=st.integers(0, 255),
        isr=st.integers(0, 255),
        queue_sel=st.integers(0, 1023),
        guest_features=WORDS,
        host_features=st.sampled_from([VERSION_1, VERSION_1 | 1 << 34]),
        config=st.binary(max_size=9).map(bytearray),
        broken=st.booleans(),
        started=st.booleans(),
        disabled=st.booleans(),
    ),
    st.lists(QUEUES, max_size=3),
)
def test_any_device_comes_back_into_the_objects_that_are_there(sent, queues):
    sent.queues[: len(queues)] = queues
    here = plain(host_features=sent.host_features, config=bytearray(len(sent.config)))
    objects = [here.queues[0], here.config, here.transport]
    assert loaded(VIRTIO, saved(VIRTIO, sent), here) is here
    assert here == sent
    assert all(
        one is other
        for one, other in zip(objects, [here.queues[0], here.config, here.transport], strict=True)
    )


def test_of_the_features_32_bits_are_in_front():
    data = saved(VIRTIO, plain(guest_features=5 << 32 | 0x87654321))
    assert data[16:20] == bytes.fromhex("87654321")
    assert loaded(VIRTIO, data, plain()).guest_features == 0x87654321


def test_requests_of_the_class_are_in_the_middle():
    sent = plain(body=BlockRequests(), device=[BlockRequest(Element(5))], broken=True)
    here = plain(body=BlockRequests(), device=[])
    assert loaded(VIRTIO, saved(VIRTIO, sent), here).device == sent.device
    sent.device = None
    with pytest.raises(EncodeError) as error:
        saved(VIRTIO, sent)
    assert str(error.value) == "chip/field.device: can't save None: not a list"


@pytest.mark.parametrize(
    ("here", "after"), [(b"xy", b"ab"), (b"x", b"a"), (b"xyz", b"abz"), (b"", b"")]
)
def test_of_the_configuration_as_much_is_kept_as_there_is_room_for(here, after):
    device = loaded(VIRTIO, saved(VIRTIO, plain()), plain(config=bytearray(here)))
    assert device.config == after


def test_a_configuration_that_is_not_known_is_taken_as_it_comes():
    device = loaded(VIRTIO, saved(VIRTIO, plain()), plain(config=None))
    assert device.config == bytearray(b"ab")


@pytest.mark.parametrize("default", [LITTLE_ENDIAN, BIG_ENDIAN])
def test_a_byte_order_that_does_not_come_is_the_targets(default):
    data = saved(VIRTIO, plain(device_endian=default, default_endian=default))
    here = plain(device_endian=3 - default, default_endian=default)
    assert loaded(VIRTIO, data, here).device_endian == default


def test_a_byte_order_that_comes_is_kept():
    data = saved(VIRTIO, plain(device_endian=BIG_ENDIAN))
    assert loaded(VIRTIO, data, plain()).device_endian == BIG_ENDIAN


def changed(data, offset, hexadecimal):
    patch = bytes.fromhex(hexadecimal)
    return data[:offset] + patch + data[offset + len(patch) :]


#: A device with one queue: 12 bytes of transport, 12 of head, 2 of configuration, a count.
DATA = saved(VIRTIO, plain(queues=[VirtQueue(64), *(VirtQueue() for _ in range(1023))]))


@pytest.mark.parametrize(
    ("offset", "patch", "message"),
    [
        (14, "0400", ".queue_sel at offset 0xe: queue 1024 is selected: expected 0 to 1023"),
        (20, "ffffffff", ".config at offset 0x18: needs 4294967295 bytes, 24 are left"),
        (26, "00000401", ".queues at offset 0x1a: 1025 queues were sent: expected 0 to 1024"),
        (30, "00000101", ".queues[0] at offset 0x1e: a size of 257 was sent: expected 0 to 256"),
        (46, "0009", ".queues[0] at offset 0x2e: index 0x9 of a queue without an address"),
    ],
)
def test_what_the_device_can_not_be_is_refused(offset, patch, message):
    here = plain()
    here.queues[0].num_default = 256
    with pytest.raises(StreamError) as error:
        VIRTIO.load(reading(changed(DATA, offset, patch)), here, 0)
    assert str(error.value) == f"chip/field{message}"


def test_the_bounds_themselves_are_accepted():
    here = plain()
    here.queues[0].num_default = 256
    data = changed(changed(DATA, 14, "03ff"), 30, "00000100")
    assert loaded(VIRTIO, data, here).queues[0].num == 256
    assert here.queue_sel == 1023


def test_all_queues_can_be_in_use():
    device = plain(queues=[VirtQueue(1, desc=n + 1) for n in range(1024)])
    assert loaded(VIRTIO, saved(VIRTIO, device), plain()) == device


def test_a_vector_that_there_is_not_is_refused():
    sent = VirtioDevice(pci(2), host_features=0, config=bytearray())
    sent.queues[0] = VirtQueue(64, vector=2)
    with pytest.raises(StreamError) as error:
        VIRTIO.load(reading(saved(VIRTIO, sent)), unknown(pci(2)), 0)
    assert error.value.path == "chip/field.queues[0]"
    assert error.value.why == "vector 2 was sent: expected 0 to 1, or 65535 for none"


def test_without_vectors_a_queue_has_none():
    here = plain()
    here.queues[0].vector = 5
    assert loaded(VIRTIO, DATA, here).queues[0].vector == 0xFFFF


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"status": 256}, ".status: can't save 256: not an unsigned integer of 8 bits"),
        ({"isr": -1}, ".isr: can't save -1: not an unsigned integer of 8 bits"),
        ({"queue_sel": 65536}, ".queue_sel: can't save 65536: not an unsigned integer of 16 bits"),
        ({"guest_features": -1}, ".guest_features: can't save -1: not an unsigned integer of 128"),
        ({"guest_features": 1 << 128}, ".guest_features: can't save 3402823669209384634633746"),
        ({"guest_features": None}, ".guest_features: can't save None: not an unsigned integer"),
        ({"host_features": None}, ".host_features: can't save None: what the device offers must"),
        ({"config": None}, ".config: can't save None: not a bytearray"),
        ({"queues": []}, ": can't save []: not 1024 queues"),
    ],
)
def test_a_member_that_does_not_fit_is_named(members, message):
    with pytest.raises(EncodeError) as error:
        saved(VIRTIO, plain(**members))
    assert str(error.value).startswith(f"chip/field{message}")


@pytest.mark.parametrize("member", ["num", "align", "desc", "last_avail_idx"])
def test_a_member_of_a_queue_that_does_not_fit_is_named(member):
    device = plain()
    device.queues[0] = VirtQueue(64)
    setattr(device.queues[0], member, -1)
    with pytest.raises(EncodeError) as error:
        saved(VIRTIO, device)
    assert str(error.value).startswith(f"chip/field.queues[0].{member}: can't save -1: not an uns")


def test_a_transport_that_does_not_fit_is_named():
    with pytest.raises(EncodeError, match=r"^chip/field\.transport\.guest_page_shift: can't save"):
        saved(VIRTIO, VirtioDevice(MmioTransport(guest_page_shift=-1), config=bytearray()))
    with pytest.raises(TruncatedStreamError) as error:
        VIRTIO.load(reading(b""), plain(), 0)
    assert error.value.path == "chip/field.transport"


def test_what_is_no_device_is_refused():
    with pytest.raises(EncodeError, match="can't save None: not a VirtioDevice"):
        saved(VIRTIO, None)
    with pytest.raises(StreamError, match="can't load into None: not a VirtioDevice"):
        VIRTIO.load(reading(b""), None, 0)


def test_saving_leaves_the_device_as_it_is():
    device = loaded(VIRTIO, virtio_blobs.BLOCK, BLOBS["block"][1]())
    before = copy.deepcopy(device)
    saved(VIRTIO, device)
    assert device == before
