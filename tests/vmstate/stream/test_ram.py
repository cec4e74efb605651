"""Guest memory: words, pages in every form, and how large a page is."""

from itertools import pairwise

import pytest

from tests.support.streams import (
    EOS,
    FLUSH,
    HEADER,
    HOOK,
    PAGE,
    SIZES,
    SMALL,
    advise,
    be64,
    blocks,
    command,
    compressed,
    counted,
    end,
    full,
    page,
    part,
    part_of,
    single,
    start,
    word,
    xbzrle,
    zero,
)
from vmstate.errors import StreamError
from vmstate.stream import (
    Ram,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
    StreamReader,
    read_events,
    write_events,
)

#: Where the pages of a part begin.
PLACE = len(HEADER + start(2, blocks(0x100000) + EOS)) + 5
OF_RAM = (RamPages, RamZeros, RamEncoded, RamWord)


def stream_of(pages, *, of=(0x100000,)):
    listed = start(2, blocks(*of) + EOS) if of else start(2, EOS)
    return HEADER + listed + part(2, pages + EOS) + b"\0"


def read(pages, *, of=(0x100000,), **options):
    """Return the events of a part with *pages*, without its last word."""
    data = stream_of(pages, of=of)
    events = list(read_events([data], StreamReader(**options)))
    assert b"".join(write_events(events)) == data
    found = [event for event in events if isinstance(event, OF_RAM)]
    return found[2 if of else 1 : -1]


def refusal(pages, *, of=(0x100000,), **options):
    with pytest.raises(StreamError) as caught:
        list(read_events([stream_of(pages, of=of)], StreamReader(**options)))
    return str(caught.value)


def filled(number, size=PAGE):
    return bytes([number]) * size


# Words ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "flag", "address"),
    [
        (FLUSH, Ram.MULTIFD_FLUSH, 0),
        (HOOK, Ram.HOOK, 0),
        (be64(0x7000 | Ram.HOOK), Ram.HOOK, 0x7000),
        (be64(Ram.MULTIFD_FLUSH | Ram.CONTINUE), Ram.MULTIFD_FLUSH | Ram.CONTINUE, 0),
    ],
)
def test_words_without_a_page_come_back(data, flag, address):
    assert read(data) == [RamWord(flag, address)]


def test_the_last_word_ends_the_part_even_if_it_continues_something():
    data = HEADER + start(2, be64(0x5000 | Ram.EOS | Ram.CONTINUE)) + b"\0"
    events = list(read_events([data]))
    assert RamWord(Ram.EOS | Ram.CONTINUE, 0x5000) in events
    assert b"".join(write_events(events)) == data


@pytest.mark.parametrize("flags", [0x00, 0x01, 0x0A, 0x18, 0x20, 0x210, 0x3FF])
def test_words_with_other_flags_are_refused(flags):
    message = refusal(be64(0x1000 | flags))
    assert message == (
        f"ram at offset {PLACE:#x}: word {0x1000 | flags:#018x} has the flags {flags:#x}, expected "
        "one of 0x2 ZERO, 0x4 BLOCKS, 0x8 PAGE, 0x10 EOS, 0x20 CONTINUE, 0x40 XBZRLE, 0x80 HOOK, "
        "0x100 COMPRESSED, 0x200 MULTIFD_FLUSH"
    )


def test_what_lies_below_a_page_is_flags_as_soon_as_the_size_is_known():
    assert "has the flags 0x810" in refusal(be64(0x810), page_size=PAGE)
    # The smallest pages leave no room for the newest flags.
    assert read(zero(0x100, "ram0"), page_size=256) == [RamZeros("ram0", True, 0x100, 0, 1)]
    assert "has the flags 0x102" in refusal(zero(0x100, "ram0"))


# Pages of one byte ------------------------------------------------------------------------


def test_pages_of_zeros_that_follow_each_other_are_one_event():
    data = zero(0, "ram0") + b"".join(zero(PAGE * number) for number in range(1, 6))
    assert read(data) == [RamZeros("ram0", True, 0, 0, 1), RamZeros("ram0", False, PAGE, PAGE, 5)]


def test_pages_of_zeros_with_gaps_between_them_are_several():
    data = zero(0, "ram0") + zero(0x1000) + zero(0x3000) + zero(0x4000) + zero(0x1000)
    named, *others = read(data, page_size=PAGE)
    assert named.is_named
    assert [(run.address, run.count) for run in others] == [(0x1000, 1), (0x3000, 2), (0x1000, 1)]


