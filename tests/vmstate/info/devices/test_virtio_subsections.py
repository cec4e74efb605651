"""Subsections of a virtio device: when each is sent, and what it holds."""

from __future__ import annotations

import pytest

from tests.support.cursors import reading
from vmstate.cursor import Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info.devices.subsections import load_subsections, save_subsections
from vmstate.info.devices.virtio_device import (
    BIG_ENDIAN,
    LITTLE_ENDIAN,
    RING_PACKED,
    VERSION_1,
    VirtioDevice,
)
from vmstate.info.devices.virtio_mmio import MmioTransport
from vmstate.info.devices.virtio_modern import Modern
from vmstate.info.devices.virtio_pci import PciTransport
from vmstate.info.devices.virtio_subsections import SUBSECTIONS, least_features


def device(**members):
    """Return a device that sends no subsection unless *members* make it."""
    return VirtioDevice(**{"transport": MmioTransport(), "host_features": 0, **members})


def saved(value):
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    save_subsections(writer, SUBSECTIONS, value)
    return bytes(writer)


def loaded(data, **members):
    here = device(**members)
    reader = reading(data)
    came = load_subsections(reader, "virtio", SUBSECTIONS, here)
    assert reader.remaining == 0
    return here, came


def sent(value):
    """Return the names of what is sent for *value*."""
    return [subsection.name for subsection in SUBSECTIONS if subsection.is_needed(value)]


def body(name, value):
    """Return the bytes of the one subsection that is sent, without its head."""
    data = saved(value)
    head = b"\5" + bytes([len(name)]) + name.encode() + b"\0\0\0\1"
    assert data.startswith(head)
    return data[len(head) :]


def test_a_plain_device_sends_none():
    assert saved(device()) == b""


def test_they_stand_in_qemus_order():
    assert [subsection.name.removeprefix("virtio/") for subsection in SUBSECTIONS] == [
        "device_endian",
        "128bit_features",
        "64bit_features",
        "virtqueues",
        "ringsize",
        "broken",
        "extra_state",
        "started",
        "packed_virtqueues",
        "disabled",
    ]


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({"host_features": 0xFFFFFFFF}, []),
        ({"host_features": VERSION_1}, ["64bit_features", "virtqueues"]),
        ({"host_features": RING_PACKED}, ["64bit_features", "packed_virtqueues"]),
        ({"host_features": 1 << 33}, ["64bit_features"]),
        ({"host_features": 1 << 63}, ["64bit_features"]),
        ({"host_features": 1 << 64}, ["128bit_features"]),
        ({"host_features": 1 << 127}, ["128bit_features"]),
        ({"broken": True, "started": True, "disabled": True}, ["broken", "started", "disabled"]),
        ({"transport": PciTransport()}, ["extra_state"]),
        ({"transport": MmioTransport(modern=Modern())}, ["extra_state"]),
    ],
)
def test_each_is_sent_when_it_is_needed(members, names):
    assert sent(device(**members)) == [f"virtio/{name}" for name in names]


@pytest.mark.parametrize(
    ("order", "default", "is_modern", "is_sent"),
    [
        (LITTLE_ENDIAN, LITTLE_ENDIAN, False, False),
        (BIG_ENDIAN, LITTLE_ENDIAN, False, True),
        (BIG_ENDIAN, BIG_ENDIAN, False, False),
        (LITTLE_ENDIAN, BIG_ENDIAN, False, True),
        (LITTLE_ENDIAN, BIG_ENDIAN, True, False),
        (BIG_ENDIAN, BIG_ENDIAN, True, True),
    ],
)
def test_the_byte_order_is_sent_where_it_is_not_the_expected_one(
    order, default, is_modern, is_sent
):
    value = device(
        device_endian=order,
        default_endian=default,
        guest_features=VERSION_1 if is_modern else 0,
    )
    assert ("virtio/device_endian" in sent(value)) is is_sent
    if is_sent:
        assert body("virtio/device_endian", value) == bytes([order])
        here, _ = loaded(saved(value), device_endian=0)
        assert here.device_endian == order


