"""Configuration spaces, pins, messages and the hot-plug controller, cut into registers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.pieces import numbers, paths, tiles
from vmstate.decoded import pci
from vmstate.decoded.cutter import Cutter
from vmstate.errors import StreamError

HAS_CAPABILITIES = 0x10


def space(size=256, *, header_type=0, capabilities=None):
    """Return a configuration space with *capabilities*: by place, their number and the rest."""
    data = bytearray(size)
    data[0:4] = b"\x86\x80\x0e\x10"
    data[0x0E] = header_type
    places = list(capabilities or {})
    if places:
        data[0x06] = HAS_CAPABILITIES
        data[0x34] = places[0]
    for place, following in pairwise([*places, 0]):
        number, *rest = capabilities[place]
        data[place : place + 2 + len(rest)] = bytes([number, following, *rest])
    return bytes(data)


def cut(data):
    cutter = Cutter(data)
    pci.config(cutter)
    assert cutter.is_at_end
    assert tiles(cutter)
    return cutter


def test_a_devices_registers_have_their_names():
    found = numbers(cut(space()))
    assert found["vendor_id"] == b"\x86\x80"
    assert found["device_id"] == b"\x0e\x10"
    assert [len(found[f"bar[{number}]"]) for number in range(6)] == [4] * 6
    assert len(found["bytes_0x40"]) == 192
    assert "secondary_bus" not in found


def test_a_bridges_registers_have_theirs():
    found = numbers(cut(space(header_type=0x81)))
    assert {"secondary_bus", "memory_base", "bridge_control"} <= found.keys()
    assert "bar[2]" not in found


def test_of_another_kind_of_header_nothing_is_known():
    assert paths(cut(space(header_type=2)))[-2:] == ["bist", "bytes_0x10"]


@pytest.mark.parametrize(
    ("capability", "name", "registers"),
    [
        ([0x01, 0, 0, 0, 0, 0, 0], "pm", ["capabilities", "control", "bridge", "data"]),
        ([0x05, 0, 0], "msi", ["control", "address", "data"]),
        ([0x05, 0x80, 0], "msi", ["control", "address", "data"]),
        (
            [0x05, 0x80, 1],
            "msi",
            ["control", "address", "data", "reserved", "mask", "pending"],
        ),
        ([0x11, 3, 0], "msix", ["control", "table", "pba"]),
        ([0x0D], "ssid", ["reserved", "subsystem_vendor_id", "subsystem_id"]),
    ],
)
def test_a_known_capability_is_cut_into_its_registers(capability, name, registers):
    cutter = cut(space(capabilities={0x50: capability}))
    assert [path for path in paths(cutter) if path.startswith(f"{name}.")] == [
        f"{name}.{register}" for register in ("id", "next", *registers)
    ]
    assert {"bytes_0x40"} <= set(paths(cutter))


@pytest.mark.parametrize(("version", "last"), [(1, "link_status"), (2, "slot_status_2")])
def test_the_express_capability_depends_on_its_version(version, last):
    found = paths(cut(space(capabilities={0x80: [0x10, version]})))
    assert [path for path in found if path.startswith("express.")][-1] == f"express.{last}"


def test_the_address_of_a_message_has_32_or_64_bits():
    for control, size in ((0, 4), (0x80, 8)):
        assert len(numbers(cut(space(capabilities={0x50: [5, control, 0]})))["msi.address"]) == size


def test_a_vendors_capability_has_its_own_length():
    found = numbers(cut(space(capabilities={0x40: [0x09, 8, 1, 2, 3, 4, 5]})))
    assert found["capability_0x40.bytes"] == bytes([8, 1, 2, 3, 4, 5])
    assert len(found["bytes_0x48"]) == 256 - 0x48


def test_an_unknown_capability_reaches_up_to_the_next_one():
    found = numbers(cut(space(capabilities={0x40: [0x77], 0x60: [0x01]})))
    assert len(found["capability_0x40.bytes"]) == 0x1E
    assert "pm.control" in found


def test_a_known_capability_that_has_no_room_is_one_piece():
    found = numbers(cut(space(capabilities={0xF8: [0x11]})))
    assert len(found["capability_0xf8.bytes"]) == 6


@pytest.mark.parametrize("following", [0x40, 0x3C, 0x00, 0xFC])
def test_a_list_that_leads_nowhere_ends(following):
    data = bytearray(space(capabilities={0x40: [0x77]}))
    data[0x41] = following
    assert cut(bytes(data)).is_at_end


def test_a_list_that_the_status_does_not_tell_of_is_none():
    data = bytearray(space(capabilities={0x40: [0x01]}))
    data[6] = 0
    assert "pm.control" not in paths(cut(bytes(data)))
    assert pci.vectors_of(bytes(data)) == 0


def test_a_capability_that_stands_twice_is_cut_twice():
    found = paths(cut(space(capabilities={0x40: [0x01], 0x50: [0x01]})))
    assert found.count("pm.control") == 2


def test_the_extended_capabilities_divide_the_upper_part():
    data = bytearray(space(4096))
    data[0x100:0x104] = bytes([1, 0, 2, 0x14])
    data[0x140:0x144] = bytes([3, 0, 1, 0])
    found = numbers(cut(bytes(data)))
    assert len(found["bytes_0x100"]) == 0x40
    assert len(found["bytes_0x140"]) == 4096 - 0x140


@pytest.mark.parametrize("size", [0, 255, 257, 4095])
def test_a_space_of_another_size_is_none(size):
    with pytest.raises(StreamError, match=f"space of {size} bytes, expected 256 or 4096"):
        pci.config(Cutter(bytes(size)))


@given(st.binary(min_size=256, max_size=256), st.booleans())
def test_any_bytes_are_cut_to_the_last_one(data, is_express):
    spread = bytearray(data)
    spread[0x06] |= HAS_CAPABILITIES
    cut(bytes(spread) + (data * 15 if is_express else b""))


@pytest.mark.parametrize(("control", "vectors"), [(0, 1), (3, 4), (0x7FF, 2048), (0xC001, 2)])
def test_the_number_of_vectors_stands_in_the_capability(control, vectors):
    capability = [0x11, *control.to_bytes(2, "little")]
    assert pci.vectors_of(space(capabilities={0x98: capability})) == vectors


def test_the_pins_have_a_number_each():
    cutter = Cutter(bytes(15) + b"\x01")
    pci.irq_state(cutter)
    assert numbers(cutter)["[3]"] == b"\0\0\0\1"
    assert paths(cutter) == ["[0]", "[1]", "[2]", "[3]"]


@pytest.mark.parametrize("vectors", [1, 2, 8, 9, 65, 2048])
def test_the_messages_follow_from_the_size(vectors):
    cutter = Cutter(bytes(pci.msix_size(vectors)))
    pci.msix(cutter)
    assert tiles(cutter)
    assert paths(cutter)[-4:] == [
        *(f"table[{vectors - 1}].{name}" for name in ("address", "data", "control")),
        "pba",
    ]


@pytest.mark.parametrize("size", [1, 16, 18, 35])
def test_a_size_that_no_number_of_messages_has_is_an_error(size):
    with pytest.raises(StreamError, match=f"{size} bytes are no table"):
        pci.msix(Cutter(bytes(size)))


def test_no_messages_take_no_bytes():
    cutter = Cutter(b"")
    pci.msix(cutter)
    assert cutter.pieces == []


def test_the_slots_of_a_hot_plug_controller_are_what_is_left():
    cutter = Cutter(bytes(0x24 + 4 * 31))
    pci.shpc(cutter)
    assert tiles(cutter)
    assert cutter.is_at_end
    assert paths(cutter)[-1] == "slot[30].event_mask"


@pytest.mark.parametrize("size", [0x20, 0x23, 0x26])
def test_registers_of_another_size_are_no_hot_plug_controllers(size):
    with pytest.raises(StreamError, match="no registers of a hot-plug controller"):
        pci.shpc(Cutter(bytes(size)))
