"""Guest memory: which blocks, words and pages a destination takes."""

from __future__ import annotations

import pytest

from tests.support.one_of_each import PAGE, TABLES
from vmstate.acceptance.memory import MemoryLoader, is_delta
from vmstate.cursor import Reader
from vmstate.errors import StreamError
from vmstate.stream import Ram, RamBlock, RamEncoded, RamPages, RamWord, RamZeros
from vmstate.stream.writer import event_bytes

EOS = RamWord(Ram.EOS)


def loader(*, takes_fill=True, knows_flush=False):
    sizes = {"pc.ram": 4 * PAGE, TABLES: 2 * PAGE}
    return MemoryLoader(sizes, PAGE, takes_fill=takes_fill, knows_flush=knows_flush)


def written(events):
    return b"".join(bytes(event_bytes(event)) for event in events)


def taken(*events, here=None):
    """Load the events; return the loader."""
    here = here or loader()
    reader = Reader(written([*events, EOS]) + b"\x7e")
    here.load(reader, 4)
    assert reader.remaining == 1
    return here


def refused(*events, here=None):
    with pytest.raises(StreamError) as caught:
        (here or loader()).load(Reader(written([*events, EOS])), 4)
    return str(caught.value)


def blocks(*some):
    return [RamWord(Ram.BLOCKS, sum(block.size for block in some)), *some]


def test_its_own_blocks_are_taken():
    taken(*blocks(RamBlock("pc.ram", 4 * PAGE), RamBlock(TABLES, 2 * PAGE)))


def test_blocks_may_be_left_out_and_doubled():
    taken(*blocks(RamBlock("pc.ram", 4 * PAGE), RamBlock("pc.ram", 4 * PAGE)))
    taken(*blocks())


@pytest.mark.parametrize("version_id", [3, 5])
def test_only_version_four_is_taken(version_id):
    with pytest.raises(StreamError) as caught:
        loader().load(Reader(written([EOS])), version_id)
    assert str(caught.value) == (
        f"ram at offset 0x0: version {version_id} of guest memory, expected 4"
    )


def test_an_unknown_block_is_refused():
    assert refused(*blocks(RamBlock("none", PAGE))) == (
        "ram at offset 0x8: a block 'none', which is none here"
    )


def test_a_block_of_fixed_size_keeps_it():
    assert refused(*blocks(RamBlock("pc.ram", 8 * PAGE))) == (
        "ram at offset 0x8: 0x8000 bytes of 'pc.ram', which has 0x4000 here"
    )


def test_a_block_that_ends_within_its_last_page_is_the_same():
    taken(*blocks(RamBlock("pc.ram", 4 * PAGE - 1), RamBlock(TABLES, 2 * PAGE + 1)))


def test_a_resizeable_block_takes_the_streams_size():
    here = taken(*blocks(RamBlock(TABLES, 3 * PAGE)))
    assert here.sizes[TABLES] == 3 * PAGE
    taken(RamZeros(TABLES, True, 2 * PAGE, PAGE, 1), here=here)


def test_a_resizeable_block_has_a_limit():
    taken(*blocks(RamBlock(TABLES, 0x200000)))
    assert refused(*blocks(RamBlock(TABLES, 0x201000))) == (
        "ram at offset 0x8: 0x201000 bytes of '/rom@etc/acpi/tables', expected 0x200000 at most"
    )


def test_a_sum_that_is_missed_is_counted_on():
    """It is counted down through zero: whatever follows is read as a block."""
    words = [RamWord(Ram.BLOCKS, PAGE), RamBlock("pc.ram", 4 * PAGE), RamBlock("", 0)]
    assert "a block '', which is none here" in refused(*words)


def test_pages_are_taken_with_and_without_their_blocks_name():
    taken(
        RamPages("pc.ram", True, 0, PAGE, 1, bytes(PAGE), PAGE),
        RamZeros("pc.ram", False, PAGE, PAGE, 2),
    )


