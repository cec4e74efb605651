"""Laws: events, bytes and events again, whatever the events and however the bytes come."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.support.streams import SMALL_PAGE, single
from vmstate.errors import StreamError
from vmstate.stream import (
    Command,
    CommandNumber,
    Configuration,
    ConfigurationPart,
    Content,
    Eof,
    Header,
    Kind,
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
    StreamReader,
    Tail,
    VmdescText,
    read_events,
    write_events,
)

BITS = ConfigurationPart("configuration/target-page-bits", 1, 10)
BLOCKS = {"pc.ram": 0x40000, "/rom@etc/acpi/tables": 0x8000, "vga.vram": 0x400}
BODIES = st.binary(max_size=60)
NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=40)
IDS = st.integers(0, 0xFFFFFFFF)
#: Numbers of sections that come in parts.
RAM, OTHER = 2, 3


def section(number, name, instance, version, body):
    # Numbers of their own, so that no part of one is another.
    return Section(number + 4, name, instance, version, body)


SECTIONS = st.builds(
    section, st.integers(0, 0xFFFFFF), NAMES, IDS, st.integers(0, (1 << 26) - 1), BODIES
)
COMMANDS = st.one_of(
    st.sampled_from([1, 4, 8, 9, 11]).map(Command),
    st.builds(Command, st.just(2), st.binary(min_size=4, max_size=4)),
    st.builds(Command, st.just(3), st.sampled_from([b"", (4096).to_bytes(8) + (1024).to_bytes(8)])),
    st.builds(
        Command, st.just(6), st.integers(1, 3).map(lambda pairs: b"\0\1a\0" + bytes(16 * pairs))
    ),
    st.just(Command(10, b"\6pc.ram")),
)


def packaged(events):
    return [Command(CommandNumber.PACKAGED), *events, PackageEnd()]


def ended(pieces):
    """A package that ends before its end."""
    return packaged([*pieces, Command(CommandNumber.POSTCOPY_RUN), Tail(b"rest")])


DEVICES = st.lists(SECTIONS | COMMANDS.filter(lambda command: command.number != 5), max_size=3)
PACKAGES = DEVICES.map(packaged) | DEVICES.map(ended)


def of(kind, number, name, version, *inside):
    return [SectionBegin(kind, number, name, 0, version), *inside, SectionEnd(number)]


@st.composite
def pages(draw):
    """Draw pages of memory; the first names its block, others may."""
    block, events = None, []
    for _ in range(draw(st.integers(0, 8))):
        is_named = block is None or draw(st.integers(0, 3)) == 0
        block = draw(st.sampled_from(sorted(BLOCKS))) if is_named else block
        most = BLOCKS[block] // SMALL_PAGE
        first = draw(st.integers(0, most - 1))
        count = 1 if is_named else draw(st.integers(1, min(3, most - first)))
        address = first * SMALL_PAGE
        match draw(st.sampled_from(["zeros", "pages", "changes", "compressed", "flush"])):
            case "zeros":
                fill = draw(st.sampled_from([0, 0, 7]))
                step = SMALL_PAGE if count > 1 else 0
                events.append(RamZeros(block, is_named, address, step, count, fill))
            case "pages":
                data = draw(st.binary(min_size=2, max_size=2)) * (SMALL_PAGE * count // 2)
                events.append(
                    RamPages(block, is_named, address, SMALL_PAGE, count, data, SMALL_PAGE)
                )
            case "changes":
                events.append(RamEncoded(Ram.XBZRLE, block, is_named, address, draw(BODIES)))
            case "compressed":
                events.append(RamEncoded(Ram.COMPRESSED, block, is_named, address, draw(BODIES)))
            case "flush":
                events.append(RamWord(Ram.MULTIFD_FLUSH))
                block = block if not is_named else None
    return of(Kind.PART, RAM, "ram", 4, *events, RamWord(Ram.EOS))


LIST = (
    RamWord(Ram.BLOCKS, sum(BLOCKS.values())),
    *(RamBlock(name, size) for name, size in BLOCKS.items()),
    RamWord(Ram.EOS),
)


def contents(data):
    return [Content(data)] if data else []


@st.composite
def streams(draw):
    """Draw the events of a stream: anything that a section's end can be found in."""
    events = [Header(3), Configuration("pc", (BITS,))]
    events += draw(st.lists(SECTIONS | COMMANDS, max_size=2))
    events += of(Kind.START, RAM, "ram", 4, *LIST)
    events += of(Kind.START, OTHER, "htab", 1, *contents(draw(BODIES)))
    others = BODIES.map(lambda data: of(Kind.PART, OTHER, "htab", 1, *contents(data)))
    pieces = st.one_of((SECTIONS | COMMANDS).map(lambda event: [event]), PACKAGES, pages(), others)
    for piece in draw(st.lists(pieces, max_size=6)):
        events += piece
    events += of(Kind.END, RAM, "ram", 4, RamWord(Ram.EOS))
    events += draw(st.lists(SECTIONS, max_size=3))
    events.append(Eof())
    if draw(st.booleans()):
        events.append(VmdescText(draw(st.sampled_from([b"", b"{}", b'{"page_size": 1024}']))))
        events += draw(st.sampled_from([[], [Tail(bytes(9))]]))
    else:
        events += draw(st.sampled_from([[], [Tail(b"\x55more")]]))
    return events


