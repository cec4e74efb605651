"""Plain damage: what happens to bytes whoever they belong to."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.strategies.streams.anatomy import Anatomy
from harness.strategies.streams.edit import Edit, Mutation

#: The most bytes that come in or go at one place.
_MOST = 16


def cuts(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """The stream ends too early."""
    return _offsets(anatomy).map(
        lambda at: Mutation("cut", f"{at:#x}", "ends here", (Edit(at, anatomy.data[at:], b""),))
    )


def flips(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """One bit is another."""

    def flipped(drawn: tuple[int, int]) -> Mutation:
        at, bit = drawn
        before = anatomy.data[at : at + 1]
        after = bytes([before[0] ^ 1 << bit])
        return Mutation("flip", f"{at:#x}", f"bit {bit}", (Edit(at, before, after),))

    return st.tuples(_offsets(anatomy), st.integers(0, 7)).map(flipped)


def insertions(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """Bytes come in that were not there."""
    return st.tuples(_offsets(anatomy), st.binary(min_size=1, max_size=_MOST)).map(
        lambda drawn: Mutation(
            "insertion", f"{drawn[0]:#x}", drawn[1].hex(), (Edit(drawn[0], b"", drawn[1]),)
        )
    )


def removals(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """Bytes are lost."""

    def removed(drawn: tuple[int, int]) -> Mutation:
        at, size = drawn
        lost = anatomy.data[at : at + size]
        return Mutation("removal", f"{at:#x}", f"{len(lost)} bytes", (Edit(at, lost, b""),))

    return st.tuples(_offsets(anatomy), st.integers(1, _MOST)).map(removed)


def _offsets(anatomy: Anatomy) -> st.SearchStrategy[int]:
    """Offsets of a byte; most streams are guest memory, so devices' come as often."""
    last = len(anatomy.data) - 1
    devices = anatomy.devices
    inside = st.integers(devices[0].start, devices[-1].end - 1) if devices else st.nothing()
    framing = [part.start for part in anatomy.parts] + [part.end - 5 for part in anatomy.parts]
    near = st.tuples(st.sampled_from(framing), st.integers(0, 8)).map(sum) if framing else inside
    return st.one_of(st.integers(0, last), inside, near).map(lambda at: min(at, last))