def test_many_pages_that_go_on_are_judged_like_single_ones():
    taken(RamZeros("pc.ram", True, 0, PAGE, 1), RamZeros("pc.ram", False, PAGE, PAGE, 3))
    first = RamZeros("pc.ram", True, 0, PAGE, 1)
    assert "a page at 0x4000 of 'pc.ram'" in refused(
        first, RamZeros("pc.ram", False, PAGE, PAGE, 4)
    )
    filled = RamZeros("pc.ram", False, PAGE, PAGE, 2, 9)
    taken(first, filled)
    assert "the value 9" in refused(first, filled, here=loader(takes_fill=False))


def test_the_latest_block_is_remembered_from_part_to_part():
    here = taken(RamZeros("pc.ram", True, 0, PAGE, 1))
    taken(RamZeros("pc.ram", False, PAGE, PAGE, 1), here=here)


def test_a_page_of_the_same_block_needs_one_before_it():
    assert refused(RamZeros("pc.ram", False, 0, PAGE, 1)) == (
        "ram at offset 0x0: a page of the same block as the one before: there is none"
    )


def test_a_page_of_an_unknown_block_is_refused():
    assert refused(RamZeros("none", True, 0, PAGE, 1)) == (
        "ram at offset 0x0: a page of 'none', which is no block here"
    )


def test_a_page_behind_its_block_is_refused():
    assert refused(RamZeros("pc.ram", True, 4 * PAGE, PAGE, 1)) == (
        "ram at offset 0x0: a page at 0x4000 of 'pc.ram', which has 0x4000 bytes"
    )


def test_a_filled_page_is_taken_where_it_is():
    taken(RamZeros("pc.ram", True, 0, PAGE, 1, 7))
    assert refused(RamZeros("pc.ram", True, 0, PAGE, 1, 7), here=loader(takes_fill=False)) == (
        "ram at offset 0x0: a zero page with the value 7"
    )


@pytest.mark.parametrize("flags", [0, 1, 0x80, 0x18, 0x0A, 0x20])
def test_flags_that_mean_nothing_are_refused(flags):
    here = loader()
    here.current = "pc.ram"
    assert "which mean nothing" in refused(RamWord(flags | Ram.CONTINUE), here=here)


def test_multifds_mark_is_known_since_8_1():
    taken(RamWord(Ram.MULTIFD_FLUSH), here=loader(knows_flush=True))
    assert "flags 0x200, which mean nothing" in refused(RamWord(Ram.MULTIFD_FLUSH))


def test_a_compressed_page_is_refused():
    page = RamEncoded(Ram.COMPRESSED, "pc.ram", True, 0, b"abc")
    assert "a compressed page, which nobody announced" in refused(page)


def test_an_encoded_page_is_undone():
    taken(RamEncoded(Ram.XBZRLE, "pc.ram", True, 0, b"\0\2ab"))


@pytest.mark.parametrize(
    ("data", "method", "said"),
    [
        (b"\0\2ab", 2, "a page encoded by method 2 in 4 bytes"),
        (bytes(PAGE + 1), 1, "a page encoded by method 1 in 4097 bytes"),
        (b"\0\3ab", 1, "a page whose encoding can't be undone"),
    ],
)
def test_an_encoded_page_that_is_wrong_is_refused(data, method, said):
    assert said in refused(RamEncoded(Ram.XBZRLE, "pc.ram", True, 0, data, method))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", True),
        (b"\0\1x", True),
        (b"\5\1x", True),
        (b"\5\1x\5\1y", True),
        (b"\x80\x01\1x", True),
        (b"\xff\x1f\1x", True),
        (b"\x80\x20\1x", False),
        (b"\5", False),
        (b"\5\0", False),
        (b"\5\1", False),
        (b"\5\2x", False),
        (b"\5\1x\0\1y", False),
        (b"\xff\xff\1x", False),
        (b"\5\xff\xffx", False),
    ],
)
def test_an_encoding_is_runs_of_what_stayed_and_what_changed(data, expected):
    assert is_delta(data, PAGE) is expected
