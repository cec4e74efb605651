"""A virtio device with registers in memory: three words, and modern registers."""

from __future__ import annotations

import pytest

from tests.support.cursors import reading
from vmstate.cursor import Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.virtio_mmio import MmioTransport
from vmstate.info.devices.virtio_modern import Modern

HEAD = b"\5\x11virtio_mmio/state\0\0\0\1"


def saved(method):
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    method(writer)
    return bytes(writer)


def test_it_begins_as_a_legacy_device_with_nothing_selected():
    assert MmioTransport() == MmioTransport(0, 0, 0, None)


def test_three_words_stand_in_front():
    transport = MmioTransport(1, 2, 12)
    data = saved(transport.save_config)
    assert data == bytes.fromhex("00000001 00000002 0000000c")
    here = MmioTransport()
    here.load_config(reading(data))
    assert here == transport


@pytest.mark.parametrize("member", ["host_features_sel", "guest_features_sel", "guest_page_shift"])
def test_a_word_that_does_not_fit_is_named(member):
    transport = MmioTransport(**{member: -1})
    with pytest.raises(EncodeError) as error:
        saved(transport.save_config)
    assert str(error.value) == (
        f"chip/field.{member}: can't save -1: not an unsigned integer of 32 bits"
    )


def test_modern_registers_are_a_subsection():
    transport = MmioTransport(modern=Modern(guest_features=7 << 32 | 9))
    transport.modern.vqs[1].num = 0x40
    data = saved(transport.save_extra_state)
    assert data[:31] == HEAD + bytes.fromhex("00000009 00000007")[:8]
    assert len(data) == len(HEAD) + 8 + 27 * 1024
    here = MmioTransport()
    here.load_extra_state(reading(data))
    assert here == transport


def test_only_a_modern_device_has_extra_state_and_its_features_have_64_bits():
    assert not MmioTransport().has_extra_state
    transport = MmioTransport(modern=Modern(guest_features=1 << 64))
    assert transport.has_extra_state
    with pytest.raises(EncodeError, match="not an unsigned integer of 64 bits"):
        saved(transport.save_extra_state)


def test_the_subsection_is_sent_even_where_there_is_nothing_in_it():
    assert saved(MmioTransport().save_extra_state) == HEAD + bytes(8 + 27 * 1024)


def test_an_unknown_subsection_is_refused():
    with pytest.raises(StreamError, match=r"'virtio_mmio/more' is unknown; known: virtio_mmio/st"):
        MmioTransport().load_extra_state(reading(b"\5\x10virtio_mmio/more\0\0\0\1"))


def test_no_vectors_are_sent_and_each_queue_has_an_alignment():
    transport = MmioTransport()
    assert (transport.has_vectors, transport.has_alignment) == (False, True)
    transport.check_vector(reading(b""), 5)


def test_words_that_end_early_are_refused():
    with pytest.raises(TruncatedStreamError):
        MmioTransport().load_config(reading(bytes(11)))
