"""A virtio device on a PCI bus: the PCI device, MSI-X, vectors, modern registers."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.cursors import reading
from vmstate.cursor import Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.pci import ConfigSpace
from vmstate.info.devices.virtio_modern import Modern
from vmstate.info.devices.virtio_pci import PciTransport
from vmstate.info.devices.virtio_transport import NO_VECTOR

STATUS, INTERRUPT = 6, 8
MODERN = b"\5\x17virtio_pci/modern_state\0\0\0\1"
FEATURES = b"\5\x23virtio_pci/modern_state/features128\0\0\0\1"


def transport(*, vectors=0, **members):
    msix = Msix.blank(vectors) if vectors else None
    return PciTransport(ConfigSpace.blank(8), msix=msix, **members)


def saved(method):
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    method(writer)
    return bytes(writer)


def test_the_pci_device_stands_in_front():
    sent = transport(irq_state=0b0010, modern=None)
    sent.config.config[:] = b"123456?8"
    # Of the seventh byte, the bit of an interrupt is not sent.
    assert saved(sent.save_config) == (b"\0\0\0\2" + b"12345678" + bytes(7) + b"\1" + bytes(8))


def test_msix_and_the_vector_of_configuration_changes_follow():
    sent = transport(vectors=2, config_vector=1)
    sent.msix.table[:] = bytes(range(32))
    sent.msix.pba[:] = b"\3"
    data = saved(sent.save_config)
    assert data[28:] == bytes(range(32)) + b"\3" + b"\0\1"
    here = transport(vectors=2)
    here.load_config(reading(data))
    assert here == sent


def test_without_msix_there_is_no_vector():
    here = transport(config_vector=5)
    here.load_config(reading(saved(transport(config_vector=9).save_config)))
    assert here.config_vector == NO_VECTOR


@pytest.mark.parametrize("levels", [0, 0b0100])
def test_the_bit_that_tells_of_an_interrupt_is_sent_as_zero_and_follows_the_pins(levels):
    sent = transport(irq_state=levels)
    sent.config.config[STATUS] = 0xF8
    data = saved(sent.save_config)
    assert data[4 + STATUS] == 0xF0
    assert sent.config.config[STATUS] == 0xF8
    here = transport()
    here.config.config[STATUS] = INTERRUPT
    here.load_config(reading(data))
    assert here.config.config[STATUS] == (0xF8 if levels else 0xF0)


@pytest.mark.parametrize(
    ("vector", "is_accepted"), [(0, True), (2, True), (3, False), (0xFFFF, True)]
)
def test_a_vector_must_be_one_that_there_is(vector, is_accepted):
    data = saved(transport(vectors=3, config_vector=vector).save_config)
    here = transport(vectors=3)
    if is_accepted:
        here.load_config(reading(data))
        assert here.config_vector == vector
        return
    with pytest.raises(StreamError) as error:
        here.load_config(reading(data))
    assert str(error.value) == (
        "chip/field.config_vector at offset 0x4d: vector 3 was sent: expected 0 to 2, or 65535 "
        "for none"
    )


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"version_id": 1 << 31}, ".version_id: can't save 2147483648: not a signed integer of 32"),
        ({"irq_state": 16}, ".irq_state: can't save 16: not the levels of four pins"),
        ({"vectors": 1, "config_vector": -1}, ".config_vector: can't save -1: not an unsigned int"),
    ],
)
def test_a_member_that_does_not_fit_is_named(members, message):
    with pytest.raises(EncodeError) as error:
        saved(transport(**members).save_config)
    assert str(error.value).startswith(f"chip/field{message}")


def test_a_table_of_wrong_size_is_named():
    sent = transport()
    sent.msix = Msix(bytearray(15), bytearray(1))
    with pytest.raises(EncodeError, match=r"^chip/field\.msix: "):
        saved(sent.save_config)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("00000003", ".version_id at offset 0x0: 3 was sent: expected 0 to 2"),
        ("00000002 ff", ".config at offset 0x4: needs 8 bytes, 1 are left"),
        ("00000002 0000000000000000 00000002", ".irq_state at offset 0xc: pin A: level 2 was sent"),
    ],
)
def test_what_does_not_fit_the_destination_is_named(data, message):
    with pytest.raises(StreamError) as error:
        transport().load_config(reading(data))
    assert str(error.value).startswith(f"chip/field{message}")


def test_a_table_that_ends_early_is_named():
    data = saved(transport(vectors=1).save_config)
    with pytest.raises(TruncatedStreamError) as error:
        transport(vectors=1).load_config(reading(data[:-4]))
    assert error.value.path == "chip/field.msix"


def test_modern_registers_are_a_subsection():
    sent = transport(modern=Modern(1, 2, 3 << 32 | 4))
    data = saved(sent.save_extra_state)
    assert data[: len(MODERN) + 16] == MODERN + bytes.fromhex("00000001 00000002 00000004 00000003")
    assert len(data) == len(MODERN) + 16 + 28 * 1024
    here = transport(modern=None)
    here.load_extra_state(reading(data))
    assert here == sent


def test_a_legacy_device_has_extra_state_with_nothing_in_it():
    legacy = transport(modern=None)
    assert legacy.has_extra_state
    assert saved(legacy.save_extra_state) == b""
    legacy.load_extra_state(reading(b""))
    assert legacy.modern is None


@settings(max_examples=20)
@given(st.integers(0, (1 << 128) - 1))
@example(1 << 64)
@example((1 << 64) - 1)
def test_features_beyond_64_bits_are_a_subsection_of_that(features):
    sent = transport(modern=Modern(guest_features=features))
    data = saved(sent.save_extra_state)
    upper = features >> 64
    tail = FEATURES + (upper & 0xFFFFFFFF).to_bytes(4) + (upper >> 32).to_bytes(4)
    assert data.endswith(tail if upper else bytes(28))
    here = transport()
    here.load_extra_state(reading(data))
    assert here.modern.guest_features == features


def test_it_begins_as_a_modern_device_without_msix():
    fresh = PciTransport()
    assert (fresh.version_id, fresh.irq_state, fresh.config_vector) == (2, 0, NO_VECTOR)
    assert (fresh.msix, fresh.modern, fresh.config) == (None, Modern(), ConfigSpace.blank(256))


def test_features_beyond_128_bits_are_refused():
    with pytest.raises(EncodeError, match="not an unsigned integer of 128 bits"):
        saved(transport(modern=Modern(guest_features=1 << 128)).save_extra_state)


@pytest.mark.parametrize("member", ["dfselect", "gfselect"])
def test_a_selector_that_does_not_fit_is_named(member):
    with pytest.raises(EncodeError, match=rf"\.<virtio_pci/modern_state>\.{member}: can't save -1"):
        saved(transport(modern=Modern(**{member: -1})).save_extra_state)
