"""MSI-X: as many vectors as the destination has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.msix import MSIX, Msix


@pytest.mark.parametrize(("vectors", "size"), [(1, 17), (8, 129), (9, 146), (2048, 33024)])
def test_each_vector_takes_sixteen_bytes_and_a_bit(vectors, size):
    assert len(saved(MSIX, Msix.blank(vectors))) == size


@given(st.integers(1, 20), st.data())
def test_any_table_comes_back_into_the_bytearrays(vectors, data):
    sizes = [16 * vectors, (vectors + 7) // 8]
    sent = Msix(*(bytearray(data.draw(st.binary(min_size=n, max_size=n))) for n in sizes))
    here = Msix.blank(vectors)
    table = here.table
    assert loaded(MSIX, saved(MSIX, sent), here) is here
    assert here == sent
    assert here.table is table


def test_pending_bits_beyond_the_vectors_stay():
    here = Msix(bytearray(16), bytearray(b"\0keep"))
    loaded(MSIX, bytes(16) + b"\1", here)
    assert here.pba == b"\1keep"
    assert saved(MSIX, here) == bytes(16) + b"\1"


def test_a_device_without_it_sends_nothing():
    assert saved(MSIX, None) == b""
    assert loaded(MSIX, b"") is None


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (5, "not an MSI-X: it has no bytearrays table and pba"),
        (Msix(bytes(16), bytearray(1)), "not an MSI-X: it has no bytearrays table and pba"),
        (Msix(bytearray(16), [0]), "not an MSI-X: it has no bytearrays table and pba"),
        (
            Msix(bytearray(17), bytearray(1)),
            "a table of 17 bytes: expected 16 for each of 1 to 2048",
        ),
        (Msix(bytearray(), bytearray()), "a table of 0 bytes: expected 16 for each of 1 to 2048"),
        (Msix.blank(2049), "a table of 32784 bytes: expected 16 for each of 1 to 2048"),
        (Msix(bytearray(144), bytearray(1)), "1 bytes of pending bits: expected 2 or more"),
    ],
)
def test_what_is_no_table_is_refused(value, why):
    with pytest.raises(EncodeError) as error:
        saved(MSIX, value)
    assert error.value.why == why
    with pytest.raises(StreamError) as error:
        MSIX.load(reading(bytes(40000)), value, 0)
    assert error.value.why.endswith(why)


def test_bytes_that_end_early_leave_the_table_alone():
    here = Msix.blank(1)
    with pytest.raises(TruncatedStreamError):
        MSIX.load(reading(b"\1" * 16), here, 0)
    assert here == Msix.blank(1)