@pytest.mark.parametrize("gap", [0, 1 << 40, 3 * PAGE])
def test_a_gap_that_is_no_page_begins_no_run(gap):
    data = zero(0, "ram0") + zero(0x1000) + zero(0x1000 + gap)
    found = read(data, is_strict=False)
    assert [(run.address, run.count, run.step) for run in found[1:]] == [
        (0x1000, 1, 0),
        (0x1000 + gap, 1, 0),
    ]


def test_pages_of_different_bytes_are_told_apart():
    data = zero(0, "ram0") + zero(0x1000, fill=7) + zero(0x2000, fill=7) + zero(0x3000)
    assert [(run.count, run.fill) for run in read(data)] == [(1, 0), (2, 7), (1, 0)]


# Plain pages ------------------------------------------------------------------------------


def test_plain_pages_that_follow_each_other_are_one_event_and_not_copied():
    data = page(0, filled(1), "ram0") + b"".join(
        page(PAGE * number, filled(number + 1)) for number in range(1, 5)
    )
    named, run = read(data)
    assert (named.address, named.count, named.is_named) == (0, 1, True)
    assert named.page(0) == filled(1)
    assert (run.address, run.count, run.is_named) == (PAGE, 4, False)
    assert [bytes(run.page(number)) for number in range(4)] == [filled(n) for n in range(2, 6)]


def test_pages_are_looks_at_what_was_fed():
    whole = bytearray(stream_of(page(0, filled(1), "ram0") + page(PAGE, filled(2))))
    pages = [event for event in read_events([whole]) if isinstance(event, RamPages)]
    for place, event in enumerate(pages):
        assert event.data.obj is whole
        where = whole.index(filled(place + 1))
        whole[where] = 0x77
        assert event.page(0)[0] == 0x77


def test_a_run_ends_with_its_block():
    data = page(0, filled(1), "ram0") + page(PAGE, filled(2)) + page(2 * PAGE, filled(3))
    assert len(read(data, of=(3 * PAGE,))) == 2
    assert refusal(data, of=(2 * PAGE,)).endswith(
        "a page at 0x2000 of block 'ram0', which has 0x2000 bytes"
    )
    zeros = zero(0, "ram0") + zero(PAGE) + zero(2 * PAGE)
    assert "a page at 0x2000 of block 'ram0'" in refusal(zeros, of=(2 * PAGE,))
    assert len(read(zeros, of=(2 * PAGE,), is_strict=False)) == 2


def test_a_page_of_a_block_that_was_not_listed_is_refused():
    assert refusal(zero(0, "vga.vram"), of=(0x80000, PAGE)) == (
        f"ram at offset {PLACE + 13:#x}: a page of block 'vga.vram', the list of blocks has "
        "'ram0', 'ram1'"
    )
    assert read(zero(0, "vga.vram"), is_strict=False)[0].block == "vga.vram"
    # Where no list has come, nothing can be said.
    assert read(zero(0, "vga.vram"), of=())[0].block == "vga.vram"


def test_a_page_that_continues_nothing_is_refused():
    assert refusal(zero(0)) == (
        f"ram at offset {PLACE:#x}: a page that continues a block, and none came before it"
    )


def test_a_block_without_a_name_can_be_continued():
    assert len(read(zero(0, "") + zero(0x1000), of=())) == 2


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        (b"\0\0\0", f"ram at offset {PLACE:#x}: needs 8 bytes, 3 are left"),
        (be64(0x02), f"ram at offset {PLACE:#x}: needs 9 bytes, 8 are left"),
        (be64(0x02) + b"\4ra", f"ram at offset {PLACE:#x}: needs 13 bytes, 11 are left"),
        (be64(0x02) + b"\4ram0", f"ram at offset {PLACE + 13:#x}: needs 1 bytes, 0 are left"),
        (zero(0, "ram0") + be64(0x22), f"ram at offset {PLACE + 14:#x}: needs 9 bytes, 8 are left"),
        (
            page(0, filled(1)[:-1], "ram0"),
            f"ram, page 0x0 of 'ram0' at offset {PLACE + 13:#x}: needs 4096 bytes, 4095 are left",
        ),
        (
            page(0, filled(1), "ram0") + page(PAGE, b"x"),
            f"ram, page 0x1000 of 'ram0' at offset {PLACE + 4109:#x}: needs 4104 bytes, 9 are left",
        ),
        (
            xbzrle(0, b"xyz", "ram0")[:-1],
            f"ram, encoded page 0x0 of 'ram0' at offset {PLACE + 16:#x}: needs 3 bytes, 2 are left",
        ),
        (
            xbzrle(0, b"", "ram0")[:-1],
            f"ram, encoded page 0x0 of 'ram0' at offset {PLACE + 13:#x}: needs 3 bytes, 2 are left",
        ),
        (
            compressed(0x1000, b"xyz", "ram0")[:-1],
            f"ram, encoded page 0x1000 of 'ram0' at offset {PLACE + 17:#x}: needs 3 bytes, 2 are",
        ),
    ],
)
def test_a_page_that_is_cut_off_is_named(pages, message):
    data = stream_of(pages)
    cut = data[: data.index(pages, 0x40) + len(pages)]
    with pytest.raises(StreamError) as caught:
        list(read_events([cut], StreamReader(page_size=PAGE)))
    assert str(caught.value).startswith(message)


