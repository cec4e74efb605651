"""PA-RISC's translations: addresses, and bits where they are valid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.hppa import PSW, TLB_ENTRY, TlbEntry

WORDS = st.integers(0, (1 << 64) - 1)
BITS = st.integers(0, 1)
ENTRIES = st.builds(
    TlbEntry,
    start=WORDS,
    last=WORDS,
    pa=WORDS,
    entry_valid=st.just(1),
    t=BITS,
    d=BITS,
    b=BITS,
    ar_type=st.integers(0, 7),
    ar_pl1=st.integers(0, 3),
    ar_pl2=st.integers(0, 3),
    u=BITS,
    access_id=st.integers(0, (1 << 31) - 1),
)


@given(ENTRIES)
def test_any_valid_entry_comes_back_into_the_object(entry):
    here = TlbEntry()
    assert loaded(TLB_ENTRY, saved(TLB_ENTRY, entry), here) is here
    assert here == entry


@pytest.mark.parametrize(
    ("member", "value", "bit"),
    [
        ("t", 1, 61),
        ("d", 1, 60),
        ("b", 1, 59),
        ("ar_type", 1, 56),
        ("ar_pl1", 1, 54),
        ("ar_pl2", 1, 52),
        ("u", 1, 51),
        ("access_id", 1, 1),
    ],
)
def test_each_bit_stands_in_its_place(member, value, bit):
    entry = replace(TlbEntry(entry_valid=1), **{member: value})
    assert saved(TLB_ENTRY, entry) == bytes(24) + (1 << bit | 1).to_bytes(8)


def test_of_an_entry_that_is_not_valid_only_the_addresses_are_sent():
    data = saved(TLB_ENTRY, TlbEntry(start=1, last=2, pa=3, t=1))
    assert data == bytes.fromhex("0000000000000001 0000000000000002 0000000000000003") + bytes(8)
    here = TlbEntry(d=1)
    assert loaded(TLB_ENTRY, data, here) == TlbEntry(start=1, last=2, pa=3, d=1)


def test_any_bit_makes_an_entry_valid():
    here = loaded(TLB_ENTRY, bytes(24) + (1 << 49).to_bytes(8), TlbEntry())
    assert here == TlbEntry(entry_valid=1)


def test_members_that_do_not_fit_are_named():
    with pytest.raises(EncodeError) as error:
        saved(TLB_ENTRY, TlbEntry(pa=-1))
    assert str(error.value) == ("chip/field.pa: can't save -1: not an unsigned integer of 64 bits")
    with pytest.raises(EncodeError) as error:
        saved(TLB_ENTRY, TlbEntry(entry_valid=1, ar_type=8))
    assert str(error.value) == (
        "chip/field.ar_type: can't save 8: not an unsigned integer of 3 bits"
    )


@pytest.mark.parametrize(
    ("member", "bits"),
    [
        ("t", 1),
        ("d", 1),
        ("b", 1),
        ("ar_type", 3),
        ("ar_pl1", 2),
        ("ar_pl2", 2),
        ("u", 1),
        ("access_id", 31),
    ],
)
def test_each_member_has_its_width(member, bits):
    most = (1 << bits) - 1
    entry = replace(TlbEntry(entry_valid=1), **{member: most})
    assert loaded(TLB_ENTRY, saved(TLB_ENTRY, entry), TlbEntry()) == entry
    with pytest.raises(EncodeError, match=rf"\.{member}: can't save {most + 1}: not an uns"):
        saved(TLB_ENTRY, replace(entry, **{member: most + 1}))


def test_an_entry_begins_as_nothing():
    assert saved(TLB_ENTRY, TlbEntry()) == bytes(32)
    assert saved(TLB_ENTRY, TlbEntry(entry_valid=1)) == bytes(31) + b"\1"


def test_what_is_no_entry_is_refused():
    with pytest.raises(EncodeError, match="it has no start, last, pa, entry_valid, t, d, b, "):
        saved(TLB_ENTRY, None)
    with pytest.raises(StreamError, match="can't load into None: it has no start, "):
        TLB_ENTRY.load(reading(bytes(32)), None, 0)


def test_bytes_that_end_early_leave_the_entry_alone():
    here = TlbEntry(start=7)
    with pytest.raises(TruncatedStreamError):
        TLB_ENTRY.load(reading(bytes(31)), here, 0)
    assert here == TlbEntry(start=7)


def test_the_processor_status_has_64_bits():
    assert saved(PSW, 1 << 63) == b"\x80" + bytes(7)
