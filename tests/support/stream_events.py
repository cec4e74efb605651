"""Events and streams, for those who turn them into something and back: as strategies.

Owns what may stand in an event and what makes up a stream; knows no container.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from hypothesis import strategies as st

from vmstate.stream import (
    Command,
    CommandNumber,
    Configuration,
    ConfigurationPart,
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
)

PAGE = 1024

u8 = st.integers(0, 0xFF)
u16 = st.integers(0, 0xFFFF)
u32 = st.integers(0, 0xFFFFFFFF)
u64 = st.integers(0, 0xFFFFFFFFFFFFFFFF)
#: Names as a stream has them: bytes, each a character.
names = st.text(st.characters(max_codepoint=0xFF), min_size=1, max_size=9)
#: Names of sections, by which their ends are found, and of descriptions.
idstrs = st.text("abcxyz:./_-09", min_size=1, max_size=9)
some_bytes = st.binary(max_size=12)
#: Pages of a block of guest memory.
ROOM = 1 << 20
addresses = st.integers(0, ROOM - 4).map(lambda number: number * PAGE)
parts = st.lists(
    st.one_of(
        st.builds(ConfigurationPart, st.just("configuration/target-page-bits"), u32, u32),
        st.builds(
            ConfigurationPart,
            st.just("configuration/capabilities"),
            u32,
            st.lists(names, max_size=3).map(tuple),
        ),
        st.builds(
            ConfigurationPart,
            st.just("configuration/uuid"),
            u32,
            st.binary(min_size=16, max_size=16),
        ),
    ),
    max_size=3,
).map(tuple)
mapped = st.builds(MappedBlock, u32, u64, u64, u64)


@st.composite
def ram_pages(draw, block=names):
    """Pages as a reader tells them: with what stood between them, and some as a view."""
    count = draw(st.integers(1, 3))
    stride = PAGE + draw(st.sampled_from((0, 8)))
    data = draw(st.binary(min_size=4, max_size=4)) * (stride * count // 4)
    data = data[: stride * count - (stride - PAGE)]
    is_named = draw(st.booleans()) and count == 1
    data = draw(st.sampled_from((data, memoryview(data))))
    return RamPages(draw(block), is_named, draw(addresses), PAGE, count, data, stride)


def any_event():
    """Return a strategy of single events of every kind, with any value in each place."""
    return st.one_of(
        st.builds(Header, u32),
        st.builds(Configuration, names, parts),
        st.builds(Command, u16, some_bytes),
        st.just(PackageEnd()),
        st.builds(
            SectionBegin, st.sampled_from((Kind.START, Kind.PART, Kind.END)), u32, names, u32, u32
        ),
        st.builds(SectionEnd, u32, st.booleans()),
        st.builds(Section, u32, names, u32, u32, some_bytes, st.booleans()),
        st.builds(Content, some_bytes),
        st.builds(RamBlock, names, u64, st.none() | u64, st.none() | u64, st.none() | mapped),
        st.builds(MappedBytes, some_bytes),
        ram_pages(),
        st.builds(RamZeros, names, st.booleans(), u64, u32, st.integers(0, 1 << 20), u8),
        st.builds(RamEncoded, u16, names, st.booleans(), u64, some_bytes, u8),
        st.builds(RamWord, u16, u64),
        st.just(Eof()),
        st.builds(VmdescText, some_bytes | st.just(b'{"page_size": 4096}')),
        st.builds(Tail, some_bytes),
    )


# Devices that describe themselves ---------------------------------------------------------


@dataclass(frozen=True)
class Described:
    """A piece of a section's body, and what a vmdesc says of it."""

    data: bytes
    entry: dict


_LEAVES = (("uint8", 1), ("uint16", 2), ("int32", 4), ("uint64", 8), ("bool", 1), ("odd", 3))


@st.composite
def leaf(draw):
    kind, size = draw(st.sampled_from(_LEAVES))
    count = draw(st.integers(1, 3))
    data = draw(st.binary(min_size=size * count, max_size=size * count))
    entry = {"name": draw(names), "type": kind, "size": size}
    if count > 1:
        entry["array_len"] = count
    return Described(data, entry)


@st.composite
def description(draw, depth=2):
    """A description: fields, some of them structs and queues, and subsections."""
    kinds = [leaf()] + ([struct(depth - 1), queue(depth - 1)] if depth else [])
    fields = draw(st.lists(st.one_of(kinds), max_size=3))
    entry = {"vmsd_name": draw(idstrs), "version": draw(st.integers(0, 9))}
    entry["fields"] = [field.entry for field in fields]
    data = b"".join(field.data for field in fields)
    subsections = draw(st.lists(description(depth=depth - 1), max_size=1)) if depth else []
    if subsections:
        entry["subsections"] = [sub.entry for sub in subsections]
    for sub in subsections:
        name = sub.entry["vmsd_name"].encode()
        data += b"\x05" + bytes([len(name)]) + name + sub.entry["version"].to_bytes(4) + sub.data
    return Described(data, entry)


