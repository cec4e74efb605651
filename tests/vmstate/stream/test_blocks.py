"""The list of memory's blocks, with what capabilities put behind an entry."""

import pytest

from tests.support.streams import (
    CONFIGURATION,
    EOS,
    HEADER,
    HOOK,
    advise,
    be64,
    capabilities,
    counted,
    last,
    mapped,
    page_bits,
    single,
    start,
    zero,
)
from vmstate.errors import StreamError
from vmstate.stream import (
    MappedBlock,
    MappedBytes,
    RamBlock,
    StreamReader,
    read_events,
    write_events,
)

#: Where a list of blocks stands in its section's stream.
MIB = 0x100000
LIST = "ram, list of blocks"


def read(head, listed, *, total=0xC00, cut=None, **options):
    """Return blocks and bytes of a section whose list has the entries *listed*."""
    data = HEADER + head + start(2, be64(total | 4) + listed + EOS) + b"\0"
    size = cut or len(data)
    pieces = (data[place : place + size] for place in range(0, len(data), size))
    events = list(read_events(pieces, StreamReader(**options)))
    assert b"".join(write_events(events)) == data
    return [event for event in single(events) if isinstance(event, RamBlock | list)]


def refusal(head, listed, **options):
    with pytest.raises(StreamError) as caught:
        read(head, listed, **options)
    return str(caught.value)


def entry(name, size, *more):
    return counted(name) + be64(size) + b"".join(more)


def test_blocks_come_in_order_until_their_sizes_are_the_total():
    assert read(b"", entry("a", 0x800) + entry("b", 0x400)) == [
        RamBlock("a", 0x800),
        RamBlock("b", 0x400),
    ]


@pytest.mark.parametrize("size", [0, 0x1000])
def test_a_size_that_is_not_left_is_refused(size):
    assert refusal(b"", entry("a", 0x800) + entry("b", size)) == (
        f"ram at offset 0x2b: block 'b' has {size} bytes, 1024 are left of the total"
    )


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (b"", "ram, list of blocks at offset 0x21: needs 1 bytes, 0 are left"),
        (b"\3ab", "ram, list of blocks at offset 0x21: needs 12 bytes, 3 are left"),
        (entry("a", 1)[:-1], "ram, list of blocks at offset 0x21: needs 10 bytes, 9 are left"),
    ],
)
def test_a_list_that_is_cut_off_is_named(listed, message):
    data = HEADER + start(2, be64(0x404) + listed, end=b"")
    with pytest.raises(StreamError) as caught:
        list(read_events([data]))
    assert str(caught.value) == message


# The host's pages -------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [None, 1, 7])
def test_an_unusual_page_of_the_host_is_told_where_postcopy_was_advised(cut):
    listed = (
        entry("a", 0x400) + entry("huge", 0x400, be64(0x200000)) + entry("b", 0x400, be64(1 << 34))
    )
    assert read(advise(0x4_0020_1000, 1024), listed, cut=cut) == [
        RamBlock("a", 0x400),
        RamBlock("huge", 0x400, 0x200000),
        RamBlock("b", 0x400, 1 << 34),
    ]


def test_a_list_that_is_cut_off_where_a_page_size_may_be_is_named():
    data = HEADER + advise(0x201000, 1024) + start(2, be64(0x404) + entry("a", 0x400), end=b"")
    with pytest.raises(StreamError) as caught:
        list(read_events([data + b"\x10\x00"]))
    assert str(caught.value) == ("ram, list of blocks at offset 0x40: needs 8 bytes, 2 are left")


# Shared memory left out -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "options"),
    [
        (CONFIGURATION + capabilities("x-ignore-shared"), {}),
        (b"", {"capabilities": ["x-ignore-shared"]}),
    ],
)
def test_blocks_have_addresses_where_shared_ones_are_left_out(head, options):
    listed = entry("a", 0x400, be64(0)) + entry("b", 0x800, be64(0xC0000))
    assert read(head, listed, **options) == [
        RamBlock("a", 0x400, None, 0),
        RamBlock("b", 0x800, None, 0xC0000),
    ]


# Pages at places of their own -------------------------------------------------------------

MAPPED = CONFIGURATION + capabilities("mapped-ram")
#: Where the bitmap of the first block stands.
PLACE = len(HEADER + MAPPED + start(2, be64(4), end=b"")) + len(counted("a") + be64(0) + mapped())


