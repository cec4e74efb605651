"""Mutations of fields: values at limits, counts and lengths, states of the machine."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

from harness.strategies.streams.anatomy import Anatomy, LeafSpan
from harness.strategies.streams.edit import Edit, Mutation

#: Parts of names of fields that others are counted, measured or reached by.
_COUNTING = ("len", "num", "count", "size", "idx", "index", "ptr", "pos", "rptr", "wptr", "cmd")
#: States of a machine; not every one can follow on waiting for a stream.
#: Source: QEMU 7.2 qapi/run-state.json, RunState.
_RUN_STATES = (
    "running",
    "paused",
    "shutdown",
    "inmigrate",
    "postmigrate",
    "debug",
    "no such state",
)
_NUMBER_SIZES = (1, 2, 4, 8)
_SHOWN = 8
_INDEX = re.compile(r"\[\d+\](#\d+)?")


def values(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """Any field takes another value, at the limits of its type or anywhere."""
    return _any_of(anatomy.leaves).flatmap(lambda leaf: _changed(anatomy, leaf, "value"))


def counts(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A field that counts, measures or points takes another value."""
    counting = [
        leaf
        for leaf in anatomy.leaves
        if leaf.end - leaf.start in _NUMBER_SIZES and _counts(leaf.path)
    ]
    return _any_of(counting).flatmap(lambda leaf: _changed(anatomy, leaf, "count"))


def run_states(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The machine was in another state when it was saved."""
    sized = [leaf for leaf in anatomy.leaves if leaf.where == "globalstate/size"]
    texts = [leaf for leaf in anatomy.leaves if leaf.where == "globalstate/runstate"]
    if not sized or not texts:
        return st.nothing()

    def mutation(state: str) -> Mutation:
        raw = anatomy.bytes_of(texts[0])
        text = state.encode() + b"\0"
        return Mutation(
            "run state",
            texts[0].where,
            f"{raw.split(bytes(1))[0].decode('latin-1')} -> {state}",
            (
                Edit(sized[0].start, anatomy.bytes_of(sized[0]), len(text).to_bytes(4)),
                Edit(texts[0].start, raw, text.ljust(len(raw), b"\0")),
            ),
        )

    return st.sampled_from(_RUN_STATES).map(mutation)


def _counts(path: str) -> bool:
    name = _unnumbered(path).rpartition(".")[2].lower()
    return any(part in name for part in _COUNTING)


def _unnumbered(path: str) -> str:
    """Return the path of a field without indices."""
    return _INDEX.sub("", path)


def _any_of(leaves: Sequence[LeafSpan]) -> st.SearchStrategy[LeafSpan]:
    """Any section's field; those of long arrays no more often than others."""
    sections: dict[str, dict[str, list[LeafSpan]]] = {}
    for leaf in leaves:
        names = sections.setdefault(leaf.section, {})
        names.setdefault(_unnumbered(leaf.path), []).append(leaf)
    if not sections:
        return st.nothing()
    return (
        st.sampled_from([list(names.values()) for names in sections.values()])
        .flatmap(st.sampled_from)
        .flatmap(st.sampled_from)
    )


def _changed(anatomy: Anatomy, leaf: LeafSpan, kind: str) -> st.SearchStrategy[Mutation]:
    before = anatomy.bytes_of(leaf)

    def mutation(after: bytes) -> Mutation:
        change = f"{_shown(before)} -> {_shown(after)}"
        return Mutation(kind, leaf.where, change, (Edit(leaf.start, before, after),))

    return _bytes_for(before).filter(lambda after: after != before).map(mutation)


def _bytes_for(before: bytes) -> st.SearchStrategy[bytes]:
    """Other values for a field: of a number its limits and neighbours, of others patterns."""
    size = len(before)
    if size not in _NUMBER_SIZES:
        return st.sampled_from([bytes(size), b"\xff" * size, b"\x01" * size, before[::-1]]) | (
            st.tuples(st.integers(0, max(size - 1, 0)), st.integers(0, 255)).map(
                lambda at: before[: at[0]] + bytes([at[1]]) + before[at[0] + 1 :]
            )
        )
    most = (1 << 8 * size) - 1
    own = int.from_bytes(before)
    limits = [0, 1, own + 1, own - 1, most, most >> 1, (most >> 1) + 1, own ^ 1 << 8 * size - 1]
    numbers = st.sampled_from([number & most for number in limits]) | st.integers(0, most)
    return numbers.map(lambda number: number.to_bytes(size))


def _shown(data: bytes) -> str:
    if len(data) in _NUMBER_SIZES:
        return f"{int.from_bytes(data):#x}"
    return data[:_SHOWN].hex() + ("..." if len(data) > _SHOWN else "")
