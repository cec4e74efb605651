"""The parser: what follows what, sections of every kind, packages, the end."""

import pytest

from tests.support.streams import (
    CONFIGURATION,
    EOS,
    FLUSH,
    HEADER,
    LISTEN,
    RUN,
    SMALL,
    be32,
    be64,
    blocks,
    command,
    described,
    end,
    footer,
    full,
    last,
    package,
    part,
    ping,
    start,
    subsection,
    zero,
)
from vmstate.errors import StreamError, TruncatedStreamError
from vmstate.stream import (
    Command,
    Content,
    Eof,
    Header,
    Kind,
    PackageEnd,
    Section,
    SectionBegin,
    SectionEnd,
    StreamReader,
    Tail,
    VmdescText,
    read_events,
    write_events,
)


def read(data, **options):
    events = list(read_events([HEADER + data], StreamReader(**options)))
    assert b"".join(write_events(events)) == HEADER + data
    assert events[0] == Header(3)
    return events[1:]


def refusal(data, **options):
    with pytest.raises(StreamError) as caught:
        list(read_events([data], StreamReader(**options)))
    return str(caught.value)


# The beginning ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "header at offset 0x0: needs 8 bytes, 0 are left"),
        (HEADER[:3], "header at offset 0x0: needs 8 bytes, 3 are left"),
        (HEADER[:7], "header at offset 0x0: needs 8 bytes, 7 are left"),
        (b"QE\0\0", "stream at offset 0x0: starts with b'QE\\x00\\x00', expected b'QEVM'"),
        (b"x", "stream at offset 0x0: starts with b'x', expected b'QEVM'"),
        (b"QEVM" + be32(2), "stream at offset 0x4: stream version 2, expected 3"),
        (HEADER, "the first section at offset 0x8: needs 1 bytes, 0 are left"),
        (HEADER + CONFIGURATION, "the next section at offset 0xf: needs 1 bytes, 0 are left"),
    ],
)
def test_what_does_not_begin_like_a_stream_is_refused(data, message):
    assert refusal(data) == message


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (
            b"QCPR\0\0\0\1",
            "it is the state that a CPR migration (cpr-exec, cpr-transfer) hands over",
        ),
        (b"\x11\x22\x33\x44\0\0\0\1", "it is a further channel of a multifd migration"),
        (b"QFI\xfb\0\0\0\3", "it is a qcow2 image: the streams of its snapshots are inside it"),
        (b"\x1f\x8b\x08\0", "it is compressed by gzip; unpack it first"),
        (b"\x28\xb5\x2f\xfd", "it is compressed by zstd; unpack it first"),
    ],
)
def test_other_files_are_known_by_their_first_bytes(data, what):
    message = refusal(data)
    assert message.startswith(f"stream at offset 0x0: starts with {data[:4]!r}, expected b'QEVM'; ")
    assert what in message


# Sections ---------------------------------------------------------------------------------


def test_whole_sections_come_with_what_names_them():
    data = full(7, "dma", b"abc", version=2) + full(8, "dma", b"", instance_id=1) + b"\0"
    assert read(data) == [
        Section(7, "dma", 0, 2, b"abc"),
        Section(8, "dma", 1, 1, b""),
        Eof(),
    ]


def test_sections_may_stand_before_memory():
    data = full(1, "early", b"e") + start(2, EOS) + last(2, EOS) + full(3, "late", b"l") + b"\0"
    kinds = [type(event).__name__ for event in read(data)]
    assert kinds == [
        *("Section", "SectionBegin", "RamWord", "SectionEnd"),
        *("SectionBegin", "RamWord", "SectionEnd", "Section", "Eof"),
    ]


@pytest.mark.parametrize("idstr", ["dirty-bitmap", "spapr/htab", "s390-skeys", "0000:00:02.0/vfio"])
def test_parts_of_sections_that_are_not_memory_come_as_they_are(idstr):
    data = (
        start(3, b"setup", idstr=idstr, version=1)
        + part(3, footer(3) + b"more" * 2000)
        + last(3, b"")
        + b"\0"
    )
    assert read(data) == [
        SectionBegin(Kind.START, 3, idstr, 0, 1),
        Content(b"setup"),
        SectionEnd(3),
        SectionBegin(Kind.PART, 3, idstr, 0, 1),
        Content(footer(3) + b"more" * 2000),
        SectionEnd(3),
        SectionBegin(Kind.END, 3, idstr, 0, 1),
        SectionEnd(3),
        Eof(),
    ]


