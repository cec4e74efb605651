"""Mutations of structure: sections and subsections dropped, doubled, moved; foreign ones."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from harness.strategies.streams.anatomy import Anatomy, Span
from harness.strategies.streams.edit import Edit, Mutation


def dropped(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section, or a part of one, is left out."""
    return st.sampled_from(anatomy.parts).map(lambda part: _drop(anatomy, part, "section dropped"))


def doubled(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section, or a part of one, comes again, somewhere."""
    return st.tuples(st.sampled_from(anatomy.parts), st.sampled_from(anatomy.boundaries)).map(
        lambda drawn: _copy(anatomy, *drawn, "section doubled")
    )


def moved(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A section, or a part of one, stands elsewhere."""
    return (
        st.tuples(st.sampled_from(anatomy.parts), st.sampled_from(anatomy.boundaries))
        .filter(lambda drawn: drawn[1] not in (drawn[0].start, drawn[0].end))
        .map(lambda drawn: _move(anatomy, *drawn, "section moved"))
    )


def swapped(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """Two sections stand in each other's place."""
    return (
        st.tuples(st.sampled_from(anatomy.parts), st.sampled_from(anatomy.parts))
        .filter(lambda drawn: drawn[0] != drawn[1])
        .map(lambda drawn: _swap(anatomy, *drawn))
    )


def foreign(anatomy: Anatomy, donors: Sequence[Anatomy]) -> st.SearchStrategy[Mutation]:
    """A section of another stream is put in, or takes the place of the one of its name."""
    if not donors:
        return st.nothing()

    def put(donor: Anatomy) -> st.SearchStrategy[Mutation]:
        return st.tuples(st.sampled_from(donor.devices), st.sampled_from(anatomy.boundaries)).map(
            lambda drawn: _put(donor.bytes_of(drawn[0]), *drawn)
        )

    def replaced(donor: Anatomy) -> st.SearchStrategy[Mutation]:
        theirs = {(part.idstr, part.instance_id): part for part in donor.devices}
        pairs = [
            (part, theirs[part.idstr, part.instance_id])
            for part in anatomy.devices
            if (part.idstr, part.instance_id) in theirs
        ]
        changed = [
            Mutation(
                "foreign section",
                own.where,
                "another stream's in its place",
                (Edit(own.start, anatomy.bytes_of(own), donor.bytes_of(other)),),
            )
            for own, other in pairs
            if anatomy.bytes_of(own) != donor.bytes_of(other)
        ]
        return st.sampled_from(changed) if changed else st.nothing()

    return st.sampled_from(donors).flatmap(lambda donor: put(donor) | replaced(donor))


def subsections_dropped(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A subsection is left out, with those that are in it."""
    if not anatomy.subsections:
        return st.nothing()
    return st.sampled_from(anatomy.subsections).map(
        lambda sub: _drop(anatomy, sub, "subsection dropped")
    )


def subsections_doubled(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A subsection comes twice."""
    if not anatomy.subsections:
        return st.nothing()
    return st.sampled_from(anatomy.subsections).map(
        lambda sub: _copy(anatomy, sub, sub.end, "subsection doubled")
    )


def subsections_moved(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A subsection stands behind another one, or at the end of another section."""
    if not anatomy.subsections:
        return st.nothing()
    places = [sub.end for sub in anatomy.subsections]
    places += [sub.start for sub in anatomy.subsections]
    places += [part.end - 5 for part in anatomy.devices]
    return (
        st.tuples(st.sampled_from(anatomy.subsections), st.sampled_from(sorted({*places})))
        .filter(lambda drawn: not drawn[0].start <= drawn[1] <= drawn[0].end)
        .map(lambda drawn: _move(anatomy, *drawn, "subsection moved"))
    )


def _drop(anatomy: Anatomy, span: Span, kind: str) -> Mutation:
    return Mutation(kind, span.where, "left out", (Edit(span.start, anatomy.bytes_of(span), b""),))


def _copy(anatomy: Anatomy, span: Span, place: int, kind: str) -> Mutation:
    edit = Edit(place, b"", anatomy.bytes_of(span))
    return Mutation(kind, span.where, f"again at {place:#x}", (edit,))


def _move(anatomy: Anatomy, span: Span, place: int, kind: str) -> Mutation:
    data = anatomy.bytes_of(span)
    edits = sorted((Edit(span.start, data, b""), Edit(place, b"", data)))
    return Mutation(kind, span.where, f"from {span.start:#x} to {place:#x}", tuple(edits))


def _swap(anatomy: Anatomy, one: Span, other: Span) -> Mutation:
    first, second = sorted((one, other), key=lambda span: span.start)
    mine, theirs = anatomy.bytes_of(first), anatomy.bytes_of(second)
    edits = (Edit(first.start, mine, theirs), Edit(second.start, theirs, mine))
    return Mutation("sections swapped", first.where, f"with {second.where}", edits)


def _put(data: bytes, span: Span, place: int) -> Mutation:
    edit = Edit(place, b"", data)
    return Mutation("foreign section", span.where, f"put in at {place:#x}", (edit,))