def test_features_are_sent_in_halves():
    features = (0x1122334455667788 << 64) | 0x99AABBCCDDEEFF00
    value = device(guest_features=features, host_features=1 << 64 | 1 << 33)
    data = saved(value)
    assert b"\x11\x22\x33\x44\x55\x66\x77\x88" in data
    assert data.endswith(bytes.fromhex("99aabbccddeeff00"))
    here, _ = loaded(data, guest_features=5)
    assert here.guest_features == features


def test_a_half_that_is_sent_takes_the_place_of_what_was_there():
    ones = (1 << 128) - 1
    upper, _ = loaded(saved(device(host_features=1 << 64)), guest_features=ones)
    assert upper.guest_features == (1 << 64) - 1
    lower, _ = loaded(saved(device(host_features=1 << 33)), guest_features=ones)
    assert lower.guest_features == ones >> 64 << 64


def test_a_half_that_is_not_sent_stays():
    upper, _ = loaded(
        saved(device(guest_features=7 << 64, host_features=1 << 64)), guest_features=5
    )
    assert upper.guest_features == 7 << 64 | 5
    lower, _ = loaded(
        saved(device(guest_features=9, host_features=1 << 33)), guest_features=7 << 64
    )
    assert lower.guest_features == 7 << 64 | 9


def test_rings_are_sent_for_all_queues():
    value = device(host_features=VERSION_1 | 1 << 33)
    value.queues[1].avail, value.queues[1].used = 0x11, 0x22
    data = saved(value)
    assert data[-16384:-16352] == bytes(16) + bytes.fromhex("0000000000000011 0000000000000022")
    here, came = loaded(data)
    assert here.queues == value.queues
    assert came == ["virtio/64bit_features", "virtio/virtqueues"]


def test_packed_rings_are_sent_for_all_queues():
    value = device(host_features=RING_PACKED)
    queue = value.queues[0]
    queue.last_avail_idx, queue.used_idx, queue.inuse = 0x1112, 0x2122, 0x31323334
    queue.used_wrap_counter = False
    data = saved(value)
    assert data[-10240:-10220].hex() == "1112012122003132333400000100000100000000"
    here, _ = loaded(data)
    assert here.queues == value.queues


def test_sizes_of_rings_are_understood_and_never_sent():
    here, came = loaded(b"\5\x0fvirtio/ringsize\0\0\0\1" + bytes(range(256)) * 16)
    assert came == ["virtio/ringsize"]
    assert here == device()
    assert "virtio/ringsize" not in sent(device(host_features=(1 << 128) - 1))
    (ring_size,) = [each for each in SUBSECTIONS if each.name == "virtio/ringsize"]
    writer = Writer()
    ring_size.save(writer, here)
    assert bytes(writer) == bytes(4096)


@pytest.mark.parametrize("member", ["broken", "started", "disabled"])
def test_a_flag_is_a_byte(member):
    value = device(**{member: True})
    assert body(f"virtio/{member}", value) == b"\1"
    here, _ = loaded(saved(value))
    assert here == value


@pytest.mark.parametrize(
    ("host_features", "queue", "why"),
    [
        (VERSION_1, {"avail": 1 << 64}, "avail, used must fit into 16 bytes (QQ)"),
        (
            RING_PACKED,
            {"inuse": -1},
            (
                "last_avail_idx, last_avail_wrap_counter, used_idx, used_wrap_counter, inuse "
                "must fit into 10 bytes (H?H?I)"
            ),
        ),
    ],
)
def test_a_ring_that_does_not_fit_is_named(host_features, queue, why):
    value = device(host_features=host_features)
    for member, number in queue.items():
        setattr(value.queues[2], member, number)
    with pytest.raises(EncodeError) as error:
        saved(value)
    assert error.value.path.endswith(">.queues[2]")
    assert error.value.why == why


def test_rings_that_end_early_are_refused_with_the_subsections_name():
    with pytest.raises(TruncatedStreamError) as error:
        loaded(saved(device(host_features=VERSION_1))[:-1])
    assert error.value.path == "chip/field.<virtio/virtqueues>"


@pytest.mark.parametrize(
    "host_features", [0, VERSION_1, RING_PACKED, VERSION_1 | RING_PACKED, 1 << 33, 1 << 64]
)
def test_the_least_that_explains_what_came_makes_the_same_come_again(host_features):
    value = device(host_features=host_features)
    _, came = loaded(saved(value))
    assert least_features(came) == host_features
    assert sent(device(host_features=least_features(came))) == came
