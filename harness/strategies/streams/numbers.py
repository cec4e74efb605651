"""Changing a number in a stream's framing: what all of its mutations share."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.strategies.streams.edit import Edit, Mutation


def renumbered(kind: str, where: str, offset: int, before: bytes, after: int) -> Mutation:
    """Return the mutation that puts the number *after* where *before* stands."""
    most = (1 << 8 * len(before)) - 1
    new = (after & most).to_bytes(len(before))
    change = f"{int.from_bytes(before)} -> {int.from_bytes(new)}"
    return Mutation(kind, where, change, (Edit(offset, before, new),))


def others(own: int, *more: int, most: int = 0xFFFFFFFF) -> st.SearchStrategy[int]:
    """Numbers that are not *own*: its neighbours, the limits up to *most*, and *more*."""
    near = (own + 1, own - 1, 0, 1, own + 256, most, (most >> 1) + 1, *more)
    numbers = [number for number in dict.fromkeys(near) if number != own and 0 <= number <= most]
    return st.sampled_from(numbers)
