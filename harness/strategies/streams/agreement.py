"""Mutations of what both sides must agree on, and of what is sent around the sections.

The header, the configuration and its subsections, commands, the self-description.
"""

from __future__ import annotations

from hypothesis import strategies as st

from harness.strategies.streams.anatomy import Anatomy
from harness.strategies.streams.edit import Edit, Mutation
from harness.strategies.streams.numbers import others, renumbered
from vmstate.stream import Command, CommandNumber, Configuration, ConfigurationPart, event_bytes

_HEADER = 8
_UUID = bytes(range(16))
_PARTS = (
    ConfigurationPart("configuration/capabilities", 1, ()),
    ConfigurationPart("configuration/capabilities", 1, ("x-ignore-shared",)),
    ConfigurationPart("configuration/capabilities", 1, ("events", "xbzrle")),
    ConfigurationPart("configuration/capabilities", 1, ("no-such-capability",)),
    ConfigurationPart("configuration/capabilities", 0, ("xbzrle",)),
    ConfigurationPart("configuration/target-page-bits", 1, 12),
    ConfigurationPart("configuration/target-page-bits", 1, 13),
    ConfigurationPart("configuration/target-page-bits", 2, 12),
    ConfigurationPart("configuration/uuid", 1, _UUID),
)


def headers(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The stream begins with another magic number or another version."""
    magic, version = anatomy.data[:4], anatomy.data[4:_HEADER]
    return others(int.from_bytes(magic)).map(
        lambda number: renumbered("header", "magic", 0, magic, number)
    ) | others(int.from_bytes(version), 2).map(
        lambda number: renumbered("header", "version", 4, version, number)
    )


def machines(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The configuration names another machine, a beginning of its name, or more than it."""
    own = anatomy.machine
    start = anatomy.configuration.start + 1
    before = len(own).to_bytes(4) + own.encode("latin-1")
    names = [own[:cut] for cut in range(len(own))]
    names += [f"{own}x", f"{own}\0", f"{own}\0x", f"x{own}", own.upper(), "none", "\0"]

    def renamed(name: str) -> Mutation:
        after = len(name).to_bytes(4) + name.encode("latin-1")
        return Mutation(
            "machine name", "configuration", f"{own!r} -> {name!r}", (Edit(start, before, after),)
        )

    sizes = others(len(own)).map(
        lambda size: renumbered("machine name length", "configuration", start, before[:4], size)
    )
    return st.sampled_from(names).map(renamed) | sizes


def configurations(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The configuration has a subsection more, or what stands there is none."""
    place = anatomy.configuration.end
    empty = len(event_bytes(Configuration("")))
    texts = {
        f"{part.name} v{part.version_id} {part.value!r}": bytes(
            event_bytes(Configuration("", (part,)))
        )[empty:]
        for part in _PARTS
    }
    texts["configuration/none"] = b"\x05\x12configuration/none" + bytes(8)
    texts["another's"] = b"\x05\x07fw_cfg/" + bytes(8)
    return st.sampled_from(sorted(texts)).map(
        lambda name: Mutation(
            "configuration", "subsections", f"and {name}", (Edit(place, b"", texts[name]),)
        )
    )


def commands(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A command is put in, between two sections."""
    first = anatomy.parts[0]
    block = anatomy.blocks[0].name if anatomy.blocks else "pc.ram"
    packaged = anatomy.bytes_of(anatomy.devices[-1])
    named = bytes([len(block)]) + block.encode("latin-1")
    choices: list[tuple[int, bytes, bytes]] = [
        *((int(number), b"", b"") for number in CommandNumber),
        (12, b"", b""),
        (0xFFFF, b"", b""),
        (CommandNumber.PING, bytes(4), b""),
        (CommandNumber.PING, bytes(5), b""),
        (CommandNumber.POSTCOPY_ADVISE, bytes(16), b""),
        (CommandNumber.POSTCOPY_ADVISE, bytes(8), b""),
        (CommandNumber.POSTCOPY_RAM_DISCARD, bytes(20), b""),
        (CommandNumber.RECV_BITMAP, b"\x07no such", b""),
        (CommandNumber.RECV_BITMAP, b"\x01no such", b""),
        (CommandNumber.RECV_BITMAP, named, b""),
        (CommandNumber.PACKAGED, bytes(4), b""),
        (CommandNumber.PACKAGED, (1).to_bytes(4), b"\0"),
        (CommandNumber.PACKAGED, (1 << 24).to_bytes(4), b""),
        (CommandNumber.PACKAGED, ((1 << 24) + 1).to_bytes(4), b""),
        (CommandNumber.PACKAGED, len(packaged).to_bytes(4), packaged),
        (CommandNumber.PACKAGED, (len(packaged) + 1).to_bytes(4), packaged + b"\0"),
        (CommandNumber.PACKAGED, (len(packaged) + 3).to_bytes(4), packaged + b"\0zz"),
    ]

    def inserted(drawn: tuple[tuple[int, bytes, bytes], int]) -> Mutation:
        (number, payload, behind), place = drawn
        data = bytes(event_bytes(Command(number, payload))) + behind
        change = f"with {len(payload)} bytes at {place:#x}"
        if behind:
            change += f" and {len(behind)} behind it"
        return Mutation("command", str(number), change, (Edit(place, b"", data),))

    places = st.just(first.start) | st.sampled_from(anatomy.boundaries)
    return st.tuples(st.sampled_from(choices), places).map(inserted)


def descriptions(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The self-description is damaged or gone, or something follows it."""
    span = anatomy.vmdesc
    data = anatomy.bytes_of(span)
    changes = {
        "left out": Edit(span.start, data, b""),
        "of length 0": Edit(span.start + 1, data[1:5], bytes(4)),
        "of length 2**32 - 1": Edit(span.start + 1, data[1:5], b"\xff" * 4),
        "of another kind": Edit(span.start, data[:1], b"U"),
        "no JSON": Edit(span.start + 5, data[5:], b"[" * (len(data) - 5)),
        "cut off": Edit(span.start + 9, data[9:], b""),
        "with bytes behind it": Edit(span.end, b"", b"\x04more"),
    }
    return st.sampled_from(sorted(changes)).map(
        lambda name: Mutation("vmdesc", "the end", name, (changes[name],))
    )
