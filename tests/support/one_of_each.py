"""A small stream that has one of everything, for tests that change and judge streams."""

from __future__ import annotations

import json

from vmstate.stream import (
    Configuration,
    Eof,
    Event,
    Header,
    Kind,
    Ram,
    RamBlock,
    RamPages,
    RamWord,
    RamZeros,
    Section,
    SectionBegin,
    SectionEnd,
    VmdescText,
    write_events,
)

MACHINE = "pc-test-7.2"
#: The same length as two pages.
TABLES = "/rom@etc/acpi/tables"
PAGE = 4096


def field(name, kind, size, **more):
    """One field, as a vmdesc has it."""
    return {"name": name, "type": kind, **more, "size": size}


def described(name, version, *fields, subsections=()):
    """One description, as a vmdesc has it."""
    item = {"vmsd_name": name, "version": version, "fields": list(fields)}
    return item | ({"subsections": list(subsections)} if subsections else {})


def subsection(name, version, data):
    """The bytes of a subsection."""
    return bytes([5, len(name)]) + name.encode() + version.to_bytes(4) + data


POINT = described("point", 1, field("x", "uint8", 1))
#: Idstr, instance, description, body; in the order of the stream.
DEVICES = (
    (
        "timer",
        0,
        described(
            "timer",
            2,
            field("cpu_ticks_offset", "int64", 8),
            field("unused", "unused_buffer", 8),
            field("cpu_clock_offset", "int64", 8),
        ),
        bytes(24),
    ),
    ("dma", 0, described("dma", 1, field("command", "uint8", 1)), b"\x04"),
    ("dma", 1, described("dma", 1, field("command", "uint8", 1)), b"\x05"),
    (
        "0000:00:01.0/chip",
        0,
        described(
            "chip",
            3,
            field("nirq", "int32 equal", 4),
            field("version_id", "int32 le", 4),
            field("irq_state", "pci irq state", 16),
            field("null", "nullptr", 1),
            field("queue_len", "uint16", 2),
            field("point", "struct", 1, array_len=2, struct=POINT),
            field("bits", "uint8", 1, array_len=4),
            subsections=(
                described("chip/extra", 2, field("level", "bool", 1)),
                described(
                    "chip/deep",
                    1,
                    field("depth", "uint32", 4),
                    subsections=(described("chip/deep/er", 1, field("y", "uint8", 1)),),
                ),
            ),
        ),
        (4).to_bytes(4)
        + (2).to_bytes(4)
        + bytes(16)
        + b"0"
        + b"\0\x07"
        + b"ab"
        + b"bits"
        + subsection("chip/extra", 2, b"\1")
        + subsection("chip/deep", 1, b"deep" + subsection("chip/deep/er", 1, b"y")),
    ),
    (
        "requests",
        0,
        described("requests", 1, field("list", "qtailq", 5, **POINT)),
        b"\1a\1b\0",
    ),
    (
        "globalstate",
        0,
        described("globalstate", 1, field("size", "uint32", 4), field("runstate", "buffer", 100)),
        (10).to_bytes(4) + b"prelaunch".ljust(100, b"\0"),
    ),
)


def memory() -> list[Event]:
    """Return guest memory: one block of fixed size, one that can be resized."""
    blocks = [RamBlock("pc.ram", 4 * PAGE), RamBlock(TABLES, 2 * PAGE)]
    total = sum(block.size for block in blocks)
    return [
        SectionBegin(Kind.START, 2, "ram", 0, 4),
        RamWord(Ram.BLOCKS, total),
        *blocks,
        RamWord(Ram.EOS),
        SectionEnd(2),
        SectionBegin(Kind.PART, 2, "ram", 0, 4),
        RamPages("pc.ram", True, 0, PAGE, 1, b"\x11" * PAGE, PAGE),
        RamZeros("pc.ram", False, PAGE, PAGE, 3),
        RamWord(Ram.EOS),
        SectionEnd(2),
        SectionBegin(Kind.END, 2, "ram", 0, 4),
        RamZeros(TABLES, True, 0, PAGE, 1),
        RamWord(Ram.EOS),
        SectionEnd(2),
    ]


def vmdesc(devices=DEVICES) -> VmdescText:
    """Return the self-description of *devices*."""
    described_devices = [
        {"name": idstr, "instance_id": instance, **description}
        for idstr, instance, description, _ in devices
    ]
    root = {"page_size": PAGE, "devices": described_devices}
    return VmdescText(json.dumps(root).encode())


def events(devices=DEVICES) -> list[Event]:
    """Return the whole stream, its devices numbered from 10; ``timer`` is 0."""
    return [
        Header(3),
        Configuration(MACHINE),
        *memory(),
        *(
            Section(number and number + 9, idstr, instance, description["version"], body)
            for number, (idstr, instance, description, body) in enumerate(devices)
        ),
        Eof(),
        vmdesc(devices),
    ]


def written(some) -> bytes:
    """Return the bytes of events."""
    return b"".join(map(bytes, write_events(some)))


#: The stream.
SMALL = written(events())
