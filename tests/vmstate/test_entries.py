"""Entries of a vmdesc and the elements that they stand for, as releases tell them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace as State

import pytest

from tests.support.engines import ENGINES
from tests.support.vmdesc_texts import V10_0, V11_0, vmsd
from vmstate.describe import describe_device, describe_stream
from vmstate.entries import runs, true_counts
from vmstate.leaves import leaves
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT32,
)
from vmstate.vmdesc import parse_vmdesc


@dataclass(frozen=True)
class Entry:
    name: str = "a"
    type: str = "struct"
    count: int = 1
    index: int | None = None
    is_array: bool = False


def null(count=1):
    return Entry(type="nullptr", count=count)


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        ([Entry("a"), Entry("b")], ["a", "b"]),
        ([Entry(count=3, is_array=True)], ["a[0]", "a[1]", "a[2]"]),
        ([Entry(is_array=True)], ["a[0]"]),
        ([Entry(index=0, is_array=True), Entry(index=1, is_array=True)], ["a[0]", "a[1]"]),
        ([Entry(index=0, is_array=True), Entry(count=1)], ["a[0]", "a[1]"]),
        ([Entry(count=2), Entry("b"), Entry()], ["a[0]", "a[1]", "b", "a[2]"]),
        ([Entry(index=4, is_array=True, count=2)], ["a[4]", "a[5]"]),
        ([], []),
    ],
)
def test_every_element_has_its_name(entries, names):
    found = [
        entry.name if first is None else f"{entry.name}[{first + number}]"
        for entry, first, count in runs(entries)
        for number in range(count)
    ]
    assert found == names


@pytest.mark.parametrize(
    ("entries", "counts"),
    [
        ([Entry(count=4), Entry("b")], [4, 1]),
        ([Entry(count=4), null(3)], [1, 3]),
        ([Entry(count=4), null(), Entry(count=2)], [1, 1, 2]),
        ([Entry(count=4), null(1), Entry(), Entry("b", count=2)], [2, 1, 1, 2]),
        ([null(), Entry(count=2), null()], [1, 2, 1]),
        ([Entry(), null()], [1, 1]),
        # Announced for more than there is room: one is left.
        ([Entry(count=2), null(5)], [1, 5]),
    ],
)
def test_what_is_announced_whole_and_again_in_pieces_is_counted_once(entries, counts):
    assert true_counts(entries) == counts


POINTED = vmsd("pointed", VMSTATE_UINT32("x"))


@pytest.mark.parametrize("release", [V10_0, V11_0], ids=str)
@pytest.mark.parametrize(
    "pattern", ["".join(signs) for size in (2, 3, 4) for signs in product("01", repeat=size)]
)
def test_arrays_of_pointers_are_cut_as_they_were_saved(release, pattern):
    description = vmsd(
        "dev",
        VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", len(pattern), 0, POINTED),
        VMSTATE_UINT8("z"),
    )
    pointers = [None if sign == "0" else State(x=0x30303030) for sign in pattern]
    saved = ENGINES["interpreted"](description, release).save(State(a=pointers, z=7))
    text = describe_stream([describe_device(saved.layout, release, "dev", 0)], 4096, "")
    (device,) = parse_vmdesc(text.encode()).devices
    assert device.wire_size() == len(saved.data)
    assert [
        (leaf.path, leaf.type, leaf.offset, len(leaf.data)) for leaf in leaves(device, saved.data)
    ] == [(span.path, span.type, span.offset, span.size) for span in saved.spans]
