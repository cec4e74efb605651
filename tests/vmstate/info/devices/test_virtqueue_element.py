"""Elements of a virtqueue: the memory of a C structure."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import reading
from vmstate.cursor import Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.virtqueue_element import SIZE, Element, load_element, save_element

WORDS = st.integers(0, (1 << 64) - 1)
BUFFERS = st.lists(st.tuples(WORDS, WORDS), max_size=4)
INDICES = st.integers(0, 0xFFFFFFFF)


def saved(element, *, is_packed=False):
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    save_element(writer, element, is_packed=is_packed)
    return bytes(writer)


@given(st.builds(Element, INDICES, BUFFERS, BUFFERS, INDICES))
def test_any_element_comes_back(element):
    reader = reading(saved(element, is_packed=True))
    assert load_element(reader, is_packed=True) == element
    assert reader.remaining == 0


def test_its_numbers_stand_where_the_structure_has_them():
    data = saved(Element(7, [(0x11, 0x12), (0x13, 0x14)], [(0x21, 0x22)]))
    assert len(data) == SIZE == 16 + 1024 * (8 + 8 + 16 + 16)
    assert struct.unpack("<III", data[:12]) == (7, 1, 2)
    words = struct.unpack("<6144Q", data[16:])
    assert {place: word for place, word in enumerate(words) if word} == {
        0: 0x11,
        1: 0x13,
        1024: 0x21,
        2049: 0x12,
        2051: 0x14,
        4097: 0x22,
    }


def test_of_packed_rings_the_descriptors_are_counted_in_front():
    data = saved(Element(ndescs=3), is_packed=True)
    assert data == b"\0\0\0\3" + bytes(SIZE)
    assert saved(Element(ndescs=3)) == bytes(SIZE)


def test_as_many_buffers_as_there_is_room_for_come_back():
    full = Element(0, [(n, n + 1) for n in range(1024)], [(n + 2, n) for n in range(1024)])
    assert load_element(reading(saved(full)), is_packed=False) == full


@pytest.mark.parametrize(("outputs", "inputs"), [(1025, 0), (0, 1025), (0xFFFFFFFF, 1)])
def test_more_buffers_than_there_is_room_for_are_refused(outputs, inputs):
    data = struct.pack("<III", 0, outputs, inputs) + bytes(SIZE - 12)
    with pytest.raises(StreamError) as error:
        load_element(reading(data), is_packed=False)
    assert str(error.value) == (
        f"chip/field at offset 0x0: an element of {inputs} buffers in and {outputs} out: "
        "expected 0 to 1024 of each"
    )


@pytest.mark.parametrize(
    ("element", "message"),
    [
        (None, ": can't save None: not an Element"),
        (Element(ndescs=-1), ".ndescs: can't save -1: not an unsigned integer of 32 bits"),
    ],
)
def test_what_is_no_element_is_refused(element, message):
    with pytest.raises(EncodeError) as error:
        saved(element, is_packed=True)
    assert str(error.value) == f"chip/field{message}"


@pytest.mark.parametrize(
    ("element", "why"),
    [
        (Element(inputs=[(0, 0)] * 1025), "it has more than 1024 buffers one way"),
        (Element(index=1 << 32), "its index must have 32 bits, addresses and lengths 64"),
        (Element(inputs=[(-1, 0)]), "its index must have 32 bits, addresses and lengths 64"),
        (Element(outputs=[(0, None)]), "its index must have 32 bits, addresses and lengths 64"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(element, why):
    with pytest.raises(EncodeError) as error:
        saved(element)
    assert (error.value.path, error.value.why) == ("chip/field", why)


@pytest.mark.parametrize("length", [0, 3, 4, 19, SIZE + 3])
def test_bytes_that_end_early_are_refused(length):
    with pytest.raises(TruncatedStreamError):
        load_element(reading(saved(Element(), is_packed=True)[:length]), is_packed=True)