def test_a_section_that_came_whole_may_have_a_part_too():
    # The destination knows a section by its number from then on, however it came.
    assert read(full(3, "a", b"x") + part(3, b"y") + b"\0")[1:3] == [
        SectionBegin(Kind.PART, 3, "a", 0, 1),
        Content(b"y"),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"\x33",
            "section of unknown kind 0x33, expected one of 0x00 EOF, 0x01 START, 0x02 PART, ",
        ),
        (b"\x05", "section of unknown kind 0x05 (a subsection, which is inside a section)"),
        (b"\x06", "section of unknown kind 0x06 (a vmdesc, which is behind the end)"),
        (footer(1), "section of unknown kind 0x7e (a footer, which is directly behind a section)"),
        (
            CONFIGURATION * 2,
            "section of unknown kind 0x07 (a configuration, which is directly behind the header)",
        ),
        (part(9, b""), "a part of section 0x9, which was never started"),
        (full(1, "", b""), "the name of a section is empty"),
    ],
)
def test_what_begins_no_section_is_refused(data, message):
    assert message in refusal(HEADER + data)
    assert refusal(HEADER + data).startswith("stream at offset 0x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (full(1, "abc", b"")[:5], "header of a section at offset 0x8: needs 6 bytes, 5 are left"),
        (full(1, "abc", b"")[:16], "header of a section at offset 0x8: needs 17 bytes, 16 are lef"),
        (
            full(1, "abc", b"xyz")[:-1],
            "abc at offset 0x19: its end was not found: no footer 7e 00 00 00 01 with a section ",
        ),
        (full(1, "abc", b"xyz"), "the next section at offset 0x21: needs 1 bytes, 0 are left"),
        (start(2, EOS) + b"\2\0", "header of a part of a section at offset 0x26: needs 5 bytes, 2"),
        (start(2, EOS)[:-5], "ram, footer at offset 0x21: needs 1 bytes, 0 are left"),
        (start(2, EOS)[:-1], "ram, footer at offset 0x21: needs 5 bytes, 4 are left"),
        (
            start(2, EOS, end=footer(3)),
            "ram at offset 0x21: 7e 00 00 00 03 after the section, expected its footer 7e 00 00",
        ),
        (b"\0\x06\0", "vmdesc at offset 0x9: needs 5 bytes, 2 are left"),
        (b"\0\x06" + be32(9) + b"{}", "vmdesc at offset 0xe: needs 9 bytes, 2 are left"),
        (start(2, EOS, version=3), "ram at offset 0x8: version 3 of guest memory, expected 4"),
    ],
)
def test_what_is_cut_off_or_wrong_is_named(data, message):
    assert refusal(HEADER + data).startswith(message)


# Footers ----------------------------------------------------------------------------------


def test_a_stream_may_have_no_footers():
    data = (
        full(1, "early", b"ee", end=b"")
        + start(2, blocks(4096) + EOS, end=b"")
        + last(2, zero(0, "ram0") + EOS, end=b"")
        + full(3, "late", b"lll", end=b"")
        + b"\0"
    )
    events = read(data, sizes={("early", 0): 2, ("late", 0): 3})
    assert [event.has_footer for event in events if isinstance(event, Section | SectionEnd)] == [
        False
    ] * 4
    assert "late at offset 0x78: needs 3 bytes, 2 are left" in refusal(
        HEADER + data[:-2], sizes={("early", 0): 2, ("late", 0): 3}
    )


def test_without_footers_and_sizes_no_end_is_found():
    data = HEADER + start(2, EOS, end=b"") + full(3, "late", b"lll", end=b"") + b"\0"
    assert refusal(data) == (
        "late at offset 0x33: the stream has no footers, and nothing tells where this section "
        "ends: its vmdesc would, unless it comes in parts; or save with send-section-footer=on"
    )


def test_a_size_that_leads_to_no_footer_says_where_one_was_expected():
    data = HEADER + full(1, "a", b"abc", end=footer(2)) + full(3, "b", b"") + b"\0"
    assert refusal(data, sizes={("a", 0): 3}) == (
        "a at offset 0x1a: 7e 00 00 00 02 after the section, expected its footer 7e 00 00 00 01"
    )
    assert refusal(data, sizes={("a", 0): 300}).startswith(
        "a at offset 0x17: its end was not found"
    )


def test_sections_of_thousands_of_bytes_are_looked_through():
    body = (b"\x7e\0\0\0\1" + bytes(95)) * 300
    data = full(1, "a", body) + full(2, "b", subsection("b/c", footer(2))) + b"\0"
    assert [event.body for event in read(data) if isinstance(event, Section)] == [
        body,
        subsection("b/c", footer(2)),
    ]


# Packages ---------------------------------------------------------------------------------


def test_what_is_in_a_package_comes_between_its_command_and_its_end():
    inner = LISTEN + full(1, "a", b"x") + ping(3) + RUN
    events = read(package(inner) + ping(4) + b"\0")
    assert events == [
        Command(7, be32(len(inner))),
        Command(4),
        Section(1, "a", 0, 1, b"x"),
        Command(2, be32(3)),
        Command(5),
        PackageEnd(),
        Command(2, be32(4)),
        Eof(),
    ]


