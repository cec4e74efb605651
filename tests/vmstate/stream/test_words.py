"""Words in front of pages: how many follow each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.stream.words import Words

PAGE, FLAGS = 256, 0x28
#: Pages of which all but the highest bytes of the words are different.
REGION = (1 << 24) // PAGE


def window(words, size=PAGE):
    return memoryview(b"".join(word.to_bytes(8) + bytes(size) for word in words))


def run(first, count, size=PAGE):
    return [first + number * size for number in range(count)]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 543, 544, 545, 600, 1100])
@pytest.mark.parametrize("page", [0, 7, REGION - 1, REGION - 40, REGION - 600, 300 * REGION])
def test_pages_that_follow_each_other_are_counted(page, count):
    words = run(page * PAGE | FLAGS, count)
    assert Words(PAGE, FLAGS).consecutive(window(words), words[0], count) == count
    assert Words(PAGE, FLAGS).consecutive(window(words), words[0], count - 1) == count - 1


@pytest.mark.parametrize("other", [0, 1, 31, 32, 40, 100, 543, 544, 590])
@pytest.mark.parametrize("change", [PAGE, 1, 1 << 24, 1 << 40, 1 << 63])
def test_another_word_ends_them(other, change):
    first = (REGION - 100) * PAGE | FLAGS
    words = run(first, 600)
    words[other] ^= change
    assert Words(PAGE, FLAGS).consecutive(window(words), first, 600) == other


def test_regions_may_come_in_any_order():
    words = Words(4096, FLAGS)
    for address in (5 << 24, 0, 0x123456789A << 24, 1 << 24, 5 << 24):
        pages = run(address | FLAGS, 100, 4096)
        assert words.consecutive(window(pages, 4096), pages[0], 100) == 100


@pytest.mark.parametrize("size", [1 << 23, 1 << 24, 1 << 25])
def test_pages_may_be_larger_than_any_that_there_are(size):
    words = Words(size, FLAGS)
    assert words.consecutive(memoryview((FLAGS).to_bytes(8) + bytes(size)), FLAGS, 1) == 1


def test_no_page_follows_the_last_that_there_can_be():
    first = (1 << 64) - 40 * PAGE | FLAGS
    words = [word % (1 << 64) for word in run(first, 50)]
    assert Words(PAGE, FLAGS).consecutive(window(words), first, 50) == 40


@given(
    start=st.integers(0, 3 * REGION),
    lengths=st.lists(st.integers(1, 700), min_size=1, max_size=4),
)
def test_the_same_is_found_as_by_looking_at_each(start, lengths):
    words: list[int] = []
    for number, length in enumerate(lengths):
        words += run((start + number * 5 * REGION) * PAGE | FLAGS, length)
    found = Words(PAGE, FLAGS).consecutive(window(words), words[0], len(words))
    assert found == lengths[0]