# Encoded pages ----------------------------------------------------------------------------


def test_changes_and_compressed_pages_come_back_with_their_bytes():
    data = (xbzrle(0, b"\2\1x", "ram0") + xbzrle(0x1000, b"")) + (
        compressed(0x2000, b"packed", "ram0") + compressed(0x1000, b"tight")
    )
    assert read(data) == [
        RamEncoded(Ram.XBZRLE, "ram0", True, 0, b"\2\1x"),
        RamEncoded(Ram.XBZRLE, "ram0", False, 0x1000, b""),
        RamEncoded(Ram.COMPRESSED, "ram0", True, 0x2000, b"packed"),
        RamEncoded(Ram.COMPRESSED, "ram0", False, 0x1000, b"tight"),
    ]


def test_another_way_to_encode_changes_is_refused():
    data = xbzrle(0, b"x", "ram0", method=2)
    path = f"ram, encoded page 0x0 of 'ram0' at offset {PLACE + 13:#x}"
    assert refusal(data) == f"{path}: encoded by method 2, expected 1"
    assert read(data, is_strict=False) == [RamEncoded(Ram.XBZRLE, "ram0", True, 0, b"x", 2)]


@pytest.mark.parametrize(
    ("form", "most"),
    # What zlib's compressBound says of a page.
    [(xbzrle, 4096), (compressed, 4096 + 1 + 13)],
)
def test_an_encoded_page_has_a_most_size(form, most):
    assert len(read(form(0, bytes(most), "ram0"), page_size=PAGE)) == 1
    too_long = form(0, bytes(most + 1), "ram0")
    assert f"{most + 1} bytes of a page of 4096, expected {most} at most" in refusal(
        too_long, page_size=PAGE
    )
    assert len(read(too_long)) == 1
    assert len(read(too_long, page_size=PAGE, is_strict=False)) == 1


# The size of a page -----------------------------------------------------------------------


