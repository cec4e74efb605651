"""Memory: numbers and hashes of what a stream holds of it."""

from __future__ import annotations

import pytest

from harness.streams.memory import Memory
from tests.support.small_streams import PAGE, events
from vmstate.stream import Eof, MappedBytes, Ram, RamBlock, RamEncoded, RamPages, RamZeros


def of(*seen, hashes=True):
    memory = Memory(hashes=hashes)
    for event in seen:
        assert memory.observe(event)
    return memory


def page(fill, address=0, *, name="a"):
    return RamPages(name, True, address, PAGE, 1, bytes([fill]) * PAGE, PAGE)


def zeros(address=0, count=1, *, fill=0, name="a"):
    return RamZeros(name, False, address, PAGE, count, fill)


def content(*seen, name="a"):
    return of(*seen).contents()[name]


def test_pages_are_counted_by_block():
    memory = Memory()
    for event in events():
        memory.observe(event)
    [block] = memory.blocks.values()
    assert block.numbers() == {
        "block": "pc.ram",
        "size": 3 * PAGE,
        "pages": 2,
        "zero_pages": 1,
        "encoded_pages": 0,
        "bytes": 2 * PAGE,
    }


def test_only_events_of_memory_are_taken():
    assert not Memory().observe(Eof())


def test_encoded_pages_and_those_at_fixed_places_are_counted_too():
    memory = of(
        RamEncoded(Ram.XBZRLE, "a", True, 0, b"xyz"),
        RamBlock("b", 4 * PAGE),
        MappedBytes(b"1234"),
        hashes=False,
    )
    assert (memory.blocks["a"].encoded, memory.blocks["a"].bytes) == (1, 3)
    assert (memory.blocks["b"].size, memory.blocks["b"].bytes) == (4 * PAGE, 4)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # The order of pages, and what was there before, do not count.
        ([page(1), page(2, PAGE)], [page(2, PAGE), page(1)]),
        ([page(1), page(3)], [page(3)]),
        # Neither does how a page of zeros is sent, if at all.
        ([page(1), zeros(PAGE, 3)], [page(1)]),
        ([page(0)], [zeros()]),
        ([page(1), zeros(), page(7, PAGE)], [zeros(), page(7, PAGE)]),
        ([page(1), page(0)], [zeros(0, 2)]),
        # Nor in how many pieces.
        (
            [RamPages("a", False, 0, PAGE, 2, b"\1" * PAGE + b"\2" * PAGE, PAGE)],
            [page(1), page(2, PAGE)],
        ),
    ],
)
def test_the_same_content_has_the_same_hash(one, other):
    assert content(*one) == content(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([page(1)], [page(2)]),
        ([page(1)], [page(1, PAGE)]),
        ([page(1), page(2, PAGE)], [page(2), page(1, PAGE)]),
        ([zeros(fill=1)], [zeros()]),
        ([page(1)], [zeros()]),
        (
            [RamEncoded(Ram.XBZRLE, "a", True, 0, b"x")],
            [RamEncoded(Ram.XBZRLE, "a", True, 0, b"y")],
        ),
    ],
)
def test_other_content_has_another_hash(one, other):
    assert content(*one) != content(*other)


def test_pages_at_fixed_places_are_hashed_as_they_stand():
    def mapped(*pieces):
        return content(RamBlock("a", 9), *map(MappedBytes, pieces))

    assert mapped(b"12", b"3") == mapped(b"123") != mapped(b"124")


def test_without_hashes_nothing_is_kept():
    assert not any(of(page(1), zeros(fill=1), hashes=False)._digests.values())
