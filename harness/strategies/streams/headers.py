"""Mutations of headers and footers: versions, instances, numbers, names, kinds."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.strategies.streams.anatomy import Anatomy, Part
from harness.strategies.streams.edit import Edit, Mutation
from harness.strategies.streams.numbers import others, renumbered
from vmstate.stream import Kind

#: Instances by which older releases knew ISA devices: their ports.
_PORTS = (0x20, 0x40, 0x70, 0xA0, 0x3F0, 0x3F8)
_FOOTER = 5
_LONG = 255


def section_versions(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section says another version."""

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        before = part.version_id.to_bytes(4)
        return others(part.version_id, part.version_id - 2).map(
            lambda number: renumbered("section version", part.where, part.body - 4, before, number)
        )

    return _named(anatomy).flatmap(changed)


def instance_ids(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section says another instance."""

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        before = part.instance_id.to_bytes(4)
        return others(part.instance_id, *_PORTS).map(
            lambda number: renumbered("instance id", part.where, part.body - 8, before, number)
        )

    return _named(anatomy).flatmap(changed)


def section_ids(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section has another number, with or without its footer."""
    ids = tuple(part.section_id for part in anatomy.parts)

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        return st.tuples(others(part.section_id, *ids), st.booleans()).map(
            lambda drawn: _renumbered_section(part, *drawn)
        )

    return st.sampled_from(anatomy.parts).flatmap(changed)


def footers(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A footer has another number or another mark, or is not there."""

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        start = part.end - _FOOTER
        before = anatomy.data[start : part.end]
        gone = Mutation("footer", part.where, "dropped", (Edit(start, before, b""),))
        return st.one_of(
            others(part.section_id).map(
                lambda number: renumbered("footer", part.where, start + 1, before[1:], number)
            ),
            others(before[0], most=0xFF).map(
                lambda mark: renumbered("footer", part.where, start, before[:1], mark)
            ),
            st.just(gone),
        )

    return st.sampled_from(anatomy.parts).flatmap(changed)


def section_names(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section has another's name, a part of its own, or none."""
    names = sorted({part.idstr for part in anatomy.parts})

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        own = part.idstr
        odd = [
            own.rpartition("/")[2],
            own[:-1],
            f"{own}\0x",
            f"{own} ",
            own.swapcase(),
            "",
            _LONG * "x",
        ]
        return (
            st.sampled_from([*odd, *names])
            .filter(lambda name: name != own)
            .map(lambda name: _renamed("section name", part.where, part.start + 5, own, name))
        )

    return _named(anatomy).flatmap(changed)


def name_lengths(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The length of a section's name is not that of its name."""

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        before = bytes([len(part.idstr)])
        return others(before[0], most=0xFF).map(
            lambda size: renumbered("name length", part.where, part.start + 5, before, size)
        )

    return _named(anatomy).flatmap(changed)


def section_kinds(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section's first byte says that it is of another kind."""

    def changed(part: Part) -> st.SearchStrategy[Mutation]:
        before = bytes([part.kind])
        return others(part.kind, *Kind, 5, 0x7E, most=0xFF).map(
            lambda kind: renumbered("section kind", part.where, part.start, before, kind)
        )

    return st.sampled_from(anatomy.parts).flatmap(changed)


def subsection_versions(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A subsection says another version."""
    if not anatomy.subsections:
        return st.nothing()
    return st.sampled_from(anatomy.subsections).flatmap(
        lambda sub: others(sub.version_id).map(
            lambda number: renumbered(
                "subsection version",
                sub.where,
                sub.start + 2 + len(sub.name),
                sub.version_id.to_bytes(4),
                number,
            )
        )
    )


def subsection_names(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A subsection has another's name, or one that nobody knows."""
    if not anatomy.subsections:
        return st.nothing()
    names = sorted({sub.name for sub in anatomy.subsections})

    def odd(own: str) -> list[str]:
        owner = own.rpartition("/")[0]
        return [f"{owner}/none", own[:-1], owner, f"{own}\0", f"x{own}", "", *names]

    return st.sampled_from(anatomy.subsections).flatmap(
        lambda sub: st.sampled_from([name for name in odd(sub.name) if name != sub.name]).map(
            lambda name: _renamed("subsection name", sub.where, sub.start + 1, sub.name, name)
        )
    )


def _named(anatomy: Anatomy) -> st.SearchStrategy[Part]:
    return st.sampled_from([part for part in anatomy.parts if part.has_name])


def _renamed(kind: str, where: str, offset: int, own: str, name: str) -> Mutation:
    before, after = (bytes([len(text)]) + text.encode("latin-1") for text in (own, name))
    return Mutation(kind, where, f"{own!r} -> {name[:40]!r}", (Edit(offset, before, after),))


def _renumbered_section(part: Part, number: int, with_footer: bool) -> Mutation:  # noqa: FBT001 - drawn
    before, after = part.section_id.to_bytes(4), number.to_bytes(4)
    edits = [Edit(part.start + 1, before, after)]
    if with_footer:
        edits.append(Edit(part.end - 4, before, after))
    change = f"{part.section_id} -> {number}" + (", its footer too" if with_footer else "")
    return Mutation("section id", part.where, change, tuple(edits))
