"""Whole streams: built here byte by byte, and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import (
    CONFIGURATION,
    EOS,
    HEADER,
    PAGE,
    SMALL,
    be32,
    be64,
    blocks,
    counted,
    described,
    end,
    footer,
    full,
    part,
    start,
)
from vmstate.errors import StreamError, TruncatedStreamError
from vmstate.stream import (
    Eof,
    Section,
    body_sizes,
    find_vmdesc,
    find_vmdesc_text,
    joined,
    read_events,
    read_stream,
    reader_for,
)


def test_sections_are_cut_out_with_everything_that_names_them():
    data = (
        HEADER
        + CONFIGURATION
        + full(7, "dma", b"abc", version=2)
        + full(8, "dma", b"de", instance_id=1)
        + end(described("dma", 3), described("dma", 2, 1))
    )
    stream = read_stream(data)
    assert stream.machine == "pc"
    first, second = stream.sections
    assert (first.section_id, first.idstr, first.instance_id, first.version_id) == (7, "dma", 0, 2)
    assert first.body == b"abc"
    assert data[first.offset : first.offset + 3] == b"abc"
    assert (second.section_id, second.instance_id, second.body) == (8, 1, b"de")
    assert [device.idstr for device in stream.vmdesc.devices] == ["dma", "dma"]


def test_a_stream_without_configuration_has_no_machine():
    assert read_stream(HEADER + end()).machine == ""


def test_the_configuration_may_have_each_of_its_subsections():
    parts = (
        (b"\x05" + counted("configuration/target-page-bits") + be32(1) + be32(12))
        + (b"\x05" + counted("configuration/capabilities") + be32(1) + be32(2))
        + (counted("x-ignore-shared") + counted("mapped-ram"))
        + (b"\x05" + counted("configuration/uuid") + be32(1) + bytes(16))
    )
    data = HEADER + CONFIGURATION + parts + full(1, "a", b"x") + end(described("a", 1))
    assert read_stream(data).sections[0].body == b"x"


def test_commands_are_passed_over():
    command = b"\x08" + (2).to_bytes(2) + (4).to_bytes(2) + be32(1)
    data = HEADER + CONFIGURATION + command + full(1, "a", b"x") + end(described("a", 1))
    assert len(read_stream(data).sections) == 1


def test_ram_is_passed_over_page_by_page():
    setup = blocks(PAGE * 2, PAGE * 3)
    pages = (
        (be64(0x0 | 0x08) + counted("ram0") + b"\x04" * PAGE)
        + (be64(0x1000 | 0x08 | 0x20) + b"\x00" * PAGE)
        + (be64(0x0 | 0x02) + counted("ram1") + b"\x00")
        + (be64(0x1000 | 0x02 | 0x20) + b"\x00")
        + be64(0x200)
    )
    data = (
        HEADER
        + start(2, setup + be64(0x200) + EOS)
        + part(2, pages + EOS)
        + part(2, EOS, kind=3)
        + full(3, "a", b"x")
        + end(described("a", 1))
    )
    assert [section.idstr for section in read_stream(data).sections] == ["a"]


def test_padding_behind_the_vmdesc_is_ignored():
    data = HEADER + full(1, "a", b"x") + end(described("a", 1)) + bytes(500)
    assert len(read_stream(data).sections) == 1


def test_bytes_that_look_like_an_end_do_not_mislead():
    body = b"\x00\x06" + be32(2) + b"{}" + b"\x00\x06\x00\x00"
    data = HEADER + full(1, "a", body) + end(described("a", len(body)))
    assert read_stream(data).sections[0].body == body


@pytest.mark.parametrize("claimed", [0, 2, 50])
def test_a_wrong_size_in_the_vmdesc_is_mended_by_the_footer(claimed):
    body = b"ab" + footer(1) + b"cd"
    data = (
        HEADER
        + full(1, "a", body)
        + full(2, "b", b"y")
        + end(described("a", claimed), described("b", 1))
    )
    # Size 2 leads to a footer by chance, and is believed: then the next section is missing.
    if claimed == 2:
        with pytest.raises(StreamError, match="section of unknown kind 0x63"):
            read_stream(data)
    else:
        assert [section.body for section in read_stream(data).sections] == [body, b"y"]


def test_a_wrong_size_of_the_last_section_is_mended_too():
    data = HEADER + full(1, "a", b"abc") + end(described("a", 9))
    assert read_stream(data).sections[0].body == b"abc"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"QEVN" + be32(3), "stream at offset 0x0: starts with b'QEVN', expected b'QEVM'"),
        (b"QEVM" + be32(2), "stream at offset 0x4: stream version 2, expected 3"),
        (HEADER + b"\x00", "stream at offset 0x9: it has no vmdesc at its end"),
        (
            HEADER + b"\x33" + end(),
            "stream at offset 0x8: section of unknown kind 0x33",
        ),
        (
            HEADER + b"\x00" + end(),
            "stream at offset 0x8: ends here, expected its end at 0x9, before the vmdesc",
        ),
        (
            HEADER + end(described("a", 1)),
            "stream at offset 0x8: ends with 1 sections fewer than it describes",
        ),
        (
            HEADER + full(1, "a", b"x") + end(),
            "a at offset 0x8: more sections than the 0 described",
        ),
        (
            HEADER + full(1, "a", b"x") + end(described("b", 1)),
            "a at offset 0x8: instance 0 of 'a', the vmdesc has instance 0 of 'b' here",
        ),
        (
            HEADER + full(1, "a", b"x", instance_id=2) + end(described("a", 1)),
            "a at offset 0x8: instance 2 of 'a', the vmdesc has instance 0 of 'a' here",
        ),
        (
            HEADER + full(1, "a", b"x", end=footer(2)) + end(described("a", 1)),
            "a at offset 0x18: 7e 00 00 00 02 after the section, expected its footer 7e 00 00",
        ),
        (
            HEADER + CONFIGURATION + b"\x05" + counted("configuration/x") + be32(1) + end(),
            "configuration at offset 0xf: unknown subsection 'configuration/x'",
        ),
        (
            HEADER + start(1, EOS, version=3) + end(),
            "ram at offset 0x8: version 3 of guest memory, expected 4",
        ),
        (
            HEADER + part(5, EOS) + end(),
            "stream at offset 0x8: a part of section 0x5, which was never started",
        ),
        (
            HEADER + start(1, be64(0x41) + EOS) + end(),
            "ram at offset 0x19: word 0x0000000000000041 has the flags 0x41, expected one of 0x2",
        ),
        (
            HEADER + start(1, be64(PAGE | 4) + counted("r") + be64(2 * PAGE) + EOS) + end(),
            "ram at offset 0x21: block 'r' has 8192 bytes, 4096 are left of the total",
        ),
        (
            HEADER + start(1, be64(PAGE | 4) + counted("r") + be64(0) + EOS) + end(),
            "ram at offset 0x21: block 'r' has 0 bytes, 4096 are left of the total",
        ),
    ],
)
def test_wrong_bytes_are_refused_with_their_place(data, message):
    with pytest.raises(StreamError) as caught:
        read_stream(data)
    assert str(caught.value).startswith(message)


def test_a_page_that_is_cut_off_is_refused():
    data = HEADER + start(1, be64(0x08) + counted("r") + b"\x00") + end()
    with pytest.raises(TruncatedStreamError):
        read_stream(data)


GOOD = (
    HEADER
    + CONFIGURATION
    + full(1, "a", b"xyz")
    + full(2, "b", b"")
    + end(described("a", 3), described("b", 0))
)


@given(st.integers(0, len(GOOD) - 1))
def test_a_stream_that_is_cut_off_is_refused_and_never_crashes(length):
    with pytest.raises(StreamError):
        read_stream(GOOD[:length])


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_damaged_byte_gives_a_stream_or_an_error_of_ours(place, flip):
    damaged = bytearray(GOOD)
    damaged[place] ^= flip
    try:
        stream = read_stream(bytes(damaged))
    except StreamError:
        return
    assert len(stream.sections) == len(stream.vmdesc.devices)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_bodies_come_back_as_they_were(bodies):
    sections = b"".join(full(n, f"s{n}", body) for n, body in enumerate(bodies))
    data = HEADER + sections + end(*(described(f"s{n}", len(b)) for n, b in enumerate(bodies)))
    assert [section.body for section in read_stream(data).sections] == bodies


def test_a_version_may_be_a_date_as_that_of_an_eeprom_is():
    data = HEADER + full(1, "a", b"xyz") + full(2, "eeprom", b"e", version=20061113) + b"\0"
    bodies = [event.body for event in read_events([data]) if isinstance(event, Section)]
    assert bodies == [b"xyz", b"e"]


def test_a_stream_that_is_cut_off_is_refused_with_what_was_read():
    whole = GOOD.index(b"\0\x06") + 1
    for length in range(8, len(GOOD)):
        with pytest.raises(StreamError) as caught:
            read_stream(GOOD[:length])
        # Behind its end a stream is whole, but for the vmdesc.
        assert ("it has no vmdesc" in str(caught.value)) == (length == whole)
        assert caught.value.path


@pytest.mark.parametrize("name", ["precopy", "no footers", "a snapshot", "mapped-ram"])
def test_any_form_of_stream_is_read_by_its_vmdesc(name):
    stream = read_stream(SMALL[name])
    assert stream.machine == "pc"
    assert stream.vmdesc.page_size == 1024
    assert [section.idstr for section in stream.sections][-2:] == ["a", "dma"]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_stream_may_be_any_kind_of_bytes(kind):
    assert read_stream(kind(GOOD)) == read_stream(GOOD)


def test_the_vmdesc_is_found_before_padding_and_behind_what_looks_like_it():
    text, place = find_vmdesc_text(GOOD + bytes(20) + b"\0\x06\xff\xff\xff\xff{")
    assert GOOD[place : place + 2] == b"\0\x06"
    assert GOOD.endswith(text)
    assert find_vmdesc_text(HEADER + b"\0\x06\0\0\0\x02[]") is None
    assert find_vmdesc_text(b"") is None


@pytest.mark.parametrize("padding", [(1 << 20) - 3, 1 << 20, 5 << 20])
@pytest.mark.parametrize("kind", [bytes, memoryview])
def test_the_vmdesc_is_found_however_much_is_behind_it(kind, padding):
    text, place = find_vmdesc_text(kind(GOOD + bytes(padding)))
    assert GOOD.endswith(text)
    assert place == GOOD.index(b"\0\x06")
    assert find_vmdesc_text(kind(HEADER + bytes(padding))) is None


def test_a_vmdesc_that_is_broken_is_refused_with_its_place():
    data = HEADER + b"\0\x06" + be32(2) + b"{}"
    with pytest.raises(StreamError) as caught:
        find_vmdesc(data)
    assert str(caught.value) == "vmdesc at offset 0xe: 'page_size' is None, expected a number"


def test_sizes_of_sections_that_stand_twice_are_not_told():
    vmdesc, _ = find_vmdesc(
        HEADER + end(described("a", 1), described("b", 2), described("a", 3), described("a", 4, 1))
    )
    assert body_sizes(vmdesc) == {("b", 0): 2, ("a", 1): 4}


def test_sections_that_stand_twice_may_differ_in_size():
    data = (
        HEADER
        + full(1, "a", b"x")
        + full(2, "a", b"yyy")
        + end(described("a", 1), described("a", 3))
    )
    assert [section.body for section in read_stream(data).sections] == [b"x", b"yyy"]


def test_events_are_joined_with_a_vmdesc_that_came_another_way():
    vmdesc, _ = find_vmdesc(GOOD)
    events = list(read_events([GOOD], reader_for(vmdesc)))
    assert joined(events, vmdesc) == read_stream(GOOD)
    assert joined(events[:-1], vmdesc) == read_stream(GOOD)


def test_a_stream_ends_where_its_vmdesc_begins():
    vmdesc, place = find_vmdesc(GOOD)
    sections = [Section(1, "a", 0, 1, b"xyz"), Section(2, "b", 0, 1, b"")]
    assert joined([*sections, Eof(offset=place)], vmdesc, place).sections == tuple(sections)
    with pytest.raises(StreamError, match="ends here, expected its end at"):
        joined([*sections, Eof(offset=place - 1)], vmdesc, place)