def block(name, *, size=0x400, gap=24, **header):
    """An entry with its header, the rest of the bitmap's place, and its pages."""
    return entry(name, size, mapped(**header)) + bytes(gap) + bytes(range(256)) * (size // 256)


def test_pages_stand_behind_the_bitmap_at_the_next_mebibyte():
    end = MIB + 0x400
    first = block("a", gap=MIB - PLACE, bitmap=PLACE, pages=MIB)
    place = end + len(entry("b", 0x800, mapped()))
    second = block("b", size=0x800, gap=2 * MIB - place, bitmap=place, pages=2 * MIB)
    one, pages, two, others = read(MAPPED, first + second)
    assert one == RamBlock("a", 0x400, mapped=MappedBlock(1, 1024, PLACE, MIB))
    assert two.mapped == MappedBlock(1, 1024, place, 2 * MIB)
    assert pages == [MappedBytes, bytes(MIB - PLACE) + bytes(range(256)) * 4]
    assert len(others[1]) == 2 * MIB - place + 0x800


@pytest.mark.parametrize("cut", [None, 1, 50])
def test_something_may_be_in_the_file_before_the_stream(cut):
    listed = block("a", size=0xC00, bitmap=MIB - 24, pages=MIB)
    _, pages = read(MAPPED, listed, cut=cut)
    assert len(pages[1]) == 24 + 0xC00


def test_a_block_that_is_left_out_has_no_place():
    head = CONFIGURATION + capabilities("mapped-ram", "x-ignore-shared")
    left_out = entry("s", 0x400, be64(0xC0000), mapped())
    listed = entry("a", 0x800, be64(0), mapped(bitmap=MIB - 8, pages=MIB)) + bytes(8 + 0x800)
    shared, present, _ = read(head, left_out + listed)
    assert (shared.address, shared.mapped) == (0xC0000, MappedBlock(1, 1024, 0, 0))
    assert present.mapped.pages_offset == MIB


def test_a_header_says_the_size_of_a_page():
    reader = StreamReader()
    listed = block("a", page_size=4096, size=0xC00, bitmap=MIB - 24, pages=MIB)
    data = HEADER + MAPPED + start(2, be64(0xC04) + listed + EOS) + last(2, EOS) + b"\0"
    list(read_events([data], reader))
    assert reader.page_size == 4096


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        (
            block("a", version=2, bitmap=MIB - 24, pages=MIB),
            f"{LIST} at offset {PLACE:#x}: block 'a' has version 2, expected 1 at most",
        ),
        (
            block("a", page_size=3, bitmap=MIB - 24, pages=MIB),
            f"{LIST} at offset {PLACE:#x}: block 'a' has pages of 3 bytes, expected a power",
        ),
        (
            block("a", bitmap=MIB - 24, pages=MIB + 1),
            f"{LIST} at offset {PLACE:#x}: block 'a' has its pages at 0x100001, expec",
        ),
        (
            block("a", bitmap=MIB + 24, pages=MIB),
            f"{LIST} at offset {PLACE:#x}: block 'a' has its pages at 0x100000",
        ),
        (
            block("a", bitmap=MIB - 24, pages=1 << 50),
            f"{LIST} at offset {PLACE:#x}: block 'a' has its pages at 0x4000000000000",
        ),
        (
            block("a", bitmap=9, pages=MIB),
            f"{LIST} at offset {PLACE:#x}: block 'a' has its bitmap at 0x9, expected it here",
        ),
        (
            block("a", bitmap=MIB - 24, pages=MIB) + block("b", bitmap=3 * MIB, pages=4 * MIB),
            f"{LIST} at offset {PLACE + 0x43E:#x}: block 'b' has its bitmap at 0x300000",
        ),
    ],
)
def test_a_header_that_contradicts_its_place_is_refused(listed, message):
    assert refusal(MAPPED, listed).startswith(message)


def test_a_header_with_another_page_size_than_was_told_is_refused():
    listed = block("a", bitmap=MIB - 24, pages=MIB, size=0x1000)
    assert "has pages of 1024 bytes, expected 4096" in refusal(
        CONFIGURATION + page_bits(12) + capabilities("mapped-ram"), listed, total=0x1000
    )


def test_pages_that_are_cut_off_are_named():
    data = HEADER + MAPPED + start(2, be64(0x404) + block("a", bitmap=MIB - 24, pages=MIB), end=b"")
    with pytest.raises(StreamError) as caught:
        list(read_events([data[:-1]]))
    assert str(caught.value) == (
        f"ram, pages of 'a' at offset {len(data) - 1:#x}: needs 1 bytes, 0 are left"
    )


@pytest.mark.parametrize("word", [zero(0, "a"), HOOK])
def test_nothing_else_stands_where_pages_have_places_of_their_own(word):
    data = HEADER + MAPPED + start(2, word + EOS)
    with pytest.raises(StreamError) as caught:
        list(read_events([data]))
    assert str(caught.value).endswith(
        "the pages of this stream are at places of their own (mapped-ram), expected 0x4 BLOCKS, "
        "0x10 EOS"
    )