@pytest.mark.parametrize("last_one", [RUN, b"\0"])
def test_what_is_behind_the_end_in_a_package_is_kept(last_one):
    events = read(package(LISTEN + last_one + b"rest") + b"\0")
    assert events[-3:] == [Tail(b"rest"), PackageEnd(), Eof()]


def test_a_package_shares_what_its_stream_knows():
    inner = part(2, zero(0x1000) + EOS) + full(1, "a", b"x")
    data = start(2, blocks(0x8000) + EOS) + part(2, zero(0, "ram0") + EOS) + package(inner)
    events = read(data + part(2, zero(0x2000) + EOS) + b"\0")
    assert [event.address for event in events if type(event).__name__ == "RamZeros"] == [
        *(0, 0x1000, 0x2000)
    ]


def test_a_command_to_run_outside_of_a_package_ends_nothing():
    assert read(RUN + full(1, "a", b"x") + b"\0")[1:] == [Section(1, "a", 0, 1, b"x"), Eof()]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (package(LISTEN)[:-2], "package at offset 0x11: needs 5 bytes, 4 are left"),
        (package(ping(1)[:-1]), "command PING at offset 0x16: needs 4 bytes, 3 are left"),
        (
            package(full(1, "a", b"x")[:-2]),
            "a at offset 0x20: its end was not found: no footer 7e 00 00 00 01",
        ),
        (package(b"\x33"), "stream at offset 0x11: section of unknown kind 0x33"),
    ],
)
def test_what_is_wrong_in_a_package_has_its_place_in_the_stream(data, message):
    assert refusal(HEADER + data + b"\0").startswith(message)


def test_packages_are_in_each_other_to_a_sane_depth_only():
    data = b""
    for _ in range(8):
        data = package(data)
    assert len(read(data + b"\0")) == 17
    assert refusal(HEADER + package(data)) == (
        "package at offset 0x59: a package in 8 others, expected none in another"
    )


# The end ----------------------------------------------------------------------------------


def test_a_stream_may_end_without_a_vmdesc():
    assert read(full(1, "a", b"x") + b"\0")[-1] == Eof()


def test_behind_the_end_may_stand_anything():
    assert read(full(1, "a", b"x") + b"\0\x55\xaa") == [
        Section(1, "a", 0, 1, b"x"),
        Eof(),
        Tail(b"\x55\xaa"),
    ]


def test_behind_the_vmdesc_may_be_padding():
    *_, text, tail = read(full(1, "a", b"x") + end(described("a", 1)) + bytes(999))
    assert isinstance(text, VmdescText)
    assert text.text.startswith(b'{"page_size": 4096')
    assert tail == Tail(bytes(999))


def test_a_vmdesc_is_only_looked_at_for_the_size_of_a_page():
    assert read(b"\0\x06" + be32(4) + b"what")[-1] == VmdescText(b"what")
    message = refusal(HEADER + b"\0\x06" + be32(16) + b'{"page_size":77}')
    assert message == (
        "stream at offset 0xf: pages have 77 bytes, expected a power of two from 256 on"
    )


# All of it --------------------------------------------------------------------------------


def test_the_form_of_a_whole_migration():
    kinds = [type(event).__name__ for event in read_events([SMALL["precopy"]])]
    assert " ".join(kinds) == (
        "Header Configuration Command Command Section "
        "SectionBegin RamWord RamBlock RamBlock RamWord RamWord SectionEnd "
        "SectionBegin Content SectionEnd "
        "SectionBegin RamPages RamZeros RamZeros RamWord SectionEnd "
        "SectionBegin Content SectionEnd Command "
        "SectionBegin RamWord RamWord SectionEnd SectionBegin Content SectionEnd "
        "Section Section Eof VmdescText"
    )


def test_the_form_of_a_migration_that_went_on_behind_the_switch():
    kinds = [type(event).__name__ for event in read_events([SMALL["postcopy"]])]
    assert " ".join(kinds) == (
        "Header Configuration Command Command Command "
        "SectionBegin RamWord RamBlock RamBlock RamWord SectionEnd "
        "SectionBegin RamZeros RamWord SectionEnd Command Command "
        "Command Command Section Section Command Command Tail PackageEnd "
        "Command SectionBegin RamZeros RamWord SectionEnd SectionBegin RamWord SectionEnd Eof"
    )


def test_words_and_commands_mix_as_they_may():
    data = start(2, FLUSH + EOS) + command(11) + last(2, FLUSH + EOS) + b"\0"
    assert Command(11) in read(data)
    with pytest.raises(TruncatedStreamError):
        read(start(2, be64(4096 | 4)))