@st.composite
def struct(draw, depth):
    inner = draw(description(depth=depth))
    entry = {"name": draw(names), "type": "struct", "size": len(inner.data)}
    return Described(inner.data, {**entry, "struct": inner.entry})


@st.composite
def queue(draw, depth):
    """A queue of one element, the most whose description is an ordinary object."""
    elements = draw(st.lists(description(depth=depth), max_size=1))
    data = b"".join(b"\1" + element.data for element in elements) + b"\0"
    entry = {"name": draw(names), "type": "qtailq", "size": len(data)}
    return Described(data, {**entry, **(elements[0].entry if elements else {})})


@st.composite
def devices(draw):
    """Sections and the vmdesc that describes them, now and then not quite."""
    sections, entries = [], []
    for number in range(draw(st.integers(0, 3))):
        device = draw(description())
        body = device.data + draw(st.sampled_from((b"", b"", b"more")))
        sections.append(Section(16 + number, draw(idstrs), draw(u8), draw(u8), body))
        idstr = sections[-1].idstr
        entries.append({"name": idstr, "instance_id": sections[-1].instance_id, **device.entry})
    text = json.dumps({"page_size": PAGE, "devices": entries}).encode()
    return sections, VmdescText(text)


# Whole streams ----------------------------------------------------------------------------


@st.composite
def streams(draw):
    """Streams that QEMU's format has a reader for."""
    begin = SectionBegin(Kind.START, 2, "ram", 0, 4)
    end = SectionEnd(2)
    blocks = [
        RamBlock(name, ROOM * PAGE)
        for name in draw(st.lists(names, min_size=1, max_size=2, unique=True))
    ]
    first = blocks[0].name
    pages = st.one_of(
        st.builds(RamZeros, st.just(first), st.just(True), addresses, st.just(0), st.just(1)),
        st.builds(
            RamEncoded, st.just(Ram.XBZRLE), st.just(first), st.just(True), addresses, some_bytes
        ),
        ram_pages(st.just(first)).filter(lambda pages: pages.is_named),
    )
    commands = st.builds(Command, st.just(CommandNumber.PING), st.binary(min_size=4, max_size=4))
    sections, vmdesc = draw(devices())
    packed = draw(st.lists(commands, max_size=2))
    bits = ConfigurationPart("configuration/target-page-bits", 1, PAGE.bit_length() - 1)
    package = [Command(CommandNumber.PACKAGED, bytes(4)), *packed, PackageEnd()] if packed else []
    return [
        Header(3),
        Configuration(draw(names), (bits,)),
        *draw(st.lists(commands, max_size=2)),
        *(begin, RamWord(Ram.BLOCKS, ROOM * PAGE * len(blocks)), *blocks, RamWord(Ram.EOS), end),
        *(SectionBegin(Kind.PART, 2, "ram", 0, 4), *draw(st.lists(pages, max_size=4))),
        *(RamWord(Ram.EOS), end, *package, *sections, Eof(), vmdesc),
        *draw(st.lists(st.builds(Tail, st.binary(min_size=1, max_size=9)), max_size=1)),
    ]


#: A short stream that has a little of most things in it.
SHORT = (
    Header(3),
    Configuration(
        "pc",
        (
            ConfigurationPart("configuration/target-page-bits", 1, 10),
            ConfigurationPart("configuration/capabilities", 1, ("x-ignore-shared",)),
            ConfigurationPart("configuration/uuid", 1, bytes(range(16))),
        ),
    ),
    Command(CommandNumber.PING, b"ping"),
    SectionBegin(Kind.START, 2, "ram", 0, 4),
    RamWord(Ram.BLOCKS, 8 * PAGE),
    RamBlock("pc.ram", 8 * PAGE, address=0),
    RamWord(Ram.EOS),
    SectionEnd(2),
    SectionBegin(Kind.END, 2, "ram", 0, 4),
    RamZeros("pc.ram", True, 0, 0, 1),
    RamPages("pc.ram", False, PAGE, PAGE, 1, b"page" * (PAGE // 4), PAGE),
    RamWord(Ram.EOS),
    SectionEnd(2),
    Section(3, "chip", 0, 2, b"\1\0\2"),
    Section(4, "chip", 1, 2, b"\0\xff\xff"),
    Section(5, "blob", 0, 1, b"opaque"),
    Eof(),
    VmdescText(
        json.dumps(
            {
                "page_size": PAGE,
                "devices": [
                    {
                        "name": "chip",
                        "instance_id": number,
                        "vmsd_name": "chip",
                        "version": 2,
                        "fields": [
                            {"name": "is_on", "type": "bool", "size": 1},
                            {"name": "level", "type": "uint16", "size": 2},
                        ],
                    }
                    for number in range(2)
                ],
            }
        ).encode()
    ),
)