@pytest.mark.parametrize("size", [1024, 2048, 4096, 8192, 16384, 32768, 65536])
@pytest.mark.parametrize(
    "behind",
    [
        b"",
        FLUSH,
        page(0x10000, bytes(65536)),
        zero(0x10000),
        zero(0x20000, "ram0"),
        xbzrle(0x10000, b""),
    ],
    ids=["the end", "a flush", "a page", "zeros", "a named page", "changes"],
)
@pytest.mark.parametrize("cut", [1 << 20, 1000])
def test_the_size_of_a_page_is_found_by_what_is_behind_the_first(size, behind, cut):
    if behind[-1:] == b"\0" and len(behind) > 1000:
        behind = behind[: 8 + size]
    content = bytes(range(256)) * (size // 256)
    whole = stream_of(page(0x20000, content, "ram0") + behind)
    reader = StreamReader()
    events = list(read_events((whole[at : at + cut] for at in range(0, len(whole), cut)), reader))
    assert reader.page_size == size
    assert next(event.data for event in events if isinstance(event, RamPages)) == content


@pytest.mark.parametrize(
    "inside",
    [
        be64(0x200000 | 0x28),
        be64(0x1100 | 0x28),
        be64(0x08) + counted("other"),
        be64(0x08) + b"\0",
        be64(0x1010),
        be64(0x1000),
    ],
    ids=["behind the block", "no page", "another block", "no name", "an odd end", "no flag"],
)
def test_what_only_looks_like_a_word_is_no_end_of_a_page(inside):
    content = (bytes(4096) + inside).ljust(8192, b"\1")
    named, *_ = read(page(0, content, "ram0") + page(8192, content))
    assert (named.page_size, bytes(named.data)) == (8192, content)


def test_a_size_is_not_looked_for_at_an_address_that_does_not_fit():
    # 4096 bytes behind its beginning there is what could be a word; no such page begins here.
    following = bytes(2040) + be64(0x3000 | 0x28)
    named, _ = read(page(0x800, bytes(2048), "ram0") + page(0x1000, following))
    assert named.page_size == 2048


def test_without_a_list_any_block_may_follow():
    named, zeros = read(page(0, filled(1), "a") + zero(0x7000, "b"), of=())
    assert (named.page_size, zeros.block) == (4096, "b")


def test_a_page_that_ends_nowhere_is_refused():
    assert refusal(page(0, bytes(999), "ram0")) == (
        f"ram at offset {PLACE + 13:#x}: the page at 0x0 has none of the usual sizes, or the "
        "stream ends in it"
    )


@pytest.mark.parametrize("told", [1024, 4096])
def test_a_vmdesc_that_says_another_size_is_refused(told):
    text = end(page_size=2048)
    data = HEADER + part_of(zero(0, "r"))[:-1] + text
    with pytest.raises(StreamError) as caught:
        list(read_events([data], StreamReader(page_size=told)))
    assert str(caught.value) == (
        f"stream at offset {data.index(b'page_size') - 1:#x}: pages have 2048 bytes, and were "
        f"read as if they had {told}; tell the reader a page size of 2048"
    )
    assert list(read_events([data], StreamReader(page_size=2048)))
    assert list(read_events([data]))


def test_a_size_that_was_found_wrongly_is_seen_at_the_end():
    # The first of two small pages holds what looks like the end of a smaller one.
    content = (bytes(4096) + page(0x1000, b"")).ljust(8192, b"\1")
    data = HEADER + part_of(page(0, content, "r"))[:-1] + end(page_size=8192)
    with pytest.raises(StreamError):
        list(read_events([data]))
    assert list(read_events([data], StreamReader(page_size=8192)))


@pytest.mark.parametrize(
    ("host", "size", "message"),
    [
        (0x201000, 3, "pages have 3 bytes, expected a power of two from 256 on"),
        (0x201000, 128, "pages have 128 bytes, expected a power of two from 256 on"),
        (0x201000, 2048, "pages have 2048 bytes, and were read as if they had 4096"),
    ],
)
def test_the_advice_of_postcopy_says_the_size_too(host, size, message):
    with pytest.raises(StreamError, match=message):
        list(read_events([HEADER + advise(host, size) + b"\0"], StreamReader(page_size=4096)))
    reader = StreamReader()
    list(read_events([HEADER + command(3) + advise(host, 4096) + b"\0"], reader))
    assert reader.page_size == 4096


def test_memory_may_come_in_one_section():
    body = blocks(PAGE) + zero(0, "ram0") + EOS
    data = HEADER + full(2, "ram", body, version=4) + part(2, zero(0) + EOS) + b"\0"
    events = list(read_events([data]))
    assert [type(event).__name__ for event in events if isinstance(event, OF_RAM)] == [
        *("RamWord", "RamZeros", "RamWord", "RamZeros", "RamWord")
    ]
    assert b"".join(write_events(events)) == data


@pytest.mark.parametrize("name", SMALL)
def test_offsets_tell_where_each_event_begins(name):
    data = SMALL[name]
    sizes = SIZES if name == "no footers" else {}
    events = list(read_events([data], StreamReader(sizes=sizes)))
    for before, after in pairwise(event.offset for event in events):
        assert before <= after
    for event in events:
        if isinstance(event, RamZeros | RamEncoded | RamPages) and event.is_named:
            flag = int.from_bytes(data[event.offset : event.offset + 8]) - event.address
            assert data[event.offset :].startswith(word(flag, event.address, event.block))
    assert len(single(events)) >= 4


@pytest.mark.parametrize("count", [1, 31, 32, 33, 287, 288, 289, 544, 600])
@pytest.mark.parametrize("other", [None, 0, 5, 31, 32, 40, 287, 288, 299, 543, 599])
def test_a_run_of_pages_ends_where_another_page_comes(count, other):
    """Long runs are looked at in larger steps, and none may pass over anything."""
    first = 0x10000
    words = [first + number * PAGE for number in range(count)]
    if other is not None and other < count:
        words[other] += PAGE << 20
    pages = b"".join((word | 0x28).to_bytes(8) + bytes([7]) * PAGE for word in words)
    named = (0x08).to_bytes(8) + b"\x01a" + bytes([7]) * PAGE
    reader = StreamReader(page_size=PAGE)
    head = b"QEVM\0\0\0\3\x01\0\0\0\2\x03ram" + bytes(4) + (4).to_bytes(4)
    found = [e for e in reader.feed(head + named + pages) if isinstance(e, RamPages)][1:]
    runs, start = [], 0
    for number in range(1, count + 1):
        if number == count or words[number] != words[number - 1] + PAGE:
            runs.append((words[start], number - start))
            start = number
    assert [(event.address, event.count) for event in found] == runs
