"""MIPS's translations and low-latency memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cursors import loaded, reading, saved
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info.devices.mips import FPR, OCTEON_LLM_TREE, TLB, TLB32, TlbEntry

WORDS = st.integers(0, (1 << 64) - 1)
BITS = st.integers(0, 1)
ENTRIES = st.builds(
    TlbEntry,
    vpn=WORDS,
    page_mask=st.integers(0, 0xFFFFFFFF),
    asid=st.integers(0, 0xFFFF),
    mmid=st.integers(0, 0xFFFFFFFF),
    c0=st.integers(0, 7),
    c1=st.integers(0, 7),
    pfn=st.lists(WORDS, min_size=2, max_size=2),
    **dict.fromkeys(["g", "v0", "v1", "d0", "d1", "ehinv", "ri0", "ri1", "xi0", "xi1"], BITS),
)
FLAGS = {
    "d1": 0,
    "d0": 1,
    "v1": 2,
    "v0": 3,
    "c1": 4,
    "c0": 7,
    "g": 10,
    "xi0": 11,
    "xi1": 12,
    "ri0": 13,
    "ri1": 14,
    "ehinv": 15,
}


@given(ENTRIES)
def test_of_any_entry_all_comes_back_but_the_upper_bit_of_coherency(entry):
    here = TlbEntry()
    assert loaded(TLB, saved(TLB, entry), here) is here
    assert here == replace(entry, c0=entry.c0 & 3, c1=entry.c1 & 3)


@pytest.mark.parametrize(("member", "bit"), FLAGS.items())
def test_each_flag_stands_in_its_place(member, bit):
    data = saved(TLB, replace(TlbEntry(), **{member: 1}))
    assert int.from_bytes(data[18:20]) == 1 << bit
    assert not any(data[:18] + data[20:])


def test_all_of_coherency_is_saved():
    assert int.from_bytes(saved(TLB, TlbEntry(c0=7, c1=7))[18:20]) == 0x3F0


def test_the_page_is_as_wide_as_a_register():
    entry = TlbEntry(vpn=0x12, asid=5)
    assert saved(TLB, entry)[:8] == bytes.fromhex("0000000000000012")
    assert saved(TLB32, entry)[:4] == bytes.fromhex("00000012")
    assert loaded(TLB32, saved(TLB32, entry), TlbEntry()) == entry
    assert [(codec.name, codec.format, repr(codec)) for codec in (TLB, TLB32)] == [
        ("tlb_entry", "QIHIHQQ", "MIPS_TLB"),
        ("tlb_entry", "IIHIHQQ", "MIPS_TLB32"),
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (TlbEntry(vpn=1 << 32), ".vpn: can't save 4294967296: not an unsigned integer of 32 bits"),
        (TlbEntry(c0=8), ".c0: can't save 8: not an unsigned integer of 3 bits"),
        (TlbEntry(c1=8), ".c1: can't save 8: not an unsigned integer of 3 bits"),
        (TlbEntry(asid=1 << 16), ".asid: can't save 65536: not an unsigned integer of 16 bits"),
        (TlbEntry(pfn=[1]), ".pfn: can't save [1]: not two page frames"),
        (TlbEntry(pfn=3), ".pfn: can't save 3: not two page frames"),
        (TlbEntry(pfn=[1, -1]), ".pfn: can't save -1: not an unsigned integer of 64 bits"),
    ],
)
def test_a_member_that_does_not_fit_is_named(entry, message):
    with pytest.raises(EncodeError) as error:
        saved(TLB32, entry)
    assert str(error.value) == f"chip/field{message}"


@pytest.mark.parametrize("member", [member for member in FLAGS if member not in ("c0", "c1")])
def test_a_flag_has_one_bit(member):
    with pytest.raises(EncodeError, match=rf"\.{member}: can't save 2: not an uns.* of 1 bit$"):
        saved(TLB, replace(TlbEntry(), **{member: 2}))


def test_an_entry_begins_as_nothing():
    assert saved(TLB, TlbEntry()) == bytes(36)


def test_what_is_no_entry_is_refused():
    with pytest.raises(EncodeError, match="it has no vpn, page_mask, asid, mmid, g, "):
        saved(TLB, None)
    with pytest.raises(StreamError, match="can't load into None: it has no vpn, "):
        TLB.load(reading(bytes(36)), None, 0)


def test_bytes_that_end_early_leave_the_entry_alone():
    here = TlbEntry(vpn=7)
    with pytest.raises(TruncatedStreamError):
        TLB.load(reading(bytes(35)), here, 0)
    assert here == TlbEntry(vpn=7)


@given(st.dictionaries(WORDS, WORDS), st.dictionaries(WORDS, WORDS))
def test_any_memory_takes_the_place_of_what_was_there(sent, here):
    before = here
    assert loaded(OCTEON_LLM_TREE, saved(OCTEON_LLM_TREE, sent), here) is before
    assert here == sent


def test_memory_is_sent_by_rising_address():
    assert saved(OCTEON_LLM_TREE, {9: 1, 2: 3}) == bytes.fromhex(
        "00000002 0000000000000002 0000000000000003 0000000000000009 0000000000000001"
    )


@pytest.mark.parametrize(
    ("memory", "message"),
    [
        (None, ": can't save None: not a dict"),
        ({"a": 1}, ": can't save {'a': 1}: not a dict with numbers as keys"),
        ({-1: 1}, ": can't save -1: not an unsigned integer of 64 bits"),
        ({16: None}, "[0x10]: can't save None: not an unsigned integer of 64 bits"),
    ],
)
def test_what_is_no_memory_is_refused(memory, message):
    with pytest.raises(EncodeError) as error:
        saved(OCTEON_LLM_TREE, memory)
    assert str(error.value) in {f"chip/field{message}", f"chip/field{message}".replace(".[", "[")}


def test_memory_needs_a_dict_to_go_into():
    with pytest.raises(StreamError) as error:
        OCTEON_LLM_TREE.load(reading(bytes(4)), None, 0)
    assert error.value.why == "can't load into None: not a dict"


def test_a_count_that_lies_is_refused_before_anything_is_lost():
    memory = {1: 2}
    with pytest.raises(TruncatedStreamError):
        OCTEON_LLM_TREE.load(reading("ffffffff 0000000000000003 0000000000000004"), memory, 0)
    assert memory == {1: 2}


def test_a_floating_point_register_is_the_lower_half_of_a_vector():
    assert saved(FPR, 0x3FF0 << 48) == bytes.fromhex("3ff0000000000000") + bytes(8)
