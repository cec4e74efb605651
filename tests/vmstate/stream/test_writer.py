"""The writer: the bytes of events, and what it refuses to write."""

import pytest

from tests.support.streams import (
    HEADER,
    LISTEN,
    RUN,
    be32,
    compressed,
    full,
    mapped,
    package,
    page,
    ping,
    xbzrle,
    zero,
)
from vmstate.errors import EncodeError
from vmstate.stream import (
    Command,
    CommandNumber,
    Content,
    Eof,
    Header,
    Kind,
    MappedBlock,
    MappedBytes,
    PackageEnd,
    Ram,
    RamBlock,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
    Section,
    SectionBegin,
    SectionEnd,
    Tail,
    VmdescText,
    event_bytes,
    read_events,
    write_events,
)

PACKAGED = Command(CommandNumber.PACKAGED, b"????")


@pytest.mark.parametrize(
    ("event", "data"),
    [
        (Header(3), HEADER),
        (Command(2, be32(1)), ping(1)),
        (PackageEnd(), b""),
        (Section(1, "a", 2, 3, b"x"), full(1, "a", b"x", instance_id=2, version=3)),
        (Section(1, "a", 0, 1, b"x", has_footer=False), full(1, "a", b"x", end=b"")),
        (
            SectionBegin(Kind.START, 2, "ram", 0, 4),
            b"\1" + be32(2) + b"\3ram" + be32(0) + be32(4),
        ),
        (SectionBegin(Kind.PART, 2, "ram", 0, 4), b"\2" + be32(2)),
        (SectionBegin(Kind.END, 2, "ram", 0, 4), b"\3" + be32(2)),
        (
            SectionBegin(Kind.FULL, 2, "ram", 0, 4),
            b"\4" + be32(2) + b"\3ram" + be32(0) + be32(4),
        ),
        (SectionEnd(2), b"\x7e" + be32(2)),
        (SectionEnd(2, has_footer=False), b""),
        (Content(b"xyz"), b"xyz"),
        (RamBlock("a", 9), b"\1a" + bytes(7) + b"\x09"),
        (RamBlock("a", 9, 1, 2), b"\1a" + bytes(7) + b"\x09" + bytes(7) + b"\1" + bytes(7) + b"\2"),
        (
            RamBlock("a", 9, mapped=MappedBlock(1, 4096, 5, 6)),
            b"\1a" + bytes(7) + b"\x09" + mapped(page_size=4096, bitmap=5, pages=6),
        ),
        (MappedBytes(memoryview(b"x")), b"x"),
        (RamPages("r", True, 4096, 256, 1, bytes(256), 256), page(4096, bytes(256), "r")),
        (
            RamPages("r", False, 0, 256, 2, bytes(300) + b"\1" * 256, 300),
            page(0, bytes(256)) + page(256, b"\1" * 256),
        ),
        (RamZeros("r", True, 0, 0, 1, 7), zero(0, "r", 7)),
        (RamZeros("r", False, 512, 256, 2), zero(512) + zero(768)),
        (RamEncoded(Ram.XBZRLE, "r", True, 0, b"x", 3), xbzrle(0, b"x", "r", 3)),
        (RamEncoded(Ram.COMPRESSED, "r", False, 1024, b"x"), compressed(1024, b"x")),
        (RamWord(Ram.EOS, 0x1000), bytes(6) + b"\x10\x10"),
        (Eof(), b"\0"),
        (VmdescText(b"{}"), b"\6" + be32(2) + b"{}"),
        (Tail(b"x"), b"x"),
    ],
)
def test_each_event_has_its_bytes(event, data):
    assert event_bytes(event) == data


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Header(1 << 32), "Header: can't save Header(version=4294967296"),
        (Section(-1, "a", 0, 1, b""), "Section: can't save Section("),
        (Section(1, "a" * 256, 0, 1, b""), "bytes must be in range(0, 256)"),
        (Section(1, "\u0100", 0, 1, b""), "ordinal not in range(256)"),
        (Command(1, bytes(1 << 16)), "Command: can't save"),
        (RamEncoded(Ram.XBZRLE, "r", True, 0, bytes(1 << 16)), "RamEncoded: can't save"),
        (RamZeros("r", False, 0, 4096, 1, 256), "bytes must be in range(0, 256)"),
        (RamZeros("r", False, 0x12, 4096, 1), "the address 0x12 has bits that are flags"),
        (RamZeros("r", False, 0, 4096, 0), "others one or more"),
        (RamZeros("r", True, 0, 4096, 2), "pages that name their block come one by one"),
        (RamPages("r", True, 0, 4096, 2, bytes(8192), 4096), "come one by one"),
        (RamPages("r", False, 0, 4096, 2, bytes(8191), 4096), "8191 bytes of data, expected 8192"),
        (RamPages("r", False, 0, 4096, 1, bytes(4096), 4095), "4096 bytes of data, expected 4096"),
        (RamBlock("a", 1, mapped=MappedBlock(1 << 32, 1, 1, 1)), "RamBlock: can't save"),
    ],
)
def test_what_does_not_fit_is_refused(event, message):
    with pytest.raises(EncodeError) as caught:
        event_bytes(event)
    assert message in str(caught.value)


def test_a_package_has_the_size_of_what_is_in_it():
    events = [PACKAGED, Command(4), Section(1, "a", 0, 1, b"x"), Command(5), PackageEnd(), Eof()]
    inner = LISTEN + full(1, "a", b"x") + RUN
    assert b"".join(write_events(events)) == package(inner) + b"\0"


def test_packages_may_be_in_each_other():
    data = HEADER + package(package(ping(1)) + package(b"") + ping(2)) + b"\0"
    events = list(read_events([data]))
    assert b"".join(write_events(events)) == data
    assert sum(isinstance(event, PackageEnd) for event in events) == 3


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([PACKAGED, Eof()], "its package does not end"),
        ([PackageEnd()], "no package has begun"),
        ([PACKAGED, PACKAGED, PackageEnd()], "its package does not end"),
    ],
)
def test_packages_begin_and_end(events, message):
    with pytest.raises(EncodeError, match=message):
        list(write_events(events))


class Endless(bytes):
    """Bytes that say they are more than a package can have."""

    def __len__(self):
        return 1 << 32


def test_a_package_that_is_too_large_is_refused():
    with pytest.raises(EncodeError, match="its package has 4294967296 bytes"):
        list(write_events([PACKAGED, Content(Endless()), PackageEnd()]))


def test_bytes_come_event_by_event():
    written = write_events(iter([Header(3), Eof()]))
    assert next(written) == HEADER
    assert next(written) == b"\0"
