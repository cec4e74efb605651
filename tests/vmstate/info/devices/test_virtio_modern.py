"""Modern registers: 1024 queues and what the guest has accepted."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cursors import reading
from vmstate.cursor import Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info.devices.virtio_modern import (
    MMIO_QUEUE,
    PCI_QUEUE,
    Modern,
    ModernQueue,
    checked_features,
    load_features,
    load_queues,
    save_features,
    save_queues,
)

WORDS = st.integers(0, (1 << 64) - 1)
QUEUES = st.builds(ModernQueue, st.integers(0, 0xFFFF), st.booleans(), WORDS, WORDS, WORDS)


def writing():
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    return writer


def saved(modern, row):
    writer = writing()
    save_queues(writer, modern, row)
    return bytes(writer)


def test_registers_begin_as_nothing():
    modern = Modern()
    assert (modern.dfselect, modern.gfselect, modern.guest_features) == (0, 0, 0)
    assert modern.vqs == [ModernQueue(0, False, 0, 0, 0)] * 1024


@pytest.mark.parametrize("row", [PCI_QUEUE, MMIO_QUEUE], ids=["PCI", "MMIO"])
@settings(max_examples=20)
@given(st.dictionaries(st.integers(0, 1023), QUEUES, max_size=3))
def test_any_queues_come_back_into_those_that_are_there(row, queues):
    sent, here = Modern(), Modern()
    for number, queue in queues.items():
        sent.vqs[number] = queue
    first = here.vqs[0]
    load_queues(reading(saved(sent, row)), here, row)
    assert here == sent
    assert here.vqs[0] is first


def test_an_address_is_two_words_the_lower_first():
    modern = Modern()
    modern.vqs[0] = ModernQueue(0x80, True, 0x0102030405060708, 0x11, 0x22 << 32)
    assert saved(modern, PCI_QUEUE)[:28].hex() == (
        "00800001050607080102030400000011000000000000000000000022"
    )
    assert saved(modern, MMIO_QUEUE)[:27].hex() == (
        "008001050607080102030400000011000000000000000000000022"
    )
    assert (len(saved(modern, PCI_QUEUE)), len(saved(modern, MMIO_QUEUE))) == (28672, 27648)


def test_any_byte_but_zero_enables_a_queue():
    here = Modern()
    load_queues(reading(b"\0\0\xff\2" + bytes(28668)), here, PCI_QUEUE)
    assert here.vqs[0] == ModernQueue(enabled=True)


@pytest.mark.parametrize(
    "queue",
    [
        ModernQueue(num=0x10000),
        ModernQueue(desc=1 << 64),
        ModernQueue(avail=-1),
        ModernQueue(used=None),
        ModernQueue(num="a"),
    ],
)
def test_a_queue_that_does_not_fit_is_named(queue):
    modern = Modern()
    modern.vqs[3] = queue
    with pytest.raises(EncodeError) as error:
        saved(modern, PCI_QUEUE)
    assert error.value.path == "chip/field.vqs[3]"
    assert error.value.why == "its num must have 16 bits, its addresses 64"


def test_another_number_of_queues_is_refused():
    with pytest.raises(EncodeError) as error:
        saved(Modern(vqs=[]), PCI_QUEUE)
    assert str(error.value) == "chip/field: can't save []: not 1024 queues"


def test_bytes_that_end_early_leave_the_queues_alone():
    here = Modern()
    with pytest.raises(TruncatedStreamError):
        load_queues(reading(b"\1" * 28671), here, PCI_QUEUE)
    assert here == Modern()


@given(WORDS)
def test_features_are_two_words_the_lower_first(features):
    writer = writing()
    save_features(writer, features)
    data = bytes(writer)
    assert data == (features & 0xFFFFFFFF).to_bytes(4) + (features >> 32).to_bytes(4)
    assert load_features(reading(data)) == features


@pytest.mark.parametrize(
    ("features", "bits"), [(-1, 128), (1 << 128, 128), (1 << 64, 64), (None, 64)]
)
def test_features_that_do_not_fit_are_refused(features, bits):
    with pytest.raises(EncodeError) as error:
        checked_features(writing(), Modern(guest_features=features), bits)
    assert str(error.value) == (
        f"chip/field.guest_features: can't save {features!r}: not an unsigned integer of "
        f"{bits} bits"
    )


def test_features_that_fit_are_returned():
    assert checked_features(writing(), Modern(guest_features=(1 << 128) - 1), 128) == (1 << 128) - 1
