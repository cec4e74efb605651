"""Small streams: a few sections of each shape with their vmdesc, and three pages of memory.

timer     numbers, a flag, bytes
dma, dma[1]   two of a name
pci/pit   an array of structs, a subsection behind it
kbd       a struct with a subsection in it
"""

from __future__ import annotations

import json

from vmstate.stream import (
    Command,
    Configuration,
    ConfigurationPart,
    Eof,
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

PAGE = 4096
MORE = b"\x05\x08kbd/more\x00\x00\x00\x01"
EXTRA = b"\x05\x09pit/extra\x00\x00\x00\x01"


def numbers(**fields):
    """Return the entries of fields: type and size by name."""
    return [{"name": name, "type": kind, "size": size} for name, (kind, size) in fields.items()]


def device(idstr, body, fields, *, instance=0, subsections=()):
    """Return a section without number, and its entry in the vmdesc."""
    entry = {
        "name": idstr,
        "instance_id": instance,
        "vmsd_name": idstr.rpartition("/")[2],
        "version": 1,
        "fields": fields,
    }
    if subsections:
        entry["subsections"] = list(subsections)
    return Section(0, idstr, instance, 1, body), entry


def described(name, fields, subsections=()):
    entry = {"vmsd_name": name, "version": 1, "fields": fields}
    return entry | ({"subsections": list(subsections)} if subsections else {})


def timer(ticks=7, *, flag=False, data=b"\x01\x02\x03\x04"):
    fields = numbers(ticks=("int64", 8), flag=("bool", 1), data=("buffer", 4))
    return device("timer", ticks.to_bytes(8, signed=True) + bytes([flag]) + data, fields)


def dma(instance, mode=0):
    return device("dma", bytes([mode]), numbers(mode=("uint8", 1)), instance=instance)


def pit(counts=(3, 9), extra=0x1234):
    fields = [
        {
            "name": "channels",
            "index": number,
            "type": "struct",
            "struct": described("channel", numbers(count=("int32", 4))),
            "size": 4,
        }
        for number in range(len(counts))
    ]
    body = b"".join(count.to_bytes(4, signed=True) for count in counts)
    if extra is None:
        return device("pci/pit", body, fields)
    subsection = described("pit/extra", numbers(bar=("uint16", 2)))
    return device("pci/pit", body + EXTRA + extra.to_bytes(2), fields, subsections=[subsection])


def kbd(more=5):
    inner = b"\x2a" if more is None else b"\x2a" + MORE + bytes([more])
    subsections = [] if more is None else [described("kbd/more", numbers(x=("uint8", 1)))]
    struct = described("kbd_state", numbers(mode=("uint8", 1)), subsections)
    field = {"name": "kbd", "type": "struct", "struct": struct, "size": len(inner)}
    tail = numbers(led=("uint8", 1))
    return device("kbd", inner + b"\x11", [field, *tail])


def devices(**others):
    """Return all devices; others than usual by name."""
    usual = {"timer": timer(), "dma": dma(0), "dma1": dma(1), "pit": pit(), "kbd": kbd()}
    return list((usual | others).values())


def vmdesc(made):
    root = {"page_size": PAGE, "devices": [entry for _, entry in made]}
    return VmdescText(json.dumps(root).encode())


def memory(page=b"\xaa"):
    """Return the events of a guest's memory: a page, one of zeros, a page."""
    begin = ("ram", 0, 4)
    return [
        SectionBegin(Kind.START, 2, *begin),
        RamWord(Ram.BLOCKS, 3 * PAGE),
        RamBlock("pc.ram", 3 * PAGE),
        RamWord(Ram.EOS),
        SectionEnd(2),
        SectionBegin(Kind.END, 2, *begin),
        RamPages("pc.ram", True, 0, PAGE, 1, page * PAGE, PAGE),
        RamZeros("pc.ram", False, PAGE, 0, 1),
        RamPages("pc.ram", False, 2 * PAGE, PAGE, 1, b"\xbb" * PAGE, PAGE + 8),
        RamWord(Ram.EOS),
        SectionEnd(2),
    ]


def events(made=None, *, early=(), ram=True, page=b"\xaa", described=True, parts=()):
    """Return the events of a stream.

    Args:
        made: devices behind memory; the usual ones if None.
        early: devices in front of it.
        ram: whether there is any.
        page: what its first page is full of.
        described: whether a vmdesc ends the stream.
        parts: subsections of the configuration.
    """
    made = devices() if made is None else made
    numbered = [
        Section(10 + number, one.idstr, one.instance_id, one.version_id, one.body)
        for number, (one, _) in enumerate([*early, *made])
    ]
    return [
        Header(3),
        Configuration("pc-test", tuple(ConfigurationPart(*part) for part in parts)),
        Command(11),
        *numbered[: len(early)],
        *(memory(page) if ram else ()),
        *numbered[len(early) :],
        Eof(),
        *([vmdesc([*early, *made])] if described else ()),
    ]


def stream(*args, **options):
    """Return the bytes of a stream; as :func:`events`."""
    return b"".join(write_events(events(*args, **options)))
