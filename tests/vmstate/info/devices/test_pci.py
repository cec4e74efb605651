"""PCI devices: a configuration space that must be the same device's, and four pins."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.pci import (
    CONFIG_SIZE,
    EXPRESS_CONFIG_SIZE,
    PCI_CONFIG,
    PCI_IRQ_STATE,
    ConfigSpace,
)

BYTES = st.binary(min_size=3, max_size=3).map(bytearray)


def space(config, cmask="0000", wmask="0000", w1cmask="0000"):
    return ConfigSpace(*(bytearray.fromhex(part) for part in (config, cmask, wmask, w1cmask)))


@pytest.mark.parametrize("size", [CONFIG_SIZE, EXPRESS_CONFIG_SIZE])
def test_a_blank_space_takes_any_bytes(size):
    data = bytes(range(256)) * (size // 256)
    here = ConfigSpace.blank(size)
    assert loaded(PCI_CONFIG, data, here, size) is here
    assert here.config == data
    assert saved(PCI_CONFIG, here, size) == data


@given(BYTES, BYTES, BYTES, BYTES, BYTES)
def test_a_difference_counts_where_it_is_compared_and_the_guest_can_not_make_it(
    sent, config, cmask, wmask, w1cmask
):
    here = ConfigSpace(bytearray(config), cmask, wmask, w1cmask)
    wrong = [
        index
        for index in range(3)
        if (sent[index] ^ config[index]) & cmask[index] & ~wmask[index] & ~w1cmask[index]
    ]
    if wrong:
        with pytest.raises(StreamError, match=f"config byte {wrong[0]:#x}: ") as error:
            loaded(PCI_CONFIG, sent, here, 3)
        assert error.value.offset == wrong[0]
        assert here.config == config
    else:
        loaded(PCI_CONFIG, sent, here, 3)
        assert here.config == sent


def test_a_difference_shows_both_bytes_and_the_masks():
    reader = reading("ff 8086")
    reader.take(1)
    with pytest.raises(StreamError) as error:
        PCI_CONFIG.load(reader, space("8088", "f0ff", "0001", "0800"), 2)
    assert str(error.value) == (
        "chip/field at offset 0x2: config byte 0x1: 0x86 was sent, 0x88 is here (cmask 0xff, "
        "wmask 0x01, w1cmask 0x00): is it the same device?"
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        space("00", "00", "00", "00"),
        space("0000", "00"),
        ConfigSpace(bytes(2), bytearray(2), bytearray(2), bytearray(2)),
    ],
)
def test_what_is_no_space_of_that_size_is_refused(value):
    why = "not a configuration space: config, cmask, wmask, w1cmask must have 2 bytes each"
    with pytest.raises(EncodeError, match=why):
        saved(PCI_CONFIG, value, 2)
    with pytest.raises(StreamError, match=why):
        PCI_CONFIG.load(reading(bytes(2)), value, 2)


def test_a_device_may_hold_the_four_itself():
    device = SimpleNamespace(
        **{name: bytearray(2) for name in ("config", "cmask", "wmask", "w1cmask")}
    )
    assert loaded(PCI_CONFIG, "8680", device, 2) is device
    assert device.config == b"\x86\x80"


def test_bytes_that_end_early_leave_the_space_alone():
    here = space("1234")
    with pytest.raises(TruncatedStreamError):
        PCI_CONFIG.load(reading("56"), here, 2)
    assert here == space("1234")


@given(st.integers(0, 15))
def test_any_levels_of_the_pins_come_back(levels):
    assert loaded(PCI_IRQ_STATE, saved(PCI_IRQ_STATE, levels)) == levels


def test_the_lowest_bit_is_the_first_pin():
    assert saved(PCI_IRQ_STATE, 0b0001).hex() == "00000001" + "00000000" * 3
    assert saved(PCI_IRQ_STATE, 0b1000).hex() == "00000000" * 3 + "00000001"


def test_a_level_must_be_zero_or_one():
    with pytest.raises(StreamError) as error:
        loaded(PCI_IRQ_STATE, "00000001 00000000 00000002 00000000")
    assert str(error.value) == (
        "chip/field at offset 0x8: pin C: level 2 was sent: expected 0 or 1"
    )


@pytest.mark.parametrize("value", [-1, 16, None, [0, 0, 0, 0]])
def test_what_are_no_levels_of_four_pins_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(PCI_IRQ_STATE, value)
    assert str(error.value) == (
        f"chip/field: can't save {value!r}: not the levels of four pins, an integer of 4 bits"
    )
