"""Layouts: what a destination reads for a section, field by field, and in which versions.

Made of what the destination's own stream said of itself and, where there is a dump of its
binary, of the minimum versions, the fields' versions and the subsections in that.  Lengths
are those of the destination: a section on the wire does not tell its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from vmstate.acceptance.registered import CONDITIONAL, COUNTERS, VERSIONS, Versions
from vmstate.description import Field, VMStateDescription
from vmstate.vmdesc import SentDescription, SentField, subsection_header

#: Types of which nothing is checked and whose elements are therefore joined.
PLAIN = frozenset(
    [
        "bool",
        "buffer",
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "unused_buffer",
        "timer",
    ]
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that are read as they are, or by a codec.

    Attributes:
        name: of the field.
        kind: name of its codec.
        size: bytes.
        own: the bytes that the destination itself has there.
        since: the first version that has the field.
        when: the field in front of it that must not be 0; empty if it always comes.
    """

    name: str
    kind: str
    size: int
    own: bytes = b""
    since: int = 0
    when: str = ""


@dataclass(frozen=True, slots=True)
class Nested:
    """A description inside another.

    Attributes:
        name: of the field.
        layout: of what is in it.
        is_queue: whether any number of them come, a byte that is not 0 before each and a
            byte 0 behind the last.
        counter: the field in front of it that says how many come; empty for one.
        since: the first version that has the field.
    """

    name: str
    layout: Layout
    is_queue: bool = False
    counter: str = ""
    since: int = 0


Member: TypeAlias = Piece | Nested


@dataclass(frozen=True, slots=True)
class Layout:
    """What is read for one description.

    Attributes:
        name: the description's.
        version_id, minimum_version_id: which versions are read.
        members: its fields in wire order.
        subsections: those that it knows, by name.
    """

    name: str
    version_id: int
    minimum_version_id: int
    members: tuple[Member, ...] = ()
    subsections: Mapping[str, Layout] = field(default_factory=dict)


def sent_layout(
    sent: SentDescription, body: bytes, known: Sequence[VMStateDescription] = ()
) -> Layout:
    """Return the layout of a section whose own state is *body*.

    Args:
        sent: how the destination's stream describes it.
        body: its bytes there.
        known: descriptions of that name in a dump; the one that has all of *sent*'s fields
            is its.
    """
    layout, _ = _sent(sent, body, 0, _chosen(sent, known))
    return layout


def dumped_layout(known: VMStateDescription) -> Layout:
    """Return the layout of what only a dump tells of.

    Up to 8.0 a dump does not say which fields are arrays, and which fields are there is
    their tests' business: it is a guess, as good as can be.
    """
    members = tuple(
        Nested(one.name, dumped_layout(one.vmsd), since=one.version_id)
        if one.vmsd is not None
        else Piece(one.name, "", one.size * max(one.num, 1), since=one.version_id)
        for one in known.fields
    )
    return Layout(
        known.name,
        known.version_id,
        known.minimum_version_id,
        members,
        {one.name: dumped_layout(one) for one in known.subsections},
    )


def _sent(
    sent: SentDescription, body: bytes, offset: int, known: VMStateDescription | None
) -> tuple[Layout, int]:
    """Return the layout of *sent*, which begins at *offset*, and where it ends."""
    versions = VERSIONS.get(sent.name, Versions(sent.version))
    minimum = versions.minimum if known is None else known.minimum_version_id
    flags = {name: flag for (owner, flag), (name, _) in CONDITIONAL.items() if owner == sent.name}
    members: list[Member] = []
    for one, dumped in _with_dumped(sent.fields, known):
        since = _since(one, dumped, versions)
        nested = None if dumped is None else dumped.vmsd
        counter = COUNTERS.get((sent.name, one.name), "")
        if all(member.name != counter for member in members):
            counter = ""
        found = list(_members(one, body, offset, nested, since))
        offset += sum(size for _, size in found)
        if counter:
            # The first one stands for all that come.
            found = [] if one.index else found[:1]
        members += (
            replace(member, counter=counter)
            if isinstance(member, Nested)
            else replace(member, when=flags.get(one.name, ""))
            for member, _ in found
        )
        members += _conditional(sent, one)
    subsections = {} if known is None else {one.name: one for one in known.subsections}
    layouts = {name: dumped_layout(one) for name, one in subsections.items()}
    for sub in sent.subsections:
        offset += len(subsection_header(sub))
        layouts[sub.name], offset = _sent(sub, body, offset, subsections.get(sub.name))
    return Layout(sent.name, sent.version, minimum, tuple(members), layouts), offset


def _conditional(sent: SentDescription, one: SentField) -> Iterator[Member]:
    """Yield what follows *one* where that is not 0, and did not come because it is."""
    name, size = CONDITIONAL.get((sent.name, one.name), ("", 0))
    if name and all(field.name != name for field in sent.fields):
        yield Piece(name, "", size, when=one.name)


def _members(
    one: SentField, body: bytes, offset: int, known: VMStateDescription | None, since: int
) -> Iterator[tuple[Member, int]]:
    """Yield what the elements of a field are read as, and how many bytes each has here."""
    if one.elements and one.type in ("qtailq", "qlist"):
        layout, _ = _sent(one.elements[0], body, offset + 1, known)
        yield Nested(one.name, layout, is_queue=True, since=since), one.size
    elif one.elements and one.type != "gtree":
        for _ in range(one.count):
            layout, _ = _sent(one.elements[0], body, offset, known)
            yield Nested(one.name, layout, since=since), one.size
            offset += one.size
    elif one.type in PLAIN:
        size = one.size * one.count
        yield Piece(one.name, one.type, size, body[offset : offset + size], since), size
    else:
        for _ in range(one.count):
            own = body[offset : offset + one.size]
            yield Piece(one.name, one.type, one.size, own, since), one.size
            offset += one.size


def _since(one: SentField, dumped: Field | None, versions: Versions) -> int:
    """Return the first version that has a field."""
    if dumped is None:
        return versions.since.get(one.name, 0)
    # Where a test decides, the version is not looked at.
    return 0 if dumped.field_exists is not None else dumped.version_id


def _with_dumped(
    sent: Sequence[SentField], known: VMStateDescription | None
) -> Iterator[tuple[SentField, Field | None]]:
    """Yield each field with what a dump says of it; None where that has no such field.

    Fields of one name have a number behind it in a vmdesc, counted in the order of the
    description, where they stand one by one.
    """
    named: dict[str, list[Field]] = {}
    for one in known.fields if known is not None else ():
        named.setdefault(one.name, []).append(one)
    for field_sent in sent:
        yield field_sent, _dumped(field_sent.name, named)


def _dumped(name: str, named: Mapping[str, list[Field]]) -> Field | None:
    stem, _, rest = name.rpartition("[")
    number = rest.removesuffix("]")
    if name not in named and stem in named and number.isdecimal():
        return next(iter(named[stem][int(number) :]), None)
    return named[name][0] if name in named else None


def _chosen(
    sent: SentDescription, known: Sequence[VMStateDescription]
) -> VMStateDescription | None:
    """Return the one of *known* that *sent* is a state of; several devices share a name."""

    def misfits(one: VMStateDescription) -> int:
        missing = [name for name, dumped in _with_dumped(sent.fields, one) if dumped is None]
        return len(missing) + abs(one.version_id - sent.version)

    return next((one for one in known if not misfits(one)), None)
