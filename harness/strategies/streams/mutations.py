"""Mutated streams: all kinds of mutations, by name, and several of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from hypothesis import strategies as st

from harness.strategies.streams import (
    agreement,
    damage,
    fields,
    headers,
    memory,
    structure,
)
from harness.strategies.streams.anatomy import Anatomy, anatomy_of
from harness.strategies.streams.edit import Mutation, applied

Maker: TypeAlias = Callable[[Anatomy], st.SearchStrategy[Mutation]]

#: Every kind of mutation of one stream by itself, simplest first.
MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "value": fields.values,
        "count": fields.counts,
        "run state": fields.run_states,
        "section version": headers.section_versions,
        "instance id": headers.instance_ids,
        "section id": headers.section_ids,
        "section kind": headers.section_kinds,
        "section name": headers.section_names,
        "name length": headers.name_lengths,
        "footer": headers.footers,
        "section dropped": structure.dropped,
        "section doubled": structure.doubled,
        "section moved": structure.moved,
        "sections swapped": structure.swapped,
        "subsection version": headers.subsection_versions,
        "subsection name": headers.subsection_names,
        "subsection dropped": structure.subsections_dropped,
        "subsection doubled": structure.subsections_doubled,
        "subsection moved": structure.subsections_moved,
        "header": agreement.headers,
        "machine": agreement.machines,
        "configuration": agreement.configurations,
        "command": agreement.commands,
        "vmdesc": agreement.descriptions,
        "block": memory.blocks,
        "block resized": memory.resized,
        "ram word": memory.words,
        "page": memory.pages,
        "cut": damage.cuts,
        "flip": damage.flips,
        "insertion": damage.insertions,
        "removal": damage.removals,
    }
)
#: The kind that needs other streams.
FOREIGN = "foreign section"
#: The names of all kinds.
KINDS = (*MAKERS, FOREIGN)


def mutations(
    anatomy: Anatomy, *, kinds: Sequence[str] = KINDS, donors: Sequence[Anatomy] = ()
) -> st.SearchStrategy[Mutation]:
    """Return a strategy of single mutations.

    Args:
        anatomy: of the stream to mutate.
        kinds: which kinds; those that the stream has no place for never come.
        donors: streams that foreign sections are taken from.

    Raises:
        ValueError: a kind is unknown.
    """
    if unknown := sorted({*kinds} - {*KINDS}):
        raise ValueError(f"unknown kinds {', '.join(unknown)}; known: {', '.join(KINDS)}")
    return st.one_of(
        *(
            structure.foreign(anatomy, donors) if kind == FOREIGN else MAKERS[kind](anatomy)
            for kind in kinds
        )
    )


def mutated_streams(
    stream: bytes | Anatomy,
    *,
    most: int = 3,
    kinds: Sequence[str] = KINDS,
    donors: Sequence[bytes | Anatomy] = (),
) -> st.SearchStrategy[tuple[bytes, tuple[Mutation, ...]]]:
    """Return a strategy of mutated streams, each with what was done to it.

    They shrink towards the stream as it is, with nothing done.

    Args:
        stream: the stream, whole and with its self-description; or its anatomy, which takes
            a while to find out.
        most: how many mutations at most; those that meet at one place are left out.
        kinds: which kinds.
        donors: other streams, which foreign sections are taken from.

    Raises:
        StreamError: one of the streams can't be read.
        ValueError: a kind is unknown.
    """
    anatomy = _anatomy(stream)
    one = mutations(anatomy, kinds=kinds, donors=[_anatomy(donor) for donor in donors])

    def mutated(drawn: list[Mutation]) -> tuple[bytes, tuple[Mutation, ...]]:
        done: list[Mutation] = []
        for mutation in drawn:
            if not mutation.clashes(done):
                done.append(mutation)
        return applied(anatomy.data, done), tuple(done)

    return st.lists(one, max_size=most).map(mutated)


def _anatomy(stream: bytes | Anatomy) -> Anatomy:
    return stream if isinstance(stream, Anatomy) else anatomy_of(stream)
