"""Flags: QEMU's values, and C's integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate import VMS, MigrationPriority
from vmstate.flags import VARRAY, c_int


def test_flags_have_qemus_values():
    assert [flag.value for flag in VMS] == [1 << bit for bit in range(18)]
    assert {name: VMS[name].value for name in ("VBUFFER", "ALLOC", "VSTRUCT", "END")} == {
        "VBUFFER": 0x100,
        "ALLOC": 0x2000,
        "VSTRUCT": 0x8000,
        "END": 0x20000,
    }


def test_the_flags_of_variable_length_are_four():
    assert VARRAY.value == 0x10 | 0x80 | 0x400 | 0x800


def test_priorities_have_the_numbers_of_11_1():
    assert [(each.name, each.value) for each in MigrationPriority] == [
        ("UNINITIALIZED", 0),
        ("LOW", 1),
        ("DEFAULT", 2),
        ("IOMMU", 3),
        ("PCI_BUS", 4),
        ("VIRTIO_MEM", 5),
        ("APIC", 6),
        ("GICV3_ITS", 7),
        ("GICV3", 8),
        ("MAX", 9),
    ]


@pytest.mark.parametrize(
    ("value", "held"),
    [
        (0, 0),
        (-1, -1),
        (0x7FFFFFFF, 0x7FFFFFFF),
        (0x80000000, -0x80000000),
        (-0x80000000, -0x80000000),
        (0xFFFFFFFF, -1),
        (0x100000000, 0),
        (0x100000005, 5),
        (-0x80000001, 0x7FFFFFFF),
    ],
)
def test_an_int_keeps_32_bits_and_their_sign(value, held):
    assert c_int(value) == held


@given(st.integers())
def test_an_int_is_what_its_low_32_bits_say(value):
    assert c_int(value) == int.from_bytes((value & 0xFFFFFFFF).to_bytes(4), signed=True)