def plain(events):
    """Return *events* as they are compared: runs taken apart, sizes of packages left out."""
    return [
        replace(event, payload=b"")
        if isinstance(event, Command) and event.number == CommandNumber.PACKAGED
        else event
        for event in single(events)
    ]


@st.composite
def cuttings(draw, data):
    places = sorted(draw(st.sets(st.integers(0, len(data)), max_size=12)))
    return [data[begin:end] for begin, end in zip([0, *places], [*places, len(data)], strict=True)]


@given(st.data())
def test_events_come_back_from_their_bytes_however_these_are_cut(data):
    events = data.draw(streams())
    written = b"".join(write_events(events))
    whole = list(read_events([written]))
    assert plain(whole) == plain(events)
    assert b"".join(write_events(whole)) == written
    in_pieces = list(read_events(data.draw(cuttings(written))))
    assert single(in_pieces) == single(whole)
    assert b"".join(write_events(in_pieces)) == written
    assert [event.offset for event in in_pieces if isinstance(event, Section)] == [
        event.offset for event in whole if isinstance(event, Section)
    ]


@given(st.data())
def test_what_comes_before_a_cut_is_told_and_then_always_the_same_error(data):
    written = b"".join(write_events(data.draw(streams())))
    whole = single(read_events([written]))
    reader = StreamReader()
    told, errors = [], []
    for piece in (written[: data.draw(st.integers(0, len(written)))], b""):
        try:
            told.extend(reader.feed(piece) if piece else reader.finish())
        except StreamError as error:
            errors.append(error)
    for _ in range(2):
        try:
            list(reader.finish())
        except StreamError as error:
            errors.append(error)
    assert len({id(error) for error in errors}) <= 1
    assert all(error.path and error.offset is not None for error in errors)
    before = single(told)
    if before and isinstance(before[-1], list):
        # The last piece of what comes in pieces.
        _, rest = before.pop()
        assert whole[len(before)][1].startswith(rest)
    assert whole[: len(before)] == before
    assert errors or any(isinstance(event, Eof) for event in before)


@given(st.data())
def test_a_damaged_byte_gives_other_events_or_an_error_and_nothing_else(data):
    written = bytearray(b"".join(write_events(data.draw(streams()))))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= data.draw(st.integers(1, 255))
    pieces = data.draw(cuttings(bytes(written)))
    outcomes = []
    for way in ([bytes(written)], pieces):
        told, refusals = [], []
        try:
            told.extend(read_events(way))
        except StreamError as error:
            refusals.append(error)
        assert all(error.path for error in refusals)
        outcomes.append((single(told), [str(error) for error in refusals]))
    assert outcomes[0] == outcomes[1]
    if not outcomes[0][1]:
        assert b"".join(write_events(read_events(pieces))) == written
